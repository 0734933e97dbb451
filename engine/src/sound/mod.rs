//! Sound in and out: reading reference recordings, writing WAV while it is being spoken, playing it, recording.
//!
//! Inside Myna sound is mono `f32` in ±1 at the codec's rate ([`RATE`]); every other rate, depth and channel count
//! is dealt with here. Fails with `bad-audio`, `output` or `sound-device`.

pub mod record;

mod pacing;
mod playback;
mod read;
mod resample;
mod trouble;
mod wav;

pub use pacing::Pacing;
pub use playback::Playback;
pub use read::{Recording, read, read_at};
pub use resample::{Resampler, resample};
pub use wav::{Existing, Format, WavWriter};

/// Samples per second of the codec.
pub const RATE: u32 = 24_000;
