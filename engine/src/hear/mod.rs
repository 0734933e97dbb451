//! Sound becomes text: files of any length and kind, chunk by chunk.
//!
//! - [`Media`]: any file as 16 kHz mono, in bounded memory
//! - [`listen`]: a whole file, chunk by chunk; [`Request`]: what is wanted of it
//! - [`Recogniser`]: whoever understands a chunk, such as the engine process; [`Listener`]: a model on this thread
//! - [`Event`]: progress and segments, as they come
//! - [`Transcript`]: what came of it, with every second of speech accounted for
//! - [`agreement`]: whether two texts are the same words
//! - [`export`]: subtitles and other files of it; [`replay`]: the sound beside it, [`outline`]: what it looks like
//! - [`recordings`]: what a folder holds; [`Lookout`]: what comes into it
//!
//! Media → speech found → chunks cut at pauses → words. Chunks are understood independently of one another, so an
//! error or a loop in one costs that one. Times come from sample counts.

mod agreement;
mod blind;
mod chunk;
mod cut;
pub mod export;
mod folder;
mod front_end;
mod job;
mod listener;
mod lookout;
mod measure;
mod media;
mod outline;
mod recogniser;
pub mod replay;
mod request;
mod stitch;
mod tally;
mod transcript;
mod vad;

pub use agreement::agreement;
pub(crate) use agreement::words_apart;
pub use folder::{EXTENSIONS, Found, recordings};
pub use front_end::{FrontEndReport, front_end};
pub use job::{Event, listen};
pub use listener::{Listener, MOST_TRACED};
pub use lookout::{Lookout, Sighting};
pub use measure::HearFigures;
pub use media::{Media, RATE};
/// What can be wanted of sound, and how it is decoded.
pub use myna_models::step_audio::{DecodeOptions, Target, Task};
pub use outline::{MOST_COLUMNS, outline};
pub use recogniser::{Progress, Recogniser, Watch, Words};
pub use request::Request;
pub(crate) use transcript::joined;
pub use transcript::{Coverage, Segment, Transcript};
