//! Recordings that are played: the sound beside a transcript, passage by passage, and those that a voice is made of.

use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use myna_engine::hear::Transcript;
use myna_engine::hear::replay::{self, Recording};
use myna_engine::speak::session::{Control, Event, Output, Session, State};

use super::Devices;
use crate::commands::Transport;
use crate::desk::{self, Desk, Pace};
use crate::{Error, Problem};

/// Whatever plays recordings.
pub trait Tape: Send + Sync {
    /// Plays a transcript's sound from one of its segments on.
    fn play(
        &self,
        id: i64,
        file: PathBuf,
        transcript: &Transcript,
        segment: usize,
    ) -> Result<(), Error>;
    /// Plays one of a voice's own recordings, so many seconds of it.
    fn sample(
        &self,
        voice: &str,
        recording: usize,
        file: PathBuf,
        seconds: f64,
    ) -> Result<(), Error>;
    fn act(&self, action: Transport);
    /// Another device is to be heard, from the same place on.
    fn change_output(&self);
}

/// Plays through the chosen sound device.
pub struct Player {
    desk: Desk,
    recording: Arc<Mutex<Recording>>,
    session: Session,
}

impl Player {
    /// No device is opened before the first passage.
    pub fn start(desk: Desk, devices: Devices) -> Result<Self, Error> {
        let recording = Arc::<Mutex<Recording>>::default();
        let open = move || Ok(Box::new(devices.speaker()?) as Box<dyn Output>);
        let told = desk.clone();
        let session = Session::start(
            Box::new(replay::Tape::new(recording.clone())),
            Box::new(open),
            Box::new(move |event| tell(&told, event)),
        )?;
        Ok(Self {
            desk,
            recording,
            session,
        })
    }
}

impl Tape for Player {
    fn play(
        &self,
        id: i64,
        file: PathBuf,
        transcript: &Transcript,
        segment: usize,
    ) -> Result<(), Error> {
        if segment >= transcript.segments.len() {
            return Err(Error::Gone);
        }
        self.load(Recording::new(
            file,
            &transcript.segments,
            transcript.seconds,
        ));
        self.desk.change(|now| {
            now.sample = None;
            now.tape = Some(desk::Tape {
                transcript: id,
                segment,
                state: Pace::Preparing,
            });
        });
        self.session.control(Control::GoTo(segment));
        // A click on another passage plays it, paused or not.
        self.session.control(Control::Resume);
        Ok(())
    }

    fn sample(
        &self,
        voice: &str,
        recording: usize,
        file: PathBuf,
        seconds: f64,
    ) -> Result<(), Error> {
        self.load(Recording::whole(file, seconds));
        self.desk.change(|now| {
            now.tape = None;
            now.sample = Some(desk::Sample {
                voice: voice.to_owned(),
                recording,
            });
        });
        self.session.control(Control::GoTo(0));
        self.session.control(Control::Resume);
        Ok(())
    }

    fn act(&self, action: Transport) {
        self.session.control(action.into());
    }

    fn change_output(&self) {
        self.session.control(Control::Reopen);
    }
}

impl Player {
    /// Puts another recording in, unless it is the one that runs.
    fn load(&self, new: Recording) {
        let mut recording = self.recording.lock().unwrap_or_else(|e| e.into_inner());
        let running = self.session.state() != State::Idle;
        if !(running && *recording == new) {
            let pieces = new.pieces();
            *recording = new;
            self.session.play(pieces);
        }
    }
}

/// What the session tells, as it shows on the desk.
fn tell(desk: &Desk, event: Event) {
    match event {
        Event::State(State::Idle) => desk.change(|now| (now.tape, now.sample) = (None, None)),
        Event::State(state) => desk.change(|now| {
            if let Some(tape) = &mut now.tape {
                tape.state = state.into();
            }
        }),
        Event::Piece(piece) => desk.change(|now| {
            if let Some(tape) = &mut now.tape {
                tape.segment = piece;
            }
        }),
        Event::Failed(_, error) => desk.trouble(Problem::from(&Error::from(error))),
        Event::Said(..) | Event::Flawed(..) | Event::Finished { .. } => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_played_shows_and_goes_with_its_end() {
        let desk = Desk::default();
        desk.change(|now| {
            now.tape = Some(desk::Tape {
                transcript: 7,
                segment: 0,
                state: Pace::Preparing,
            });
        });
        tell(&desk, Event::State(State::Speaking));
        tell(&desk, Event::Piece(2));
        let tape = desk.snapshot().tape.unwrap();
        assert_eq!((tape.segment, tape.state), (2, Pace::Speaking));
        desk.change(|now| {
            now.sample = Some(desk::Sample {
                voice: "anna".into(),
                recording: 1,
            });
        });
        tell(&desk, Event::State(State::Idle));
        assert_eq!(desk.snapshot().tape, None);
        assert_eq!(desk.snapshot().sample, None);
        tell(&desk, Event::Piece(3));
        assert_eq!(desk.snapshot().tape, None);
    }
}
