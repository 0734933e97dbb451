//! Changing the sample rate: a whole recording at once, or a stream.
//!
//! Promises that a whole recording keeps its place in time (the filter's delay is taken off) and its length to
//! within one sample, and that a stream loses nothing: `finish` gives what is still inside the filter.

use crate::{Error, Result};
use rubato::audioadapter_buffers::direct::InterleavedSlice;
use rubato::{Fft, FixedSync, Indexing, Resampler as _, WindowFunction};

/// Frames of input per step; also the length of the filter, so that the cut-off is steep.
const CHUNK: usize = 1024;

/// For a stream a shorter filter: 20 ms at 24 kHz.
const STREAM_CHUNK: usize = 480;

fn failed(e: impl std::fmt::Display) -> Error {
    Error::request(
        format!("the sample rate cannot be changed: {e}"),
        "Convert the recording to 24 kHz.",
    )
}

fn filter(from: u32, to: u32, chunk: usize) -> Result<Fft<f32>> {
    // An even number of whole periods: otherwise the filter's middle lies between two samples, and everything shifts
    // by half of one.
    let period = (from / gcd(from, to)) as usize;
    let chunk = chunk.div_ceil(2 * period) * 2 * period;
    Fft::new_custom(
        from as usize,
        to as usize,
        chunk,
        1,
        1,
        WindowFunction::BlackmanHarris2,
        FixedSync::Input,
    )
    .map_err(failed)
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// A whole mono recording at another rate.
pub fn resample(samples: &[f32], from: u32, to: u32) -> Result<Vec<f32>> {
    if from == to || samples.is_empty() {
        return Ok(samples.to_vec());
    }
    let input = InterleavedSlice::new(samples, 1, samples.len()).map_err(failed)?;
    let output = filter(from, to, CHUNK)?
        .process_all(&input, samples.len(), None)
        .map_err(failed)?;
    Ok(output.take_data())
}

/// A mono stream at another rate.
pub struct Resampler {
    /// None when the rates are equal.
    filter: Option<Fft<f32>>,
    waiting: Vec<f32>,
    /// Samples at the beginning that are only the filter's delay.
    skip: usize,
    pushed: u64,
    given: u64,
    ratio: f64,
}

impl Resampler {
    pub fn new(from: u32, to: u32) -> Result<Self> {
        let filter = (from != to)
            .then(|| filter(from, to, STREAM_CHUNK))
            .transpose()?;
        Ok(Self {
            skip: filter.as_ref().map_or(0, Fft::output_delay),
            filter,
            waiting: Vec::new(),
            pushed: 0,
            given: 0,
            ratio: f64::from(to) / f64::from(from),
        })
    }

    /// Takes samples in and gives those that are ready.
    pub fn push(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        self.pushed += samples.len() as u64;
        let Some(filter) = &mut self.filter else {
            self.given += samples.len() as u64;
            return Ok(samples.to_vec());
        };
        self.waiting.extend_from_slice(samples);
        let mut out = Vec::new();
        let mut at = 0;
        while self.waiting.len() - at >= filter.input_frames_next() {
            let n = filter.input_frames_next();
            let input = InterleavedSlice::new(&self.waiting[at..at + n], 1, n).map_err(failed)?;
            out.extend(filter.process(&input, None).map_err(failed)?.take_data());
            at += n;
        }
        self.waiting.drain(..at);
        let skipped = self.skip.min(out.len());
        out.drain(..skipped);
        self.skip -= skipped;
        self.given += out.len() as u64;
        Ok(out)
    }

    /// The rest, after the last sample went in.
    pub fn finish(mut self) -> Result<Vec<f32>> {
        let wanted = (self.pushed as f64 * self.ratio).round() as u64;
        let Some(filter) = &mut self.filter else {
            return Ok(Vec::new());
        };
        let mut out = Vec::new();
        while self.given + (out.len().saturating_sub(self.skip)) as u64 <= wanted {
            let n = filter.input_frames_next();
            let held = self.waiting.len().min(n);
            self.waiting.resize(n, 0.0);
            let input = InterleavedSlice::new(&self.waiting, 1, n).map_err(failed)?;
            let indexing = Indexing::new().partial_len(held);
            out.extend(
                filter
                    .process(&input, Some(&indexing))
                    .map_err(failed)?
                    .take_data(),
            );
            self.waiting.clear();
        }
        out.drain(..self.skip.min(out.len()));
        out.truncate(wanted.saturating_sub(self.given) as usize);
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(rate: u32, seconds: f64) -> Vec<f32> {
        let n = (f64::from(rate) * seconds) as usize;
        (0..n)
            .map(|i| {
                (i as f64 * 440.0 * std::f64::consts::TAU / f64::from(rate)).sin() as f32 * 0.5
            })
            .collect()
    }

    /// Away from the ends, where the filter has not seen everything.
    fn worst(a: &[f32], b: &[f32]) -> f32 {
        let inner = 2000..a.len().min(b.len()) - 2000;
        inner.map(|i| (a[i] - b[i]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn keeps_length_place_and_shape_from_any_rate() {
        for from in [8_000, 11_025, 16_000, 22_050, 44_100, 48_000, 96_000] {
            let out = resample(&tone(from, 1.0), from, 24_000).unwrap();
            assert!(out.len().abs_diff(24_000) <= 1, "{from}: {}", out.len());
            assert!(worst(&out, &tone(24_000, 1.0)) < 2e-3, "{from}");
        }
    }

    #[test]
    fn a_stream_in_any_pieces_equals_the_tone_and_loses_nothing() {
        for (to, piece) in [
            (48_000, 1920),
            (44_100, 7),
            (24_000, 100),
            (48_000, 100_000),
        ] {
            let mut stream = Resampler::new(24_000, to).unwrap();
            let mut out = Vec::new();
            for piece in tone(24_000, 1.0).chunks(piece) {
                out.extend(stream.push(piece).unwrap());
            }
            out.extend(stream.finish().unwrap());
            assert_eq!(out.len(), to as usize, "{to}");
            assert!(worst(&out, &tone(to, 1.0)) < 5e-3, "{to}");
        }
    }

    #[test]
    fn a_long_stream_keeps_pace() {
        // What is still inside the filter, and no more, is outstanding at any time.
        let mut stream = Resampler::new(44_100, 16_000).unwrap();
        let mut given = 0;
        for second in 1..=30 {
            given += stream.push(&[0.1; 44_100]).unwrap().len();
            let due = second * 16_000;
            assert!(
                (0..1000).contains(&(due - given as i64)),
                "{second}: {given}"
            );
        }
        given += stream.finish().unwrap().len();
        assert_eq!(given, 30 * 16_000);
    }
}
