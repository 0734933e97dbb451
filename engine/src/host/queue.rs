//! Jobs that wait: speech first, and otherwise in the order they came.

use super::work::{Answer, Event, Priority, Work};
use crate::Result;
use std::collections::VecDeque;
use tokio::sync::{mpsc, oneshot};

/// A job on the parent's side.
pub struct Ticket {
    pub id: u64,
    pub work: Work,
    pub events: mpsc::UnboundedSender<Event>,
    pub done: oneshot::Sender<Result<Answer>>,
    /// What the one who waits has got already.
    given: Place,
    /// How far this engine is.
    seen: Place,
}

#[derive(Debug, Clone, Copy, Default)]
struct Place {
    started: bool,
    frames: usize,
    samples: usize,
}

impl Ticket {
    pub fn new(
        id: u64,
        work: Work,
        events: mpsc::UnboundedSender<Event>,
        done: oneshot::Sender<Result<Answer>>,
    ) -> Self {
        Self {
            id,
            work,
            events,
            done,
            given: Place::default(),
            seen: Place::default(),
        }
    }

    /// Another engine begins it again.
    pub fn begin_again(&mut self) {
        self.seen = Place::default();
    }

    /// Passes on what was not passed on before: an utterance that is spoken again has the same samples. False when
    /// nobody waits any more.
    pub fn pass(&mut self, event: Event) -> bool {
        let fresh = match event {
            Event::Started { .. } => {
                (!std::mem::replace(&mut self.given.started, true)).then_some(event)
            }
            Event::Frames(frames) => {
                let fresh = frames > self.given.frames;
                self.given.frames = self.given.frames.max(frames);
                fresh.then_some(event)
            }
            Event::Sound { mut samples } => {
                let known = self.given.samples.saturating_sub(self.seen.samples);
                self.seen.samples += samples.len();
                self.given.samples = self.given.samples.max(self.seen.samples);
                samples.drain(..known.min(samples.len()));
                (!samples.is_empty()).then_some(Event::Sound { samples })
            }
            other => Some(other),
        };
        match fresh {
            Some(event) => self.events.send(event).is_ok(),
            None => !self.events.is_closed(),
        }
    }

    pub fn finish(self, outcome: Result<Answer>) {
        // Whoever asked may have gone.
        _ = self.done.send(outcome);
    }
}

#[derive(Default)]
pub struct Queue {
    speech: VecDeque<Ticket>,
    transcription: VecDeque<Ticket>,
}

impl Queue {
    fn of(&mut self, work: &Work) -> &mut VecDeque<Ticket> {
        match work.priority() {
            Priority::Speech => &mut self.speech,
            Priority::Transcription => &mut self.transcription,
        }
    }

    pub fn push(&mut self, ticket: Ticket) {
        self.of(&ticket.work).push_back(ticket);
    }

    /// Before all others of its kind.
    pub fn push_first(&mut self, ticket: Ticket) {
        self.of(&ticket.work).push_front(ticket);
    }

    pub fn pop(&mut self) -> Option<Ticket> {
        self.speech
            .pop_front()
            .or_else(|| self.transcription.pop_front())
    }

    pub fn take(&mut self, id: u64) -> Option<Ticket> {
        [&mut self.speech, &mut self.transcription]
            .into_iter()
            .find_map(|queue| {
                let at = queue.iter().position(|t| t.id == id)?;
                queue.remove(at)
            })
    }

    pub fn is_empty(&self) -> bool {
        self.speech.is_empty() && self.transcription.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{EarModel, VoiceModel};

    fn ticket(id: u64, speech: bool) -> (Ticket, mpsc::UnboundedReceiver<Event>) {
        let dir = std::path::PathBuf::new();
        let work = if speech {
            Work::LoadVoice {
                model: VoiceModel {
                    dir,
                    codec: None,
                    partial: false,
                },
            }
        } else {
            Work::LoadEar {
                model: EarModel {
                    dir,
                    words: true,
                    max_cache_len: 1,
                    partial: false,
                },
            }
        };
        let (events, told) = mpsc::unbounded_channel();
        (Ticket::new(id, work, events, oneshot::channel().0), told)
    }

    #[test]
    fn speech_goes_first_and_a_lost_job_before_its_kind() {
        let mut queue = Queue::default();
        for (id, speech) in [(1, false), (2, true), (3, false), (4, true)] {
            queue.push(ticket(id, speech).0);
        }
        queue.push_first(ticket(5, false).0);
        assert!(queue.take(3).is_some() && queue.take(3).is_none());
        let order: Vec<u64> = std::iter::from_fn(|| queue.pop().map(|t| t.id)).collect();
        assert_eq!(order, [2, 4, 5, 1]);
        assert!(queue.is_empty());
    }

    #[test]
    fn what_was_given_is_not_given_again() {
        let (mut ticket, mut told) = ticket(1, true);
        let sound = |from: usize, to: usize| Event::Sound {
            samples: (from..to).map(|i| i as f32).collect(),
        };
        let started = Event::Started {
            prompt_rows: 1,
            max_frames: 9,
        };
        for event in [
            started.clone(),
            Event::Frames(1),
            sound(0, 10),
            sound(10, 13),
        ] {
            assert!(ticket.pass(event));
        }
        ticket.begin_again();
        for event in [
            started,
            Event::Frames(1),
            sound(0, 5),
            sound(5, 15),
            Event::Frames(2),
            sound(15, 16),
        ] {
            assert!(ticket.pass(event));
        }
        let mut samples = Vec::new();
        let mut others = Vec::new();
        while let Ok(event) = told.try_recv() {
            match event {
                Event::Sound { samples: more } => samples.extend(more),
                other => others.push(other),
            }
        }
        assert_eq!(samples, (0..16).map(|i| i as f32).collect::<Vec<_>>());
        assert_eq!(others[1..], [Event::Frames(1), Event::Frames(2)]);
        drop(told);
        assert!(!ticket.pass(sound(16, 17)), "nobody waits");
    }
}
