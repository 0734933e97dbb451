//! What went into every choice, for whoever records or judges it.
//!
//! The tables are part of the frame's own graph and read together with its codes, so watching costs copies and no
//! waiting.

use super::generate::read;
use super::network::FrameGraph;
use crate::Result;
use mlx_rs::{Array, Dtype, ops};
use std::time::Duration;

/// One frame and what it was drawn from; K codebooks, V tokens, H the backbone's width.
#[derive(Debug, Clone, Copy)]
pub struct Taken<'a> {
    /// `[K]`; all zeros for the end frame.
    pub codes: &'a [i32],
    /// `[K, V]`
    pub logits: &'a [f32],
    /// The distributions drawn from, `[K, V]`; empty when greedy.
    pub probabilities: &'a [f32],
    /// `[K, V]`; empty when greedy.
    pub noise: &'a [f32],
    /// What the same noise names without the exclusion, `[K]`; empty when nothing is excluded.
    pub unexcluded: &'a [i32],
    /// The backbone's state that the frame starts from, `[H]`.
    pub hidden: &'a [f32],
    /// Since the frame before was there.
    pub time: Duration,
}

/// Gets every frame of a generation, the end frame too. An error ends the generation.
pub trait Record {
    fn frame(&mut self, taken: &Taken) -> Result<()>;
}

/// The tables of a frame that is still being computed.
pub(super) struct Watched {
    logits: Array,
    probabilities: Option<Array>,
    unexcluded: Option<Array>,
    hidden: Array,
    noise: Vec<f32>,
}

impl Watched {
    pub fn new(graph: &mut FrameGraph, hidden: &Array, noise: Vec<f32>) -> Result<Self> {
        let join = |rows: &[Array]| {
            (!rows.is_empty())
                .then(|| ops::concatenate(rows, 0))
                .transpose()
        };
        let watched = Self {
            logits: ops::concatenate(&graph.logits, 0)?,
            probabilities: join(&graph.probabilities)?,
            unexcluded: join(&graph.unexcluded)?,
            hidden: hidden.as_dtype(Dtype::Float32)?,
            noise,
        };
        // The rows are in the tables now; held on to, they would be in memory twice.
        graph.logits.clear();
        graph.probabilities.clear();
        graph.unexcluded.clear();
        Ok(watched)
    }

    /// All that has to be computed.
    pub fn arrays(&self) -> impl Iterator<Item = &Array> {
        [&self.logits, &self.hidden]
            .into_iter()
            .chain(&self.probabilities)
            .chain(&self.unexcluded)
    }

    /// Reads the tables and hands them on.
    pub fn tell(&self, record: &mut dyn Record, codes: &[i32], time: Duration) -> Result<()> {
        let probabilities: Option<Vec<f32>> = self.probabilities.as_ref().map(read).transpose()?;
        let unexcluded: Option<Vec<u32>> = self.unexcluded.as_ref().map(read).transpose()?;
        let unexcluded: Vec<i32> = unexcluded.iter().flatten().map(|&c| c as i32).collect();
        record.frame(&Taken {
            codes,
            logits: &read::<f32>(&self.logits)?,
            probabilities: &probabilities.unwrap_or_default(),
            noise: &self.noise,
            unexcluded: &unexcluded,
            hidden: &read::<f32>(&self.hidden)?,
            time,
        })
    }
}
