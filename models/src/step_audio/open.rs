//! A checkpoint folder opened but not read: sizes, names and shapes, for loading, checking and converting alike.

use super::config::Config;
use super::keys;
use crate::Result;
use crate::weights::{Checkpoint, Loading, TensorSpec, Weights};
use std::path::Path;

#[derive(Debug)]
pub struct Opened {
    /// Of config.json, completed from shapes.
    pub config: Config,
    /// Nothing is read from it yet; `weights.problems(&specs)` and `weights.surplus()` tell what does not fit.
    pub weights: Weights,
    /// What the network needs, in the layout that this checkpoint has.
    pub specs: Vec<TensorSpec>,
}

/// Opens the checkpoint in `dir`: config.json and one safetensors file, or shards with an index.
pub fn open(dir: &Path, loading: impl Into<Loading>) -> Result<Opened> {
    let mut config = Config::read(dir)?;
    let weights = Weights::new(Checkpoint::open(dir)?, loading, keys::map);
    // The one size that config.json does not tell.
    if let Some((_, bias)) = weights.stored("adapter.linear1.bias")
        && let [inner] = bias.shape[..]
        && inner > 0
    {
        config.audio.adapter_inner = inner;
    }
    let specs = keys::specs_as_stored(&config, &weights);
    Ok(Opened {
        config,
        weights,
        specs,
    })
}
