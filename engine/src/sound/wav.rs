//! A WAV file that is valid at every moment while it grows.
//!
//! The header is brought up to date after every push, so an interrupt, a crash or a full disk leaves a playable
//! file with everything spoken before. The place is tried at creation, long before the first sound, but a file that is
//! already there keeps its content until the first sound replaces it; nothing spoken means nothing changed.
//! Writing beside the target and renaming at the end was decided against: a killed process would leave the speech
//! under a name that nobody looks for.

use super::RATE;
use crate::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io::BufWriter;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// 16-bit integers: what players expect of speech.
    Pcm16,
    /// 32-bit float: what measurements need.
    Float32,
}

/// Mono at the codec's rate.
pub struct WavWriter {
    path: PathBuf,
    format: Format,
    state: State,
    samples: u64,
    /// The file did not exist before.
    fresh: bool,
}

enum State {
    Reserved(File),
    Writing(hound::WavWriter<BufWriter<File>>),
    Closed,
}

impl WavWriter {
    /// Reserves the place; fails when it cannot be written to.
    pub fn create(path: &Path, format: Format) -> Result<Self> {
        let fresh = !path.exists();
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .map_err(|e| Error::output(path, describe(path, &e)))?;
        Ok(Self {
            path: path.to_owned(),
            format,
            state: State::Reserved(file),
            samples: 0,
            fresh,
        })
    }

    /// Whether a file could be written there; changes nothing.
    pub fn check(path: &Path) -> Result<()> {
        Self::create(path, Format::Pcm16).map(drop)
    }

    pub fn samples(&self) -> u64 {
        self.samples
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Appends samples; the file is complete and valid afterwards.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        let result = self.append(samples);
        result.map_err(|e| Error::output(&self.path, e))
    }

    fn append(&mut self, samples: &[f32]) -> hound::Result<()> {
        let writer = self.open()?;
        match writer.spec().sample_format {
            hound::SampleFormat::Int => {
                for &s in samples {
                    writer.write_sample(to_i16(s))?;
                }
            }
            hound::SampleFormat::Float => {
                for &s in samples {
                    writer.write_sample(s)?;
                }
            }
        }
        writer.flush()?;
        self.samples += samples.len() as u64;
        Ok(())
    }

    fn open(&mut self) -> hound::Result<&mut hound::WavWriter<BufWriter<File>>> {
        if let State::Reserved(_) = self.state
            && let State::Reserved(file) = std::mem::replace(&mut self.state, State::Closed)
        {
            // Devices such as /dev/null cannot be cut to a length, and need not be.
            if file.metadata().is_ok_and(|m| m.is_file()) {
                file.set_len(0)?;
            }
            let writer = hound::WavWriter::new(BufWriter::new(file), self.format.spec())?;
            self.state = State::Writing(writer);
        }
        match &mut self.state {
            State::Writing(writer) => Ok(writer),
            _ => Err(hound::Error::UnfinishedSample),
        }
    }

    /// Ends the file, empty or not, and gives its length in samples.
    pub fn finish(mut self) -> Result<u64> {
        let path = self.path.clone();
        self.open().map_err(|e| Error::output(&path, e))?;
        if let State::Writing(writer) = std::mem::replace(&mut self.state, State::Closed) {
            writer.finalize().map_err(|e| Error::output(&path, e))?;
        }
        Ok(self.samples)
    }
}

impl Drop for WavWriter {
    fn drop(&mut self) {
        if self.fresh && matches!(self.state, State::Reserved(_)) {
            // Best effort: an empty leftover is no harm.
            _ = std::fs::remove_file(&self.path);
        }
    }
}

impl Format {
    fn spec(self) -> hound::WavSpec {
        let (bits_per_sample, sample_format) = match self {
            Format::Pcm16 => (16, hound::SampleFormat::Int),
            Format::Float32 => (32, hound::SampleFormat::Float),
        };
        hound::WavSpec {
            channels: 1,
            sample_rate: RATE,
            bits_per_sample,
            sample_format,
        }
    }
}

fn to_i16(s: f32) -> i16 {
    // `as` saturates, and a NaN becomes silence.
    (s * 32768.0).round() as i16
}

fn describe(path: &Path, e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::NotFound => "its folder is not there".into(),
        std::io::ErrorKind::PermissionDenied => "no permission".into(),
        _ if path.is_dir() => "it is a folder".into(),
        _ => e.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(path: &Path) -> Vec<i16> {
        hound::WavReader::open(path)
            .unwrap()
            .into_samples()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn is_valid_after_every_push() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        let mut wav = WavWriter::create(&path, Format::Pcm16).unwrap();
        for n in 1..4 {
            wav.push(&[0.0, 0.5, -1.0, 2.0]).unwrap();
            assert_eq!(samples(&path).len(), 4 * n);
        }
        assert_eq!(samples(&path)[..4], [0, 16384, -32768, 32767]);
        // A crash: neither finished nor dropped.
        std::mem::forget(wav);
        assert_eq!(samples(&path).len(), 12);
    }

    #[test]
    fn keeps_what_was_there_until_something_is_spoken() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        std::fs::write(&path, "precious").unwrap();
        drop(WavWriter::create(&path, Format::Pcm16).unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        let new = dir.path().join("b.wav");
        drop(WavWriter::create(&new, Format::Pcm16).unwrap());
        assert!(!new.exists());
    }

    #[test]
    fn an_empty_utterance_is_a_valid_empty_file() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        let wav = WavWriter::create(&path, Format::Float32).unwrap();
        assert_eq!(wav.finish().unwrap(), 0);
        assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 0);
    }
}
