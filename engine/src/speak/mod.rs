//! Text becomes sound: one utterance per call, streamed while it is being made.
//!
//! - [`Speaker`]: a speech model with its codec
//! - [`Request`]: what to say, in whose voice, how
//! - [`Event`]: progress and sound, as they come
//! - [`Report`]: what came of it
//! - [`capture`]: the numbers behind the tokens, for comparison with a reference
//!
//! The same request gives the same frames and samples. Chunks of other sizes give the same frames, and samples that
//! agree to 1e-5, because sums are rounded in another order.

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
