//! Sound into features, in plain Rust: no MLX, no files, no threads.
//!
//! Promises the numbers of the reference front ends (tests compare with stored goldens) and memory that follows
//! the chunk given, never the length of a recording. Input is mono samples in [−1, 1] at the rate that each front
//! end names; a sample that is not a number is the caller's to refuse.

mod fbank;
mod filterbank;
mod mel;
mod spectrum;
mod voice_mel;
mod window;

pub use fbank::{FBANK_BANDS, fbank};
pub use filterbank::Filterbank;
pub use mel::{LogMel, MelFrontEnd};
pub use voice_mel::{VOICE_BANDS, voice_mel};
pub use window::hann_periodic;
