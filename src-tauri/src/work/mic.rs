//! The microphone: recorded for one purpose at a time, to disk first, or only listened to; its loudness on the desk.
//!
//! Fails with `busy` while it is recorded for something, and as the engine's recorder does.

use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use myna_engine::sound::Existing;
use myna_engine::sound::record::{Event, Microphone, Recorder, Signal, Take, listen, record};

use super::Devices;
use crate::Error;
use crate::desk::{Desk, Purpose, Recording};

/// The level that a page shows as nothing, in dB.
const QUIETEST: f32 = -60.0;

/// Everybody who records has one; only one of them records at a time.
pub struct Mic {
    devices: Devices,
    desk: Desk,
    purpose: Purpose,
    /// Stops the recording that is under way.
    stop: Mutex<Arc<AtomicBool>>,
}

impl Mic {
    pub fn new(devices: Devices, desk: Desk, purpose: Purpose) -> Self {
        let stop = Mutex::default();
        Self {
            devices,
            desk,
            purpose,
            stop,
        }
    }

    /// Whether it is recorded for this purpose.
    pub fn runs(&self) -> bool {
        let recording = self.desk.snapshot().recording;
        recording.is_some_and(|recording| recording.purpose == self.purpose)
    }

    /// Records the chosen microphone into a new file until [`Mic::stop`]; `done` gets what came of it, on another thread.
    pub fn record(
        &self,
        path: &Path,
        done: impl FnOnce(Result<Take, Error>) + Send + 'static,
    ) -> Result<(), Error> {
        let path = path.to_owned();
        self.begin(done, move |recorder, stop, on_event| {
            record(recorder, &path, Existing::Keep, stop, on_event)
        })
    }

    /// Listens to it until [`Mic::stop`], and keeps nothing.
    pub fn listen(
        &self,
        done: impl FnOnce(Result<(), Error>) + Send + 'static,
    ) -> Result<(), Error> {
        self.begin(done, listen)
    }

    fn begin<T: 'static>(
        &self,
        done: impl FnOnce(Result<T, Error>) + Send + 'static,
        run: impl FnOnce(
            Recorder<Microphone>,
            &AtomicBool,
            &mut dyn FnMut(Event),
        ) -> myna_engine::Result<T>
        + Send
        + 'static,
    ) -> Result<(), Error> {
        let recording = Recording {
            purpose: self.purpose,
            ..Recording::default()
        };
        let free = self.desk.change(|now| {
            let free = now.recording.is_none();
            now.recording.get_or_insert(recording);
            free
        });
        if !free {
            return Err(Error::Busy);
        }
        let stop = Arc::new(AtomicBool::new(false));
        *self.stopper() = stop.clone();
        let begun = self.start(move |desk, recorder| {
            let outcome = run(recorder, &stop, &mut |event| show(desk, event));
            desk.change(|now| now.recording = None);
            done(outcome.map_err(Error::from));
        });
        if begun.is_err() {
            self.desk.change(|now| now.recording = None);
        }
        begun
    }

    fn start(
        &self,
        run: impl FnOnce(&Desk, Recorder<Microphone>) + Send + 'static,
    ) -> Result<(), Error> {
        let recorder = Recorder::new(self.devices.microphone()?, Duration::ZERO);
        let desk = self.desk.clone();
        let thread = std::thread::Builder::new().name("recording".into());
        let begun = thread.spawn(move || run(&desk, recorder));
        begun.map(drop).map_err(|e| Error::System(e.into()))
    }

    pub fn stop(&self) {
        self.stopper().store(true, Ordering::Relaxed);
    }

    fn stopper(&self) -> MutexGuard<'_, Arc<AtomicBool>> {
        // A flag is a flag whatever a thread did before.
        self.stop.lock().unwrap_or_else(|e| e.into_inner())
    }
}

/// Levels show as they come, rounded so that nothing flickers.
fn show(desk: &Desk, event: Event) {
    desk.change(|now| {
        let Some(recording) = &mut now.recording else {
            return;
        };
        match event {
            Event::Level { seconds, level } => {
                let share = 1.0 - level.decibels().clamp(QUIETEST, 0.0) / QUIETEST;
                recording.seconds = seconds.floor();
                recording.level = (f64::from(share) * 20.0).round() / 20.0;
                recording.clipped |= level.is_clipped();
            }
            Event::Signal(signal) => recording.silent = signal != Signal::Sound,
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use myna_engine::home::Home;
    use myna_engine::sound::record::Level;

    #[test]
    fn one_purpose_keeps_the_other_out() {
        let desk = Desk::default();
        let mic = |purpose| {
            let devices = Devices::of(Home::at("nowhere"), desk.clone());
            Mic::new(devices, desk.clone(), purpose)
        };
        let (voice, words) = (mic(Purpose::Voice), mic(Purpose::Words));
        desk.change(|now| now.recording = Some(Recording::default()));
        assert!(voice.runs() && !words.runs());
        let refused = words.record(Path::new("/nowhere/a.wav"), |_| {});
        assert_eq!(refused.unwrap_err().kind(), "busy");
        assert!(voice.runs(), "it goes on");
    }

    #[test]
    fn the_level_shows_in_steps_and_silence_is_told() {
        let desk = Desk::default();
        let level = |peak: f32| Event::Level {
            seconds: 2.7,
            level: Level { peak, rms: peak },
        };
        show(&desk, level(0.1));
        assert_eq!(desk.snapshot().recording, None, "nobody records");
        desk.change(|now| now.recording = Some(Recording::default()));
        show(&desk, level(0.1));
        let now = desk.snapshot().recording.unwrap();
        assert_eq!((now.seconds, now.level, now.clipped), (2.0, 0.65, false));
        show(&desk, level(1.0));
        show(&desk, Event::Signal(Signal::Silence));
        let now = desk.snapshot().recording.unwrap();
        assert!(now.clipped && now.silent && now.level == 1.0);
    }
}
