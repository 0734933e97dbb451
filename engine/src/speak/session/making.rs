//! Making takes: again with the next seed where one went wrong, ahead of the listener or straight
//! through.

use super::judge::judge;
use super::shelf::{Order, Shelf};
use super::{Ending, Flaw, Maker, Piece};
use crate::sound::RATE;
use crate::{Error, Result};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// How often a take that went wrong is made again.
const RETRIES: u64 = 2;

/// What [`render`] gives out, in order.
#[derive(Debug)]
pub enum Rendered<'a> {
    /// This piece comes next.
    Piece(usize),
    Flawed(usize, Flaw),
    /// Its samples, with the pause after it.
    Sound(&'a [f32]),
}

/// Says all pieces, one after another, without a listener. With `cancel` set it stops within moments and gives out what
/// is there. Memory follows one piece.
pub fn render(
    maker: &mut dyn Maker,
    pieces: &[Piece],
    cancel: &AtomicBool,
    give: &mut dyn FnMut(Rendered) -> Result<()>,
) -> Result<()> {
    for (index, piece) in pieces.iter().enumerate() {
        if cancel.load(Ordering::Relaxed) {
            break;
        }
        give(Rendered::Piece(index))?;
        let mut samples = Vec::new();
        let mut attempt = 0;
        let flaw = loop {
            samples.clear();
            let ending = maker.make(piece, attempt, cancel, &mut |new| samples.extend(new))?;
            let flaw = judge(piece, &samples, ending);
            if flaw.is_none() || attempt == RETRIES {
                break flaw;
            }
            attempt += 1;
        };
        if let Some(flaw) = flaw {
            give(Rendered::Flawed(index, flaw))?;
        }
        samples.resize(samples.len() + pause(piece), 0.0);
        give(Rendered::Sound(&samples))?;
    }
    Ok(())
}

/// The maker's thread: what the shelf wants, until nobody listens any more.
pub fn run(shelf: &Shelf, mut maker: Box<dyn Maker>) {
    while let Some(order) = shelf.next() {
        let mut attempt = 0;
        while !make(shelf, maker.as_mut(), &order, attempt) {
            attempt += 1;
        }
        shelf.change(|inner| inner.made(&order));
    }
}

/// One attempt; false if another one is due.
fn make(shelf: &Shelf, maker: &mut dyn Maker, order: &Order, attempt: u64) -> bool {
    let begin = Instant::now();
    let outcome = maker.make(&order.piece, attempt, &order.cancel, &mut |samples| {
        shelf.change(|inner| {
            if let Some(take) = inner.ordered(order) {
                take.samples.extend(samples);
            }
            // The first piece has to be measured while it is made: playing waits for it.
            let made = inner.ordered(order).map_or(0, |take| take.samples.len());
            inner.measured(begin.elapsed().as_secs_f64(), made as f64 / f64::from(RATE));
        });
    });
    shelf.change(|inner| finish(inner.ordered(order), order, outcome, attempt))
}

fn finish(
    take: Option<&mut super::shelf::Take>,
    order: &Order,
    outcome: Result<Ending, Error>,
    attempt: u64,
) -> bool {
    let Some(take) = take else {
        return true;
    };
    match outcome {
        Err(e) => take.error = Some(e),
        Ok(ending) => {
            take.flaw = judge(&order.piece, &take.samples, ending);
            if take.flaw.is_some() && !take.sounding && attempt < RETRIES {
                take.samples.clear();
                take.flaw = None;
                return false;
            }
            let length = take.samples.len() + pause(&order.piece);
            take.samples.resize(length, 0.0);
        }
    }
    take.done = true;
    true
}

/// Samples of silence after a piece.
fn pause(piece: &Piece) -> usize {
    (piece.pause.clamp(0.0, 5.0) * f64::from(RATE)) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speak::session::test::{Singer, piece};

    fn rendered(singer: &mut Singer, pieces: &[Piece]) -> (Vec<String>, usize) {
        let (mut told, mut samples) = (Vec::new(), 0);
        render(singer, pieces, &AtomicBool::new(false), &mut |one| {
            match one {
                Rendered::Sound(sound) => samples += sound.len(),
                other => told.push(format!("{other:?}")),
            }
            Ok(())
        })
        .unwrap();
        (told, samples)
    }

    #[test]
    fn a_flawed_take_is_made_again_and_kept_after_the_last_try() {
        let mut singer = Singer::default();
        let pieces = [
            piece("fine", 1.0),
            piece("endless 1", 1.0),
            piece("endless 9", 1.0),
        ];
        let (told, _) = rendered(&mut singer, &pieces);
        assert_eq!(
            told,
            ["Piece(0)", "Piece(1)", "Piece(2)", "Flawed(2, Endless)"]
        );
        assert_eq!(singer.attempts, [0, 0, 1, 0, 1, 2]);
    }

    #[test]
    fn pauses_follow_their_pieces() {
        let mut singer = Singer::default();
        let mut short = piece("fine", 1.0);
        short.pause = 0.5;
        let (_, samples) = rendered(&mut singer, &[short.clone(), short]);
        assert_eq!(samples, 3 * RATE as usize);
    }
}
