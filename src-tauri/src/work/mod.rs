//! What the app does for a person: speaks texts, writes files down. Everything that happens shows on the desk.
//!
//! - [`Work`]: the orders, from pages, menu and keys alike
//! - [`speech`]: texts on their way to sound
//! - [`hearing`]: files on their way to words
//! - [`origin`]: where they come from; [`dictation`]: recorded here; [`watched`]: found in a folder; [`pen`]: pasted elsewhere
//! - [`book`]: what came of them; [`tape`]: the sound beside it; [`mic`]: the one microphone
//! - [`cast`]: the voices, and recordings to make new ones of; [`programs`]: which reads where; [`shelf`]: the models
//! - [`devices`]: what is heard through and recorded
//! - [`engine`]: both through the engine's own process

mod book;
mod cast;
mod devices;
mod dictation;
mod engine;
mod hearing;
mod mic;
mod origin;
mod pen;
mod programs;
mod shelf;
mod speech;
mod tape;
mod watched;

pub use book::Book;
pub use cast::Cast;
pub use devices::Devices;
pub use dictation::Dictation;
pub use engine::start;
pub use hearing::{Ear, Heard, Hearing};
pub use pen::Pen;
pub use programs::Programs;
pub use shelf::Shelf;
pub use speech::Speech;
pub use tape::Tape;
pub use watched::{Watched, name_of};

use std::path::{Path, PathBuf};
use std::sync::Arc;

use myna_engine::hear;
use myna_engine::settings::{self, Settings, SettingsFile};

use crate::Error;
use crate::commands::Transport;
use crate::desk::Desk;
use crate::front::Program;
use origin::Origin;

/// Every order that a person can give. None waits for its end.
pub struct Work {
    desk: Desk,
    speech: Box<dyn Speech>,
    hearing: Hearing,
    book: Arc<Book>,
    tape: Box<dyn Tape>,
    cast: Cast,
    shelf: Shelf,
    dictation: Dictation,
    watched: Watched,
    pen: Pen,
    programs: Programs,
}

impl Work {
    pub fn new(
        desk: Desk,
        speech: Box<dyn Speech>,
        ear: Box<dyn Ear>,
        book: Book,
        tape: Box<dyn Tape>,
        cast: Cast,
    ) -> Result<Self, Error> {
        let shelf = Shelf::new(book.home().clone(), desk.clone());
        let book = Arc::new(book);
        let pen = Pen::default();
        let hearing = Hearing::start(desk.clone(), book.clone(), ear, pen.clone())?;
        let dictation = Dictation::new(book.home(), desk.clone(), hearing.clone());
        let watched = Watched::start(book.home().clone(), desk.clone(), hearing.clone())?;
        Ok(Self {
            dictation,
            watched,
            pen,
            programs: Programs::new(book.home().clone(), desk.clone()),
            desk,
            speech,
            hearing,
            book,
            tape,
            cast,
            shelf,
        })
    }

    /// The transcripts.
    pub fn book(&self) -> &Book {
        &self.book
    }

    /// The models.
    pub fn shelf(&self) -> &Shelf {
        &self.shelf
    }

    /// The folders that are looked at.
    pub fn watched(&self) -> &Watched {
        &self.watched
    }

    /// What dictated words are pasted with.
    pub fn pen(&self) -> &Pen {
        &self.pen
    }

    /// The programs with a voice of their own.
    pub fn programs(&self) -> &Programs {
        &self.programs
    }

    /// The voices.
    pub fn cast(&self) -> &Cast {
        &self.cast
    }

    /// Whether something sounds, is about to, or is paused.
    pub fn speaking(&self) -> bool {
        self.speech.busy()
    }

    /// Speaks a text instead of what is being spoken.
    pub fn speak(&self, text: &str) -> Result<(), Error> {
        self.desk.change(|now| now.problem = None);
        // One voice at a time.
        self.tape.act(Transport::Stop);
        self.speech.speak(text)
    }

    /// Speaks a text of a program's in the voice that reads there, instead of what is being spoken.
    pub fn speak_from(&self, program: Option<&Program>, text: &str) -> Result<(), Error> {
        let voice = program.map(|one| self.programs.voice(one)).transpose()?;
        match voice.flatten() {
            Some(voice) => {
                self.desk.change(|now| now.problem = None);
                self.try_voice(&voice, text)
            }
            None => self.speak(text),
        }
    }

    /// Speaks a text in any voice, instead of what is being spoken.
    pub fn try_voice(&self, id: &str, text: &str) -> Result<(), Error> {
        self.tape.act(Transport::Stop);
        self.speech.try_voice(id, text)
    }

    /// Speaks a program's text after what is being spoken, in the same voice.
    pub fn queue_from(&self, program: Option<&Program>, text: &str) -> Result<(), Error> {
        match self.speaking() {
            true => self.speech.queue(text),
            false => self.speak_from(program, text),
        }
    }

    pub fn stop(&self) -> Result<(), Error> {
        self.speech.act(Transport::Stop)
    }

    pub fn transport(&self, action: Transport) -> Result<(), Error> {
        self.speech.act(action)
    }

    pub fn go_to(&self, sentence: usize) -> Result<(), Error> {
        self.speech.go_to(sentence)
    }

    pub fn set_voice(&self, id: &str) -> Result<(), Error> {
        self.speech.set_voice(id)?;
        self.remember(|speech| speech.voice = Some(id.to_owned()))
    }

    pub fn set_speed(&self, speed: f64) -> Result<(), Error> {
        self.speech.set_speed(speed)?;
        self.remember(|speech| speech.speed = Some(speed))
    }

    /// The popover stays when another window takes the focus, or does not.
    pub fn pin(&self, pinned: bool) -> Result<(), Error> {
        self.desk.change(|now| now.pinned = pinned);
        let mut file = SettingsFile::read(&self.book.home().settings())?;
        Ok(file.update(|settings| settings.popover.pinned = pinned)?)
    }

    /// 0 to 1, which is as loud as the voice was made.
    pub fn set_volume(&self, volume: f64) -> Result<(), Error> {
        self.speech.set_volume(volume)?;
        self.remember(|speech| speech.volume = Some(volume))
    }

    /// Voice, speed, volume and pin as they were chosen last, and what was left to write down. A voice that is not there any
    /// more leaves the first one chosen.
    pub fn restore(&self) -> Result<(), Error> {
        self.dictation.find()?;
        let file = SettingsFile::read(&self.book.home().settings())?;
        let pinned = file.settings().popover.pinned;
        self.desk.change(|now| now.pinned = pinned);
        let settings::Speech {
            voice,
            speed,
            volume,
        } = &file.settings().speech;
        if let Some(volume) = volume {
            self.speech.set_volume(*volume)?;
        }
        if let Some(speed) = speed {
            self.speech.set_speed(*speed)?;
        }
        match voice {
            Some(id) if self.cast.voice(id).is_ok() => self.speech.set_voice(id),
            _ => Ok(()),
        }
    }

    /// What is set, as the file says it now.
    pub fn settings(&self) -> Result<Settings, Error> {
        let file = SettingsFile::read(&self.book.home().settings())?;
        Ok(file.settings().clone())
    }

    /// What is heard through and recorded from now on; the system's own without a name.
    pub fn set_devices(&self, devices: settings::Devices) -> Result<(), Error> {
        let mut file = SettingsFile::read(&self.book.home().settings())?;
        let heard = file.settings().devices.speaker != devices.speaker;
        file.update(|settings| settings.devices = devices)?;
        if heard {
            self.speech.change_output();
            self.tape.change_output();
        }
        Ok(())
    }

    fn remember(&self, change: impl FnOnce(&mut settings::Speech)) -> Result<(), Error> {
        let mut file = SettingsFile::read(&self.book.home().settings())?;
        Ok(file.update(|settings| change(&mut settings.speech))?)
    }

    /// Writes files down, one after another. Folders are searched for recordings, which waits for the disk; one that holds
    /// none is told, and the others are heard all the same.
    pub fn transcribe(&self, files: &[PathBuf]) -> Result<(), Error> {
        let mut outcome = Ok(());
        for file in files {
            match found(file) {
                Ok(all) => all
                    .iter()
                    .for_each(|file| self.hearing.add(file, Origin::Given)),
                Err(e) => outcome = Err(e),
            }
        }
        outcome
    }

    /// Records the microphone to write it down; while it does, stops. The words go into the program `from` which it was asked
    /// for, where a person has set that.
    pub fn record(&self, from: Option<Program>) -> Result<(), Error> {
        if self.dictation.runs() {
            self.dictation.stop();
            return Ok(());
        }
        // What sounds would be recorded, too.
        self.tape.act(Transport::Stop);
        if self.speaking() {
            self.speech.act(Transport::Pause)?;
        }
        let pastes = self.settings()?.dictation.paste;
        self.dictation.record(from.filter(|_| pastes))
    }

    pub fn stop_recording(&self) {
        self.dictation.stop();
    }

    /// Writes down sound that was copied, a file of this kind.
    pub fn paste(&self, sound: &[u8], extension: &str) -> Result<(), Error> {
        self.dictation.paste(sound, extension)
    }

    /// Speaks what a link has asked for, or does not.
    pub fn answer(&self, id: u32, yes: bool) -> Result<(), Error> {
        let text = self.desk.answered(id).ok_or(Error::Gone)?;
        if yes { self.speak(&text) } else { Ok(()) }
    }

    /// Tries an unfinished file again.
    pub fn retry(&self, id: u32) -> Result<(), Error> {
        self.hearing.retry(id)
    }

    /// Puts an unfinished file away.
    pub fn forget(&self, id: u32) {
        self.hearing.forget(id);
    }

    /// Plays a transcript's recording from one of its segments on.
    pub fn play(&self, id: i64, segment: usize) -> Result<(), Error> {
        let transcript = self.book.transcript(id)?;
        let file = self.book.sound(id)?;
        if self.speaking() {
            self.speech.act(Transport::Pause)?;
        }
        self.tape.play(id, file, &transcript, segment)
    }

    /// Plays one of the recordings that a voice is made of.
    pub fn play_recording(&self, voice: &str, recording: usize) -> Result<(), Error> {
        let found = self.cast.voice(voice)?;
        let references = found.references();
        let segments = &found.profile.segments;
        let (Some(reference), Some(segment)) = (references.get(recording), segments.get(recording))
        else {
            return Err(Error::Gone);
        };
        let file = reference.audio.clone();
        if !file.is_file() {
            return Err(Error::NoSound);
        }
        if self.speaking() {
            self.speech.act(Transport::Pause)?;
        }
        self.tape.sample(voice, recording, file, segment.seconds)
    }

    pub fn tape(&self, action: Transport) {
        self.tape.act(action);
    }

    pub fn cancel(&self, id: u32) {
        self.hearing.cancel(id);
    }

    /// Speaks a recent text again.
    pub fn replay(&self, id: u32) -> Result<(), Error> {
        self.speak(&self.desk.recent_text(id).ok_or(Error::Gone)?)
    }
}

/// A file, or the recordings in a folder.
fn found(path: &Path) -> Result<Vec<PathBuf>, Error> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let found = hear::recordings(path)?;
    Ok(found.into_iter().map(|one| one.path).collect())
}
