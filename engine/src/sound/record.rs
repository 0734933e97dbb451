//! Recording: sound goes to disk first, whatever becomes of it afterwards.
//!
//! An opened [`Recorder`] listens. Until [`Recorder::begin`] it keeps the last moments only (the pre-roll), from then on
//! everything goes to a WAV file that is valid at every moment: 16 bits, mono, at the device's own rate. Whatever ends
//! a recording (a wish, a device that vanishes, a full disk, a crash), what was recorded before is a playable file. A
//! device that gives nothing, or only digital silence, is told within a second.
//!
//! Fails with `sound-device` when no device can be opened, with `output` when the place cannot be written; what goes
//! wrong later is in the [`Take`], beside what was recorded.

mod before;
mod meter;
mod microphone;

pub use meter::{Level, Signal};
pub use microphone::Microphone;

use super::writer::{Existing, Format, SoundWriter};
use crate::{Error, Result};
use before::PreRoll;
use meter::Meter;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// How often samples are moved on.
const TICK: Duration = Duration::from_millis(20);
/// A device that gives nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(5);
/// How often the file is forced to the disk itself, so that even a power cut costs little.
const SYNC: Duration = Duration::from_secs(5);
/// Before the sizes in a WAV's header overflow (4 GiB): twelve hours at 48 kHz.
const MOST_SAMPLES: u64 = 2_000_000_000;

/// Where sound comes from: a microphone, or a test.
pub trait Input {
    /// Samples per second.
    fn rate(&self) -> u32;

    /// Appends the mono samples that came since the last call. After an error no more will come.
    fn take(&mut self, into: &mut Vec<f32>) -> Result<()>;

    /// What is said when no samples have come for a long time.
    fn stalled(&self) -> Error;

    /// Samples that were lost because nobody took them in time.
    fn lost(&self) -> u64;
}

/// What happens while recording.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Event {
    /// So much is on disk (or, where nothing is kept, was listened to), and so loud is it.
    Level { seconds: f64, level: Level },
    /// What the device gives has changed.
    Signal(Signal),
}

/// A recording that has ended.
#[derive(Debug)]
pub struct Take {
    pub path: PathBuf,
    /// 0 if nothing was recorded; then there is no file.
    pub seconds: f64,
    /// Whether there was anything but digital silence.
    pub heard: bool,
    /// Seconds missing in it, because the machine was too busy to take them.
    pub lost_seconds: f64,
    /// Why it ended, if not on request.
    pub trouble: Option<Error>,
}

/// A device that is listened to.
pub struct Recorder<I = Microphone> {
    input: I,
    before: PreRoll,
    meter: Meter,
    signal: Signal,
    file: Option<SoundWriter>,
    /// When the file was last forced to disk.
    synced: Duration,
    block: Vec<f32>,
}

impl<I: Input> Recorder<I> {
    /// Keeps the last `pre_roll` until a recording begins.
    pub fn new(input: I, pre_roll: Duration) -> Self {
        let rate = input.rate();
        Self {
            before: PreRoll::new((pre_roll.as_secs_f64() * f64::from(rate)) as usize),
            meter: Meter::new(rate),
            signal: Signal::Sound,
            file: None,
            synced: Duration::ZERO,
            block: Vec::new(),
            input,
        }
    }

    pub fn input(&self) -> &I {
        &self.input
    }

    /// The level of the last tenth of a second.
    pub fn level(&self) -> Level {
        self.meter.level()
    }

    /// Begins the file, with the pre-roll in it.
    pub fn begin(&mut self, path: &Path, existing: Existing) -> Result<()> {
        let mut file = SoundWriter::create_at(path, Format::Pcm16, self.input.rate(), existing)?;
        let before = self.before.take();
        if !before.is_empty() {
            file.push(&before)?;
        }
        self.file = Some(file);
        Ok(())
    }

    /// Seconds on disk.
    pub fn seconds(&self) -> f64 {
        let samples = self.file.as_ref().map_or(0, SoundWriter::samples);
        samples as f64 / f64::from(self.input.rate())
    }

    /// Moves on what came, and tells how it stands, since `begin`.
    fn step(&mut self, begin: Instant, on_event: &mut dyn FnMut(Event)) -> Result<()> {
        if let Some(signal) = self.pump(begin.elapsed())? {
            on_event(Event::Signal(signal));
        }
        Ok(())
    }

    /// Moves on what came until `now`, counted from the opening of the device. Tells when what the device gives has
    /// changed. After an error nothing more will come, and [`Self::finish`] is due.
    pub fn pump(&mut self, now: Duration) -> Result<Option<Signal>> {
        self.block.clear();
        let taken = self.input.take(&mut self.block);
        self.meter.push(&self.block, now);
        match &mut self.file {
            None => self.before.push(&self.block),
            Some(file) => {
                let room = MOST_SAMPLES.saturating_sub(file.samples());
                let fits = self.block.len().min(room as usize);
                if fits > 0 {
                    file.push(&self.block[..fits])?;
                }
                if fits < self.block.len() {
                    return Err(Error::output(file.path(), "it is as long as a WAV can be"));
                }
                if now.saturating_sub(self.synced) >= SYNC {
                    self.synced = now;
                    file.sync()?;
                }
            }
        }
        taken?;
        if self.meter.idle(now) >= STALLED {
            return Err(self.input.stalled());
        }
        let signal = self.meter.signal(now);
        let before = std::mem::replace(&mut self.signal, signal);
        Ok((signal != before).then_some(signal))
    }

    /// Ends the recording, and the listening. `trouble` is what ended it, if not a wish.
    pub fn finish(self, mut trouble: Option<Error>) -> Result<Take> {
        let (seconds, rate) = (self.seconds(), f64::from(self.input.rate()));
        let Some(file) = self.file else {
            return Err(Error::request("no recording was begun", "Begin one first."));
        };
        let path = file.path().to_owned();
        // An empty file is taken away again.
        if file.samples() > 0
            && let Err(e) = file.finish()
        {
            trouble.get_or_insert(e);
        }
        Ok(Take {
            path,
            seconds,
            heard: self.meter.heard(),
            lost_seconds: self.input.lost() as f64 / rate,
            trouble,
        })
    }
}

/// Records into `path` until `stop` is set or the device vanishes. Fails only if the file cannot be begun.
pub fn record<I: Input>(
    mut recorder: Recorder<I>,
    path: &Path,
    existing: Existing,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event),
) -> Result<Take> {
    recorder.begin(path, existing)?;
    let begin = Instant::now();
    loop {
        // Looked at before the samples are taken: what came until the wish is part of the recording.
        let last = stop.load(Ordering::Relaxed);
        if let Err(trouble) = recorder.step(begin, on_event) {
            return recorder.finish(Some(trouble));
        }
        on_event(Event::Level {
            seconds: recorder.seconds(),
            level: recorder.level(),
        });
        if last {
            return recorder.finish(None);
        }
        std::thread::sleep(TICK);
    }
}

/// Tells how loud it is until `stop` is set, and keeps nothing.
pub fn listen<I: Input>(
    mut recorder: Recorder<I>,
    stop: &AtomicBool,
    on_event: &mut dyn FnMut(Event),
) -> Result<()> {
    let begin = Instant::now();
    while !stop.load(Ordering::Relaxed) {
        recorder.step(begin, on_event)?;
        on_event(Event::Level {
            seconds: begin.elapsed().as_secs_f64(),
            level: recorder.level(),
        });
        std::thread::sleep(TICK);
    }
    Ok(())
}

#[cfg(test)]
mod tests;
