//! Between a request and a result: text becomes sound, models are found and looked after.
//!
//! Owns files, sound devices, pacing and reports, and the process that the networks run in ([`host`]); the networks are
//! `myna_models`, and no window is known here.
//! Everything long reports progress, checks a cancel flag for every frame and keeps what it has finished. Fails
//! with [`Error`], never with a panic on input.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, unsafe_code)]
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::expect_used, clippy::panic))]

mod clock;
pub mod codec;
pub mod doctor;
mod error;
pub mod hear;
pub mod history;
pub mod home;
pub mod host;
pub mod library;
pub mod machine;
pub mod provenance;
pub mod settings;
pub mod sound;
pub mod speak;
pub mod tensors;
pub mod tokens;
pub mod voices;
pub mod whole;

pub use error::{Error, Result};
/// How tokens are drawn: temperature, top-k, excluded tokens.
pub use myna_models::sampling::Sampling;
/// How far a checkpoint is the network that it was loaded as.
pub use myna_models::weights::Fit;

/// The engine's version, as the command line and the app print it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
