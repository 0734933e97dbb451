//! Everything between samples and words of one chunk, on the host, for traces and comparisons.

use crate::Result;
use crate::weights::write_safetensors;
use mlx_rs::{Array, Dtype};
use std::path::Path;

/// An f32 table, row-major.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Table {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
}

impl Table {
    /// A copy of an array, widened to f32; leading axes of length one are left out.
    pub(super) fn of(array: &Array) -> Result<Self> {
        let wide = array.as_dtype(Dtype::Float32)?.contiguous()?;
        wide.eval()?;
        let values = wide
            .try_as_slice::<f32>()
            .map_err(|e| crate::Error::Compute(e.to_string()))?
            .to_vec();
        let mut shape: Vec<usize> = array.shape().iter().map(|&d| d as usize).collect();
        while shape.len() > 1 && shape[0] == 1 {
            shape.remove(0);
        }
        Ok(Self { shape, values })
    }

    fn array(&self) -> Array {
        let shape: Vec<i32> = self.shape.iter().map(|&d| d as i32).collect();
        Array::from_slice(&self.values, &shape)
    }
}

/// One chunk's way through the network.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Capture {
    /// `[mels, frames]`
    pub mel: Table,
    /// `[states, encoder width]`
    pub encoder_out: Table,
    /// `[audio tokens, or one more, llm width]`
    pub adapter_out: Table,
    pub prompt_ids: Vec<u32>,
    /// `[vocabulary]`
    pub first_logits: Table,
    /// What the greedy attempt generated, the stop token included.
    pub greedy_ids: Vec<u32>,
}

/// Writes captures of consecutive chunks as one safetensors file: `mel.0`, `encoder_out.0` … `mel.1` …; ids are i32.
pub fn write_captures(path: &Path, captures: &[Capture], metadata: &[(&str, &str)]) -> Result<()> {
    let ids = |ids: &[u32]| {
        let signed: Vec<i32> = ids.iter().map(|&id| id as i32).collect();
        Array::from_slice(&signed, &[signed.len() as i32])
    };
    let mut named = Vec::new();
    for (i, c) in captures.iter().enumerate() {
        named.push((format!("mel.{i}"), c.mel.array()));
        named.push((format!("encoder_out.{i}"), c.encoder_out.array()));
        named.push((format!("adapter_out.{i}"), c.adapter_out.array()));
        named.push((format!("prompt_ids.{i}"), ids(&c.prompt_ids)));
        named.push((format!("first_logits.{i}"), c.first_logits.array()));
        named.push((format!("greedy_ids.{i}"), ids(&c.greedy_ids)));
    }
    let arrays: Vec<(&str, Array)> = named.iter().map(|(n, a)| (n.as_str(), a.clone())).collect();
    write_safetensors(path, &arrays, metadata)
}
