//! The transform that every front end here shares: a windowed frame of samples to the power in each frequency bin.

use realfft::num_complex::Complex;
use realfft::{RealFftPlanner, RealToComplex};
use std::sync::Arc;

/// The plan and its working memory for frames of one length; one per thread.
pub(super) struct PowerSpectrum {
    plan: Arc<dyn RealToComplex<f32>>,
    frame: Vec<f32>,
    bins: Vec<Complex<f32>>,
    scratch: Vec<Complex<f32>>,
    power: Vec<f32>,
}

impl PowerSpectrum {
    /// For transforms of `points` samples.
    pub(super) fn new(points: usize) -> Self {
        let plan = RealFftPlanner::new().plan_fft_forward(points);
        Self {
            frame: plan.make_input_vec(),
            bins: plan.make_output_vec(),
            scratch: plan.make_scratch_vec(),
            power: vec![0.0; points / 2 + 1],
            plan,
        }
    }

    /// `fill` writes the windowed frame, all of it; gives `|X|²`, `[points / 2 + 1]`.
    pub(super) fn of(&mut self, fill: impl FnOnce(&mut [f32])) -> &[f32] {
        fill(&mut self.frame);
        // Fails only when lengths differ from the plan's, and these buffers are the plan's own.
        if self
            .plan
            .process_with_scratch(&mut self.frame, &mut self.bins, &mut self.scratch)
            .is_ok()
        {
            for (p, c) in self.power.iter_mut().zip(&self.bins) {
                *p = c.norm_sqr();
            }
        }
        &self.power
    }
}

/// The sample at `at − before` of a signal that is mirrored at both ends without repeating the edge.
pub(super) fn mirrored(samples: &[f32], len: usize, at: usize, before: usize) -> f32 {
    let at = at.abs_diff(before);
    let at = if at < len { at } else { 2 * (len - 1) - at };
    samples.get(at).copied().unwrap_or(0.0)
}
