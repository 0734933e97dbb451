//! The excitation of the vocoder: nine sines at multiples of the pitch where there is one, noise everywhere, mixed to one.
//!
//! Phases run through frames as straight lines between their middles. Reference: `SineGen2` and `SourceModuleHnNSF2`
//! of the public Step-Audio2 repository. What differs: phases are summed in f64 (the reference's f32 is a hundredth of a
//! radian off after ten seconds), and the random first phase, which never reaches the sound there, is not used.

use super::FRAME_SAMPLES;
use super::conformer::linear_tensors;
use super::noise::Noise;
use crate::Result;
use crate::weights::{TensorSpec, Weights};

const RATE: f64 = super::SAMPLE_RATE as f64;
/// Of a sine, of the noise beside it, and of the noise where there is no pitch.
const AMPLITUDE: f32 = 0.1;
const BREATH: f32 = 0.003;
const HISS: f32 = AMPLITUDE / 3.0;
/// In Hz; at or below it nothing is voiced.
const VOICED: f32 = 10.0;

const PATH: &str = "m_source.l_linear";

/// Keys: `m_source.l_linear`.
#[derive(Debug)]
pub(super) struct Source {
    /// Of each harmonic.
    weights: Vec<f32>,
    bias: f32,
}

impl Source {
    pub(super) fn tensors(harmonics: usize) -> Vec<TensorSpec> {
        linear_tensors(PATH, 1, harmonics)
    }

    pub(super) fn load(w: &mut Weights, harmonics: usize) -> Result<Self> {
        let weights = w.tensor(&format!("{PATH}.weight"), &[1, harmonics])?;
        let bias = w.tensor(&format!("{PATH}.bias"), &[1])?;
        Ok(Self {
            weights: super::flow::to_host(&weights)?,
            bias: super::flow::to_host(&bias)?.first().copied().unwrap_or(0.0),
        })
    }

    /// Pitch in Hz, one a frame → 480 samples a frame.
    pub(super) fn excite(&self, pitch: &[f32], noise: &mut Noise) -> Vec<f32> {
        let harmonics = self.weights.len();
        let samples = pitch.len() * FRAME_SAMPLES;
        let normals = noise.vocoder(samples, harmonics);
        // Turns of each harmonic at the middle of each frame.
        let mut phases = vec![0.0f64; pitch.len() * harmonics];
        let mut turns = vec![0.0f64; harmonics];
        for (hz, row) in pitch.iter().zip(phases.chunks_exact_mut(harmonics)) {
            for (h, (turn, phase)) in (1..).zip(turns.iter_mut().zip(row)) {
                *turn += (f64::from(hz * h as f32) / RATE).fract() * FRAME_SAMPLES as f64;
                *phase = *turn;
            }
        }
        (0..samples)
            .map(|at| {
                let (left, share) = between(at, pitch.len());
                let right = (left + 1).min(pitch.len() - 1);
                let voiced = pitch[at / FRAME_SAMPLES] > VOICED;
                let amplitude = if voiced { BREATH } else { HISS };
                let mixed: f32 = (0..harmonics)
                    .map(|h| {
                        let (a, b) = (phases[left * harmonics + h], phases[right * harmonics + h]);
                        let sine = if voiced {
                            let turns = a + (b - a) * share;
                            AMPLITUDE * (turns.fract() * std::f64::consts::TAU).sin() as f32
                        } else {
                            0.0
                        };
                        let normal = normals.as_ref().map_or(0.0, |n| n[at * harmonics + h]);
                        self.weights[h] * (sine + amplitude * normal)
                    })
                    .sum();
                (mixed + self.bias).tanh()
            })
            .collect()
    }
}

/// The frame whose middle lies before a sample, and how far the sample is on the way to the next one's; the first and the last
/// half frame stand still.
fn between(sample: usize, frames: usize) -> (usize, f64) {
    let place = (sample as f64 + 0.5) / FRAME_SAMPLES as f64 - 0.5;
    let place = place.clamp(0.0, frames as f64 - 1.0);
    (place as usize, place.fract())
}
