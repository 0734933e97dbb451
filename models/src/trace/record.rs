//! One generation as a file.

use super::{Table, Tensor, TensorFile, write};
use crate::csm::Capture;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::path::Path;

/// N frames of K codes out of V. The float tables have N' entries: N, or N + 1 when the model ended by itself; then the
/// last one is the end frame's own.
#[derive(Debug, Clone, PartialEq)]
pub struct Trace {
    /// `[N, K]`
    pub frames: Table<i32>,
    /// `[N', V]`
    pub c0_logits: Table<f32>,
    /// `[N', K − 1, V]`
    pub depth_logits: Table<f32>,
    /// The backbone's state each frame starts from, `[N', H]`.
    pub hidden: Table<f32>,
    /// The draws used, `[N', K, V]`; none when greedy.
    pub noise: Option<Table<f32>>,
    /// Model hash, seed, temperature, top-k, versions.
    pub metadata: BTreeMap<String, String>,
}

impl Trace {
    /// From what generation kept: the frames one after the other, and their capture.
    pub fn new(
        frames: &[i32],
        codebooks: usize,
        vocabulary: usize,
        capture: Capture,
        metadata: BTreeMap<String, String>,
    ) -> Result<Self> {
        let (n, k, v) = (capture.entries, codebooks, vocabulary);
        let hidden = capture.hidden.len().checked_div(n).unwrap_or(0);
        let noise = (!capture.noise.is_empty()).then(|| Table {
            shape: vec![n, k, v],
            values: capture.noise,
        });
        let trace = Self {
            frames: Table {
                shape: vec![frames.len() / k.max(1), k],
                values: frames.to_vec(),
            },
            c0_logits: Table {
                shape: vec![n, v],
                values: capture.c0_logits,
            },
            depth_logits: Table {
                shape: vec![n, k.saturating_sub(1), v],
                values: capture.depth_logits,
            },
            hidden: Table {
                shape: vec![n, hidden],
                values: capture.hidden,
            },
            noise,
            metadata,
        };
        trace.check().map_err(Error::Compute)?;
        Ok(trace)
    }

    /// Reads a trace; its tables must agree with each other.
    pub fn read(path: &Path) -> Result<Self> {
        let file = TensorFile::read(path)?;
        let noise = file
            .has("noise")
            .then(|| file.floats("noise"))
            .transpose()?;
        let trace = Self {
            frames: file.integers("frames")?,
            c0_logits: file.floats("c0_logits")?,
            depth_logits: file.floats("depth_logits")?,
            hidden: file.floats("hidden")?,
            noise,
            metadata: file.metadata()?,
        };
        trace.check().map_err(|what| {
            Error::input(
                format!("{}: {what}", path.display()),
                "This is no trace, or a damaged one; capture it again.",
            )
        })?;
        Ok(trace)
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        let f32 = |name, t: &Table<f32>| Tensor::f32(name, &t.shape, &t.values);
        let mut all = vec![
            Tensor::i32("frames", &self.frames.shape, &self.frames.values),
            f32("c0_logits", &self.c0_logits),
            f32("depth_logits", &self.depth_logits),
            f32("hidden", &self.hidden),
        ];
        all.extend(self.noise.as_ref().map(|noise| f32("noise", noise)));
        write(path, &all, &self.metadata)
    }

    fn check(&self) -> Result<(), String> {
        let (&[n, k], &[entries, v]) = (
            self.frames.shape.as_slice(),
            self.c0_logits.shape.as_slice(),
        ) else {
            return Err("frames or c0_logits are not a table".into());
        };
        if entries < n || entries > n + 1 || k < 2 {
            return Err(format!(
                "{n} frames of {k} codebooks and {entries} entries of logits do not go together"
            ));
        }
        let wanted = [entries, k - 1, v];
        if self.depth_logits.shape != wanted {
            return Err(format!(
                "depth_logits are {:?}, should be {wanted:?}",
                self.depth_logits.shape
            ));
        }
        if self.hidden.shape.len() != 2 || self.hidden.shape[0] != entries {
            return Err(format!("hidden is {:?}", self.hidden.shape));
        }
        let noise = self.noise.as_ref().map(|noise| noise.shape.as_slice());
        if noise.is_some_and(|shape| shape != [entries, k, v]) {
            return Err(format!("noise is {:?}", noise.unwrap_or_default()));
        }
        Ok(())
    }
}
