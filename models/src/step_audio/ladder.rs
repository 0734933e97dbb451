//! What to try next when an attempt failed: the temperature ladder, then halves, then one period of the loop.
//!
//! Pure: outcomes go in, the next step comes out. Greedy decoding comes first and nearly always suffices. An attempt
//! is not trusted if it looped, ran into a limit, mostly repeats itself or is improbable to the model itself. The
//! probabilities are those before any penalty: a word that penalties or chance forced upon the model gives itself
//! away, and so does the invented text that follows it. When nothing is trusted the first attempt is kept, with its loop cut to one period: the closest to what the model heard.
//! Whatever is not the trusted first attempt is marked uncertain.

use super::guard::{FinishReason, Limits, most_tokens_in};
use super::loops::{Loop, repetitive};
use super::options::DecodeOptions;
use super::penalties::Penalties;

/// How the next attempt is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Trial {
    /// 0 takes the best token.
    pub temperature: f32,
    pub seed: u64,
    pub penalties: Option<Penalties>,
}

/// How an attempt went.
#[derive(Debug, Clone, PartialEq)]
pub struct Attempt {
    /// Everything generated, a stop token included.
    pub ids: Vec<u32>,
    pub reason: FinishReason,
    pub found: Option<Loop>,
    /// Mean log-probability per token, natural logarithm, before temperature and penalties.
    pub mean_logprob: f32,
    /// The least probable token.
    pub worst_logprob: f32,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Next {
    Try(Trial),
    /// Cut the audio in two and begin anew with each.
    Halve,
    /// This is the answer.
    Keep {
        attempt: Attempt,
        uncertain: bool,
    },
}

/// What is known of the piece of audio.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Piece {
    pub seconds: f64,
    /// The answer follows the speech, so the duration bounds it.
    pub follows_speech: bool,
    /// It is not itself a half that came out of a loop.
    pub whole: bool,
    /// Tokens are letters.
    pub letters: bool,
    pub prompt_len: usize,
}

#[derive(Debug)]
pub struct Ladder<'a> {
    options: &'a DecodeOptions,
    piece: Piece,
    first: Option<Attempt>,
    tried: usize,
    looped: bool,
}

impl<'a> Ladder<'a> {
    pub fn new(options: &'a DecodeOptions, piece: Piece) -> Self {
        Self {
            options,
            piece,
            first: None,
            tried: 0,
            looped: false,
        }
    }

    /// The limits of every attempt.
    pub fn limits(&self) -> Limits {
        let bound = if self.piece.follows_speech {
            // Letters come twice as fast as pieces of words may.
            most_tokens_in(self.piece.seconds) * if self.piece.letters { 2 } else { 1 }
        } else {
            usize::MAX
        };
        Limits {
            tokens: bound.min(self.options.max_tokens),
            positions: self
                .options
                .max_cache_len
                .saturating_sub(self.piece.prompt_len),
            loops: Some(self.options.loops),
            speech: false,
            stops: true,
        }
    }

    /// The first attempt.
    pub fn begin(&mut self) -> Trial {
        self.trial()
    }

    fn trial(&mut self) -> Trial {
        let temperature = self
            .options
            .temperatures
            .get(self.tried)
            .copied()
            .unwrap_or(0.0);
        let trial = Trial {
            temperature,
            seed: self.options.seed.wrapping_add(self.tried as u64),
            penalties: self.looped.then_some(Penalties {
                frequency: self.options.frequency_penalty,
                no_repeat_ngram: self.options.no_repeat_ngram,
            }),
        };
        self.tried += 1;
        trial
    }

    /// Attempts made or begun.
    pub fn tried(&self) -> usize {
        self.tried
    }

    /// Takes an outcome and tells what to do.
    pub fn report(&mut self, attempt: Attempt) -> Next {
        if self.trusts(&attempt) {
            return Next::Keep {
                attempt,
                uncertain: self.tried > 1,
            };
        }
        self.looped |= attempt.reason == FinishReason::Loop;
        let full = attempt.reason == FinishReason::Cache;
        let first = self.first.get_or_insert(attempt);
        // Another temperature does not make room.
        if !full && self.tried < self.options.temperatures.len() {
            return Next::Try(self.trial());
        }
        let long_enough = self.piece.seconds >= self.options.halve_from_seconds;
        let helps = match first.reason {
            // Once: halves of halves that still loop are not a matter of length.
            FinishReason::Loop | FinishReason::Length => {
                self.piece.whole && self.piece.follows_speech
            }
            FinishReason::Cache => self.piece.follows_speech,
            FinishReason::Stop => false,
        };
        if helps && long_enough {
            return Next::Halve;
        }
        let mut attempt = first.clone();
        if let Some(found) = attempt.found {
            attempt.ids.truncate(found.once());
        }
        Next::Keep {
            attempt,
            uncertain: true,
        }
    }

    fn trusts(&self, attempt: &Attempt) -> bool {
        let forced = self.tried > 1 && attempt.worst_logprob < self.options.min_token_logprob;
        attempt.reason == FinishReason::Stop
            && (!self.piece.follows_speech
                || (!repetitive(&attempt.ids)
                    && !forced
                    && attempt.mean_logprob >= self.options.min_mean_logprob))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step_audio::ids::EOT;

    const PIECE: Piece = Piece {
        seconds: 2.5,
        follows_speech: true,
        whole: true,
        letters: false,
        prompt_len: 54,
    };

    fn stopped(ids: &[u32], mean_logprob: f32) -> Attempt {
        Attempt {
            ids: [ids, &[EOT]].concat(),
            reason: FinishReason::Stop,
            found: None,
            mean_logprob,
            worst_logprob: 2.0 * mean_logprob,
        }
    }

    fn stuck() -> Attempt {
        Attempt {
            ids: [323, 773, 389, 11].repeat(6),
            reason: FinishReason::Loop,
            found: Some(Loop {
                period: 4,
                start: 0,
            }),
            mean_logprob: -0.01,
            worst_logprob: -0.02,
        }
    }

    #[test]
    fn a_good_greedy_attempt_is_kept_and_certain() {
        let options = DecodeOptions::default();
        let mut ladder = Ladder::new(&options, PIECE);
        let first = ladder.begin();
        assert_eq!((first.temperature, first.penalties), (0.0, None));
        let empty = stopped(&[], -0.001);
        let next = ladder.report(empty.clone());
        assert_eq!(
            next,
            Next::Keep {
                attempt: empty,
                uncertain: false
            }
        );
    }

    #[test]
    fn a_loop_climbs_the_ladder_with_penalties_and_ends_as_one_period() {
        let options = DecodeOptions::default();
        let mut ladder = Ladder::new(&options, PIECE);
        ladder.begin();
        let mut seeds = vec![0];
        for expected in [0.2, 0.4, 0.6, 0.8, 1.0] {
            let Next::Try(trial) = ladder.report(stuck()) else {
                panic!("a retry is due")
            };
            assert_eq!(trial.temperature, expected);
            assert_eq!(
                trial.penalties,
                Some(Penalties {
                    frequency: 1.2,
                    no_repeat_ngram: 3
                })
            );
            seeds.push(trial.seed);
        }
        seeds.dedup();
        assert_eq!(seeds.len(), 6, "every retry has its own seed");
        let Next::Keep { attempt, uncertain } = ladder.report(stuck()) else {
            panic!("the end is due")
        };
        assert_eq!(
            (attempt.ids.as_slice(), attempt.reason, uncertain),
            (&[323, 773, 389, 11][..], FinishReason::Loop, true)
        );
    }

    #[test]
    fn a_retry_that_ends_well_is_kept_but_marked() {
        let options = DecodeOptions::default();
        let mut ladder = Ladder::new(&options, PIECE);
        ladder.begin();
        ladder.report(stuck());
        let good = stopped(&[1, 2, 3], -0.3);
        assert_eq!(
            ladder.report(good.clone()),
            Next::Keep {
                attempt: good,
                uncertain: true
            }
        );
    }

    #[test]
    fn a_derailed_retry_is_not_trusted() {
        let options = DecodeOptions {
            temperatures: vec![0.0, 0.2],
            ..Default::default()
        };
        let mut ladder = Ladder::new(&options, PIECE);
        ladder.begin();
        ladder.report(stuck());
        // One word against all probability, and all is smooth after it.
        let derailed = Attempt {
            worst_logprob: -11.0,
            ..stopped(&[9; 20], -0.6)
        };
        let Next::Keep { attempt, uncertain } = ladder.report(derailed) else {
            panic!("the end is due")
        };
        assert_eq!(
            (attempt.ids.len(), attempt.reason, uncertain),
            (4, FinishReason::Loop, true)
        );
    }

    #[test]
    fn doubt_without_a_loop_brings_no_penalties() {
        let options = DecodeOptions::default();
        let mut ladder = Ladder::new(&options, PIECE);
        ladder.begin();
        let Next::Try(trial) = ladder.report(stopped(&[1, 2, 3], -2.0)) else {
            panic!("a retry is due")
        };
        assert_eq!(trial.penalties, None);
    }

    #[test]
    fn long_chunks_are_halved_once() {
        let options = DecodeOptions {
            temperatures: vec![0.0],
            ..Default::default()
        };
        let long = Piece {
            seconds: 25.0,
            ..PIECE
        };
        let mut ladder = Ladder::new(&options, long);
        ladder.begin();
        assert_eq!(ladder.report(stuck()), Next::Halve);
        let mut half = Ladder::new(
            &options,
            Piece {
                whole: false,
                letters: false,
                ..long
            },
        );
        half.begin();
        assert!(matches!(
            half.report(stuck()),
            Next::Keep {
                uncertain: true,
                ..
            }
        ));
    }

    #[test]
    fn a_full_cache_asks_for_less_audio_at_once() {
        let options = DecodeOptions {
            max_cache_len: 400,
            ..Default::default()
        };
        let long = Piece {
            seconds: 25.0,
            prompt_len: 336,
            whole: false,
            letters: false,
            ..PIECE
        };
        let mut ladder = Ladder::new(&options, long);
        assert_eq!(ladder.limits().positions, 64);
        ladder.begin();
        let full = Attempt {
            ids: (0..64).collect(),
            reason: FinishReason::Cache,
            found: None,
            mean_logprob: -0.1,
            worst_logprob: -0.2,
        };
        assert_eq!(ladder.report(full), Next::Halve);
    }

    #[test]
    fn descriptions_are_bounded_by_the_ceiling_alone() {
        let options = DecodeOptions::default();
        let describe = Piece {
            follows_speech: false,
            ..PIECE
        };
        assert_eq!(Ladder::new(&options, describe).limits().tokens, 2048);
        assert_eq!(Ladder::new(&options, PIECE).limits().tokens, 46);
    }
}
