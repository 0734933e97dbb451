//! A WAV file that is valid at every moment while it grows, and marked at every moment if it is to be.
//!
//! The header is brought up to date after every push, so an interrupt, a crash or a full disk leaves a playable
//! file with everything spoken before. The place is tried at creation, long before the first sound, but a file that is
//! already there keeps its content until the first sound replaces it; nothing spoken means nothing changed.
//! Writing beside the target and renaming at the end was decided against: a killed process would leave the speech
//! under a name that nobody looks for. The header is written here, not by hound, because a mark has to stand in it and
//! carry the hash of the samples so far.

use super::RATE;
use crate::provenance::{Mark, info_chunk};
use crate::{Error, Result, library};
use sha2::{Digest, Sha256};
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// 16-bit integers: what players expect of speech.
    Pcm16,
    /// 32-bit float: what measurements need.
    Float32,
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
pub struct WavWriter {
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
    Writing(Growing),
    Closed,
}

/// An open file, and what its header has to say.
struct Growing {
    out: BufWriter<File>,
    /// Of the header, up to where samples begin.
    header: u64,
    /// Where the header changes: from the hash of the samples, if there is one, to the length of the samples.
    tail: Tail,
    hash: Sha256,
    /// Of the samples.
    bytes: u64,
}

/// The last bytes of the header, written in one go: hash and length belong together.
struct Tail {
    at: u64,
    bytes: Vec<u8>,
    marked: bool,
}

impl WavWriter {
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
        let format = self.format;
        let file = self.open()?;
        let mut bytes = Vec::with_capacity(samples.len() * 4);
        for &s in samples {
            match format {
                Format::Pcm16 => bytes.extend(to_i16(s).to_le_bytes()),
                Format::Float32 => bytes.extend(s.to_le_bytes()),
            }
        }
        file.append(&bytes)?;
        self.samples += samples.len() as u64;
        Ok(())
    }

    fn open(&mut self) -> io::Result<&mut Growing> {
        if let State::Reserved(_) = self.state
            && let State::Reserved(file) = std::mem::replace(&mut self.state, State::Closed)
        {
            // Devices such as /dev/null cannot be cut to a length, and need not be.
            if file.metadata().is_ok_and(|m| m.is_file()) {
                file.set_len(0)?;
            }
            let mark = self.mark.as_ref();
            self.state = State::Writing(Growing::begin(file, self.format, self.rate, mark)?);
        }
        match &mut self.state {
            State::Writing(file) => Ok(file),
            _ => Err(io::Error::other("an earlier write failed")),
        }
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
        self.open().map_err(|e| Error::output(&path, e))?;
        self.state = State::Closed;
        Ok(self.samples)
    }
}

impl Growing {
    fn begin(file: File, format: Format, rate: u32, mark: Option<&Mark>) -> io::Result<Self> {
        let (code, width): (u16, u16) = match format {
            Format::Pcm16 => (1, 2),
            Format::Float32 => (3, 4),
        };
        let mut header = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        header.extend(16u32.to_le_bytes());
        header.extend(code.to_le_bytes());
        header.extend(1u16.to_le_bytes());
        header.extend(rate.to_le_bytes());
        header.extend((rate * u32::from(width)).to_le_bytes());
        header.extend(width.to_le_bytes());
        header.extend((8 * width).to_le_bytes());
        let mut before_end = 0;
        if let Some(mark) = mark {
            let (chunk, hash) = info_chunk(mark);
            header.extend(chunk);
            before_end = hash;
        }
        header.extend(b"data\0\0\0\0");
        let tail = header.len() - before_end - 8;
        let mut this = Self {
            out: BufWriter::new(file),
            header: header.len() as u64,
            tail: Tail {
                at: tail as u64,
                bytes: header[tail..].to_vec(),
                marked: mark.is_some(),
            },
            hash: Sha256::new(),
            bytes: 0,
        };
        this.out.write_all(&header)?;
        this.append(&[])?;
        Ok(this)
    }

    fn append(&mut self, samples: &[u8]) -> io::Result<()> {
        let bytes = self.bytes + samples.len() as u64;
        // The length of the whole must fit, too.
        let whole = u32::try_from(self.header + bytes - 8)
            .map_err(|_| io::Error::other("a WAV file holds no more than 4 GB"))?;
        self.out.write_all(samples)?;
        self.out.flush()?;
        self.hash.update(samples);
        self.bytes = bytes;
        if self.tail.marked {
            let hash = library::hex(self.hash.clone());
            self.tail.bytes[..hash.len()].copy_from_slice(hash.as_bytes());
        }
        let length = self.tail.bytes.len() - 4;
        let data = whole - (self.header as u32 - 8);
        self.tail.bytes[length..].copy_from_slice(&data.to_le_bytes());
        self.out.seek(SeekFrom::Start(self.tail.at))?;
        self.out.write_all(&self.tail.bytes)?;
        self.out.seek(SeekFrom::Start(4))?;
        self.out.write_all(&whole.to_le_bytes())?;
        self.out.seek(SeekFrom::Start(self.header + bytes))?;
        Ok(())
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

fn to_i16(s: f32) -> i16 {
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
mod tests {
    use super::*;
    use crate::provenance::{Finding, verify};

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
        assert_eq!(
            hound::WavReader::open(&path).unwrap().spec().sample_rate,
            RATE
        );
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

    #[test]
    fn floats_are_kept_as_they_are() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        let mut wav = WavWriter::create(&path, Format::Float32).unwrap();
        let given = [0.1f32, -1.5, f32::MIN_POSITIVE];
        wav.push(&given).unwrap();
        wav.finish().unwrap();
        let samples = hound::WavReader::open(&path).unwrap().into_samples::<f32>();
        assert_eq!(samples.map(Result::unwrap).collect::<Vec<_>>(), given);
    }

    #[test]
    fn a_mark_is_true_at_every_moment() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        // Names of even and odd length: padding differs.
        for model in ["marvis", "marvis2"] {
            let mark = Mark::new(model, Some("anna"));
            let mut wav = WavWriter::create(&path, Format::Pcm16)
                .unwrap()
                .marked(mark);
            for n in 1..4 {
                wav.push(&[0.25; 100]).unwrap();
                assert_eq!(samples(&path).len(), 100 * n);
                let Finding::Intact(mark) = verify(&path).unwrap() else {
                    panic!("{:?}", verify(&path));
                };
                assert_eq!(
                    (mark.model.as_str(), mark.voice.as_deref()),
                    (model, Some("anna"))
                );
            }
            std::mem::forget(wav);
        }
    }

    #[test]
    fn a_torn_write_leaves_sound_or_a_clear_refusal() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        let mut wav = WavWriter::create(&path, Format::Pcm16)
            .unwrap()
            .marked(Mark::new("m", None));
        wav.push(&[0.5; 50]).unwrap();
        wav.finish().unwrap();
        let whole = std::fs::read(&path).unwrap();
        let (mut states, mut intact) = (0, 0);
        for cut in 0..whole.len() {
            std::fs::write(&path, &whole[..cut]).unwrap();
            // Never intact, never a panic: refused, without a mark, or altered.
            intact += usize::from(matches!(verify(&path), Ok(Finding::Intact(_))));
            states += 1;
        }
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 0x81;
            std::fs::write(&path, &flipped).unwrap();
            let sound = at >= whole.len() - 100;
            match verify(&path) {
                Ok(Finding::Intact(_)) => assert!(!sound, "a changed sample at {at} is noticed"),
                Ok(Finding::Altered(_) | Finding::Unmarked) | Err(_) => {}
            }
            states += 1;
        }
        assert_eq!(intact, 0);
        eprintln!("torn and changed WAV files: {states} states, 0 taken for what they are not");
    }

    #[test]
    fn other_files_have_no_mark() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.wav");
        let mut wav = WavWriter::create(&path, Format::Pcm16).unwrap();
        wav.push(&[0.5; 50]).unwrap();
        wav.finish().unwrap();
        assert_eq!(verify(&path).unwrap(), Finding::Unmarked);
        std::fs::write(&path, "no sound at all").unwrap();
        assert_eq!(verify(&path).unwrap_err().kind(), "bad-audio");
        assert_eq!(verify(dir.path()).unwrap_err().kind(), "bad-audio");
        assert_eq!(
            verify(&dir.path().join("b.wav")).unwrap_err().kind(),
            "bad-audio"
        );
    }
}
