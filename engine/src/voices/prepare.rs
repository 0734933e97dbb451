//! A recording made ready to be imitated: silence around it cut off, brought to one loudness, at the codec's rate.
//!
//! Any file that the house can hear is read. What is stored is what a voice is spoken from, so that the words and the sound
//! of a profile never come apart. Fails with `bad-audio` where there is no sound, or the file is damaged.

use super::health::{Health, decibels, examine, frame, frame_levels};
use crate::Result;
use crate::hear::Media;
use crate::sound::RATE;
use std::path::Path;

/// Silence left around the words, in frames of 20 ms.
const MARGIN: usize = 8;
/// Loudness of the speech, and the most that a peak may reach.
const LEVEL: f64 = -23.0;
const PEAK: f64 = 0.9;
/// A quiet recording is raised by so much at the most: its noise comes along.
const MOST_GAIN: f64 = 20.0;
/// Longer files are no recordings of a voice sample.
const MOST_MINUTES: u64 = 10;

/// Samples at [`RATE`], and what was wrong with them as they came.
#[derive(Debug, Clone)]
pub struct Prepared {
    pub samples: Vec<f32>,
    pub health: Health,
}

/// Reads a file and makes it ready.
pub fn prepare(path: &Path, transcript: Option<&str>) -> Result<Prepared> {
    let all = read(path)?;
    let samples = trimmed(&all);
    // Judged before it is made louder, or every recording would be loud enough.
    let health = examine(samples, RATE, transcript);
    Ok(Prepared {
        samples: levelled(samples, health.speech_db),
        health,
    })
}

/// A whole file, mono at [`RATE`]; refuses one that is damaged.
pub(super) fn read(path: &Path) -> Result<Vec<f32>> {
    Media::whole(path, RATE, MOST_MINUTES)
}

/// Without the silence before the first and after the last word.
pub(super) fn trimmed(samples: &[f32]) -> &[f32] {
    let levels = frame_levels(samples, RATE);
    let loudest = levels.iter().copied().fold(-120.0, f64::max);
    let loud = |level: &f64| *level > loudest - 35.0 && *level > -60.0;
    let (Some(first), Some(last)) = (levels.iter().position(loud), levels.iter().rposition(loud))
    else {
        return samples;
    };
    let from = first.saturating_sub(MARGIN) * frame(RATE);
    let to = ((last + 1 + MARGIN) * frame(RATE)).min(samples.len());
    &samples[from..to]
}

fn levelled(samples: &[f32], speech_db: f64) -> Vec<f32> {
    let wanted = (LEVEL - speech_db).min(MOST_GAIN);
    let peak = samples.iter().fold(0.0f32, |p, s| p.max(s.abs()));
    let room = decibels(PEAK) - decibels(f64::from(peak));
    let gain = 10f64.powf(wanted.min(room) / 20.0) as f32;
    samples.iter().map(|s| s * gain).collect()
}

#[cfg(test)]
mod tests {
    use super::super::health::tests::hum;
    use super::*;
    use crate::sound::{Format, SoundWriter};

    #[test]
    fn silence_goes_and_loudness_is_one() {
        let dir = tempfile::tempdir().unwrap();
        let mut levels = Vec::new();
        for loud in [0.05, 0.4] {
            let path = dir.path().join("a.wav");
            let mut wav = SoundWriter::create(&path, Format::Pcm16).unwrap();
            wav.push(&vec![0.0; 48_000]).unwrap();
            wav.push(&hum(8.0, loud, 0.0001)).unwrap();
            wav.push(&vec![0.0; 48_000]).unwrap();
            wav.finish().unwrap();
            let prepared = prepare(&path, None).unwrap();
            let seconds = prepared.samples.len() as f64 / f64::from(RATE);
            assert!((7.5..8.6).contains(&seconds), "{seconds}");
            levels.push(examine(&prepared.samples, RATE, None).speech_db);
        }
        assert!(
            (levels[0] - levels[1]).abs() < 1.0 && (levels[0] - LEVEL).abs() < 1.0,
            "{levels:?}"
        );
    }
}
