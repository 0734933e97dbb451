//! What is heard, and when: hands takes to the output a little ahead of being heard, and keeps the place.
//!
//! One step looks at everything once and never waits, so that every rule is tested without a device or a clock.

mod device;

use super::shelf::Shelf;
use super::tempo::Tempo;
use super::{Event, Output, Piece, State};
use crate::sound::{Pacing, RATE};
use crate::{Error, Result};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Seconds handed to the output ahead of being heard: as little as a busy machine allows, since a change of speed is
/// heard only behind it.
const LEAD: f64 = 0.25;
/// Samples handed over at once.
const CHUNK: usize = 1200;
/// Further into a piece than this, "back" means its beginning.
const BACK: f64 = 2.0;

/// Opens whatever is heard.
pub type Open = Box<dyn FnMut() -> Result<Box<dyn Output>> + Send>;
/// Is told what happens.
pub type Tell = Box<dyn FnMut(Event) + Send>;

pub struct Player {
    shelf: Arc<Shelf>,
    open: Open,
    output: Option<Box<dyn Output>>,
    /// Steps since the device went away, while none has taken its place.
    lost: Option<u32>,
    tell: Tell,
    state: State,
    /// The next sample to hand over: its piece, and where in it.
    next: (usize, usize),
    /// Pieces before this one were said; what a lost device takes back is not said twice.
    said: usize,
    /// Seconds handed over so far, as they sound.
    pushed: f64,
    /// Where pieces begin, in the same seconds.
    marks: VecDeque<(f64, usize)>,
    /// The piece that is heard, and when it began.
    heard: Option<(usize, f64)>,
    tempo: Tempo,
    volume: f32,
    /// Everything was handed over.
    over: bool,
}

impl Player {
    pub fn new(shelf: Arc<Shelf>, open: Open, tell: Tell) -> Self {
        Self {
            shelf,
            open,
            output: None,
            lost: None,
            tell,
            state: State::Idle,
            next: (0, 0),
            said: 0,
            pushed: 0.0,
            marks: VecDeque::new(),
            heard: None,
            tempo: Tempo::new(1.0),
            volume: 1.0,
            over: false,
        }
    }

    pub fn state(&self) -> State {
        self.state
    }

    /// Reads these instead of what is being read.
    pub fn play(&mut self, pieces: Vec<Piece>) {
        self.silence();
        self.shelf.change(|inner| inner.begin(pieces));
        self.start_at(0);
        self.enter(State::Preparing);
    }

    /// Reads these after what is being read.
    pub fn queue(&mut self, mut pieces: Vec<Piece>) {
        if self.state == State::Idle {
            return self.play(pieces);
        }
        self.over = false;
        self.shelf.change(|inner| inner.pieces.append(&mut pieces));
    }

    pub fn pause(&mut self) {
        if matches!(self.state, State::Speaking | State::Preparing) {
            if let Some(output) = &mut self.output {
                output.hold(true);
            }
            self.enter(State::Paused);
        }
    }

    /// Goes on; after the end, from the beginning; after a failure, with another try.
    pub fn resume(&mut self) {
        match self.state {
            State::Paused => {
                self.shelf.change(|inner| {
                    inner.forgive();
                    inner.set_active(true);
                });
                self.enter(State::Preparing);
            }
            State::Idle if !self.shelf.lock().pieces.is_empty() => {
                self.shelf.change(|inner| inner.set_active(true));
                self.start_at(0);
                self.enter(State::Preparing);
            }
            _ => {}
        }
    }

    /// Ends the reading; it can be read again.
    pub fn stop(&mut self) {
        if self.state == State::Idle {
            return;
        }
        self.silence();
        let (index, offset) = self.next;
        let said = match self.shelf.lock().take(index) {
            Some(take) => take.samples[..offset.min(take.samples.len())].to_vec(),
            None => Vec::new(),
        };
        if !said.is_empty() {
            (self.tell)(Event::Said(index, said));
        }
        self.shelf.change(|inner| inner.set_active(false));
        self.enter(State::Idle);
    }

    pub fn next(&mut self) {
        self.go_to(self.place() + 1);
    }

    /// To the piece before; from further inside, to the beginning of this one.
    pub fn previous(&mut self) {
        let inside = self
            .heard
            .map_or(0.0, |(_, began)| self.heard_seconds() - began);
        let place = self.place();
        self.go_to(if inside > BACK {
            place
        } else {
            place.saturating_sub(1)
        });
    }

    pub fn repeat(&mut self) {
        self.go_to(self.place());
    }

    /// Beyond the end it does nothing.
    pub fn go_to(&mut self, piece: usize) {
        if piece >= self.shelf.lock().pieces.len() {
            return;
        }
        self.silence();
        self.shelf.change(|inner| {
            inner.forgive();
            inner.set_active(true);
        });
        self.start_at(piece);
        if self.state != State::Paused {
            self.enter(State::Preparing);
        }
    }

    /// Takes that are not heard yet are made anew.
    pub fn remake(&mut self) {
        self.shelf.change(|inner| inner.remake());
    }

    /// Takes effect within what is already handed over.
    pub fn set_speed(&mut self, speed: f64) {
        let rest = self.tempo.finish();
        self.tempo = Tempo::new(speed);
        if let Err(e) = self.push(&rest) {
            self.fail(e);
        }
    }

    /// 0 to 1.
    pub fn set_volume(&mut self, volume: f32) {
        if volume.is_finite() {
            self.volume = volume.clamp(0.0, 1.0);
        }
    }

    /// Does what is due.
    pub fn step(&mut self) {
        let outcome = match self.state {
            State::Preparing => self.prepare(),
            State::Speaking => self.speak(),
            State::Idle | State::Paused => Ok(()),
        };
        if let Err(e) = outcome {
            self.fail(e);
        }
    }

    /// Begins as soon as it will not run dry.
    fn prepare(&mut self) -> Result<()> {
        self.note_marks();
        if self.output.as_ref().is_none_or(|o| o.unheard() == 0.0) {
            let (index, offset) = self.next;
            let inner = &mut *self.shelf.lock();
            let (ready, all) = inner.ready(index, offset);
            if !all {
                let failed = inner.take(index).and_then(|take| take.error.take());
                if ready == 0.0
                    && let Some(e) = failed
                {
                    return Err(e);
                }
                let speed = self.tempo.speed();
                let pacing = Pacing::expecting((ready + inner.to_come(index)) / speed);
                let work = inner.factor().unwrap_or(f64::INFINITY) * ready;
                let work = Duration::try_from_secs_f64(work).unwrap_or(Duration::MAX);
                if !pacing.ready(ready / speed, work) && !inner.is_full() {
                    return Ok(());
                }
            }
        }
        let output = match &mut self.output {
            Some(output) => output,
            none => none.insert((self.open)()?),
        };
        output.hold(false);
        self.lost = None;
        self.enter(State::Speaking);
        self.speak()
    }

    fn speak(&mut self) -> Result<()> {
        if self.output.as_mut().is_some_and(|o| o.check().is_err()) {
            self.lose();
        }
        if self.lost.is_some() && !self.reopen()? {
            return Ok(());
        }
        let starved = self.fill()?;
        self.note_marks();
        let unheard = self.output.as_ref().map_or(0.0, |o| o.unheard());
        if self.over && unheard == 0.0 {
            let dry = self.output.as_ref().map_or(0.0, |o| o.ran_dry());
            self.silence();
            self.shelf.change(|inner| inner.set_active(false));
            self.enter(State::Idle);
            (self.tell)(Event::Finished { dry });
        } else if starved && unheard == 0.0 {
            self.enter(State::Preparing);
        }
        Ok(())
    }

    /// Hands over what is there, up to the lead. Says whether more is wanted than there is.
    fn fill(&mut self) -> Result<bool> {
        while !self.over && self.output.as_ref().is_some_and(|o| o.unheard() < LEAD) {
            let (index, offset) = self.next;
            let mut inner = self.shelf.lock();
            let last = index + 1 == inner.pieces.len();
            let Some(take) = inner.take(index) else {
                return Ok(true);
            };
            let end = (offset + CHUNK).min(take.samples.len());
            let chunk = take.samples[offset.min(end)..end].to_vec();
            if chunk.is_empty() {
                if let Some(e) = take.error.take() {
                    return Err(e);
                }
                if !take.done {
                    return Ok(true);
                }
                let samples = take.samples.clone();
                drop(inner);
                if index >= self.said {
                    self.said = index + 1;
                    (self.tell)(Event::Said(index, samples));
                }
                if last {
                    let rest = self.tempo.finish();
                    self.push(&rest)?;
                    self.over = true;
                    if let Some(output) = &mut self.output {
                        output.end()?;
                    }
                } else {
                    self.next = (index + 1, 0);
                }
                continue;
            }
            take.sounding = true;
            let flaw = take.flaw.filter(|_| offset == 0);
            drop(inner);
            if offset == 0 {
                self.marks.push_back((self.pushed, index));
            }
            if let Some(flaw) = flaw {
                (self.tell)(Event::Flawed(index, flaw));
            }
            self.next = (index, end);
            let sound = self.tempo.push(&chunk);
            self.push(&sound)?;
            if let Some(output) = &mut self.output {
                output.expect(true);
            }
        }
        Ok(false)
    }

    fn push(&mut self, samples: &[f32]) -> Result<()> {
        let Some(output) = self.output.as_mut().filter(|_| !samples.is_empty()) else {
            return Ok(());
        };
        self.pushed += samples.len() as f64 / f64::from(RATE);
        if self.volume == 1.0 {
            return output.push(samples);
        }
        let quieter: Vec<f32> = samples.iter().map(|s| s * self.volume).collect();
        output.push(&quieter)
    }

    /// Names the pieces that are heard by now.
    fn note_marks(&mut self) {
        let heard = self.heard_seconds();
        while let Some(&(began, index)) = self.marks.front()
            && began <= heard + 1e-6
        {
            self.marks.pop_front();
            self.name(index, began);
        }
    }

    fn name(&mut self, index: usize, began: f64) {
        let news = self.heard.is_none_or(|(piece, _)| piece != index);
        self.heard = Some((index, began));
        self.shelf.change(|inner| inner.go(index));
        if news {
            (self.tell)(Event::Piece(index));
        }
    }

    fn heard_seconds(&self) -> f64 {
        self.pushed - self.output.as_ref().map_or(0.0, |o| o.unheard())
    }

    fn place(&self) -> usize {
        self.heard.map_or(self.next.0, |(piece, _)| piece)
    }

    /// Pauses where it went wrong, and says why.
    fn fail(&mut self, error: Error) {
        let place = self.next.0;
        self.silence();
        // A device that failed is opened anew; one that works is as quick to open.
        self.output = None;
        self.start_at(place);
        self.enter(State::Paused);
        (self.tell)(Event::Failed(place, error));
    }

    fn silence(&mut self) {
        if let Some(output) = &mut self.output {
            output.clear();
            output.expect(false);
            output.hold(false);
        }
        self.tempo.forget();
        self.marks.clear();
        self.over = false;
    }

    fn start_at(&mut self, piece: usize) {
        self.next = (piece, 0);
        self.said = piece;
        self.lost = None;
        self.pushed = 0.0;
        self.name(piece, 0.0);
    }

    fn enter(&mut self, state: State) {
        if self.state != state {
            self.state = state;
            (self.tell)(Event::State(state));
        }
    }
}

#[cfg(test)]
mod tests;
