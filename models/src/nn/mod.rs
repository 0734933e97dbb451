//! Layers shared by the networks. Each is a plain struct over arrays: built from [`crate::weights::Weights`] under
//! the checkpoint's own key names, called with `forward`, and, where it carries state, with `step` and `reset`,
//! so that a whole file and a live stream run through the same code.

mod act;
mod block;
mod cache;
mod conv;
mod conv1d;
mod embedding;
mod linear;
mod norm;
mod rope;
mod settle;
pub(crate) mod tally;

pub use act::{elu, gelu, gelu_tanh, leaky_relu, mish, relu, silu};
pub use block::{Block, BlockConfig};
pub use cache::KvCache;
pub use conv::{Conv, ConvSpec, ConvTranspose, Padding};
pub use conv1d::{Conv1d, Conv1dSpec};
pub use embedding::Embedding;
pub use linear::Linear;
pub use norm::{LayerNorm, RmsNorm};
pub use rope::{Rope, RopeScaling, inverse_frequencies};
pub(crate) use settle::Settle;
