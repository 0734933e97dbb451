//! A sound file that can be played at every moment while it grows, and is marked at every moment if it is to be.
//!
//! An interrupt, a crash or a full disk leaves a playable file with everything spoken before. The place is tried at creation, long before the first sound, but a file that is
//! already there keeps its content until the first sound replaces it; nothing spoken means nothing changed.
//! Writing beside the target and renaming at the end was decided against: a killed process would leave the speech
//! under a name that nobody looks for.

use super::{RATE, flac, wav};
use crate::provenance::Mark;
use crate::{Error, Result};
use std::fs::{File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// WAV of 16-bit integers: what players expect of speech.
    Pcm16,
    /// WAV of 32-bit float: what measurements need.
    Float32,
    /// FLAC of 16-bit integers: the same samples as [`Format::Pcm16`] in about half the space.
    Flac,
}

impl Format {
    /// What speech is written as under a name: FLAC as `.flac`, else WAV. Names of other kinds of sound files are refused,
    /// or a player would be told what it cannot read.
    pub fn of_speech(path: &Path) -> Result<Self> {
        let kind = path.extension().map(|e| e.to_ascii_lowercase());
        match kind.as_ref().and_then(|k| k.to_str()) {
            Some("flac") => Ok(Format::Flac),
            Some(other @ ("mp3" | "m4a" | "aac" | "mp4" | "ogg" | "opus")) => Err(Error::request(
                format!("{}: {other} files are not written", path.display()),
                "Write .wav or .flac; other programs make the rest of it.",
            )),
            _ => Ok(Format::Pcm16),
        }
    }
}

/// What happens to a file that is there already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Existing {
    /// It stays, and the place is refused.
    Keep,
    /// The first sound replaces it.
    Replace,
}

/// Mono.
pub struct SoundWriter {
    path: PathBuf,
    format: Format,
    mark: Option<Mark>,
    rate: u32,
    state: State,
    /// The same file, to force it to disk.
    disk: File,
    samples: u64,
    /// The file did not exist before.
    fresh: bool,
}

enum State {
    Reserved(File),
    Wav(wav::Growing),
    Flac(Box<flac::Growing>),
    Closed,
}

impl SoundWriter {
    /// Reserves the place, at the codec's rate; fails when it cannot be written to.
    pub fn create(path: &Path, format: Format) -> Result<Self> {
        Self::create_at(path, format, RATE, Existing::Replace)
    }

    /// The same at any rate, and where other files may be protected.
    pub fn create_at(path: &Path, format: Format, rate: u32, existing: Existing) -> Result<Self> {
        let fresh = !path.exists();
        let failed = |e: std::io::Error| Error::output(path, describe(path, &e));
        let file = OpenOptions::new()
            .write(true)
            .create(true)
            .create_new(existing == Existing::Keep)
            .truncate(false)
            .open(path)
            .map_err(failed)?;
        Ok(Self {
            path: path.to_owned(),
            format,
            rate,
            mark: None,
            disk: file.try_clone().map_err(failed)?,
            state: State::Reserved(file),
            samples: 0,
            fresh,
        })
    }

    /// Says in the file what the sound is.
    #[must_use]
    pub fn marked(mut self, mark: Mark) -> Self {
        self.mark = Some(mark);
        self
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

    fn append(&mut self, samples: &[f32]) -> io::Result<()> {
        self.open()?;
        let done = match &mut self.state {
            State::Wav(file) => file.append(samples),
            State::Flac(file) => file.append(samples),
            State::Reserved(_) | State::Closed => Err(io::Error::other("an earlier write failed")),
        };
        if done.is_err() {
            // The file stays as it was after the last good one.
            self.state = State::Closed;
        }
        done?;
        self.samples += samples.len() as u64;
        Ok(())
    }

    /// Begins the file, if it has not been.
    fn open(&mut self) -> io::Result<()> {
        if !matches!(self.state, State::Reserved(_)) {
            return Ok(());
        }
        if let State::Reserved(file) = std::mem::replace(&mut self.state, State::Closed) {
            // Devices such as /dev/null cannot be cut to a length, and need not be.
            if file.metadata().is_ok_and(|m| m.is_file()) {
                file.set_len(0)?;
            }
            let (rate, mark) = (self.rate, self.mark.as_ref());
            let wav = |width, file| wav::Growing::begin(file, width, rate, mark).map(State::Wav);
            self.state = match self.format {
                Format::Pcm16 => wav(wav::Width::Pcm16, file)?,
                Format::Float32 => wav(wav::Width::Float32, file)?,
                Format::Flac => State::Flac(Box::new(flac::Growing::begin(file, rate, mark)?)),
            };
        }
        Ok(())
    }

    /// Forces what was pushed to the disk itself.
    pub fn sync(&self) -> Result<()> {
        self.disk
            .sync_data()
            .map_err(|e| Error::output(&self.path, e))
    }

    /// Ends the file, empty or not, and gives its length in samples.
    pub fn finish(mut self) -> Result<u64> {
        let path = self.path.clone();
        let failed = |e| Error::output(&path, e);
        self.open().map_err(failed)?;
        if let State::Flac(file) = &mut self.state {
            file.finish().map_err(failed)?;
        }
        self.state = State::Closed;
        Ok(self.samples)
    }
}

impl Drop for SoundWriter {
    fn drop(&mut self) {
        if self.fresh && matches!(self.state, State::Reserved(_)) {
            // Best effort: an empty leftover is no harm.
            _ = std::fs::remove_file(&self.path);
        }
    }
}

pub(super) fn to_i16(s: f32) -> i16 {
    // `as` saturates, and a NaN becomes silence.
    (s * 32768.0).round() as i16
}

fn describe(path: &Path, e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::NotFound => "its folder is not there".into(),
        std::io::ErrorKind::AlreadyExists if !path.is_dir() => {
            "it is there already (--force replaces it)".into()
        }
        std::io::ErrorKind::PermissionDenied => "no permission".into(),
        _ if path.is_dir() => "it is a folder".into(),
        _ => e.to_string(),
    }
}

#[cfg(test)]
mod tests;
