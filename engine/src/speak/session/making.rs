//! Making takes ahead of a listener: each follows on from the one before, and is made again with the next seed where it went
//! wrong and is not heard yet.

use super::judge::judge;
use super::render::RETRIES;
use super::shelf::{Line, Order, Shelf, Take};
use super::{Made, Maker, Piece};
use crate::Result;
use crate::sound::RATE;
use crate::speak::Prior;
use std::time::Instant;

/// The maker's thread: what the shelf wants, until nobody listens any more.
pub fn run(shelf: &Shelf, mut maker: Box<dyn Maker>) {
    let mut last: Option<Last> = None;
    while let Some(order) = shelf.next() {
        let prior = last.take().and_then(|last| last.before(&order));
        let mut attempt = 0;
        let said = loop {
            match make(shelf, maker.as_mut(), &order, prior.as_ref(), attempt) {
                Outcome::Over(said) => break said,
                Outcome::Again => attempt += 1,
            }
        };
        last = said.map(|prior| Last {
            line: order.line,
            number: order.piece.number,
            prior,
        });
        shelf.change(|inner| inner.made(&order));
    }
}

/// What was said last.
struct Last {
    line: Line,
    number: usize,
    prior: Prior,
}

impl Last {
    /// If this comes right before it in the same text, in the same reading, in the same voice.
    fn before(self, order: &Order) -> Option<Prior> {
        let follows = order.line == self.line && order.piece.number == self.number + 1;
        follows.then_some(self.prior)
    }
}

enum Outcome {
    /// With what may be followed on from.
    Over(Option<Prior>),
    Again,
}

/// One attempt.
fn make(
    shelf: &Shelf,
    maker: &mut dyn Maker,
    order: &Order,
    prior: Option<&Prior>,
    attempt: u64,
) -> Outcome {
    let begin = Instant::now();
    let mut on_sound = |samples: &[f32]| {
        shelf.change(|inner| {
            if let Some(take) = inner.ordered(order) {
                take.samples.extend(samples);
            }
            // The first piece has to be measured while it is made: playing waits for it.
            let made = inner.ordered(order).map_or(0, |take| take.samples.len());
            inner.measured(begin.elapsed().as_secs_f64(), made as f64 / f64::from(RATE));
        });
        Ok(())
    };
    let made = maker.make(&order.piece, attempt, prior, &order.cancel, &mut on_sound);
    shelf.change(|inner| finish(inner.ordered(order), order, made, attempt))
}

fn finish(take: Option<&mut Take>, order: &Order, made: Result<Made>, attempt: u64) -> Outcome {
    let Some(take) = take else {
        return Outcome::Over(None);
    };
    let mut said = None;
    match made {
        Err(e) => take.error = Some(e),
        Ok(made) => {
            take.flaw = judge(&order.piece, &take.samples, made.ending);
            if take.flaw.is_some() && !take.sounding && attempt < RETRIES {
                take.samples.clear();
                take.flaw = None;
                return Outcome::Again;
            }
            said = made.prior.filter(|_| take.flaw.is_none());
            let length = take.samples.len() + pause(&order.piece);
            take.samples.resize(length, 0.0);
        }
    }
    take.done = true;
    Outcome::Over(said)
}

/// Samples of silence after a piece.
fn pause(piece: &Piece) -> usize {
    (piece.pause.clamp(0.0, 5.0) * f64::from(RATE)) as usize
}
