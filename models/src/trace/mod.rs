//! Traces: what went into every choice of a speech model, as files that can be compared with a reference.
//!
//! - [`TraceWriter`] streams a generation to disk, [`Trace`] reads it frame by frame; [`Stages`] says which numbers it holds
//! - [`Distribution`], [`ChiSquare`]: what two lists of probabilities, or draws and their probabilities, have in common
//! - [`compare()`]: two traces side by side, the first [`Divergence`] between them and its [`Cause`]
//! - [`read_prompt`], [`read_noise`]: rows and draws made elsewhere
//! - [`TensorFile`], [`Tensor`], [`write()`]: small safetensors files in general
//!
//! Nothing here needs memory for more than a few frames, but for counts.

mod candidates;
mod chi_square;
mod choice;
mod compare;
mod distribution;
mod draw;
mod file;
mod input;
mod layout;
mod reader;
mod records;
mod writer;

pub use chi_square::{ChiSquare, two_sided};
pub use choice::Margin;
pub use compare::{
    Block, Candidate, Cause, Codebook, Comparison, Contradictions, Difference, Distances,
    Divergence, Place, Range, RangeCount, Side, Weighed, compare,
};
pub use distribution::{Distribution, filtered};
pub use draw::{Draw, Entry};
pub use file::{Table, Tensor, TensorFile, check_writable, write};
pub use input::{prompt_of, read_noise, read_prompt};
pub use layout::{FORMAT, Layout, Stages};
pub use reader::Trace;
pub use writer::TraceWriter;
