//! Prompts and noise from files. Every id and every shape is checked against the model's sizes.

use super::{Table, TensorFile, Trace};
use crate::csm::{Config, Prompt};
use crate::{Error, Result};
use std::path::Path;

/// Rows made elsewhere: `tokens` integers and `mask`, both `[rows, codebooks + 1]`.
pub fn read_prompt(path: &Path, config: &Config) -> Result<Prompt> {
    let file = TensorFile::read(path)?;
    rows(
        path,
        file.integers("tokens")?,
        file.integers("mask")?,
        config,
    )
}

/// The rows that a trace began with, if it holds them.
pub fn prompt_of(trace: &Trace, config: &Config) -> Result<Option<Prompt>> {
    let prompt = trace.prompt()?;
    prompt
        .map(|(tokens, mask)| rows(trace.path(), tokens, mask, config))
        .transpose()
}

fn rows(path: &Path, tokens: Table<i32>, mask: Table<i32>, config: &Config) -> Result<Prompt> {
    if tokens.shape.len() != 2 || tokens.shape != mask.shape {
        return Err(Error::input(
            format!(
                "{}: tokens {:?} and mask {:?} are not the same rows",
                path.display(),
                tokens.shape,
                mask.shape
            ),
            "A prompt file holds `tokens` and `mask`, both of (rows, codebooks + 1).",
        ));
    }
    let columns = config.codebooks + 1;
    if tokens.shape[1] != columns {
        return Err(Error::input(
            format!(
                "{}: rows of {} columns, the model needs {columns}",
                path.display(),
                tokens.shape[1]
            ),
            "The prompt was made for another model.",
        ));
    }
    let mask = mask.values.iter().map(|&m| m != 0).collect();
    Prompt::from_rows(tokens.values, mask, config)
}

/// Draws made elsewhere: `noise` `[frames, codebooks, vocabulary]`.
pub fn read_noise(path: &Path, config: &Config) -> Result<Vec<f32>> {
    let noise = TensorFile::read(path)?.floats("noise")?;
    let wanted = [config.codebooks, config.audio_vocab];
    if noise.shape.len() != 3 || noise.shape[1..] != wanted || noise.shape[0] == 0 {
        return Err(Error::input(
            format!(
                "{}: noise has the shape {:?}, the model needs (frames, {}, {})",
                path.display(),
                noise.shape,
                wanted[0],
                wanted[1]
            ),
            "The noise was made for another model.",
        ));
    }
    Ok(noise.values)
}
