//! Reading a text aloud: sentences are made ahead of being heard, and whoever listens can pause, go back, go on, go faster.
//!
//! ```text
//! Session → player thread: what is heard, when ──→ Output (playback)
//!              ⇅ Shelf: the takes around the place that is heard
//!           maker thread: the next sentence ──→ Maker (the engine)
//! ```
//!
//! - [`Session`]: the controls; [`Event`]: what listeners are told
//! - [`Piece`]: a sentence as it is to be said; [`Maker`]: whatever says it; [`Output`]: whatever is heard
//! - [`render`]: a whole text from its beginning to its end, to a file or through [`Aloud`] to a device; [`Taker`]: whoever
//!   takes it; [`Check`]: listens to what was said
//!
//! Promises: a pause, a jump or a stop takes effect with the output's next buffer, whatever is being made; the sentence that
//! is named is the one that is heard, not the one that is computed; memory follows the minute that is kept ready, not
//! the text; a take that went wrong is made again with the next seed, unless it is already heard. Fails per sentence: the
//! reading pauses there with the reason, and playing on tries again.

mod aloud;
mod check;
mod control;
mod judge;
mod making;
mod piece;
mod player;
mod render;
mod shelf;
mod tempo;
mod voice;

pub use aloud::Aloud;
pub use check::{Check, Checked, Doubt, Heard};
pub use control::{Control, Session};
pub use judge::Flaw;
pub use piece::{Piece, pieces};
pub use player::{Open, Tell};
pub use render::{Rendered, Taker, render};
pub use voice::{EngineMaker, Voice};

use super::Prior;
use crate::{Error, Result};
use std::sync::atomic::AtomicBool;

/// How a piece ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// The voice found its end.
    Whole,
    /// It was cut off at its longest.
    Cut,
    /// It was told to stop.
    Stopped,
    /// A recording, as it is: nothing to judge, and nothing that another try would change.
    Recorded,
}

/// What came of saying a piece.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    pub ending: Ending,
    pub frames: usize,
    /// Codes that the codec does not have.
    pub beyond_codec: usize,
    /// Seconds that it took.
    pub work: f64,
    /// For what follows on from it, if the model can.
    pub prior: Option<Prior>,
}

/// Whatever says a piece.
pub trait Maker: Send {
    /// Says a piece, giving out mono samples at [`crate::sound::RATE`] as they come; an error from `on_sound` ends it and is
    /// passed on. Another `attempt` (from 0) is another seed; `prior` was said right before. The same of all three give the
    /// same samples. Stops within moments of `cancel`.
    fn make(
        &mut self,
        piece: &Piece,
        attempt: u64,
        prior: Option<&Prior>,
        cancel: &AtomicBool,
        on_sound: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<Made>;
}

/// Whatever is heard. Nothing here waits.
pub trait Output {
    /// Seconds of sound that were handed over and are not heard yet.
    fn unheard(&self) -> f64;
    /// Takes mono samples at [`crate::sound::RATE`]; half a second more than is unheard always fits.
    fn push(&mut self, samples: &[f32]) -> Result<()>;
    /// Silence from now on, and later on from the same place.
    fn hold(&mut self, held: bool);
    /// Forgets what is not heard yet.
    fn clear(&mut self);
    /// Seconds of silence heard because nothing was there, while something was expected.
    fn ran_dry(&self) -> f64;
    /// Whether more sound is on its way, so that an empty output is a gap and not an end.
    fn expect(&mut self, more: bool);
    /// Nothing follows what was handed over: what is still inside a filter is let out.
    fn end(&mut self) -> Result<()>;
    /// The device is gone, or takes no more.
    fn check(&mut self) -> Result<()>;
}

/// How a reading stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Nothing to read, or all was read.
    Idle,
    /// The first sound is being made, or more is needed before it can go on without gaps.
    Preparing,
    Speaking,
    Paused,
}

/// What listeners are told, in order.
#[derive(Debug)]
pub enum Event {
    State(State),
    /// This piece is heard from now on.
    Piece(usize),
    /// All of it was handed to the output (or, at a stop, what was until then): its samples at [`crate::sound::RATE`], as
    /// they were made, whatever the speed.
    Said(usize, Vec<f32>),
    /// It is heard although something is wrong with it.
    Flawed(usize, Flaw),
    /// It could not be made, or the device failed in it; the reading is paused there.
    Failed(usize, Error),
    /// Everything was heard. Seconds of gaps, which should be none.
    Finished {
        dry: f64,
    },
}

#[cfg(test)]
mod test;
