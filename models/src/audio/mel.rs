//! Whisper's log-mel features, as Step-Audio 2 computes them, from 16 kHz mono samples.
//!
//! Zeros on the right (479 for the recogniser, none for the voice tokenizer), a centred STFT of 400 points every 160
//! samples with reflected edges, the last frame dropped, power, Slaney filters, log10 above 1e-10, everything below
//! the chunk's maximum − 8 raised to it, then (x + 4) / 4. The maximum belongs to the chunk, so features of a chunk
//! do not depend on what came before it. Reference: `log_mel_spectrogram` of the public Step-Audio2 repository.

use super::filterbank::Filterbank;
use super::spectrum::{PowerSpectrum, mirrored};
use super::window::hann_periodic;

/// Samples per second that the front end expects.
const RATE: usize = 16_000;
const FFT: usize = 400;
const HOP: usize = 160;

/// Log-mel features of one chunk, 100 frames a second.
#[derive(Debug, Clone, PartialEq)]
pub struct LogMel {
    pub frames: usize,
    pub bands: usize,
    /// `[frames, bands]`, row-major.
    pub values: Vec<f32>,
}

impl LogMel {
    /// The same as `[bands, frames]`, the order that goldens and traces use.
    pub fn bands_first(&self) -> Vec<f32> {
        let mut out = Vec::with_capacity(self.values.len());
        for band in 0..self.bands {
            out.extend(self.values.iter().skip(band).step_by(self.bands));
        }
        out
    }
}

/// The tables and the working memory of the transform; one per thread.
pub struct MelFrontEnd {
    spectrum: PowerSpectrum,
    window: Vec<f32>,
    filters: Filterbank,
    right_zeros: usize,
}

impl std::fmt::Debug for MelFrontEnd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("MelFrontEnd")
            .field("bands", &self.filters.bands())
            .field("right_zeros", &self.right_zeros)
            .finish_non_exhaustive()
    }
}

impl MelFrontEnd {
    /// `right_zeros` samples of silence are appended to every chunk.
    pub fn new(bands: usize, right_zeros: usize) -> Self {
        Self {
            spectrum: PowerSpectrum::new(FFT),
            window: hann_periodic(FFT),
            filters: Filterbank::slaney(RATE as f64, FFT, bands, 0.0, RATE as f64 / 2.0),
            right_zeros,
        }
    }

    /// Frames that a chunk of `samples` gives.
    pub fn frames(&self, samples: usize) -> usize {
        (samples + self.right_zeros) / HOP
    }

    /// Features of one chunk. A chunk too short for its edges to be reflected (200 samples with the zeros) has
    /// none.
    pub fn compute(&mut self, samples: &[f32]) -> LogMel {
        let bands = self.filters.bands();
        let len = samples.len() + self.right_zeros;
        if len <= FFT / 2 {
            return LogMel {
                frames: 0,
                bands,
                values: Vec::new(),
            };
        }
        let frames = self.frames(samples.len());
        let mut values = vec![0.0f32; frames * bands];
        for (index, row) in values.chunks_exact_mut(bands).enumerate() {
            let window = &self.window;
            let power = self
                .spectrum
                .of(|out| load_frame(out, window, samples, len, index * HOP));
            self.filters.apply(power, row);
        }
        // log10 of the clamped power, then the floor eight decades below the loudest value of the chunk.
        let mut loudest = f32::NEG_INFINITY;
        for v in &mut values {
            *v = v.max(1e-10).log10();
            loudest = loudest.max(*v);
        }
        let floor = loudest - 8.0;
        for v in &mut values {
            *v = (v.max(floor) + 4.0) / 4.0;
        }
        LogMel {
            frames,
            bands,
            values,
        }
    }
}

/// The windowed samples of the frame whose centre is at `start`, of a signal of `len` samples with its zeros.
fn load_frame(frame: &mut [f32], window: &[f32], samples: &[f32], len: usize, start: usize) {
    let half = FFT / 2;
    if let Some(from) = start.checked_sub(half)
        && let Some(run) = samples.get(from..from + FFT)
    {
        for ((out, w), s) in frame.iter_mut().zip(window).zip(run) {
            *out = w * s;
        }
        return;
    }
    for (i, (out, w)) in frame.iter_mut().zip(window).enumerate() {
        *out = w * mirrored(samples, len, start + i, half);
    }
}
