//! The frame loop: from a prompt to frames of codes.
//!
//! Frame n + 1 is built and queued while frame n still runs, and the host reads one small array per frame, one frame
//! late (but the first at once, so that sound begins early); noise is drawn while the device works. The frame that
//! turns out to be the end costs one frame of wasted work and no waiting.

use super::network::{BackboneCache, Draw};
use super::record::{Record, Watched};
use super::{Csm, Prompt};
use crate::nn::{Settle, tally};
use crate::sampling::{Sampler, Sampling, TorchStream};
use crate::{Error, Result};
use mlx_rs::Array;
use mlx_rs::transforms::async_eval;
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// Where the randomness comes from.
#[derive(Debug, Clone)]
pub enum Noise {
    /// PyTorch's CPU stream after `manual_seed`.
    Seed(u64),
    /// Exp(1) draws given outright, `[frames, codebooks, vocab]`; generation ends when they do.
    Given(Vec<f32>),
}

#[derive(Debug, Clone)]
pub struct Options {
    pub sampling: Sampling,
    pub noise: Noise,
    /// How many of the model's codebooks are generated; fewer is faster and rougher.
    pub codebooks: usize,
    pub max_frames: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StoppedBy {
    /// The model said that it is done: a frame of zeros.
    Eos,
    /// `max_frames`, the position budget or the given noise ran out.
    Length,
    /// The caller broke off.
    Cancelled,
}

impl StoppedBy {
    pub fn name(self) -> &'static str {
        match self {
            StoppedBy::Eos => "eos",
            StoppedBy::Length => "length",
            StoppedBy::Cancelled => "cancelled",
        }
    }
}

#[derive(Debug)]
pub struct Generated {
    pub frames: usize,
    pub stopped_by: StoppedBy,
    /// Running the prompt.
    pub prefill: Duration,
    /// Building graphs on the host, all frames together; hidden behind the running frame.
    pub building: Duration,
    /// Operations in the graph of one frame, backbone step included.
    pub nodes_per_frame: usize,
    /// Arrays that the host read and waited for, all frames and the end frame together.
    pub host_reads: usize,
    /// From the end of the prefill to the last frame read.
    pub decoding: Duration,
}

struct Draws {
    source: Noise,
    stream: TorchStream,
    used: usize,
    per_frame: usize,
}

impl Draws {
    fn new(noise: &Noise, per_frame: usize) -> Self {
        let seed = if let Noise::Seed(seed) = noise {
            *seed
        } else {
            0
        };
        Self {
            source: noise.clone(),
            stream: TorchStream::new(seed),
            used: 0,
            per_frame,
        }
    }

    /// The next frame's draws, or none when given noise is used up.
    fn next(&mut self) -> Option<Vec<f32>> {
        match &self.source {
            Noise::Seed(_) => Some(self.stream.exponentials(self.per_frame)),
            Noise::Given(all) => {
                let draws = all.get(self.used..self.used + self.per_frame)?.to_vec();
                self.used += self.per_frame;
                Some(draws)
            }
        }
    }
}

/// A frame that is queued on the device.
struct Pending {
    codes: Array,
    watched: Option<Watched>,
}

/// What the frame loop carries from frame to frame.
struct Queue<'a> {
    csm: &'a Csm,
    options: &'a Options,
    sampler: Sampler,
    /// Whether more than the codes is wanted of a frame.
    watched: bool,
    /// There to see what an exclusion changes.
    unexcluded: Option<Sampler>,
    offsets: Array,
    draws: Draws,
    cache: BackboneCache,
    /// The backbone's state that the next frame starts from, `[1, hidden]`; not computed yet while its frame runs.
    hidden: Array,
    building: Duration,
    nodes_per_frame: usize,
}

impl<'a> Queue<'a> {
    fn new(csm: &'a Csm, options: &'a Options, watched: bool) -> Result<Self> {
        let vocab = csm.audio_vocab();
        let unexcluded = (watched && options.sampling.exclude.is_some())
            .then(|| {
                let exclude = None;
                let sampling = options.sampling.clone();
                Sampler::new(
                    &Sampling {
                        exclude,
                        ..sampling
                    },
                    vocab,
                )
            })
            .transpose()?;
        Ok(Self {
            csm,
            options,
            sampler: Sampler::new(&options.sampling, vocab)?,
            watched,
            unexcluded,
            offsets: csm.offsets(options.codebooks),
            draws: Draws::new(&options.noise, options.codebooks * csm.audio_vocab()),
            cache: csm.new_cache(),
            hidden: Array::from_f32(0.0),
            building: Duration::ZERO,
            nodes_per_frame: 0,
        })
    }

    fn prefill(&mut self, prompt: &Prompt) -> Result<()> {
        self.hidden = last_row(&self.csm.prefill(prompt, &mut self.cache)?)?;
        Ok(self.hidden.eval()?)
    }

    /// Builds the next frame and the backbone step after it and hands both to the device; none when the given
    /// noise is used up.
    fn frame(&mut self) -> Result<Option<Pending>> {
        let noise = if self.sampler.needs_noise() {
            let Some(draws) = self.draws.next() else {
                return Ok(None);
            };
            draws
        } else {
            Vec::new()
        };
        let begin = Instant::now();
        tally::take();
        let rows = host_rows(&noise, self.csm.audio_vocab());
        let draw = Draw {
            sampler: &self.sampler,
            noise: &rows,
            watched: self.watched,
            unexcluded: self.unexcluded.as_ref(),
        };
        let mut graph = self
            .csm
            .frame(&self.hidden, &draw, self.options.codebooks)?;
        let row = self.csm.embed_frame(&graph.codes, &self.offsets)?;
        let following = self.csm.backbone_step(&row, &mut self.cache)?;
        self.building += begin.elapsed();
        self.nodes_per_frame = tally::take();
        let hidden = std::mem::replace(&mut self.hidden, following);
        // Part of the frame's own graph: asked for later, they would wait for the frame after it.
        let watched = self
            .watched
            .then(|| Watched::new(&mut graph, &hidden, noise))
            .transpose()?;
        async_eval(
            [&graph.codes, &self.hidden]
                .into_iter()
                .chain(self.cache.arrays())
                .chain(watched.iter().flat_map(Watched::arrays)),
        )?;
        Ok(Some(Pending {
            codes: graph.codes,
            watched,
        }))
    }
}

impl Csm {
    /// Generates frames until the model ends, `max_frames` or the position budget is reached, or `on_frame` breaks.
    /// `on_frame` gets the codes of each frame (without the end frame) in order.
    ///
    /// Errors: a prompt that fills all positions, codebooks out of range, noise that is not positive.
    pub fn generate(
        &mut self,
        prompt: &Prompt,
        options: &Options,
        on_frame: &mut dyn FnMut(&[i32]) -> ControlFlow<()>,
    ) -> Result<Generated> {
        self.run(prompt, options, on_frame, None)
    }

    /// As [`Self::generate`]; `record` gets everything that went into each frame, the end frame's too, before
    /// `on_frame` gets its codes. Its errors end the generation.
    pub fn generate_recorded(
        &mut self,
        prompt: &Prompt,
        options: &Options,
        on_frame: &mut dyn FnMut(&[i32]) -> ControlFlow<()>,
        record: &mut dyn Record,
    ) -> Result<Generated> {
        self.run(prompt, options, on_frame, Some(record))
    }

    fn run(
        &mut self,
        prompt: &Prompt,
        options: &Options,
        on_frame: &mut dyn FnMut(&[i32]) -> ControlFlow<()>,
        mut record: Option<&mut dyn Record>,
    ) -> Result<Generated> {
        let max_frames = self.check(prompt, options)?;
        let begin = Instant::now();
        let _settle = Settle;
        let mut queue = Queue::new(self, options, record.is_some())?;
        queue.prefill(prompt)?;
        let prefill = begin.elapsed();

        let begin = Instant::now();
        let mut lap = begin;
        let (mut frames, mut queued) = (0, 0);
        let mut stopped_by = StoppedBy::Length;
        let mut running: Option<Pending> = None;
        loop {
            let mut next = if queued < max_frames {
                queue.frame()?
            } else {
                None
            };
            queued += 1;
            // The first frame is read at once, so that sound begins early; every other while the next one runs.
            let done = if queued == 1 {
                next.take()
            } else {
                running.take()
            };
            if done.is_none() && next.is_none() {
                break;
            }
            running = next;
            let Some(done) = done else { continue };
            let codes: Vec<u32> = read(&done.codes)?;
            let codes: Vec<i32> = codes.into_iter().map(|c| c as i32).collect();
            let time = std::mem::replace(&mut lap, Instant::now()).elapsed();
            if let (Some(record), Some(watched)) = (&mut record, &done.watched) {
                watched.tell(*record, &codes, time)?;
            }
            if codes.iter().all(|&c| c == 0) {
                stopped_by = StoppedBy::Eos;
                break;
            }
            frames += 1;
            if on_frame(&codes).is_break() {
                stopped_by = StoppedBy::Cancelled;
                break;
            }
        }
        Ok(Generated {
            frames,
            stopped_by,
            prefill,
            building: queue.building,
            nodes_per_frame: queue.nodes_per_frame,
            host_reads: tally::take_reads(),
            decoding: begin.elapsed(),
        })
    }

    /// The frames that fit; refuses what cannot work.
    fn check(&self, prompt: &Prompt, options: &Options) -> Result<usize> {
        let budget = self.config().max_positions();
        if prompt.rows() >= budget {
            return Err(Error::input(
                format!(
                    "the prompt takes {} of the model's {budget} positions and leaves none for speech",
                    prompt.rows()
                ),
                "Use a shorter text or less context audio (12.5 positions a second).",
            ));
        }
        if !(2..=self.codebooks()).contains(&options.codebooks) {
            return Err(Error::input(
                format!(
                    "{} codebooks are not possible with this model",
                    options.codebooks
                ),
                format!("Use 2 to {}.", self.codebooks()),
            ));
        }
        if let Noise::Given(noise) = &options.noise {
            let per_frame = options.codebooks * self.audio_vocab();
            if noise.is_empty()
                || noise.len() % per_frame != 0
                || noise.iter().any(|q| !q.is_finite() || *q < 0.0)
            {
                return Err(Error::input(
                    "the given noise is not frames × codebooks × vocabulary of finite, positive numbers",
                    "Capture it with the same model and the same number of codebooks.",
                ));
            }
        }
        Ok(options.max_frames.min(budget - prompt.rows()))
    }

    /// Hidden states of all prompt rows, `[rows · hidden]`, for comparison with a reference.
    pub fn prompt_states(&mut self, prompt: &Prompt) -> Result<Vec<f32>> {
        let mut cache = self.new_cache();
        read(
            &self
                .prefill(prompt, &mut cache)?
                .as_dtype(mlx_rs::Dtype::Float32)?,
        )
    }
}

fn last_row(states: &Array) -> Result<Array> {
    use mlx_rs::ops::indexing::TryIndexOp;
    Ok(states.try_index(-1..)?)
}

/// Draws as one `[1, vocab]` array per codebook: separate arrays cost the graph nothing, slices of one would.
pub(super) fn host_rows(draws: &[f32], vocab: usize) -> Vec<Array> {
    draws
        .chunks_exact(vocab)
        .map(|row| Array::from_slice(row, &[1, vocab as i32]))
        .collect()
}

pub(super) fn read<T: mlx_rs::ArrayElement + Clone>(array: &Array) -> Result<Vec<T>> {
    tally::host_read();
    array
        .to_vec_exact::<T>()
        .map_err(|e| Error::Compute(e.to_string()))
}
