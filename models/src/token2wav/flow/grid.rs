//! The cosine grid of times between noise and speech.

use super::STEPS;

/// When the estimator is asked, and how far each answer is followed: `1 − cos(π/2 · i/10)`.
#[derive(Debug)]
pub(super) struct Grid {
    pub(super) times: [f32; STEPS],
    pub(super) steps: [f32; STEPS],
}

impl Grid {
    pub(super) fn points() -> [f32; STEPS + 1] {
        std::array::from_fn(|i| {
            let even = i as f32 / STEPS as f32;
            1.0 - (even * 0.5 * std::f32::consts::PI).cos()
        })
    }

    /// Sums in f32 as the reference's solver does, so that the times are its times.
    pub(super) fn cosine() -> Self {
        let points = Self::points();
        let (mut times, mut steps) = ([0.0; STEPS], [0.0; STEPS]);
        let mut t = points[0];
        for i in 0..STEPS {
            times[i] = t;
            steps[i] = points[i + 1] - t;
            t += steps[i];
        }
        Self { times, steps }
    }
}
