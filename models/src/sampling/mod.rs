//! From logits to a token, exactly as PyTorch on a CPU does it.
//!
//! [`TorchStream`] is PyTorch's random stream in plain Rust; [`Sampler`] is upstream's sampler inside the MLX
//! graph, fed with noise from the host. The same noise gives the same token: no epsilon, no rewritten tokens.

mod sampler;
mod torch;

pub use sampler::{Sampler, Sampling};
pub use torch::TorchStream;
