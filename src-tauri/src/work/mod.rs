//! What the app does for a person: speaks texts, writes files down. Everything that happens shows on the desk.
//!
//! - [`Work`]: the orders, from pages, menu and keys alike
//! - [`speech`]: texts on their way to sound
//! - [`hearing`]: files on their way to words
//! - [`engine`]: both through the engine's own process

mod engine;
mod hearing;
mod speech;

pub use engine::start;
pub use hearing::{Ear, Heard, Hearing};
pub use speech::Speech;

use std::path::PathBuf;

use crate::Error;
use crate::commands::Transport;
use crate::desk::Desk;

/// Every order that a person can give. None waits for its end.
pub struct Work {
    desk: Desk,
    speech: Box<dyn Speech>,
    hearing: Hearing,
}

impl Work {
    pub fn new(desk: Desk, speech: Box<dyn Speech>, hearing: Hearing) -> Self {
        Self {
            desk,
            speech,
            hearing,
        }
    }

    /// Whether something sounds, is about to, or is paused.
    pub fn speaking(&self) -> bool {
        self.speech.busy()
    }

    /// Speaks a text instead of what is being spoken.
    pub fn speak(&self, text: &str) -> Result<(), Error> {
        self.desk.change(|now| now.problem = None);
        self.speech.speak(text)
    }

    /// Speaks a text after what is being spoken.
    pub fn queue(&self, text: &str) -> Result<(), Error> {
        self.speech.queue(text)
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
        self.speech.set_voice(id)
    }

    pub fn set_speed(&self, speed: f64) -> Result<(), Error> {
        self.speech.set_speed(speed)
    }

    /// Writes files down, one after another. Folders are searched for audio.
    pub fn transcribe(&self, files: &[PathBuf]) -> Result<(), Error> {
        for file in files {
            self.hearing.add(file);
        }
        Ok(())
    }

    pub fn cancel(&self, id: u32) {
        self.hearing.cancel(id);
    }

    /// Speaks a recent text again.
    pub fn replay(&self, id: u32) -> Result<(), Error> {
        self.speak(&self.desk.recent_text(id).ok_or(Error::Gone)?)
    }
}
