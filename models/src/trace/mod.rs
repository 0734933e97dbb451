//! Traces: what went into every choice of a speech model, as files that can be compared with a reference.
//!
//! - [`Trace`]: frames, logits, hidden states and noise of one generation
//! - [`read_prompt`], [`read_noise`]: rows and draws made elsewhere
//! - [`TensorFile`], [`Tensor`], [`write()`]: small safetensors files in general

mod file;
mod input;
mod record;

pub use file::{Table, Tensor, TensorFile, check_writable, write};
pub use input::{read_noise, read_prompt};
pub use record::Trace;
