//! The log-mel spectrogram that token2wav's flow speaks in: 80 bands, 50 frames a second, from 24 kHz mono.
//!
//! 720 mirrored samples on either side, frames of 1920 every 480, periodic Hann, magnitude `√(|X|² + 1e-9)`, Slaney filters
//! up to 8 kHz, natural logarithm above 1e-5. Reference: `mel_spectrogram` of the public Step-Audio2 repository.

use super::filterbank::Filterbank;
use super::spectrum::{PowerSpectrum, mirrored};
use super::window::hann_periodic;

/// Samples per second that the front end expects.
const RATE: f64 = 24_000.0;
const FRAME: usize = 1920;
const HOP: usize = 480;
const MARGIN: usize = (FRAME - HOP) / 2;
/// Of the features, `[bands]` a frame.
pub const VOICE_BANDS: usize = 80;

/// The features of `samples`, `[frames, 80]` row-major, one frame for every whole 480 samples; none where the edges
/// cannot be mirrored (720 samples, 30 ms, or less).
pub fn voice_mel(samples: &[f32]) -> Vec<f32> {
    if samples.len() <= MARGIN {
        return Vec::new();
    }
    let mut spectrum = PowerSpectrum::new(FRAME);
    let filters = Filterbank::slaney(RATE, FRAME, VOICE_BANDS, 0.0, 8_000.0);
    let window = hann_periodic(FRAME);
    let frames = (samples.len() + 2 * MARGIN - FRAME) / HOP + 1;
    let mut features = vec![0.0f32; frames * VOICE_BANDS];
    let mut magnitude = vec![0.0f32; FRAME / 2 + 1];
    for (index, row) in features.chunks_exact_mut(VOICE_BANDS).enumerate() {
        let power = spectrum.of(|out| {
            for (i, (out, w)) in out.iter_mut().zip(&window).enumerate() {
                *out = w * mirrored(samples, samples.len(), index * HOP + i, MARGIN);
            }
        });
        for (m, p) in magnitude.iter_mut().zip(power) {
            *m = (p + 1e-9).sqrt();
        }
        filters.apply(&magnitude, row);
        row.iter_mut().for_each(|v| *v = v.max(1e-5).ln());
    }
    features
}
