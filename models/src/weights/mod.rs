//! Strict loading of safetensors checkpoints, and writing them.
//!
//! A network describes itself once as a list of [`TensorSpec`]s (name and shape from its config). Loading compares
//! that list with the file headers before anything is allocated, so a missing, mis-shaped or mistyped tensor is an
//! error that names it; checking, synthesising and quantising use the same list. Foreign names are translated by
//! the network's key map (`csm/keys.rs`, `mimi/keys.rs`) and nowhere else.
//!
//! Fails with `ModelMissing` (no file), `ModelRefused` (damaged, incomplete, unknown make) or `Io`.

mod checkpoint;
mod header;
mod loader;
mod partial;
mod problem;
mod quant;
mod source;
mod spec;
mod synth;
mod writer;

pub use checkpoint::Checkpoint;
pub(crate) use checkpoint::config_json;
pub use header::{Header, StoredTensor, parse_header};
pub(crate) use header::{dtype_name, dtype_size, header_len, parse_dtype};
pub use loader::{Mapped, Weights};
/// The types of stored numbers.
pub use mlx_rs::Dtype;
pub use partial::{Fit, Loading};
pub use problem::Problem;
pub use quant::{Quantized, quantize_checkpoint};
pub use source::Part;
pub use spec::TensorSpec;
pub use synth::write_random;
pub use writer::{Entry, SafetensorsWriter, write_safetensors};
