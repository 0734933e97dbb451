//! Kaldi's log filterbank, the features of speaker encoders: 80 bands, 25 ms frames every 10 ms, from 16 kHz mono.
//!
//! Whole frames only; each has its mean removed, is pre-emphasised (0.97, its first sample against itself) and weighted with
//! the Povey window; power of 512 points; triangles evenly spaced in mel from 20 Hz to 8 kHz; natural logarithm. No dither.
//! The mean of each band over time is taken off at the end. Reference: `torchaudio.compliance.kaldi.fbank`.

use super::filterbank::Filterbank;
use super::spectrum::PowerSpectrum;

/// Samples per second that the front end expects.
const RATE: f64 = 16_000.0;
const FRAME: usize = 400;
const HOP: usize = 160;
const FFT: usize = 512;
const PRE_EMPHASIS: f32 = 0.97;
/// Of the features, `[bands]` a frame.
pub const FBANK_BANDS: usize = 80;

/// The features of `samples`, `[frames, 80]` row-major, minus their mean over time; none for less than a frame (25 ms).
pub fn fbank(samples: &[f32]) -> Vec<f32> {
    let mut spectrum = PowerSpectrum::new(FFT);
    let filters = Filterbank::kaldi(RATE, FFT, FBANK_BANDS, 20.0, RATE / 2.0);
    let window = povey();
    let starts = (0..samples.len().saturating_sub(FRAME - 1)).step_by(HOP);
    let frames = starts.clone().count();
    let mut features = vec![0.0f32; frames * FBANK_BANDS];
    for (start, row) in starts.zip(features.chunks_exact_mut(FBANK_BANDS)) {
        let frame = &samples[start..start + FRAME];
        let mean = frame.iter().sum::<f32>() / FRAME as f32;
        let power = spectrum.of(|out| {
            let mut before = frame[0] - mean;
            for ((out, s), w) in out.iter_mut().zip(frame).zip(&window) {
                let s = s - mean;
                *out = (s - PRE_EMPHASIS * before) * w;
                before = s;
            }
            out[FRAME..].fill(0.0);
        });
        filters.apply(power, row);
        row.iter_mut().for_each(|v| *v = v.max(f32::EPSILON).ln());
    }
    for band in 0..FBANK_BANDS {
        let column = || features.iter().skip(band).step_by(FBANK_BANDS);
        let mean = column().map(|&v| f64::from(v)).sum::<f64>() / frames.max(1) as f64;
        let values = features.iter_mut().skip(band).step_by(FBANK_BANDS);
        values.for_each(|v| *v -= mean as f32);
    }
    features
}

/// A symmetric Hann window to the power of 0.85.
fn povey() -> Vec<f32> {
    let turn = 2.0 * std::f64::consts::PI / (FRAME - 1) as f64;
    (0..FRAME)
        .map(|i| (0.5 - 0.5 * (turn * i as f64).cos()).powf(0.85) as f32)
        .collect()
}
