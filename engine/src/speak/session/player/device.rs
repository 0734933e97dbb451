//! The device that is heard through: another one takes its place, when it goes away or when a person asks for it.
//!
//! Fails with what opening one failed with, once none has come for five seconds.

use super::{Player, State};
use crate::Result;
use crate::sound::RATE;

/// Steps between two tries to open a device after one went away, and tries before it is a failure: five seconds, since a
/// headset or a sound server that comes back takes a moment.
const RETRY: u32 = 20;
const TRIES: u32 = 25;

impl Player {
    /// Another output is to be heard, from the same place on: at once where something sounds, else with the next sound.
    pub fn change_output(&mut self) {
        match self.state {
            State::Idle => self.output = None,
            _ => self.lose(),
        }
    }

    /// The device went away: the place that was heard last is where it will go on.
    pub(super) fn lose(&mut self) {
        let heard = self.heard_seconds();
        let (place, began) = self.heard.unwrap_or((self.next.0, heard));
        let offset = (heard - began) * self.tempo.speed() * f64::from(RATE);
        self.silence();
        self.output = None;
        self.lost = Some(0);
        self.next = (place, offset.max(0.0) as usize);
        self.heard = Some((place, self.pushed - (heard - began)));
    }

    /// The default device of now takes its place. False while there is none yet; an error when none comes.
    pub(super) fn reopen(&mut self) -> Result<bool> {
        let steps = self.lost.unwrap_or(0);
        self.lost = Some(steps + 1);
        if !steps.is_multiple_of(RETRY) {
            return Ok(false);
        }
        match (self.open)() {
            Ok(mut output) => {
                output.hold(false);
                self.output = Some(output);
                self.lost = None;
                Ok(true)
            }
            Err(e) if steps >= RETRY * (TRIES - 1) => Err(e),
            Err(_) => Ok(false),
        }
    }
}
