//! How much memory a checkpoint needs, told from its headers before anything is loaded.

use super::config::Config;
use super::open::open;
use crate::Result;
use crate::backend::Precision;
use crate::weights::Weights;
use mlx_rs::Dtype;
use std::path::Path;

/// Bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Footprint {
    /// On disk.
    pub stored: u64,
    /// Held as long as the model is.
    pub weights: u64,
    /// Keys and values at the cache limit.
    pub cache: u64,
    /// The most that is needed beside these, while the largest tensor is turned or the longest chunk encoded.
    pub working: u64,
}

impl Footprint {
    pub fn total(&self) -> u64 {
        self.weights + self.cache + self.working
    }

    /// Reads config.json and the headers of `dir`.
    pub fn of(dir: &Path, precision: Precision, max_cache_len: usize) -> Result<Self> {
        let opened = open(dir, precision)?;
        Ok(Self::estimate(
            &opened.config,
            &opened.weights,
            max_cache_len,
        ))
    }

    fn estimate(config: &Config, w: &Weights, max_cache_len: usize) -> Self {
        let (mut stored_bytes, mut weights, mut largest) = (0, 0, 0);
        let mut element = 4;
        for name in w.names() {
            let Some((_, stored)) = w.stored(name) else {
                continue;
            };
            let held = w.precision().held(stored.dtype);
            let bytes = if held == stored.dtype {
                stored.bytes
            } else {
                stored.bytes * 2
            };
            if name == "model.norm.weight" {
                element = if held == Dtype::Float32 { 4 } else { 2 };
            }
            stored_bytes += stored.bytes;
            weights += bytes;
            largest = largest.max(bytes);
        }
        // Of one encoder block: states in, attention and MLP (4 wide) side by side, in and after the activation.
        let audio = &config.audio;
        let encoding = audio.n_audio_ctx * audio.n_audio_state * 14 * element;
        Self {
            stored: stored_bytes,
            weights,
            cache: (config.cache_bytes_per_position(element) * max_cache_len) as u64,
            working: (2 * largest).max(encoding as u64),
        }
    }
}
