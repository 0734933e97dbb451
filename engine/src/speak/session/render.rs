//! A whole text from its beginning to its end: every sentence once it is known to be good, the first as it is made.
//!
//! Somebody waits for the first sentence, so it is given out while it is being made and cannot be made again once a sample of it is
//! out; so is a later one that a listener would otherwise miss. Every other take is held until it was judged, and listened to
//! where that is asked for, and made again with the next seed where it went wrong; the best of them is given out. Each
//! follows on from the one before, if that went well. Memory follows the longest sentence, not the text.

use super::judge::judge;
use super::{Check, Ending, Flaw, Heard, Made, Maker, Piece};
use crate::Result;
use crate::sound::RATE;
use crate::speak::Prior;
use std::sync::atomic::{AtomicBool, Ordering};

/// How often a take that went wrong is made again.
pub(super) const RETRIES: u64 = 2;

/// Whoever takes the sound of a text.
pub trait Taker {
    /// This piece comes next.
    fn begin(&mut self, index: usize);
    /// Whether sound is needed before it is known to be good.
    fn hurries(&self) -> bool;
    /// The next samples: mono, at [`RATE`].
    fn take(&mut self, samples: &[f32]) -> Result<()>;
}

/// What came of a piece.
#[derive(Debug, Clone, PartialEq)]
pub struct Rendered {
    /// The one that was given out.
    pub attempt: u64,
    /// How many there were.
    pub tries: u64,
    pub ending: Ending,
    /// Given out although something is wrong with it.
    pub flaw: Option<Flaw>,
    pub heard: Option<Heard>,
    /// Of sound.
    pub seconds: f64,
    pub frames: usize,
    pub beyond_codec: usize,
    /// Seconds that all tries took.
    pub work: f64,
}

/// Says all pieces, one after another, for `most` seconds in all at most. Gives what came of those that were begun. With
/// `cancel` set it stops within moments and gives out what is there.
pub fn render(
    maker: &mut dyn Maker,
    pieces: &[Piece],
    most: f64,
    check: Option<Check<'_>>,
    cancel: &AtomicBool,
    taker: &mut dyn Taker,
) -> Result<Vec<Rendered>> {
    let mut booth = Booth {
        maker,
        check,
        cancel,
        taker,
        given: 0,
    };
    let mut rendered = Vec::new();
    let mut prior = None;
    for (index, piece) in pieces.iter().enumerate() {
        if let Some(before) = index.checked_sub(1).and_then(|i| pieces.get(i)) {
            booth.rest(before.pause.min(most - booth.seconds()))?;
        }
        let left = most - booth.seconds();
        if left <= 0.0 || cancel.load(Ordering::Relaxed) {
            break;
        }
        booth.taker.begin(index);
        let bounded = Piece {
            longest: piece.longest.min(left),
            ..piece.clone()
        };
        let last = left <= piece.longest;
        let (one, made) = booth.say(&bounded, prior.as_ref(), index == 0, last)?;
        let over = one.ending != Ending::Whole && (last || one.ending == Ending::Stopped);
        prior = made.filter(|_| one.flaw.is_none());
        rendered.push(one);
        if over {
            break;
        }
    }
    Ok(rendered)
}

struct Booth<'a, 'e> {
    maker: &'a mut dyn Maker,
    check: Option<Check<'e>>,
    cancel: &'a AtomicBool,
    taker: &'a mut dyn Taker,
    /// Samples so far.
    given: u64,
}

/// One attempt.
struct Take {
    attempt: u64,
    samples: Vec<f32>,
    /// Of them, those that are out already.
    out: usize,
    made: Made,
    flaw: Option<Flaw>,
    heard: Option<Heard>,
    doubtful: bool,
}

impl Take {
    /// The less the better.
    fn badness(&self) -> (bool, f64) {
        let errors = match (&self.heard, self.made.ending) {
            (Some(heard), _) => heard.letter_errors,
            // What was broken off is not complete.
            (None, Ending::Stopped) => f64::INFINITY,
            (None, _) => 0.0,
        };
        (self.flaw.is_some(), errors)
    }

    /// Whether no other is to be made.
    fn settles(&self) -> bool {
        let good = self.flaw.is_none() && !self.doubtful;
        good || self.out > 0 || self.made.ending == Ending::Stopped
    }
}

impl Booth<'_, '_> {
    fn seconds(&self) -> f64 {
        self.given as f64 / f64::from(RATE)
    }

    /// Gives out silence.
    fn rest(&mut self, seconds: f64) -> Result<()> {
        let silence = vec![0.0; (seconds.clamp(0.0, 5.0) * f64::from(RATE)) as usize];
        if silence.is_empty() {
            return Ok(());
        }
        self.given += silence.len() as u64;
        self.taker.take(&silence)
    }

    /// Says one piece, gives it out, and says what may follow on from it. `last`: not its own length bounds it, but what is
    /// left of the whole, and being cut off is no fault.
    fn say(
        &mut self,
        piece: &Piece,
        prior: Option<&Prior>,
        first: bool,
        last: bool,
    ) -> Result<(Rendered, Option<Prior>)> {
        let attempts = match piece.attempt {
            Some(only) => only..=only,
            None => 0..=RETRIES,
        };
        let flowing = first && self.check.is_none();
        let mut best: Option<Take> = None;
        let (mut tries, mut work) = (0, 0.0);
        for attempt in attempts {
            tries += 1;
            let take = self.attempt(piece, attempt, prior, flowing, last)?;
            work += take.made.work;
            let settled = take.settles();
            if best.as_ref().is_none_or(|b| take.badness() < b.badness()) {
                best = Some(take);
            }
            if settled {
                break;
            }
        }
        let Some(take) = best else {
            return Err(crate::Error::cancelled());
        };
        if let (Some(check), Some(heard)) = (&mut self.check, &take.heard) {
            check.keep(heard);
        }
        if let Some(rest) = take.samples.get(take.out..).filter(|r| !r.is_empty()) {
            self.given += rest.len() as u64;
            self.taker.take(rest)?;
        }
        let seconds = take.samples.len() as f64 / f64::from(RATE);
        let Take { made, .. } = take;
        let rendered = Rendered {
            attempt: take.attempt,
            tries,
            ending: made.ending,
            flaw: take.flaw,
            heard: take.heard,
            seconds,
            frames: made.frames,
            beyond_codec: made.beyond_codec,
            work,
        };
        Ok((rendered, made.prior))
    }

    fn attempt(
        &mut self,
        piece: &Piece,
        attempt: u64,
        prior: Option<&Prior>,
        mut flowing: bool,
        last: bool,
    ) -> Result<Take> {
        let (mut samples, mut out) = (Vec::new(), 0);
        let (taker, given) = (&mut *self.taker, &mut self.given);
        let checked = self.check.is_some();
        let mut on_sound = |new: &[f32]| {
            samples.extend(new);
            flowing |= !checked && taker.hurries();
            if !flowing {
                return Ok(());
            }
            let fresh = samples.get(out..).unwrap_or_default();
            out = samples.len();
            *given += fresh.len() as u64;
            taker.take(fresh)
        };
        let made = self
            .maker
            .make(piece, attempt, prior, self.cancel, &mut on_sound)?;
        let ending = match made.ending {
            Ending::Cut if last => Ending::Stopped,
            ending => ending,
        };
        let flaw = judge(piece, &samples, ending);
        let heard = match &mut self.check {
            Some(check) if flaw.is_none() && ending == Ending::Whole => {
                heard(check.hear(piece, &samples, self.cancel))?
            }
            _ => None,
        };
        let doubtful = match (&self.check, &heard) {
            (Some(check), Some(heard)) => check.doubts(heard),
            _ => false,
        };
        Ok(Take {
            attempt,
            samples,
            out,
            made,
            flaw,
            heard,
            doubtful,
        })
    }
}

/// Whoever asks to stop while a take is listened to has it all the same.
fn heard(outcome: Result<Heard>) -> Result<Option<Heard>> {
    match outcome {
        Err(e) if e.is_cancelled() => Ok(None),
        other => other.map(Some),
    }
}

#[cfg(test)]
mod tests;
