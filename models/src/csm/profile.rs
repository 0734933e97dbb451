//! Where a frame's time goes: its parts run alone, each to the end. For benchmarks only; the parts add up to more
//! than a frame, since a frame overlaps them.

use super::Csm;
use super::network::Draw;
use crate::sampling::{Sampler, Sampling, TorchStream};
use crate::{Error, Result};
use mlx_rs::{Array, Dtype, ops};
use std::time::{Duration, Instant};

/// Shortest of several runs of each part.
#[derive(Debug, Clone, Copy, Default)]
pub struct Profile {
    /// One row through the backbone, after `context` positions.
    pub backbone: Duration,
    /// All depth decoder positions, greedy.
    pub depth: Duration,
    /// Drawing all codebooks of a frame from given logits.
    pub sampling: Duration,
    /// The host's share: drawing noise and handing it over.
    pub noise: Duration,
}

impl Csm {
    /// Measures `rounds` times after `context` positions.
    pub fn profile(
        &mut self,
        sampling: &Sampling,
        codebooks: usize,
        context: usize,
        rounds: usize,
    ) -> Result<Profile> {
        let (hidden, vocab) = (
            self.config().backbone.block.hidden as i32,
            self.audio_vocab(),
        );
        if rounds == 0 || context == 0 || context + rounds >= self.config().max_positions() {
            return Err(Error::input(
                "nothing to measure",
                "Use at least one round within the model's positions.",
            ));
        }
        let mut cache = self.new_cache();
        let rows = ops::zeros_dtype(&[context as i32, hidden], Dtype::Float32)?
            .add(Array::from_f32(0.01))?;
        self.backbone_step(&rows, &mut cache)?.eval()?;
        let row = ops::zeros_dtype(&[1, hidden], Dtype::Float32)?.add(Array::from_f32(0.02))?;
        let (greedy, sampler) = (
            Sampler::new(&Sampling::greedy(), vocab)?,
            Sampler::new(sampling, vocab)?,
        );
        let mut stream = TorchStream::new(0);
        let mut best: Option<Profile> = None;
        for _ in 0..rounds {
            let (state, backbone) =
                timed(|| self.backbone_step(&row, &mut cache), |h| vec![h.clone()])?;
            let (graph, depth) = timed(
                || self.frame(&state, &Draw::plain(&greedy, &[]), codebooks),
                |g| vec![g.codes.clone()],
            )?;
            let begin = Instant::now();
            let draws = stream.exponentials(codebooks * vocab);
            let noise = Array::from_slice(&draws, &[codebooks as i32, vocab as i32]);
            let noise_time = begin.elapsed();
            let logits = ops::concatenate(&graph.logits, 0)?;
            logits.eval()?;
            let (_, sampling) = timed(|| sampler.pick(&logits, Some(&noise)), |t| vec![t.clone()])?;
            let this = Profile {
                backbone,
                depth,
                sampling,
                noise: noise_time,
            };
            best = Some(best.map_or(this, |b| Profile {
                backbone: b.backbone.min(this.backbone),
                depth: b.depth.min(this.depth),
                sampling: b.sampling.min(this.sampling),
                noise: b.noise.min(this.noise),
            }));
        }
        best.ok_or_else(|| Error::Compute("no round was measured".into()))
    }
}

fn timed<T>(
    build: impl FnOnce() -> Result<T>,
    outputs: impl Fn(&T) -> Vec<Array>,
) -> Result<(T, Duration)> {
    let begin = Instant::now();
    let built = build()?;
    for array in outputs(&built) {
        array.eval()?;
    }
    Ok((built, begin.elapsed()))
}
