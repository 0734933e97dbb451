//! Models on disk: known ones and fetching them, bringing in and taking away, finding by name, checking, hashing,
//! quantising, making random ones of real size.
//!
//! Fails with `model-missing` when nothing is found, `model-refused` when what is found is damaged.

mod catalogue;
mod check;
pub mod fetch;
mod hash;
mod kept;
mod locate;
mod quantize;
mod room;
mod synth;

pub use catalogue::{Also, Fit, Known, catalogue, known};
pub use check::{Network, Report, check};
pub use hash::{bytes_hash, file_hash, fingerprint, hex, mark};
pub use kept::{Kept, Origin, import, kept, remove, shrink};
#[cfg(target_os = "macos")]
pub use locate::bundled_kernels;
pub use locate::{codec_beside, find, find_codec, find_ear, find_speakers};
pub use quantize::quantize;
pub use room::check_room;
pub use synth::{Number, SHAPES, synth};
