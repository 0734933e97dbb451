//! One file from its samples to its transcript: cut, recognise chunk by chunk, count.
//!
//! Memory follows one chunk. Cancelling takes effect within a token and keeps every finished chunk. A chunk that
//! fails costs its own words only; where none succeeds the first one's error is passed on.

use super::blind::BlindCutter;
use super::chunk::{Chunk, seconds};
use super::cut::Cutter;
use super::media::Media;
use super::recogniser::{Progress, Recogniser};
use super::request::Request;
use super::tally::{Outcome, Tally};
use super::transcript::{Segment, Transcript};
use crate::{Error, Result};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// So many failures before the first success mean that nothing would work.
const HOPELESS: usize = 5;

/// What happens while listening.
#[derive(Debug)]
pub enum Event<'a> {
    /// The file is read up to here, in seconds; its length, if its header tells.
    Read { seconds: f64, of: Option<f64> },
    /// A chunk is being heard: attempt and tokens so far.
    Tokens { attempt: usize, tokens: usize },
    /// A chunk is finished; words of it may still be found in the next.
    Segment(&'a Segment),
    /// The engine process was lost and begins the chunk anew.
    Restarted { why: &'a str },
}

/// How the chunks of a recording went.
#[derive(Default)]
struct Luck {
    heard: usize,
    failed: usize,
    first_error: Option<Error>,
    /// Why nothing more is tried: the engine itself is lost.
    hopeless: Option<String>,
}

/// Listens to a whole file. Fails if it cannot be read, is no sound, or if no chunk of it can be recognised.
pub fn listen(
    media: &mut Media,
    recogniser: &mut dyn Recogniser,
    request: &Request,
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(Event),
) -> Result<Transcript> {
    let mut cutter = AnyCutter::new(request);
    let mut tally = Tally::new(request.vad);
    let mut chunks = Vec::new();
    let mut cancelled = false;
    let mut luck = Luck::default();
    loop {
        let more = media.next()?;
        if let Some(samples) = &more {
            cutter.push(samples, &mut chunks);
            on_event(Event::Read {
                seconds: seconds(media.given()),
                of: media.expected_seconds(),
            });
        } else {
            cutter.finish(&mut chunks);
        }
        for chunk in chunks.drain(..) {
            cancelled |= cancel.load(Ordering::Relaxed);
            let outcome = if cancelled {
                Outcome::Cancelled
            } else {
                luck.try_hearing(|| hear(recogniser, &chunk, cancel, on_event))
            };
            match outcome {
                Outcome::Heard(_) => luck.heard += 1,
                Outcome::Failed(_) => luck.failed += 1,
                Outcome::Cancelled => cancelled = true,
            }
            if luck.heard == 0
                && luck.failed >= HOPELESS
                && let Some(e) = luck.first_error.take()
            {
                return Err(e);
            }
            let known = tally.segments.len();
            tally.add(&chunk, outcome);
            if let Some(segment) = tally.segments.get(known) {
                on_event(Event::Segment(segment));
            }
        }
        cancelled |= cancel.load(Ordering::Relaxed);
        if more.is_none() || cancelled {
            break;
        }
    }
    if luck.heard == 0
        && !cancelled
        && let Some(e) = luck.first_error
    {
        return Err(e);
    }
    let file = media.name().display().to_string();
    if luck.hopeless.is_none() {
        recogniser.finish(&file)?;
    }
    Ok(Transcript {
        file,
        text: tally.text(),
        coverage: tally.coverage(),
        segments: tally.segments,
        model: recogniser.model(),
        seconds: seconds(media.given()),
        complaints: if cancelled {
            Vec::new()
        } else {
            media.complaints()
        },
        failures: tally.failures,
        cancelled,
    })
}

impl Luck {
    /// A lost engine was begun anew once already: the chunks after it fail for the same reason, at once.
    fn try_hearing(&mut self, hear: impl FnOnce() -> Result<Outcome>) -> Outcome {
        if let Some(why) = &self.hopeless {
            return Outcome::Failed(why.clone());
        }
        hear().unwrap_or_else(|e| {
            let why = e.to_string();
            if e.is_engine() {
                self.hopeless = Some(why.clone());
            }
            self.first_error.get_or_insert(e);
            Outcome::Failed(why)
        })
    }
}

fn hear(
    recogniser: &mut dyn Recogniser,
    chunk: &Chunk,
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(Event),
) -> Result<Outcome> {
    let heard = recogniser.recognise(&chunk.samples, &mut |progress| {
        on_event(match progress {
            Progress::Tokens { attempt, tokens } => Event::Tokens { attempt, tokens },
            Progress::Restarted { why } => Event::Restarted { why },
        });
        if cancel.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    });
    match heard {
        Ok(words) => Ok(Outcome::Heard(words)),
        Err(e) if e.is_cancelled() => Ok(Outcome::Cancelled),
        Err(e) => Err(e),
    }
}

enum AnyCutter {
    Pauses(Box<Cutter>),
    Blind(BlindCutter),
    Done,
}

impl AnyCutter {
    fn new(request: &Request) -> Self {
        if request.vad {
            AnyCutter::Pauses(Box::new(Cutter::new(request.limit())))
        } else {
            AnyCutter::Blind(BlindCutter::new(request.limit()))
        }
    }

    fn push(&mut self, samples: &[f32], out: &mut Vec<Chunk>) {
        match self {
            AnyCutter::Pauses(cutter) => cutter.push(samples, out),
            AnyCutter::Blind(cutter) => cutter.push(samples, out),
            AnyCutter::Done => {}
        }
    }

    fn finish(&mut self, out: &mut Vec<Chunk>) {
        match std::mem::replace(self, AnyCutter::Done) {
            AnyCutter::Pauses(cutter) => cutter.finish(out),
            AnyCutter::Blind(cutter) => cutter.finish(out),
            AnyCutter::Done => {}
        }
    }
}

#[cfg(test)]
mod tests;
