//! Listening to what was said: a recogniser hears each take, and what it wrote is laid beside what was to be said.
//!
//! No recogniser hears everything right, and a weak one not even most: so a take is doubted not for its errors alone but
//! for having clearly more than the text's other sentences had by the same ear. What is compared are letters, since an ear that
//! spells badly still hears the sounds. Fails with the recogniser's errors.

use super::Piece;
use crate::Result;
use crate::hear::{self, Recogniser};
use crate::sound;
use crate::speak::align::align;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};

/// A take with fewer errors than this is never doubted, however good the others are.
const FLOOR: f64 = 0.35;
/// So many more errors than usual make a take doubtful.
const MARGIN: f64 = 0.2;
/// Sentences after which it is known what is usual.
const KNOWN: usize = 3;
/// The longest that is heard at once, in seconds.
const CHUNK: usize = 25;

/// What was heard of a take.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub text: String,
    /// Of all letters that were said: [`crate::speak::align::Alignment`].
    pub letter_errors: f64,
    pub word_errors: f64,
    pub missed: Vec<String>,
}

/// A recogniser that listens to a text, sentence by sentence.
pub struct Check<'a> {
    ear: &'a mut dyn Recogniser,
    /// Letter errors of the sentences so far, in order.
    errors: Vec<f64>,
}

/// What listening to a text found: a part of `speak --json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Checked {
    /// The recogniser.
    pub ear: String,
    /// Sentences that were listened to.
    pub sentences: usize,
    /// Shares of letters and of words that were heard otherwise than they were said: the median of all sentences.
    pub usual_letter_errors: f64,
    pub usual_word_errors: f64,
    /// Sentences that were said more than once.
    pub retried: usize,
    /// Those that have clearly more errors than usual even so.
    pub doubtful: Vec<Doubt>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Doubt {
    /// Counted from 1.
    pub sentence: usize,
    pub text: String,
    pub heard: String,
    pub letter_errors: f64,
    /// Words of which less than half was heard.
    pub missed: Vec<String>,
}

impl<'a> Check<'a> {
    pub fn new(ear: &'a mut dyn Recogniser) -> Self {
        Self {
            ear,
            errors: Vec::new(),
        }
    }

    /// Listens to a take, mono at [`sound::RATE`]. Fails with the kind `cancelled` when told to stop.
    pub(super) fn hear(
        &mut self,
        piece: &Piece,
        samples: &[f32],
        cancel: &AtomicBool,
    ) -> Result<Heard> {
        let samples = sound::resample(samples, sound::RATE, hear::RATE)?;
        let mut text = String::new();
        for chunk in samples.chunks(CHUNK * hear::RATE as usize) {
            let words = self.ear.recognise(chunk, &mut |_| {
                if cancel.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            })?;
            text.push(' ');
            text.push_str(&words.text);
        }
        let text = text.trim().to_owned();
        let found = align(&piece.text, &text);
        Ok(Heard {
            text,
            letter_errors: found.letter_errors,
            word_errors: found.word_errors,
            missed: found.missed,
        })
    }

    /// Whether a take has clearly more errors than the sentences before it.
    pub(super) fn doubts(&self, heard: &Heard) -> bool {
        heard.letter_errors > limit(&self.errors)
    }

    /// This is what is given out: later takes are measured by it, too.
    pub(super) fn keep(&mut self, heard: &Heard) {
        let at = self.errors.partition_point(|e| *e < heard.letter_errors);
        self.errors.insert(at, heard.letter_errors);
    }
}

/// The most errors that raise no doubt, beside these of others in order.
fn limit(others: &[f64]) -> f64 {
    let usual = match others.len() {
        0..KNOWN => FLOOR,
        _ => median(others),
    };
    FLOOR.max(usual + MARGIN)
}

fn median(ordered: &[f64]) -> f64 {
    ordered.get(ordered.len() / 2).copied().unwrap_or(0.0)
}

impl Checked {
    /// From everything that was kept: each sentence's number from 1, its words, what was heard, and how often it was said.
    pub fn of<'h>(ear: &str, all: impl IntoIterator<Item = (&'h Piece, &'h Heard, u64)>) -> Self {
        let all: Vec<_> = all.into_iter().collect();
        let ordered = |of: fn(&Heard) -> f64| {
            let mut values: Vec<f64> = all.iter().map(|(_, heard, _)| of(heard)).collect();
            values.sort_by(f64::total_cmp);
            values
        };
        let letters = ordered(|heard| heard.letter_errors);
        let limit = limit(&letters);
        let doubtful = all
            .iter()
            .filter(|(_, heard, _)| heard.letter_errors > limit);
        Self {
            ear: ear.to_owned(),
            sentences: all.len(),
            usual_letter_errors: median(&letters),
            usual_word_errors: median(&ordered(|heard| heard.word_errors)),
            retried: all.iter().filter(|(_, _, tries)| *tries > 1).count(),
            doubtful: doubtful
                .map(|(piece, heard, _)| Doubt {
                    sentence: piece.number + 1,
                    text: piece.text.clone(),
                    heard: heard.text.clone(),
                    letter_errors: heard.letter_errors,
                    missed: heard.missed.clone(),
                })
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speak::session::test::piece;

    fn heard(letter_errors: f64) -> Heard {
        Heard {
            text: "x".into(),
            letter_errors,
            word_errors: 1.0,
            missed: Vec::new(),
        }
    }

    #[test]
    fn a_weak_ear_doubts_only_what_is_clearly_worse_than_usual() {
        assert_eq!(limit(&[]), FLOOR + MARGIN);
        assert_eq!(limit(&[0.0, 0.0, 0.01]), FLOOR, "a good ear still errs");
        assert!((limit(&[0.4, 0.5, 0.6, 0.9]) - 0.8).abs() < 1e-9);
    }

    #[test]
    fn what_is_found_is_measured_by_all_sentences() {
        let pieces: Vec<_> = (0..5)
            .map(|number| Piece {
                number,
                ..piece("some words", 1.0)
            })
            .collect();
        let found = [0.5, 0.4, 0.9, 0.6, 0.5].map(heard);
        let tries = [1, 1, 3, 2, 1];
        let all = pieces.iter().zip(&found).zip(tries);
        let checked = Checked::of("pocket", all.map(|((p, h), t)| (p, h, t)));
        assert_eq!((checked.sentences, checked.retried), (5, 2));
        assert_eq!(checked.usual_letter_errors, 0.5);
        let doubtful: Vec<_> = checked.doubtful.iter().map(|d| d.sentence).collect();
        assert_eq!(doubtful, [3]);
    }
}
