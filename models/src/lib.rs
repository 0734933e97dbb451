//! The speech networks of Myna and their numerics, on MLX.
//!
//! Owns every array in the program: no other crate names `mlx_rs`. Promises that each network equals its
//! reference (CSM, Mimi, Step-Audio 2, token2wav) within the tolerances of `tests/`, that a seed names the same tokens as
//! PyTorch on a CPU does, and that foreign bytes end in an [`Error`], never in a panic or in wrong numbers. Knows no
//! windows, no threads and no folders of ours; MLX state belongs to a thread, so a model stays on the one that
//! loaded it.

#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

pub mod audio;
pub mod backend;
pub mod csm;
mod error;
pub mod mimi;
pub mod nn;
pub mod sampling;
pub mod step_audio;
pub mod token2wav;
pub mod trace;
pub mod weights;

pub use error::{Error, Kind, Result};
