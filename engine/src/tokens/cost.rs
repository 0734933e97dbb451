//! What recording costs: the same frames with and without it, in turns, so that a busy minute falls on both.

use crate::Result;
use crate::tokens::Stages;
use crate::tokens::capture::Run;
use myna_models::csm::{Csm, Options, Prompt};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Candidates that a cheap trace keeps of every draw: more than the product's top-k, so the whole distribution is there.
pub const TOP: usize = 64;

/// Turns of each kind; the median of their differences counts.
const TURNS: usize = 5;

/// Milliseconds a frame, from the first frame to the last.
#[derive(Debug, Clone, Serialize)]
pub struct CaptureCost {
    pub top: usize,
    /// Best of the turns.
    pub frame_ms: f64,
    pub frame_ms_recorded: f64,
    pub frame_ms_each: Vec<f64>,
    pub frame_ms_recorded_each: Vec<f64>,
    /// Median over the turns of recorded ÷ plain, less 1: 0.1 is ten percent.
    pub cost: f64,
    pub bytes_per_frame: u64,
}

impl CaptureCost {
    /// Measures so many frames a turn. The end of the file, which is written once, is not in it.
    pub(crate) fn measure(csm: &mut Csm, prompt: &Prompt, options: &Options) -> Result<Self> {
        let folder =
            tempfile::tempdir().map_err(|e| crate::Error::output(&std::env::temp_dir(), e))?;
        let out = folder.path().join("cost.safetensors");
        let run = Run {
            options: options.clone(),
            prompt: prompt.clone(),
            stages: Stages {
                top: Some(TOP),
                ..Stages::all()
            },
            metadata: Default::default(),
        };
        let (mut plain, mut recorded) = (Vec::new(), Vec::new());
        for _ in 0..TURNS {
            let mut clock = Steady::default();
            csm.generate(prompt, options, &mut |_| {
                clock.frame();
                ControlFlow::Continue(())
            })?;
            plain.push(clock.per_frame());
            let mut clock = Steady::default();
            run.record(csm, &out, &AtomicBool::new(false), &mut |_| clock.frame())?;
            recorded.push(clock.per_frame());
        }
        let bytes = std::fs::metadata(&out).map_or(0, |m| m.len());
        let mut ratios: Vec<f64> = plain
            .iter()
            .zip(&recorded)
            .map(|(p, r)| r / p - 1.0)
            .collect();
        ratios.sort_by(f64::total_cmp);
        let best = |all: &[f64]| all.iter().copied().fold(f64::INFINITY, f64::min);
        Ok(Self {
            top: TOP.min(csm.audio_vocab()),
            frame_ms: best(&plain),
            frame_ms_recorded: best(&recorded),
            cost: ratios[TURNS / 2],
            frame_ms_each: plain,
            frame_ms_recorded_each: recorded,
            bytes_per_frame: bytes / options.max_frames.max(1) as u64,
        })
    }
}

/// Time between the first frame and the last one.
#[derive(Default)]
struct Steady {
    first: Option<Instant>,
    last: Option<Instant>,
    frames: usize,
}

impl Steady {
    fn frame(&mut self) {
        let now = Instant::now();
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.frames += 1;
    }

    fn per_frame(&self) -> f64 {
        let time = self
            .first
            .zip(self.last)
            .map_or(0.0, |(first, last)| (last - first).as_secs_f64());
        time * 1e3 / self.frames.saturating_sub(1).max(1) as f64
    }
}
