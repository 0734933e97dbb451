//! What a recording looks like: its loudness over time, in as many columns as are drawn.
//!
//! The whole file is read once, in bounded memory. Fails like [`Media`].

use super::{Media, RATE};
use crate::Result;
use std::path::Path;

/// So many columns are drawn at most.
pub const MOST_COLUMNS: usize = 2_000;

/// The loudest moment of each column, 0 to 1, of a file that is so many seconds long; what is longer is left out.
pub fn outline(file: &Path, seconds: f64, columns: usize) -> Result<Vec<f32>> {
    let mut media = Media::open(file)?;
    let mut columns = Columns::new(seconds, columns.clamp(1, MOST_COLUMNS));
    while let Some(samples) = media.next()? {
        columns.push(&samples);
    }
    Ok(columns.peaks)
}

struct Columns {
    peaks: Vec<f32>,
    /// Samples of all columns, and those that came.
    all: u64,
    at: u64,
}

impl Columns {
    fn new(seconds: f64, columns: usize) -> Self {
        Self {
            peaks: vec![0.0; columns],
            // Seconds that are no number count as none.
            all: ((seconds.max(0.0) * f64::from(RATE)) as u64).max(1),
            at: 0,
        }
    }

    fn push(&mut self, samples: &[f32]) {
        let count = self.peaks.len() as u64;
        for sample in samples {
            let column = self.at.saturating_mul(count) / self.all;
            if let Some(peak) = self.peaks.get_mut(column as usize) {
                *peak = peak.max(sample.abs().min(1.0));
            }
            self.at += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_is_as_high_as_its_loudest_sample() {
        let mut columns = Columns::new(4.0, 4);
        let second = |loud: f32| vec![loud; RATE as usize];
        columns.push(&second(0.25));
        columns.push(&second(-2.0));
        columns.push(&second(0.0)[1..]);
        columns.push(&[0.5]);
        assert_eq!(columns.peaks, [0.25, 1.0, 0.5, 0.0]);
        columns.push(&second(0.75));
        columns.push(&second(1.0));
        assert_eq!(columns.peaks, [0.25, 1.0, 0.5, 0.75], "what is longer");
        let mut none = Columns::new(f64::NAN, 2);
        none.push(&[0.5, 0.5, 0.5]);
        assert_eq!(none.peaks, [0.5, 0.0]);
    }

    #[test]
    fn a_file_that_is_no_sound_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("a.wav");
        std::fs::write(&file, "no sound").unwrap();
        assert_eq!(outline(&file, 1.0, 10).unwrap_err().kind(), "bad-audio");
    }
}
