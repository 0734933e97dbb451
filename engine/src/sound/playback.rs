//! What is heard: a lock-free ring towards the audio thread, which never waits.
//!
//! An empty ring is silence, and counted as a gap while more is expected. Holding, going on and forgetting take effect
//! with the next sample, since they are looked at on the audio thread. Samples are brought to the device's own rate first,
//! because rodio plays the first samples of a foreign rate at the wrong speed. Fails with `sound-device` when there is
//! none, or when it goes away while playing.

use super::device::{choose, names};
use super::trouble::Troubles;
use super::{RATE, Resampler};
use crate::speak::session::Output;
use crate::{Error, Result};
use rodio::cpal::traits::HostTrait;
use rodio::cpal::{self, BufferSize, Device};
use rodio::{ChannelCount, DeviceSinkBuilder, MixerDeviceSink, Sample, SampleRate, Source};
use std::num::NonZero;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// How often a full ring or the end is looked at by those who wait.
const TICK: Duration = Duration::from_millis(5);
/// A device that takes nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(5);

/// What both threads look at. Counts are samples at the device's rate since it was opened.
#[derive(Default)]
struct Shared {
    held: AtomicBool,
    expecting: AtomicBool,
    /// Samples of silence while something was expected.
    dry: AtomicU64,
    /// Samples that left the ring, heard or forgotten.
    left: AtomicU64,
    /// Samples before this one are not to be heard.
    skip: AtomicU64,
    /// Grows while the device asks for sound.
    asked: AtomicU64,
    troubles: Arc<Troubles>,
}

/// An opened device.
pub struct Playback {
    sink: MixerDeviceSink,
    ring: rtrb::Producer<Sample>,
    /// Made anew after every end and every jump.
    resampler: Option<Resampler>,
    rate: u32,
    shared: Arc<Shared>,
    /// Samples that entered the ring.
    entered: u64,
    /// When the device was last seen to ask for sound.
    alive: (u64, Instant),
}

impl Playback {
    /// The names of all devices that can be played through.
    pub fn names() -> Result<Vec<String>> {
        Ok(names(&devices()?))
    }

    /// Opens the default device; it stays silent until it is no longer held. `seconds` is what the ring holds.
    pub fn open(seconds: f64) -> Result<Self> {
        Self::open_on(None, seconds)
    }

    /// Opens the default device, or the one whose name is `name` or, if none is, contains it (in any case).
    pub fn open_on(name: Option<&str>, seconds: f64) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        shared.held.store(true, Ordering::Release);
        let builder = match name {
            None => DeviceSinkBuilder::from_default_device(),
            Some(name) => DeviceSinkBuilder::from_device(choose(devices()?, "speaker", name)?),
        };
        let mut sink = builder
            .and_then(|b| {
                b.with_error_callback(shared.troubles.listener())
                    .open_sink_or_fallback()
            })
            .map_err(failed)?;
        sink.log_on_drop(false);
        let rate = sink.config().sample_rate();
        let room = (seconds.max(2.0) * f64::from(rate.get())) as usize;
        let (ring, consumer) = rtrb::RingBuffer::new(room);
        sink.mixer().add(RingSource {
            ring: consumer,
            shared: shared.clone(),
            rate,
            left: 0,
        });
        Ok(Self {
            resampler: None,
            sink,
            ring,
            rate: rate.get(),
            shared,
            entered: 0,
            alive: (0, Instant::now()),
        })
    }

    /// Plays to the end, then returns; at once when `cancel` is set.
    pub fn finish(mut self, cancel: &AtomicBool) -> Result<()> {
        self.end()?;
        self.hold(false);
        while self.unheard() > 0.0 {
            if cancel.load(Ordering::Relaxed) {
                return Ok(());
            }
            self.check()?;
            std::thread::sleep(TICK);
        }
        std::thread::sleep(self.latency());
        Ok(())
    }

    /// What the device has taken is not yet heard: how long that lasts.
    fn latency(&self) -> Duration {
        let frames = match self.sink.config().buffer_size() {
            BufferSize::Fixed(frames) => *frames,
            BufferSize::Default => 4096,
        };
        // Two of its buffers.
        Duration::from_secs_f64((2.0 * f64::from(frames) / f64::from(self.rate)).min(0.5))
    }

    fn enter(&mut self, samples: &[f32]) -> Result<()> {
        for &sample in samples {
            if self.ring.push(sample).is_err() {
                return Err(lost("more was handed over than it can hold"));
            }
            self.entered += 1;
        }
        Ok(())
    }
}

impl Output for Playback {
    fn unheard(&self) -> f64 {
        let left = self.shared.left.load(Ordering::Acquire);
        let gone = left.max(self.shared.skip.load(Ordering::Relaxed));
        self.entered.saturating_sub(gone) as f64 / f64::from(self.rate)
    }

    fn push(&mut self, samples: &[f32]) -> Result<()> {
        let resampler = match &mut self.resampler {
            Some(resampler) => resampler,
            none => none.insert(Resampler::new(RATE, self.rate)?),
        };
        let ready = resampler.push(samples)?;
        self.enter(&ready)
    }

    fn hold(&mut self, held: bool) {
        self.shared.held.store(held, Ordering::Release);
    }

    fn clear(&mut self) {
        self.shared.skip.store(self.entered, Ordering::Release);
        self.resampler = None;
    }

    fn ran_dry(&self) -> f64 {
        self.shared.dry.load(Ordering::Relaxed) as f64 / f64::from(self.rate)
    }

    fn expect(&mut self, more: bool) {
        self.shared.expecting.store(more, Ordering::Release);
    }

    fn end(&mut self) -> Result<()> {
        self.expect(false);
        match self.resampler.take() {
            Some(resampler) => self.enter(&resampler.finish()?),
            None => Ok(()),
        }
    }

    /// A failed or frozen device is an error.
    fn check(&mut self) -> Result<()> {
        if let Some(why) = self.shared.troubles.end() {
            return Err(lost(&why));
        }
        let asked = self.shared.asked.load(Ordering::Relaxed);
        if asked != self.alive.0 {
            self.alive = (asked, Instant::now());
        } else if self.alive.1.elapsed() > STALLED {
            let last = self.shared.troubles.last();
            return Err(lost(last.as_deref().unwrap_or("it takes no more sound")));
        }
        Ok(())
    }
}

fn devices() -> Result<Vec<Device>> {
    let all = cpal::default_host().output_devices();
    Ok(all.map_err(failed)?.collect())
}

fn failed(e: impl std::error::Error) -> Error {
    Error::Device {
        message: format!("no sound device can be opened: {}", chain(&e)),
        hint: "Connect one, or write to a file with -o OUT.wav.",
    }
}

fn lost(why: &str) -> Error {
    Error::Device {
        message: format!("the sound device stopped: {why}"),
        hint: "Check the device, or write to a file with -o OUT.wav.",
    }
}

/// An error with what caused it.
fn chain(e: &dyn std::error::Error) -> String {
    match e.source() {
        Some(cause) => format!("{e}: {}", chain(cause)),
        None => e.to_string(),
    }
}

/// The audio thread's end of the ring: no lock, no wait.
struct RingSource {
    ring: rtrb::Consumer<Sample>,
    shared: Arc<Shared>,
    rate: SampleRate,
    left: u64,
}

impl RingSource {
    fn forget(&mut self, until: u64) {
        let wanted = usize::try_from(until - self.left).unwrap_or(usize::MAX);
        let there = wanted.min(self.ring.slots());
        if let Ok(chunk) = self.ring.read_chunk(there) {
            chunk.commit_all();
            self.left += there as u64;
        }
    }
}

impl Iterator for RingSource {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        let shared = &self.shared;
        shared.asked.fetch_add(1, Ordering::Relaxed);
        let skip = shared.skip.load(Ordering::Acquire);
        if self.left < skip {
            self.forget(skip);
        }
        let shared = &self.shared;
        if shared.held.load(Ordering::Acquire) {
            return Some(0.0);
        }
        let sample = match self.ring.pop() {
            Ok(sample) => {
                self.left += 1;
                sample
            }
            Err(_) => {
                if shared.expecting.load(Ordering::Acquire) {
                    shared.dry.fetch_add(1, Ordering::Relaxed);
                }
                0.0
            }
        };
        shared.left.store(self.left, Ordering::Release);
        Some(sample)
    }
}

impl Source for RingSource {
    fn current_span_len(&self) -> Option<usize> {
        None
    }

    fn channels(&self) -> ChannelCount {
        NonZero::<u16>::MIN
    }

    fn sample_rate(&self) -> SampleRate {
        self.rate
    }

    fn total_duration(&self) -> Option<Duration> {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source() -> (rtrb::Producer<Sample>, RingSource) {
        let (ring, consumer) = rtrb::RingBuffer::new(8);
        let source = RingSource {
            ring: consumer,
            shared: Arc::default(),
            rate: NonZero::new(48_000).unwrap(),
            left: 0,
        };
        (ring, source)
    }

    #[test]
    fn an_empty_ring_is_a_gap_only_while_more_is_expected() {
        let (mut ring, mut source) = source();
        assert_eq!(source.next(), Some(0.0));
        let dry = |source: &RingSource| source.shared.dry.load(Ordering::Relaxed);
        assert_eq!(dry(&source), 0);
        ring.push(0.5).unwrap();
        source.shared.expecting.store(true, Ordering::Release);
        assert_eq!(source.next(), Some(0.5));
        assert_eq!(source.next(), Some(0.0));
        assert_eq!(dry(&source), 1);
    }

    #[test]
    fn held_is_silent_and_loses_nothing_and_what_is_forgotten_is_never_heard() {
        let (mut ring, mut source) = source();
        for sample in [0.1, 0.2, 0.3] {
            ring.push(sample).unwrap();
        }
        assert_eq!(source.next(), Some(0.1));
        source.shared.held.store(true, Ordering::Release);
        assert_eq!(source.next(), Some(0.0));
        source.shared.held.store(false, Ordering::Release);
        source.shared.skip.store(2, Ordering::Release);
        assert_eq!(source.next(), Some(0.3));
        // More is to be forgotten than has arrived.
        source.shared.skip.store(5, Ordering::Release);
        assert_eq!(source.next(), Some(0.0));
        for sample in [0.4, 0.5, 0.6] {
            ring.push(sample).unwrap();
        }
        assert_eq!(source.next(), Some(0.6));
        assert_eq!(source.shared.left.load(Ordering::Relaxed), 6);
    }
}
