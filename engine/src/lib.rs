//! Between a request and a result: text becomes sound, models are found and looked after.
//!
//! Owns files, sound devices, pacing and reports; the networks are `myna_models`, and no window is known here.
//! Everything long reports progress, checks a cancel flag for every frame and keeps what it has finished. Fails
//! with [`Error`], never with a panic on input.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

pub mod codec;
mod error;
pub mod hear;
pub mod library;
pub mod machine;
pub mod sound;
pub mod speak;
pub mod tensors;

pub use error::{Error, Result};
/// How tokens are drawn: temperature, top-k, excluded tokens.
pub use myna_models::sampling::Sampling;

/// The engine's version, as the command line and the app print it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
