//! Text becomes sound: one utterance per call, streamed while it is being made.
//!
//! - [`Speaker`]: a speech model with its codec
//! - [`Request`]: what to say, in whose voice, how
//! - [`Event`]: progress and sound, as they come
//! - [`Report`]: what came of it
//! - [`Reader`], [`Interpreter`], [`Vocoder`], [`Speakers`]: Step-Audio 2 reading aloud and translating into speech, its
//!   voice, and telling speakers apart
//! - [`text`]: any text as sentences that a voice can say; [`Wording`]: as a person has set it
//! - [`session`]: sentence after sentence, to a file or aloud; [`align`]: how much of what was said was heard
//!
//! The same request gives the same frames and samples, on the same kind of machine: in whatever pieces the sound is
//! asked for, in whichever process, however often.

pub mod align;
mod chunks;
mod interpret;
mod measure;
mod mouth;
mod reader;
mod report;
mod request;
pub mod session;
mod speaker;
pub mod text;
mod tongue;
mod vocoder;
mod voice_measure;
mod wording;

pub use chunks::Chunks;
pub use interpret::Interpreter;
pub use measure::{CodecFigures, Figures, measure_codec};
/// Why an utterance ended.
pub use myna_models::csm::StoppedBy;
pub use reader::{READING_TEMPERATURE, Reader, is_step_audio};
pub use report::Report;
pub use request::{Prior, Reference, Request, random_seed};
pub use speaker::{Event, Speaker};
pub use tongue::Tongue;
pub use vocoder::{CODE_RATE, Speakers, Vocoder, is_token2wav, similarity, speech_codes};
pub use voice_measure::{VoiceFigures, measure_voice};
pub use wording::Wording;
