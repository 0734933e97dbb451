//! Models on disk: finding them by name, checking, hashing, quantising, making random ones of real size.
//!
//! Fails with `model-missing` when nothing is found, `model-refused` when what is found is damaged.

mod check;
mod hash;
mod locate;
mod quantize;
mod synth;

pub use check::{Network, Report, check};
pub use hash::fingerprint;
pub use locate::{codec_beside, find, find_codec, find_ear};
pub use quantize::quantize;
pub use synth::{Number, SHAPES, synth};
