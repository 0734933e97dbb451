//! A file's sound as mono samples, at 16 kHz unless another rate is asked for, piece by piece: memory follows one packet, never the file.
//!
//! What a file is, its content tells; names and extensions are ignored. Channels are averaged. Samples that are not
//! numbers and packets that cannot be decoded become silence of the same length, so that times stay right, and are
//! told in [`Media::complaints`]; so is a file that ends before its header says. Fails with `bad-audio` where there
//! is nothing to hear: not audio, no audio track, no sound, shorter than a tenth of a second.

mod edits;
mod formats;
mod mono;
mod source;

use crate::sound::Resampler;
use crate::{Error, Result};
use edits::Edit;
use formats::{expected_seconds, is_exact};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use symphonia::core::codecs::audio::AudioDecoder;
use symphonia::core::errors::Error as Broken;
use symphonia::core::formats::{FormatReader, TrackType};
use symphonia::core::packet::Packet;

/// Samples per second of everything that is heard.
pub const RATE: u32 = 16_000;
/// Below a telephone or above studio equipment, a rate is a damaged header.
const RATES: std::ops::RangeInclusive<u32> = 4_000..=384_000;
/// Shorter sound is nothing that could be understood.
const SHORTEST: f64 = 0.1;
/// A packet that claims to last longer is not believed.
const LONGEST_PACKET: f64 = 10.0;

pub(super) const AGAIN: &str = "Copy or export the file again.";

/// A file being listened to.
pub struct Media {
    name: PathBuf,
    format: Box<dyn FormatReader>,
    decoder: Box<dyn AudioDecoder>,
    track: u32,
    /// Seconds in a tick of the packets' clock.
    tick: f64,
    /// What is still to be left out or put in at the beginning.
    edit: Edit,
    /// Of the samples that are given.
    rate: u32,
    /// At the rate of the packets so far.
    resampler: Option<(u32, Resampler)>,
    /// What the header promises, in seconds.
    expected: Option<f64>,
    exact: bool,
    given: u64,
    decoded: usize,
    damaged: usize,
    not_numbers: u64,
    cut_off: bool,
    ended: bool,
}

impl Media {
    /// Opens a file and looks what it is.
    pub fn open(path: &Path) -> Result<Self> {
        Self::from_source(path, source::file(path)?)
    }

    /// The same, giving samples at another rate.
    pub fn open_at(path: &Path, rate: u32) -> Result<Self> {
        let mut media = Self::open(path)?;
        media.rate = rate;
        Ok(media)
    }

    /// Standard input, or anything else that can only be read once: kept in a temporary file meanwhile, because some
    /// containers have their table of contents at the end. `name` stands for it in messages.
    pub fn from_reader(name: &str, reader: impl std::io::Read) -> Result<Self> {
        let name = Path::new(name);
        Self::from_source(name, source::spooled(name, reader)?)
    }

    fn from_source(path: &Path, file: std::fs::File) -> Result<Self> {
        let opened = guarded(path, || formats::open(path, file))??;
        let expected = expected_seconds(&opened);
        let exact = is_exact(&opened, expected);
        Ok(Self {
            name: path.to_owned(),
            tick: opened.tick,
            edit: opened.edit,
            format: opened.format,
            decoder: opened.decoder,
            track: opened.track,
            rate: RATE,
            resampler: None,
            expected,
            exact,
            given: 0,
            decoded: 0,
            damaged: 0,
            not_numbers: 0,
            cut_off: false,
            ended: false,
        })
    }

    /// The name in messages.
    pub fn name(&self) -> &Path {
        &self.name
    }

    /// How long the sound is, if the header says.
    pub fn expected_seconds(&self) -> Option<f64> {
        self.expected
    }

    /// Samples given so far.
    pub fn given(&self) -> u64 {
        self.given
    }

    /// The next samples; None after the last. Fails at the end if the whole was too short.
    #[allow(
        clippy::should_implement_trait,
        reason = "an iterator of results would go on after an error"
    )]
    pub fn next(&mut self) -> Result<Option<Vec<f32>>> {
        while !self.ended {
            let samples = match self.packet()? {
                Some(packet) => self.decode(&packet)?,
                None => {
                    self.ended = true;
                    let rest = match self.resampler.take() {
                        Some((_, resampler)) => resampler.finish()?,
                        None => Vec::new(),
                    };
                    self.given += rest.len() as u64;
                    self.judge()?;
                    rest
                }
            };
            if !samples.is_empty() {
                return Ok(Some(samples));
            }
        }
        Ok(None)
    }

    /// A whole file at `rate`, for what must not be in part: a damaged one is refused, and one longer than `most` minutes.
    pub fn whole(path: &Path, rate: u32, most: u64) -> Result<Vec<f32>> {
        let mut media = Self::open_at(path, rate)?;
        let mut samples = Vec::new();
        while let Some(more) = media.next()? {
            samples.extend(more);
            if samples.len() as u64 > most * 60 * u64::from(rate) {
                return Err(Error::audio(
                    path,
                    format!("is longer than {most} minutes"),
                    "Cut out the part that is needed; about ten seconds are enough for a voice.",
                ));
            }
        }
        // Half a reference spoils every sentence spoken after it.
        match media.complaints().into_iter().next() {
            Some(complaint) => Err(Error::audio(path, complaint, "Record or export it again.")),
            None => Ok(samples),
        }
    }

    /// What is wrong with the file although it was heard, as sentences; complete after the last sample.
    pub fn complaints(&self) -> Vec<String> {
        let mut all = Vec::new();
        let heard = self.given as f64 / f64::from(self.rate);
        if self.cut_off {
            all.push(match self.expected.filter(|&e| e > heard + 0.1) {
                Some(expected) => format!("is cut off: {heard:.1} s of {expected:.1} s are there"),
                None => format!("is cut off after {heard:.1} s"),
            });
        }
        if self.damaged > 0 {
            all.push(format!(
                "is damaged: {} of its {} packets became silence",
                self.damaged,
                self.damaged + self.decoded
            ));
        }
        if self.not_numbers > 0 {
            all.push(format!(
                "is damaged: {} samples that are not numbers became silence",
                self.not_numbers
            ));
        }
        all
    }

    fn packet(&mut self) -> Result<Option<Packet>> {
        let format = &mut self.format;
        loop {
            match guarded(&self.name, || format.next_packet())? {
                Ok(Some(packet)) if packet.track_id == self.track => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None) => return Ok(None),
                Err(Broken::IoError(e)) if e.kind() == std::io::ErrorKind::UnexpectedEof => {
                    self.cut_off = true;
                    return Ok(None);
                }
                Err(Broken::IoError(e)) => {
                    return Err(Error::audio(
                        &self.name,
                        format!("cannot be read on ({e})"),
                        "Check the disk or the connection to it.",
                    ));
                }
                // A new list of tracks, in a chained stream; the same kind of track goes on.
                Err(Broken::ResetRequired) => {
                    let Some(track) = format.default_track(TrackType::Audio) else {
                        return Ok(None);
                    };
                    self.decoder = formats::decoder(&self.name, track)?;
                    self.track = track.id;
                    self.tick = formats::tick(track);
                }
                // The container itself is broken from here on.
                Err(_) => {
                    self.cut_off = true;
                    return Ok(None);
                }
            }
        }
    }

    fn decode(&mut self, packet: &Packet) -> Result<Vec<f32>> {
        let decoder = &mut self.decoder;
        let decoded = guarded(&self.name, || {
            decoder.decode(packet).map(|buffer| {
                let mut samples: Vec<f32> = Vec::new();
                buffer.copy_to_vec_interleaved(&mut samples);
                (
                    samples,
                    buffer.spec().rate(),
                    buffer.spec().channels().count(),
                )
            })
        })?;
        let (rate, mono) = match decoded {
            Ok((samples, rate, channels)) => {
                if !RATES.contains(&rate) {
                    return Err(Error::audio(
                        &self.name,
                        format!("has a sample rate of {rate} Hz"),
                        "Rates from 4 to 384 kHz are read; export the file again.",
                    ));
                }
                self.decoded += 1;
                let (mono, bad) = mono::average(&samples, channels);
                self.not_numbers += bad;
                (rate, mono)
            }
            Err(_) => {
                self.damaged += 1;
                let Some(rate) = self.resampler.as_ref().map(|(rate, _)| *rate) else {
                    return Ok(Vec::new());
                };
                let seconds = (packet.dur.get() as f64 * self.tick).min(LONGEST_PACKET);
                (rate, vec![0.0; (seconds * f64::from(rate)) as usize])
            }
        };
        self.resample(rate, &mono)
    }

    fn resample(&mut self, rate: u32, mono: &[f32]) -> Result<Vec<f32>> {
        let mono = &mono[self.skipped(rate, mono.len())..];
        let gap = std::mem::take(&mut self.edit.gap);
        let mut out = vec![0.0; (gap * f64::from(RATE)) as usize];
        if self.resampler.as_ref().is_some_and(|(r, _)| *r != rate)
            && let Some((_, old)) = self.resampler.take()
        {
            out.extend(old.finish()?);
        }
        let (_, resampler) = match &mut self.resampler {
            Some(ready) => ready,
            none => none.insert((rate, Resampler::new(rate, self.rate)?)),
        };
        out.extend(resampler.push(mono)?);
        self.given += out.len() as u64;
        Ok(out)
    }

    /// How many of the next samples are an encoder's delay.
    fn skipped(&mut self, rate: u32, there: usize) -> usize {
        let left = (self.edit.skip * f64::from(rate)).round() as usize;
        let skipped = left.min(there);
        self.edit.skip = (left - skipped) as f64 / f64::from(rate);
        skipped
    }

    /// At the end: was that a recording?
    fn judge(&mut self) -> Result<()> {
        let heard = self.given as f64 / f64::from(self.rate);
        if self.decoded == 0 && self.damaged > 0 {
            return Err(Error::audio(
                &self.name,
                "is damaged: none of its sound can be decoded",
                AGAIN,
            ));
        }
        if self.exact && self.expected.is_some_and(|e| heard < 0.98 * e - 0.2) {
            self.cut_off = true;
        }
        if self.given == 0 {
            let why = if self.cut_off {
                "is cut off before any sound begins"
            } else {
                "holds no sound"
            };
            return Err(Error::audio(&self.name, why, AGAIN));
        }
        if heard < SHORTEST {
            return Err(Error::audio(
                &self.name,
                format!("holds only {} ms of sound", (heard * 1e3) as u64),
                "At least a tenth of a second is needed.",
            ));
        }
        Ok(())
    }
}

/// Runs foreign decoders. A panic in one of them is the file's fault, not the end of the queue.
fn guarded<T>(name: &Path, work: impl FnOnce() -> T) -> Result<T> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| {
        Error::audio(
            name,
            "is damaged in a way that its decoder does not survive",
            AGAIN,
        )
    })
}
