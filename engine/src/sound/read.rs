//! Recordings as mono samples. WAV is read here, sample by sample: any bit depth, integer or float, any number of channels, any
//! sane rate. What is no WAV by its content is read as everything that is heard ([`Media`]), at the house's rate.
//!
//! A file that is not what it says (cut off, no sound in it, values that are not numbers) is refused by name:
//! a reference that is silently shorter or noisier than it looks spoils every sentence spoken after it.

use super::RATE;
use super::resample::resample;
use crate::hear::Media;
use crate::{Error, Result};
use hound::{SampleFormat, WavReader};
use std::fs::File;
use std::io::{BufReader, Read, Seek};
use std::path::Path;

/// Below a telephone or above studio equipment, a rate is a damaged header.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;
/// The longest recording read into memory. No prompt holds more than a few minutes.
const MAX_MINUTES: u64 = 30;

const AGAIN: &str = "Export the recording again as WAV (16-bit PCM).";

/// Mono samples in ±1 and their rate.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    pub samples: Vec<f32>,
    pub rate: u32,
}

impl Recording {
    pub fn seconds(&self) -> f64 {
        self.samples.len() as f64 / f64::from(self.rate)
    }
}

/// Reads a file and brings it to `rate`.
pub fn read_at(path: &Path, rate: u32) -> Result<Vec<f32>> {
    let Some(file) = wav(path)? else {
        return Media::whole(path, rate, MAX_MINUTES);
    };
    let recording = read_wav(path, file)?;
    resample(&recording.samples, recording.rate, rate)
}

/// Reads a file, a WAV at its own rate; channels are averaged.
pub fn read(path: &Path) -> Result<Recording> {
    match wav(path)? {
        Some(file) => read_wav(path, file),
        None => Ok(Recording {
            samples: Media::whole(path, RATE, MAX_MINUTES)?,
            rate: RATE,
        }),
    }
}

/// The file if it is a WAV by its first bytes, or too short to be anything else.
fn wav(path: &Path) -> Result<Option<File>> {
    let mut file = File::open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::audio(path, "is not there", "Check the path."),
        _ => Error::audio(
            path,
            format!("cannot be opened ({e})"),
            "Check the path and its permissions.",
        ),
    })?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(Error::audio(
            path,
            "is a folder",
            "Give the path of a recording.",
        ));
    }
    let unreadable = |e: std::io::Error| refuse(path, hound::Error::IoError(e));
    let mut first = [0; 4];
    let mut read = 0;
    while read < first.len() {
        match file.read(&mut first[read..]).map_err(unreadable)? {
            0 => break,
            more => read += more,
        }
    }
    file.rewind().map_err(unreadable)?;
    Ok((read < first.len() || &first == b"RIFF").then_some(file))
}

fn read_wav(path: &Path, file: File) -> Result<Recording> {
    let reader = WavReader::new(BufReader::new(file)).map_err(|e| refuse(path, e))?;
    let spec = reader.spec();
    let (rate, channels) = (spec.sample_rate, usize::from(spec.channels));
    if !RATES.contains(&rate) {
        return Err(Error::audio(
            path,
            format!("has a sample rate of {rate} Hz"),
            "Rates from 4 to 384 kHz are read; export the recording again.",
        ));
    }
    if channels == 0 {
        return Err(Error::audio(path, "has no channel", AGAIN));
    }
    if reader.duration() == 0 {
        return Err(Error::audio(
            path,
            "holds no sound",
            "Record or export it again; three to ten seconds of speech are good.",
        ));
    }
    if u64::from(reader.duration()) > MAX_MINUTES * 60 * u64::from(rate) {
        return Err(Error::audio(
            path,
            format!("is longer than {MAX_MINUTES} minutes"),
            "Cut out the part that is needed; about ten seconds are enough for a voice.",
        ));
    }
    let samples = match spec.sample_format {
        SampleFormat::Float => mono(path, channels, reader.into_samples::<f32>())?,
        SampleFormat::Int => {
            let scale = 1.0 / (1u64 << (spec.bits_per_sample.clamp(1, 32) - 1)) as f32;
            let samples = reader.into_samples::<i32>();
            mono(path, channels, samples.map(|s| Ok(s? as f32 * scale)))?
        }
    };
    Ok(Recording { samples, rate })
}

fn mono(
    path: &Path,
    channels: usize,
    samples: impl Iterator<Item = hound::Result<f32>>,
) -> Result<Vec<f32>> {
    let mut mono = Vec::new();
    let (mut sum, mut in_frame) = (0.0f32, 0);
    for sample in samples {
        let sample = sample.map_err(|e| refuse(path, e))?;
        if !sample.is_finite() {
            return Err(Error::audio(
                path,
                format!(
                    "holds a sample that is not a number (at {} of channel {})",
                    mono.len(),
                    in_frame + 1
                ),
                "The file is damaged; export the recording again.",
            ));
        }
        sum += sample;
        in_frame += 1;
        if in_frame == channels {
            mono.push(sum / channels as f32);
            (sum, in_frame) = (0.0, 0);
        }
    }
    Ok(mono)
}

fn refuse(path: &Path, e: hound::Error) -> Error {
    match e {
        hound::Error::Unsupported => Error::audio(
            path,
            "is a WAV of a kind that is not read (compressed, or 64-bit float)",
            AGAIN,
        ),
        hound::Error::FormatError(why) => Error::audio(path, format!("is damaged ({why})"), AGAIN),
        // hound reports a short read as an I/O error of its own.
        hound::Error::IoError(e)
            if matches!(
                e.kind(),
                std::io::ErrorKind::UnexpectedEof | std::io::ErrorKind::Other
            ) =>
        {
            Error::audio(
                path,
                "is cut off: it ends before its header says, or is no WAV file at all",
                "Copy or export the recording again.",
            )
        }
        other => Error::audio(path, format!("cannot be read ({other})"), AGAIN),
    }
}
