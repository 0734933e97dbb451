//! Step-Audio 2 mini: 16 kHz samples to words, a translation, a description or an answer; text or samples to a spoken
//! reply, whose codes [`crate::token2wav`] makes sound of.
//!
//! Samples → log-mel ([`crate::audio`]) → encoder → adapter → prompt with the audio in its places → Qwen2 → ids →
//! text. Equals the published modelling code (see tests/step_audio.rs for tolerances). Recognition decodes greedily,
//! sees loops while they happen, retries along a temperature ladder and says how every segment ended; nothing is
//! cut in silence and no earlier text is fed back. One prompt per chunk, chunks of 25 s or less.
//!
//! Fails with `ModelMissing` or `ModelRefused` while loading, `BadInput` for audio that cannot be heard or does not
//! fit, `Cancelled` on request. Knows no files but the checkpoint's, and nothing about pauses, chunks or times.

mod adapter;
mod capture;
mod chat;
mod config;
mod conv;
mod convert;
mod decode;
mod encoder;
mod guard;
mod ids;
mod keys;
mod ladder;
mod llm;
mod loops;
mod memory;
mod model;
mod open;
mod options;
mod penalties;
mod prompt;
mod recognise;
mod reply;
mod rows;
mod segment;
mod ta4;
mod tokenizer;

pub use capture::{Capture, Table, write_captures};
pub use chat::Chat;
pub use config::{AudioConfig, Config, TextConfig, audio_tokens};
pub use convert::quantize;
pub use guard::{FinishReason, Guard, Limits, most_tokens_in};
pub use ids::{AUDIO_START, EOT, FIRST_CODE, SPEECH_CODES, STOPS, TTS_END, split};
pub use keys::{is_step_audio, map, specs};
pub use ladder::{Attempt, Ladder, Next, Piece, Trial};
pub use loops::{Loop, LoopDetector, LoopRule, repetitive};
pub use memory::Footprint;
pub use model::{Audio, PromptStates, RATE, StepAudio};
pub use open::{Opened, open};
pub use options::DecodeOptions;
pub use penalties::Penalties;
pub use prompt::{Answer, Part, Prompt, Role, Target, Task, Turn};
pub use reply::{Progress, Reply, ReplyOptions, Watch};
pub use segment::{Segment, join_text};
pub use ta4::Spoken;
pub use tokenizer::Tokenizer;
