//! The short Fourier transform of 16 points every 4 samples, and back, as matrix products.
//!
//! A frame's transform is a product with sines and cosines into which the window is multiplied; 18 channels, real parts
//! first. Reference: `torch.stft` and `torch.istft`, centred, periodic Hann, mirrored edges.

use super::overlap::overlap_add;
use crate::audio::hann_periodic;
use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype, ops};

/// Samples between frames.
pub(super) const HOP: usize = 4;
pub(super) const POINTS: usize = 16;
/// Real and imaginary parts of a frame.
pub(super) const CHANNELS: usize = POINTS + 2;

const PARTS: usize = POINTS / HOP;
const BINS: usize = POINTS / 2 + 1;
/// Samples of padding on either side.
const EDGE: usize = POINTS / 2;

#[derive(Debug)]
pub(super) struct Stft {
    /// `[16, 18]`
    forward: Array,
    /// `[18, 16]`
    backward: Array,
    window: Vec<f32>,
}

impl Stft {
    pub(super) fn new(dtype: Dtype) -> Result<Self> {
        let window = hann_periodic(POINTS);
        let (mut forward, mut backward) = (Vec::new(), vec![0.0f32; CHANNELS * POINTS]);
        for (n, w) in window.iter().enumerate() {
            let angle =
                |k: usize| 2.0 * std::f64::consts::PI * (k * n % POINTS) as f64 / POINTS as f64;
            forward.extend((0..BINS).map(|k| w * angle(k).cos() as f32));
            forward.extend((0..BINS).map(|k| -w * angle(k).sin() as f32));
            for k in 0..BINS {
                // The bins between the ends stand for their mirror images, too.
                let share = if k == 0 || k == BINS - 1 { 1.0 } else { 2.0 };
                let scale = f64::from(*w) * share / POINTS as f64;
                backward[k * POINTS + n] = (scale * angle(k).cos()) as f32;
                backward[(BINS + k) * POINTS + n] = (-scale * angle(k).sin()) as f32;
            }
        }
        let (points, channels) = (POINTS as i32, CHANNELS as i32);
        let table = |values: &[f32], shape: [i32; 2]| -> Result<Array> {
            let table = Array::from_slice(values, &shape).as_dtype(dtype)?;
            table.eval()?;
            Ok(table)
        };
        Ok(Self {
            forward: table(&forward, [points, channels])?,
            backward: table(&backward, [channels, points])?,
            window,
        })
    }

    /// `samples` (a multiple of 4, at least 12) → `[1, samples / 4 + 1, 18]`
    pub(super) fn analyse(&self, samples: &[f32]) -> Result<Array> {
        if samples.len() <= EDGE || !samples.len().is_multiple_of(HOP) {
            return Err(Error::Compute(format!(
                "{} samples cannot be analysed",
                samples.len()
            )));
        }
        let last = samples.len() - 1;
        let mut padded = Vec::with_capacity(samples.len() + POINTS);
        padded.extend((1..=EDGE).rev().map(|i| samples[i]));
        padded.extend(samples);
        padded.extend((1..=EDGE).map(|i| samples[last - i]));
        let hops = (padded.len() / HOP) as i32;
        let frames = hops - PARTS as i32 + 1;
        let padded = Array::from_slice(&padded, &[1, hops, HOP as i32]);
        let shifted = (0..PARTS as i32)
            .map(|part| Ok(padded.try_index((.., part..part + frames, ..))?))
            .collect::<Result<Vec<_>>>()?;
        let table = ops::concatenate(&shifted, 2)?.as_dtype(self.forward.dtype())?;
        Ok(table.matmul(&self.forward)?)
    }

    /// `[1, frames, 18]` f32 → `(frames − 1) · 4` samples.
    pub(super) fn synthesise(&self, spectrum: &Array) -> Result<Vec<f32>> {
        let frames = spectrum.shape()[1];
        let pieces = spectrum
            .matmul(&self.backward)?
            .reshape(&[1, frames, POINTS as i32, 1])?;
        let sum = overlap_add(&pieces, HOP as i32)?;
        let mut samples = super::flow::to_host(&sum)?;
        // Divided by what the squared windows add up to, which is less at the ends.
        let frames = frames as usize;
        let weight = |at: usize| -> f32 {
            let last = (at / HOP).min(frames - 1);
            let first = (at + 1).saturating_sub(POINTS).div_ceil(HOP);
            (first..=last)
                .map(|f| self.window[at - f * HOP].powi(2))
                .sum()
        };
        let inner = weight(POINTS);
        let whole = samples.len();
        for (at, sample) in samples.iter_mut().enumerate() {
            let edge = at < POINTS || at + POINTS >= whole;
            *sample /= if edge { weight(at).max(1e-11) } else { inner };
        }
        samples.truncate(whole - EDGE);
        samples.drain(..EDGE);
        Ok(samples)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back_is_where_it_was() {
        let stft = Stft::new(Dtype::Float32).expect("tables");
        for len in [12usize, 16, 40, 480] {
            let samples: Vec<f32> = (0..len).map(|i| (i as f32 * 0.37).sin()).collect();
            let spectrum = stft.analyse(&samples).expect("a spectrum");
            assert_eq!(spectrum.shape(), [1, len as i32 / 4 + 1, 18]);
            let back = stft.synthesise(&spectrum).expect("samples");
            assert_eq!(back.len(), len);
            let worst = back.iter().zip(&samples).map(|(a, b)| (a - b).abs());
            assert!(worst.fold(0.0, f32::max) < 1e-5, "{len}");
        }
        assert!(stft.analyse(&[0.0; 8]).is_err());
    }
}
