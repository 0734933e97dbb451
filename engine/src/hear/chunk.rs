//! A stretch of sound that is understood at once.

use super::RATE;
use std::ops::Range;

/// Positions are in samples since the beginning of the file, so times never drift.
#[derive(Debug, Clone, PartialEq)]
pub struct Chunk {
    /// Where `samples` begin.
    pub start: u64,
    pub samples: Vec<f32>,
    /// What it answers for; chunks answer for everything once. Smaller than the samples where chunks overlap.
    pub own: Range<u64>,
    /// Samples of speech in `own`.
    pub speech: u64,
    /// No moment of it is speech beyond doubt; it may be noise.
    pub doubtful: bool,
    /// It begins before the last one ended, because somebody spoke on: words may stand in both.
    pub overlaps: bool,
}

impl Chunk {
    #[cfg(test)]
    pub fn end(&self) -> u64 {
        self.start + self.samples.len() as u64
    }

    /// Start and end of what it answers for, in seconds.
    pub fn seconds(&self) -> (f64, f64) {
        (seconds(self.own.start), seconds(self.own.end))
    }
}

/// Samples as seconds.
pub fn seconds(samples: u64) -> f64 {
    samples as f64 / f64::from(RATE)
}
