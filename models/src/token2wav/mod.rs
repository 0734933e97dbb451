//! token2wav, the voice of Step-Audio 2: speech codes (25 a second) to sound (24 kHz) in the voice of a short recording.
//!
//! ```text
//! recording → S3 tokenizer → codes ┐
//!           → CAM++        → speaker vector ┐
//!           → mel          ─────────────────┴→ Prompt
//! Prompt + codes → Flow: conformer with look-ahead, ×2 → DiT, ten Euler steps with guidance → mel (50 a second)
//! mel → Hift: f0 → harmonics and noise → upsampling with the source mixed in → inverse STFT → samples
//! ```
//!
//! [`Token2Wav`] owns the two networks that speak, [`PromptEncoder`] those that listen. Whole replies and streams run
//! through the same layers; a stream hears less of the future and is not meant to equal the whole. Equals the public
//! Step-Audio2 repository (tolerances in tests/token2wav). All randomness is PyTorch's CPU stream: a seed names a waveform.
//! Sizes come from tensor shapes alone; layers carry PyTorch's key names, foreign names are translated in [`keys`].
//!
//! Fails with `ModelMissing` or `ModelRefused` while loading, `BadInput` for codes or recordings that cannot serve.

mod conformer;
mod dit;
mod flow;
mod hift;
pub mod keys;
mod noise;
mod open;
mod overlap;
mod positions;
mod prompt;
mod shapes;
mod source;
mod speaker;
mod stft;
mod stream;
mod tokenizer;
mod wave;

pub use flow::{Flow, FlowSizes, STEPS};
pub use hift::{Hift, HiftSizes};
pub use noise::Noise;
pub use open::{File, is_token2wav};
pub use prompt::{Prompt, PromptEncoder};
pub use speaker::{SPEAKER_WIDTH, SpeakerEncoder, SpeakerSizes, similarity};
pub use stream::{CHUNK, Spent, Stream};
pub use tokenizer::{SpeechTokenizer, TokenizerSizes};
pub use wave::{Stages, Token2Wav, Voice};

/// Samples per second of the sound made.
pub const SAMPLE_RATE: u32 = 24_000;
/// Codes per second.
pub const CODE_RATE: u32 = 25;
/// Samples per second that the prompt's listeners take.
pub const LISTEN_RATE: u32 = 16_000;
/// Samples of a mel frame, 50 frames a second.
const FRAME_SAMPLES: usize = 480;
