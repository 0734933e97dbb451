//! A trace as the figures need it: a number or two per draw, and counts.

use crate::{Error, Result};
use myna_models::trace::{Distribution, Margin, Trace};
use serde::{Serialize, Serializer, ser::SerializeStruct};
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};

/// Means of frames are told for at most so many stretches, so that a long utterance stays a picture.
pub(super) const COLUMNS: usize = 240;

/// What is known of one draw.
#[derive(Debug, Clone, Copy)]
pub(super) struct Point {
    pub token: u32,
    /// ln of the model's own probability of the token.
    pub log_probability: Option<f32>,
    /// Bits.
    pub entropy: Option<f32>,
    /// ln(p / q) of the best candidate less that of the second.
    pub margin: Option<f32>,
}

/// All draws of a trace, frame by frame.
pub(super) struct Series {
    pub file: String,
    pub metadata: BTreeMap<String, String>,
    pub frames: usize,
    pub cut_off: bool,
    pub codebooks: usize,
    pub vocabulary: usize,
    /// `[entries × codebooks]`
    pub points: Vec<Point>,
    /// `[codebook][token]`
    pub counts: Vec<Vec<u64>>,
}

impl Series {
    pub fn read(trace: &Trace, cancel: &AtomicBool) -> Result<Self> {
        let sampling = trace.sampling();
        let mut points = Vec::with_capacity(trace.entries() * trace.codebooks());
        let mut counts = vec![vec![0; trace.vocabulary()]; trace.codebooks()];
        for entry in 0..trace.entries() {
            if cancel.load(Ordering::Relaxed) {
                return Err(Error::cancelled());
            }
            for (codebook, draw) in trace.entry(entry)?.draws.iter().enumerate() {
                let distribution = Distribution::of(draw, sampling.as_ref());
                points.push(Point {
                    token: draw.token,
                    log_probability: draw.log_probability().map(|x| x as f32),
                    entropy: distribution.map(|d| d.entropy() as f32),
                    margin: Margin::of(draw, sampling.as_ref()).choice.map(|x| x as f32),
                });
                counts[codebook][draw.token as usize] += 1;
            }
        }
        Ok(Self {
            file: trace.path().display().to_string(),
            metadata: trace.metadata().clone(),
            frames: trace.frames(),
            cut_off: trace.is_cut_off(),
            codebooks: trace.codebooks(),
            vocabulary: trace.vocabulary(),
            points,
            counts,
        })
    }

    /// The end frame included.
    pub fn entries(&self) -> usize {
        self.points.len() / self.codebooks.max(1)
    }

    /// Frames of each stretch.
    pub fn stretch(entries: usize) -> usize {
        entries.div_ceil(COLUMNS).max(1)
    }

    /// Means of a value over all codebooks, one per stretch of `frames` frames, as (middle frame, mean).
    pub fn over_time(
        &self,
        frames: usize,
        value: impl Fn(&Point) -> Option<f32>,
    ) -> Vec<(f64, f64)> {
        let stretches = self.points.chunks(frames * self.codebooks).enumerate();
        let point = |(i, points): (usize, &[Point])| {
            let middle = (i * frames) as f64 + points.len() as f64 / self.codebooks as f64 / 2.0;
            Some((middle, mean(points.iter().filter_map(&value))?))
        };
        stretches.filter_map(point).collect()
    }

    /// Means per codebook over all frames.
    pub fn by_codebook(
        &self,
        codebook: usize,
        value: impl Fn(&Point) -> Option<f32>,
    ) -> Option<f64> {
        let points = self.points.iter().skip(codebook).step_by(self.codebooks);
        mean(points.filter_map(value))
    }
}

/// What `report.json` says of a trace.
impl Serialize for Series {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        let frames: Vec<[Option<f64>; 3]> = self
            .points
            .chunks(self.codebooks)
            .map(|frame| {
                let margins = frame.iter().filter_map(|p| p.margin);
                [
                    mean(frame.iter().filter_map(|p| p.entropy)),
                    mean(frame.iter().filter_map(|p| p.log_probability)),
                    margins.reduce(f32::min).map(f64::from),
                ]
            })
            .collect();
        let column = |i: usize| frames.iter().map(|row| row[i]).collect::<Vec<_>>();
        let mut s = serializer.serialize_struct("Series", 9)?;
        s.serialize_field("file", &self.file)?;
        s.serialize_field("identity", &self.metadata)?;
        s.serialize_field("frames", &self.frames)?;
        s.serialize_field("codebooks", &self.codebooks)?;
        s.serialize_field("vocabulary", &self.vocabulary)?;
        s.serialize_field("entropy_bits_by_frame", &column(0))?;
        s.serialize_field("log_probability_by_frame", &column(1))?;
        s.serialize_field("least_margin_by_frame", &column(2))?;
        s.serialize_field("histograms", &self.counts)?;
        s.end()
    }
}

pub(super) fn mean(values: impl Iterator<Item = f32>) -> Option<f64> {
    let (mut sum, mut n) = (0.0, 0u64);
    for value in values {
        sum += f64::from(value);
        n += 1;
    }
    (n > 0).then(|| sum / n as f64)
}
