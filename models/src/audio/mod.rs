//! Sound into features, in plain Rust: no MLX, no files, no threads.
//!
//! Promises the numbers of the reference front ends (tests compare with stored goldens) and memory that follows
//! the chunk given, never the length of a recording. Input is mono samples in [−1, 1] at the rate that each front
//! end names; a sample that is not a number is the caller's to refuse.

mod filterbank;
mod mel;
mod window;

pub use filterbank::Filterbank;
pub use mel::{LogMel, MelFrontEnd};
pub use window::hann_periodic;
