//! Text becomes sound: one utterance per call, streamed while it is being made.
//!
//! - [`Speaker`]: a speech model with its codec
//! - [`Request`]: what to say, in whose voice, how
//! - [`Event`]: progress and sound, as they come
//! - [`Report`]: what came of it
//! - [`capture`]: the numbers behind the tokens, for comparison with a reference
//!
//! The same request gives the same samples, however they are cut into chunks.

mod capture;
mod chunks;
mod measure;
mod report;
mod request;
mod speaker;

pub use capture::{CaptureRequest, Captured, Source, capture};
pub use chunks::Chunks;
pub use measure::{CodecFigures, Figures, measure_codec};
pub use report::Report;
pub use request::{Reference, Request, random_seed};
pub use speaker::{Event, Speaker};
