//! Codes: for every frame, one index into each codebook.

use crate::{Error, Result};

/// `[codebooks, frames]`, row-major; at least one of each. Whether every index lies inside its codebook is known
/// only to the codec, which checks before it looks anything up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codes {
    codebooks: usize,
    frames: usize,
    data: Vec<i32>,
}

impl Codes {
    pub fn new(codebooks: usize, data: Vec<i32>) -> Result<Self> {
        if codebooks == 0 || data.is_empty() {
            return Err(Error::input(
                "there are no codes",
                "Give at least one frame.",
            ));
        }
        if !data.len().is_multiple_of(codebooks) {
            return Err(Error::input(
                format!("{} codes are not whole frames of {codebooks}", data.len()),
                "Codes are a table of codebooks × frames.",
            ));
        }
        let frames = data.len() / codebooks;
        Ok(Self {
            codebooks,
            frames,
            data,
        })
    }

    /// From frames as the speech model makes them, each with one code per codebook.
    pub fn from_frames(frames: &[Vec<i32>]) -> Result<Self> {
        let codebooks = frames.first().map_or(0, Vec::len);
        if let Some((t, odd)) = frames
            .iter()
            .enumerate()
            .find(|(_, f)| f.len() != codebooks)
        {
            return Err(Error::input(
                format!(
                    "frame {t} has {} codes, the first has {codebooks}",
                    odd.len()
                ),
                "All frames of one stream use the same codebooks.",
            ));
        }
        let data = (0..codebooks)
            .flat_map(|k| frames.iter().map(move |f| f[k]))
            .collect();
        Self::new(codebooks, data)
    }

    pub fn codebooks(&self) -> usize {
        self.codebooks
    }

    pub fn frames(&self) -> usize {
        self.frames
    }

    /// All frames of codebook `k`; empty if there is no such codebook.
    pub fn row(&self, k: usize) -> &[i32] {
        self.data
            .chunks_exact(self.frames)
            .nth(k)
            .unwrap_or_default()
    }

    /// All codes of frame `t`; empty if there is no such frame.
    pub fn frame(&self, t: usize) -> Vec<i32> {
        if t >= self.frames {
            return Vec::new();
        }
        self.data
            .iter()
            .skip(t)
            .step_by(self.frames)
            .copied()
            .collect()
    }

    pub fn data(&self) -> &[i32] {
        &self.data
    }

    /// The first codebooks alone: the same speech, coarser.
    pub fn truncated(&self, codebooks: usize) -> Result<Self> {
        if codebooks == 0 || codebooks > self.codebooks {
            return Err(Error::input(
                format!("{codebooks} of {} codebooks were asked for", self.codebooks),
                format!("Ask for 1 to {}.", self.codebooks),
            ));
        }
        Self::new(codebooks, self.data[..codebooks * self.frames].to_vec())
    }
}
