//! Playing sound while it is being made.
//!
//! Samples go through a lock-free ring to the audio thread, which never waits: an empty ring is silence and
//! counted. They are brought to the device's own rate first, because rodio plays the first samples of a foreign
//! rate at the wrong speed. Fails with `sound-device` when there is none, or when it goes away while playing.

use super::{RATE, Resampler};
use crate::{Error, Result};
use rodio::cpal::{self, BufferSize};
use rodio::{ChannelCount, DeviceSinkBuilder, MixerDeviceSink, Sample, SampleRate, Source};
use std::num::NonZero;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How often a full ring or the end is looked at.
const TICK: Duration = Duration::from_millis(5);
/// A device that takes nothing for so long is gone.
const STALLED: Duration = Duration::from_secs(5);

#[derive(Default)]
struct Shared {
    closed: AtomicBool,
    drained: AtomicBool,
    dry: AtomicU64,
    taken: AtomicU64,
    trouble: Mutex<Option<Trouble>>,
}

/// What the audio thread reported last.
struct Trouble {
    /// The device will not come back.
    gone: bool,
    message: String,
}

pub struct Playback {
    sink: MixerDeviceSink,
    ring: rtrb::Producer<Sample>,
    source: Option<RingSource>,
    resampler: Option<Resampler>,
    shared: Arc<Shared>,
}

impl Playback {
    /// Opens the default device; it stays silent until [`start`](Self::start). `seconds` is what the ring holds.
    pub fn open(seconds: f64) -> Result<Self> {
        let shared = Arc::new(Shared::default());
        let on_error = {
            let shared = shared.clone();
            move |e: cpal::Error| {
                // What backends report in passing (gaps, a changed default device, a late answer) repairs itself; if it
                // does not, the device takes no more sound, and that is noticed.
                let gone = matches!(
                    e.kind(),
                    cpal::ErrorKind::DeviceNotAvailable
                        | cpal::ErrorKind::StreamInvalidated
                        | cpal::ErrorKind::HostUnavailable
                );
                if let Ok(mut trouble) = shared.trouble.lock() {
                    *trouble = Some(Trouble {
                        gone,
                        message: e.to_string(),
                    });
                }
            }
        };
        let mut sink = DeviceSinkBuilder::from_default_device()
            .and_then(|b| b.with_error_callback(on_error).open_sink_or_fallback())
            .map_err(|e| Error::Device {
                message: format!("no sound device can be opened: {}", chain(&e)),
                hint: "Connect one, or write to a file with -o OUT.wav.",
            })?;
        sink.log_on_drop(false);
        let rate = sink.config().sample_rate();
        let capacity = (seconds.max(1.0) * f64::from(rate.get())) as usize;
        let (ring, consumer) = rtrb::RingBuffer::new(capacity);
        Ok(Self {
            source: Some(RingSource {
                ring: consumer,
                shared: shared.clone(),
                rate,
            }),
            resampler: Some(Resampler::new(RATE, rate.get())?),
            sink,
            ring,
            shared,
        })
    }

    /// Lets the device play what is in the ring, and what comes.
    pub fn start(&mut self) {
        if let Some(source) = self.source.take() {
            self.sink.mixer().add(source);
        }
    }

    pub fn started(&self) -> bool {
        self.source.is_none()
    }

    /// Samples of silence played because nothing was ready.
    pub fn ran_dry(&self) -> u64 {
        self.shared.dry.load(Ordering::Relaxed)
    }

    /// Queues mono sound at the codec's rate; waits while the ring is full. Stops early when `cancel` is set.
    pub fn push(&mut self, samples: &[f32], cancel: &AtomicBool) -> Result<()> {
        if let Some(resampler) = &mut self.resampler {
            let ready = resampler.push(samples)?;
            self.queue(&ready, cancel)?;
        }
        Ok(())
    }

    fn queue(&mut self, samples: &[f32], cancel: &AtomicBool) -> Result<()> {
        let mut watch = Watch::default();
        for &sample in samples {
            while self.ring.push(sample).is_err() {
                self.start();
                if cancel.load(Ordering::Relaxed) {
                    return Ok(());
                }
                self.check(&mut watch)?;
                std::thread::sleep(TICK);
            }
        }
        self.check(&mut Watch::default())
    }

    /// Plays to the end, then returns; at once when `cancel` is set.
    pub fn finish(mut self, cancel: &AtomicBool) -> Result<()> {
        if let Some(resampler) = self.resampler.take() {
            let rest = resampler.finish()?;
            self.queue(&rest, cancel)?;
        }
        self.shared.closed.store(true, Ordering::Release);
        self.start();
        let mut watch = Watch::default();
        while !self.shared.drained.load(Ordering::Acquire) {
            if cancel.load(Ordering::Relaxed) {
                return Ok(());
            }
            self.check(&mut watch)?;
            std::thread::sleep(TICK);
        }
        // What the device has taken is not yet heard: two of its buffers.
        let frames = match self.sink.config().buffer_size() {
            BufferSize::Fixed(frames) => *frames,
            BufferSize::Default => 4096,
        };
        let rate = f64::from(self.sink.config().sample_rate().get());
        std::thread::sleep(Duration::from_secs_f64(
            (2.0 * f64::from(frames) / rate).min(0.5),
        ));
        Ok(())
    }

    /// A failed or frozen device is an error.
    fn check(&self, watch: &mut Watch) -> Result<()> {
        let lost = |why: &str| Error::Device {
            message: format!("the sound device stopped: {why}"),
            hint: "Check the device, or write to a file with -o OUT.wav.",
        };
        let trouble = self.shared.trouble.lock();
        let trouble = trouble.as_ref().ok().and_then(|t| t.as_ref());
        if let Some(t) = trouble.filter(|t| t.gone) {
            return Err(lost(&t.message));
        }
        let taken = self.shared.taken.load(Ordering::Relaxed);
        if taken != watch.taken {
            *watch = Watch {
                taken,
                waited: Duration::ZERO,
            };
        }
        watch.waited += TICK;
        if watch.waited > STALLED {
            return Err(lost(
                trouble.map_or("it takes no more sound", |t| &t.message),
            ));
        }
        Ok(())
    }
}

/// An error with what caused it.
fn chain(e: &dyn std::error::Error) -> String {
    match e.source() {
        Some(cause) => format!("{e}: {}", chain(cause)),
        None => e.to_string(),
    }
}

#[derive(Default)]
struct Watch {
    taken: u64,
    waited: Duration,
}

/// The audio thread's end of the ring: no lock, no wait.
struct RingSource {
    ring: rtrb::Consumer<Sample>,
    shared: Arc<Shared>,
    rate: SampleRate,
}

impl Iterator for RingSource {
    type Item = Sample;

    fn next(&mut self) -> Option<Sample> {
        self.shared.taken.fetch_add(1, Ordering::Relaxed);
        if let Ok(sample) = self.ring.pop() {
            return Some(sample);
        }
        if self.shared.closed.load(Ordering::Acquire) {
            // The last samples may have come between the two looks.
            return self.ring.pop().ok().or_else(|| {
                self.shared.drained.store(true, Ordering::Release);
                None
            });
        }
        self.shared.dry.fetch_add(1, Ordering::Relaxed);
        Some(0.0)
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
        let rate = NonZero::new(48_000).unwrap();
        (
            ring,
            RingSource {
                ring: consumer,
                shared: Arc::default(),
                rate,
            },
        )
    }

    #[test]
    fn an_empty_ring_is_counted_silence_and_a_closed_one_the_end() {
        let (mut ring, mut source) = source();
        assert_eq!(source.next(), Some(0.0));
        ring.push(0.5).unwrap();
        source.shared.closed.store(true, Ordering::Release);
        assert_eq!(source.next(), Some(0.5));
        assert_eq!(source.next(), None);
        assert!(source.shared.drained.load(Ordering::Acquire));
        assert_eq!(source.shared.dry.load(Ordering::Relaxed), 1);
    }
}
