//! Sound in and out: reading reference recordings, writing WAV and FLAC while it is being spoken, playing it, recording.
//!
//! Inside Myna sound is mono `f32` in ±1 at the codec's rate ([`RATE`]); every other rate, depth and channel count
//! is dealt with here. Fails with `bad-audio`, `output` or `sound-device`.

pub mod record;

mod device;
mod flac;
mod pacing;
mod playback;
mod read;
mod resample;
mod trouble;
mod wav;
mod writer;

pub use pacing::Pacing;
pub use playback::Playback;
pub use read::{Recording, read, read_at};
pub use resample::{Resampler, resample};
pub use writer::{Existing, Format, SoundWriter};

/// Samples per second of the codec.
pub const RATE: u32 = 24_000;
