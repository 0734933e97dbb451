//! Texts on their way to sound: cut into sentences, read by the engine's session, shown on the desk sentence by sentence.

use std::sync::{Arc, Mutex};

use myna_engine::home::Home;
use myna_engine::host::{Blocking, VoiceModel};
use myna_engine::library;
use myna_engine::settings::SettingsFile;
use myna_engine::speak::Request;
use myna_engine::speak::Wording;
use myna_engine::speak::session::{
    Control, EngineMaker, Event, Output, Session, State, Voice, pieces,
};
use myna_engine::speak::text::Sentence;
use myna_engine::voices::Store;

use super::Devices;
use crate::commands::Transport;
use crate::desk::{Desk, Outcome, Pace, Reading};
use crate::{Error, Problem};

/// Whatever reads texts aloud.
pub trait Speech: Send + Sync {
    /// Whether a text is being read, or paused.
    fn busy(&self) -> bool;
    /// Reads a text instead of what is being read.
    fn speak(&self, text: &str) -> Result<(), Error>;
    /// Reads a text after what is being read, in the same voice.
    fn queue(&self, text: &str) -> Result<(), Error>;
    /// Reads a text in a voice that need not be the chosen one, instead of what is being read.
    fn try_voice(&self, id: &str, text: &str) -> Result<(), Error>;
    fn act(&self, action: Transport) -> Result<(), Error>;
    fn go_to(&self, sentence: usize) -> Result<(), Error>;
    fn set_voice(&self, id: &str) -> Result<(), Error>;
    fn set_speed(&self, speed: f64) -> Result<(), Error>;
    /// 0 to 1.
    fn set_volume(&self, volume: f64) -> Result<(), Error>;
    /// Another device is to be heard, from the same place on.
    fn change_output(&self);
}

/// The seeds of all sentences follow from it: a text sounds the same again.
const SEED: u64 = 1;

/// Reads through the engine's process and the chosen sound device.
pub struct Reader {
    desk: Desk,
    session: Session,
    home: Home,
    store: Store,
    voice: Arc<Mutex<Voice>>,
    /// The id of the voice that reads, which need not be the chosen one.
    reads: Mutex<String>,
    wording: Wording,
    /// What was last said to be wrong with the pronunciations.
    told: Mutex<Option<String>>,
}

impl Reader {
    /// Nothing is loaded and no device opened before the first text.
    pub fn start(desk: Desk, home: &Home, engine: Arc<Blocking>) -> Result<Self, Error> {
        let mut template = Request::new("");
        template.seed = SEED;
        let voice = Arc::new(Mutex::new(Voice {
            model: VoiceModel {
                dir: Default::default(),
                codec: None,
                partial: false,
            },
            template,
        }));
        let maker = EngineMaker::new(engine, voice.clone());
        let devices = Devices::of(home.clone(), desk.clone());
        let open = move || Ok(Box::new(devices.speaker()?) as Box<dyn Output>);
        let told = desk.clone();
        let session = Session::start(
            Box::new(maker),
            Box::new(open),
            Box::new(move |event| tell(&told, event)),
        )?;
        desk.change(|now| now.speed = 1.0);
        Ok(Self {
            desk,
            session,
            home: home.clone(),
            store: Store::at(home.voices()),
            wording: Wording::of(home)?,
            told: Mutex::default(),
            reads: Mutex::default(),
            voice,
        })
    }

    /// Dictionary, voice and model are read anew with every text, since they may have been changed meanwhile.
    fn prepare(&self, text: &str, voice: &str) -> Result<Vec<Sentence>, Error> {
        let sentences = self.wording.plan(text)?;
        if sentences.is_empty() {
            return Err(Error::NothingToSay);
        }
        self.take_voice(voice)?;
        self.tell_of_words();
        Ok(sentences)
    }

    /// Damaged pronunciations are told once; the reading goes on with what they said before.
    fn tell_of_words(&self) {
        let problem = self.wording.problem();
        let mut told = self.told.lock().unwrap_or_else(|e| e.into_inner());
        let why = problem.as_ref().map(ToString::to_string);
        if std::mem::replace(&mut *told, why.clone()) != why
            && let Some(problem) = problem
        {
            self.desk.trouble(Problem::from(&Error::from(problem)));
        }
    }

    /// What is made from now on is spoken in this voice.
    fn take_voice(&self, id: &str) -> Result<(), Error> {
        let all = self.store.list()?.voices;
        let kept = all.into_iter().find(|voice| voice.id == id);
        let kept = kept.ok_or(Error::NoVoice)?;
        kept.check_usable()?;
        let set = SettingsFile::read(&self.home.settings())?;
        let usual = set.settings().models.speak.as_deref();
        let dir = library::find(kept.profile.model.as_deref().or(usual))?;
        let mut template = Request::new("");
        template.seed = kept.profile.seed.unwrap_or(SEED);
        template.speaker = kept.profile.speaker;
        template.references = kept.references();
        if let Some(temperature) = kept.profile.temperature {
            template.sampling.temperature = temperature;
        }
        if let Some(top_k) = kept.profile.top_k {
            template.sampling.top_k = top_k;
        }
        let mut voice = self.voice.lock().unwrap_or_else(|e| e.into_inner());
        voice.model.dir = dir;
        voice.template = template;
        drop(voice);
        id.clone_into(&mut self.reads.lock().unwrap_or_else(|e| e.into_inner()));
        Ok(())
    }

    fn chosen(&self) -> String {
        self.desk.snapshot().voice
    }

    fn read(&self, text: &str, voice: &str) -> Result<(), Error> {
        let sentences = self.prepare(text, voice)?;
        self.desk.change(|now| {
            now.reading = Some(Reading {
                sentences: shown(text, &sentences),
                current: 0,
                state: Pace::Preparing,
            });
        });
        self.session.play(pieces(&sentences));
        Ok(())
    }
}

impl Speech for Reader {
    fn busy(&self) -> bool {
        self.session.state() != State::Idle
    }

    fn speak(&self, text: &str) -> Result<(), Error> {
        self.read(text, &self.chosen())
    }

    fn try_voice(&self, id: &str, text: &str) -> Result<(), Error> {
        self.read(text, id)
    }

    fn queue(&self, text: &str) -> Result<(), Error> {
        if !self.busy() {
            return self.speak(text);
        }
        // What is being read is not made to its end yet, and would end in another voice.
        let reads = self.reads.lock().unwrap_or_else(|e| e.into_inner()).clone();
        let sentences = self.prepare(text, &reads)?;
        self.desk.change(|now| {
            if let Some(reading) = &mut now.reading {
                if let Some(last) = reading.sentences.last_mut() {
                    last.push('\n');
                }
                reading.sentences.extend(shown(text, &sentences));
            }
        });
        self.session.queue(pieces(&sentences));
        Ok(())
    }

    fn act(&self, action: Transport) -> Result<(), Error> {
        self.session.control(action.into());
        Ok(())
    }

    fn go_to(&self, sentence: usize) -> Result<(), Error> {
        // After the end a click reads on from there.
        if !self.busy() {
            self.session.control(Control::Resume);
        }
        self.session.control(Control::GoTo(sentence));
        Ok(())
    }

    fn set_voice(&self, id: &str) -> Result<(), Error> {
        self.take_voice(id)?;
        self.session.control(Control::Remake);
        self.desk.change(|now| now.voice = id.into());
        Ok(())
    }

    fn set_speed(&self, speed: f64) -> Result<(), Error> {
        self.session.control(Control::Speed(speed));
        self.desk.change(|now| now.speed = speed);
        Ok(())
    }

    fn set_volume(&self, volume: f64) -> Result<(), Error> {
        self.session.control(Control::Volume(volume as f32));
        Ok(())
    }

    fn change_output(&self) {
        self.session.control(Control::Reopen);
    }
}

impl From<Transport> for Control {
    fn from(action: Transport) -> Self {
        match action {
            Transport::Pause => Control::Pause,
            Transport::Resume => Control::Resume,
            Transport::Stop => Control::Stop,
            Transport::Previous => Control::Previous,
            Transport::Next => Control::Next,
        }
    }
}

impl From<State> for Pace {
    fn from(state: State) -> Self {
        match state {
            State::Idle => Pace::Finished,
            State::Preparing => Pace::Preparing,
            State::Speaking => Pace::Speaking,
            State::Paused => Pace::Paused,
        }
    }
}

/// The text as it was given, cut where its sentences begin.
fn shown(text: &str, sentences: &[Sentence]) -> Vec<String> {
    let mut starts: Vec<usize> = sentences.iter().map(|s| s.source.start).collect();
    if let Some(first) = starts.first_mut() {
        *first = 0;
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts
        .iter()
        .zip(ends)
        .map(|(&start, end)| text.get(start..end).unwrap_or_default().to_owned())
        .collect()
}

/// What a reading tells, as it shows on the desk.
fn tell(desk: &Desk, event: Event) {
    match event {
        Event::State(state) => desk.change(|now| {
            if let Some(reading) = &mut now.reading {
                reading.state = state.into();
            }
        }),
        Event::Piece(piece) => desk.change(|now| {
            if let Some(reading) = &mut now.reading {
                reading.current = piece.min(reading.sentences.len().saturating_sub(1));
            }
        }),
        Event::Failed(_, error) => desk.trouble(Problem::from(&Error::from(error))),
        Event::Finished { .. } => {
            let read = desk.snapshot().reading.map(|r| r.sentences.concat());
            if let Some(text) = read {
                desk.finished(Outcome::Spoken, text.trim(), None, None);
            }
        }
        // Heard as it is: a second try would be a second voice over the first.
        Event::Flawed(..) | Event::Said(..) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use myna_engine::speak::text::{Dictionary, Policy, plan};

    #[test]
    fn what_is_shown_is_the_text_to_the_last_byte() {
        let text = "  First, é. **Second** one?\n\n- third\n";
        let sentences = plan(text, &Policy::default(), &Dictionary::default());
        let shown = shown(text, &sentences);
        assert_eq!(shown.len(), sentences.len());
        assert_eq!(shown.concat(), text);
        assert!(shown.len() >= 3, "{shown:?}");
    }

    #[test]
    fn a_readings_events_show_on_the_desk() {
        let desk = Desk::default();
        desk.change(|now| {
            now.reading = Some(Reading {
                sentences: vec!["One. ".into(), "Two. ".into()],
                current: 0,
                state: Pace::Preparing,
            });
        });
        let reading = |desk: &Desk| desk.snapshot().reading.unwrap();
        tell(&desk, Event::State(State::Speaking));
        tell(&desk, Event::Piece(1));
        assert_eq!(
            (reading(&desk).current, reading(&desk).state),
            (1, Pace::Speaking)
        );
        tell(&desk, Event::Piece(9));
        assert_eq!(reading(&desk).current, 1);
        tell(&desk, Event::State(State::Idle));
        tell(&desk, Event::Finished { dry: 0.0 });
        assert_eq!(reading(&desk).state, Pace::Finished);
        assert_eq!(desk.snapshot().recent[0].text, "One. Two.");
    }
}
