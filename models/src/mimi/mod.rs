//! Mimi, the codec of CSM and Marvis: 24 kHz speech ⇄ 12.5 frames a second of up to 32 codes each.
//!
//! ```text
//! samples → SEANet encoder → transformer → ÷ 2 → split quantizer → codes
//! codes → codebook vectors → × 2 → transformer → SEANet decoder → samples
//! ```
//!
//! [`Mimi`] owns the weights and one decoder state. It promises the reference's numbers (PyTorch Mimi: exact GELU,
//! an attention window, both residual quantizers fed with the same latent, padding inside each convolution), and that
//! pieces of any length give what the whole gives. Layers carry the checkpoint's own key names; foreign names
//! are translated in [`keys`] and nowhere else.
//!
//! Fails with `BadInput` for samples or codes that no codec could take, `ModelMissing` or `ModelRefused` for files.

mod codec;
mod codes;
mod config;
pub mod keys;
mod open;
mod quantizer;
mod seanet;
mod transformer;

pub use codec::Mimi;
pub use codes::Codes;
pub use config::{Config, SAMPLE_RATE};
pub use open::open;

/// The sizes of the published full-size Mimi.
pub fn genuine() -> Config {
    Config::genuine()
}
