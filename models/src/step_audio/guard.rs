//! When one attempt at decoding ends, and why.
//!
//! Pure: ids go in one by one, a reason comes out. Whatever ends an attempt is reported, so text is never cut in
//! silence.

use super::ids::{STOPS, TTS_END};
use super::loops::{Loop, LoopDetector, LoopRule};

/// Why a piece of text ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum FinishReason {
    /// The model ended it.
    Stop,
    /// It repeated itself without end and was stopped.
    Loop,
    /// It reached the limit: more tokens than the duration can hold, or than was allowed.
    Length,
    /// The cache was full. Nothing was evicted.
    Cache,
}

impl FinishReason {
    /// As written in results.
    pub fn name(self) -> &'static str {
        match self {
            FinishReason::Stop => "stop",
            FinishReason::Loop => "loop",
            FinishReason::Length => "length",
            FinishReason::Cache => "cache",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Tokens allowed, the duration's bound included.
    pub tokens: usize,
    /// Positions left in the cache after the prompt.
    pub positions: usize,
    /// None lets loops run, for conversations that may want them.
    pub loops: Option<LoopRule>,
    /// `<tts_end>` ends a spoken reply; what a model may say after it is not meant to be heard.
    pub speech: bool,
    /// Whether the model may end it; not so where so many tokens are to be measured.
    pub stops: bool,
}

/// More tokens than this in so many seconds of audio is not speech: fast talkers reach 7 a second.
pub fn most_tokens_in(seconds: f64) -> usize {
    (16.0 + 12.0 * seconds.max(0.0)) as usize
}

/// Watches one attempt.
#[derive(Debug)]
pub struct Guard {
    limits: Limits,
    detector: Option<LoopDetector>,
    count: usize,
    found: Option<Loop>,
}

impl Guard {
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            detector: limits.loops.map(LoopDetector::new),
            count: 0,
            found: None,
        }
    }

    /// Takes the next id; tells whether the attempt ends with it.
    pub fn push(&mut self, id: u32) -> Option<FinishReason> {
        self.count += 1;
        let end = STOPS.contains(&id) || (self.limits.speech && id == TTS_END);
        if end && self.limits.stops {
            return Some(FinishReason::Stop);
        }
        if let Some(detector) = &mut self.detector {
            self.found = detector.push(id);
            if self.found.is_some() {
                return Some(FinishReason::Loop);
            }
        }
        if self.count >= self.limits.tokens {
            return Some(FinishReason::Length);
        }
        (self.count >= self.limits.positions).then_some(FinishReason::Cache)
    }

    /// Whether an id after the next one could still be wanted; if not, its computation need not be started.
    pub fn wants_more(&self) -> bool {
        self.count + 1 < self.limits.tokens.min(self.limits.positions)
    }

    /// The loop that ended the attempt.
    pub fn found(&self) -> Option<Loop> {
        self.found
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step_audio::ids::EOT;

    fn run(limits: Limits, ids: impl IntoIterator<Item = u32>) -> Option<(usize, FinishReason)> {
        let mut guard = Guard::new(limits);
        ids.into_iter()
            .enumerate()
            .find_map(|(i, id)| Some((i + 1, guard.push(id)?)))
    }

    const OPEN: Limits = Limits {
        tokens: 2048,
        positions: 4096,
        loops: Some(LoopRule {
            longest_period: 20,
            min_run: 24,
            min_repeats: 4,
            min_single: 12,
        }),
        speech: false,
        stops: true,
    };

    #[test]
    fn silence_ends_at_once() {
        assert_eq!(run(OPEN, [EOT]), Some((1, FinishReason::Stop)));
    }

    #[test]
    fn measuring_goes_on_behind_the_end() {
        let limits = Limits {
            tokens: 3,
            stops: false,
            ..OPEN
        };
        let ids = [EOT, EOT, EOT, EOT];
        assert_eq!(run(limits, ids), Some((3, FinishReason::Length)));
    }

    #[test]
    fn loops_end_early() {
        let stuck = [323, 773, 389, 11].into_iter().cycle();
        assert_eq!(run(OPEN, stuck.clone()), Some((24, FinishReason::Loop)));
        let unguarded = Limits {
            loops: None,
            tokens: 64,
            ..OPEN
        };
        assert_eq!(run(unguarded, stuck), Some((64, FinishReason::Length)));
    }

    #[test]
    fn limits_end_with_their_own_reason() {
        let bound = most_tokens_in(2.5);
        assert_eq!(bound, 46);
        assert_eq!(
            run(
                Limits {
                    tokens: bound,
                    ..OPEN
                },
                0..
            ),
            Some((46, FinishReason::Length))
        );
        assert_eq!(
            run(
                Limits {
                    positions: 10,
                    ..OPEN
                },
                0..
            ),
            Some((10, FinishReason::Cache))
        );
    }

    #[test]
    fn the_end_of_speech_ends_spoken_replies_only() {
        let speech = Limits {
            speech: true,
            ..OPEN
        };
        assert_eq!(run(speech, [5, TTS_END, 6]), Some((2, FinishReason::Stop)));
        assert_eq!(run(OPEN, [5, TTS_END, EOT]), Some((3, FinishReason::Stop)));
        // Five seconds of a pause, which is no loop when it is spoken.
        let pause = [151_695, 7, 7, 7, 7].into_iter().cycle().take(155);
        let rule = Limits {
            loops: Some(LoopRule::speech()),
            ..speech
        };
        assert_eq!(
            run(rule, pause.chain([TTS_END])),
            Some((156, FinishReason::Stop))
        );
    }

    #[test]
    fn nothing_is_computed_past_the_limit() {
        let mut guard = Guard::new(Limits { tokens: 3, ..OPEN });
        assert!(guard.wants_more());
        guard.push(1);
        assert!(guard.wants_more());
        guard.push(2);
        assert!(!guard.wants_more());
        assert_eq!(guard.push(3), Some(FinishReason::Length));
    }
}
