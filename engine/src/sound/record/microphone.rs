//! A microphone as an [`Input`]: its device, chosen by name, and a ring that its thread fills.
//!
//! The device's thread never waits: it averages the channels into a lock-free ring, and counts what does not fit
//! because nobody took samples for so long. Sound comes at the device's own rate.

use super::Input;
use crate::sound::device::{choose, names};
use crate::sound::trouble::Troubles;
use crate::{Error, Result};
use rodio::cpal::traits::{DeviceTrait, HostTrait, StreamTrait};
use rodio::cpal::{self, Device, FromSample, SampleFormat, SizedSample, Stream, StreamConfig};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What the ring holds: longer than any disk sleeps.
const RING_SECONDS: usize = 15;
/// A device that takes longer to close is left alone.
const CLOSING: Duration = Duration::from_secs(1);

pub struct Microphone {
    name: String,
    rate: u32,
    ring: rtrb::Consumer<f32>,
    lost: Arc<AtomicU64>,
    troubles: Arc<Troubles>,
    /// The device runs as long as this lives.
    stream: Option<Stream>,
}

impl Microphone {
    /// The names of all devices that sound can be recorded from.
    pub fn names() -> Result<Vec<String>> {
        Ok(names(&devices()?))
    }

    /// Opens the default device, or the one whose name is `name` or, if none is, contains it (in any case); it runs
    /// at once.
    pub fn open(name: Option<&str>) -> Result<Self> {
        let device = match name {
            None => cpal::default_host()
                .default_input_device()
                .ok_or_else(|| failed("there is no microphone"))?,
            Some(name) => choose(devices()?, "microphone", name)?,
        };
        let config = device.default_input_config().map_err(failed)?;
        let rate = config.sample_rate();
        let (producer, ring) = rtrb::RingBuffer::new(rate as usize * RING_SECONDS);
        let (lost, troubles) = (Arc::<AtomicU64>::default(), Arc::<Troubles>::default());
        let sink = Sink {
            ring: producer,
            lost: lost.clone(),
            troubles: troubles.clone(),
        };
        let stream = open_as(&device, config.sample_format(), config.config(), sink)?;
        stream.play().map_err(failed)?;
        Ok(Self {
            name: device.to_string(),
            rate,
            ring,
            lost,
            troubles,
            stream: Some(stream),
        })
    }

    pub fn name(&self) -> &str {
        &self.name
    }
}

impl Input for Microphone {
    fn rate(&self) -> u32 {
        self.rate
    }

    fn take(&mut self, into: &mut Vec<f32>) -> Result<()> {
        // The end first: what comes before it is then surely in the ring.
        let end = self.troubles.end();
        if let Ok(chunk) = self.ring.read_chunk(self.ring.slots()) {
            into.extend(chunk);
        }
        end.map_or(Ok(()), |why| Err(vanished(&self.name, &why)))
    }

    fn stalled(&self) -> Error {
        let last = self.troubles.last();
        vanished(
            &self.name,
            last.as_deref().unwrap_or("it gives no more sound"),
        )
    }

    fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

impl Drop for Microphone {
    /// Closes the device. Where its driver hangs, as ALSA does when the sound server under it has died, it is left to a
    /// thread that nobody waits for any more.
    fn drop(&mut self) {
        let stream = self.stream.take();
        let (closed, wait) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            drop(stream);
            // Nobody may be waiting any more.
            _ = closed.send(());
        });
        _ = wait.recv_timeout(CLOSING);
    }
}

fn vanished(name: &str, why: &str) -> Error {
    Error::Device {
        message: format!("the microphone {name} stopped: {why}"),
        hint: "What was recorded until then is kept. Check the device, or choose another one with --device.",
    }
}

fn failed(e: impl std::fmt::Display) -> Error {
    Error::Device {
        message: format!("no microphone can be opened: {e}"),
        hint: "Connect one, allow Myna to use it, or choose another one with --device.",
    }
}

fn devices() -> Result<Vec<Device>> {
    let all = cpal::default_host().input_devices().map_err(failed)?;
    Ok(all.collect())
}

/// The device thread's end.
struct Sink {
    ring: rtrb::Producer<f32>,
    lost: Arc<AtomicU64>,
    troubles: Arc<Troubles>,
}

fn open_as(
    device: &Device,
    format: SampleFormat,
    config: StreamConfig,
    sink: Sink,
) -> Result<Stream> {
    match format {
        SampleFormat::I8 => stream::<i8>(device, config, sink),
        SampleFormat::I16 => stream::<i16>(device, config, sink),
        SampleFormat::I24 => stream::<cpal::I24>(device, config, sink),
        SampleFormat::I32 => stream::<i32>(device, config, sink),
        SampleFormat::U8 => stream::<u8>(device, config, sink),
        SampleFormat::U16 => stream::<u16>(device, config, sink),
        SampleFormat::U32 => stream::<u32>(device, config, sink),
        SampleFormat::F32 => stream::<f32>(device, config, sink),
        SampleFormat::F64 => stream::<f64>(device, config, sink),
        other => Err(failed(format!("{device} gives samples as {other}"))),
    }
}

fn stream<T>(device: &Device, config: StreamConfig, mut sink: Sink) -> Result<Stream>
where
    T: SizedSample,
    f32: FromSample<T>,
{
    let channels = usize::from(config.channels).max(1);
    let on_error = sink.troubles.listener();
    device
        .build_input_stream(
            config,
            move |data: &[T], _: &cpal::InputCallbackInfo| {
                for frame in data.chunks_exact(channels) {
                    if sink.ring.push(mean(frame)).is_err() {
                        sink.lost.fetch_add(1, Ordering::Relaxed);
                    }
                }
            },
            on_error,
            None,
        )
        .map_err(failed)
}

/// The channels as one; what is not a number is silence.
fn mean<T: Copy>(frame: &[T]) -> f32
where
    f32: FromSample<T>,
{
    let sum: f32 = frame.iter().map(|&s| f32::from_sample_(s)).sum();
    let mean = sum / frame.len() as f32;
    if mean.is_finite() { mean } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_averaged() {
        assert_eq!(mean(&[i16::MIN, 0]), -0.5);
        assert_eq!(mean(&[0.25f32, 0.75]), 0.5);
        assert_eq!(mean(&[f32::NAN, 0.75]), 0.0);
    }
}
