//! Segments as they come: texts joined, words heard twice written once, seconds of speech accounted for.

use super::RATE;
use super::chunk::{Chunk, seconds};
use super::recogniser::Words;
use super::stitch::seam;
use super::transcript::{Coverage, Segment, joined};

const ONE_SECOND: u64 = RATE as u64;

/// How a chunk went.
pub enum Outcome {
    Heard(Words),
    Failed(String),
    /// Somebody asked to stop while it was being heard.
    Cancelled,
}

pub struct Tally {
    /// Chunks were found by looking for speech, not cut blindly.
    found: bool,
    pub segments: Vec<Segment>,
    pub failures: Vec<String>,
    transcribed: u64,
    uncertain: u64,
    failed: u64,
    /// The last segment is whole, so that an overlap with it can be compared.
    comparable: bool,
}

impl Tally {
    pub fn new(found: bool) -> Self {
        Self {
            found,
            segments: Vec::new(),
            failures: Vec::new(),
            transcribed: 0,
            uncertain: 0,
            failed: 0,
            comparable: false,
        }
    }

    pub fn add(&mut self, chunk: &Chunk, outcome: Outcome) {
        let (start, end) = chunk.seconds();
        let (text, finish_reason, uncertain) = match outcome {
            Outcome::Cancelled => {
                self.failed += chunk.speech;
                return;
            }
            Outcome::Failed(why) => {
                self.failed += chunk.speech;
                if !self.failures.contains(&why) {
                    self.failures.push(why);
                }
                (String::new(), "failed", true)
            }
            Outcome::Heard(heard) => {
                let empty = heard.text.trim().is_empty();
                if empty && chunk.doubtful && !heard.uncertain {
                    self.comparable = false;
                    return;
                }
                // Words out of what sounds like noise may be invented. Clear speech without words may be lost.
                let uncertain = heard.uncertain || empty || (self.found && chunk.doubtful);
                *(if uncertain {
                    &mut self.uncertain
                } else {
                    &mut self.transcribed
                }) += chunk.speech;
                (heard.text, heard.finish_reason.name(), uncertain)
            }
        };
        let mut from = 0;
        if chunk.overlaps
            && self.comparable
            && let Some(before) = self.segments.last_mut()
        {
            let (keep, rest) = seam(&before.text, &text);
            // A second of its own cannot have been said before.
            if chunk.speech < ONE_SECOND || !text[rest..].trim().is_empty() {
                before.text.truncate(keep);
                from = rest;
            }
        }
        self.comparable = finish_reason == "stop";
        self.segments.push(Segment {
            start,
            end,
            text: text[from..].trim().to_owned(),
            finish_reason,
            uncertain,
        });
    }

    /// All text, joined as its script wants it.
    pub fn text(&self) -> String {
        joined(self.segments.iter().map(|s| s.text.as_str()))
    }

    pub fn coverage(&self) -> Coverage {
        Coverage {
            speech: seconds(self.transcribed + self.uncertain + self.failed),
            transcribed: seconds(self.transcribed),
            uncertain: seconds(self.uncertain),
            failed: seconds(self.failed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use myna_models::step_audio::FinishReason;
    use proptest::prelude::*;

    fn chunk(own: std::ops::Range<u64>, speech: u64, overlaps: bool) -> Chunk {
        Chunk {
            doubtful: false,
            start: own.start,
            samples: Vec::new(),
            own,
            speech,
            overlaps,
        }
    }

    fn heard(text: &str, finish_reason: FinishReason, uncertain: bool) -> Outcome {
        Outcome::Heard(Words {
            text: text.into(),
            finish_reason,
            uncertain,
        })
    }

    #[test]
    fn every_second_of_speech_is_accounted_for() {
        let mut tally = Tally::new(true);
        let stop = FinishReason::Stop;
        tally.add(
            &chunk(0..100, 80, false),
            heard(" one two three", stop, false),
        );
        tally.add(
            &chunk(100..200, 90, true),
            heard("two three four", stop, false),
        );
        tally.add(
            &chunk(300..400, 60, false),
            heard("and", FinishReason::Loop, true),
        );
        tally.add(&chunk(400..500, 50, false), heard("", stop, false));
        tally.add(&chunk(500..600, 40, false), Outcome::Failed("why".into()));
        tally.add(&chunk(600..700, 30, true), heard("早上好，", stop, false));
        tally.add(&chunk(700..800, 20, false), heard("朋友。", stop, false));
        tally.add(&chunk(800..900, 10, false), Outcome::Cancelled);
        assert_eq!(tally.text(), "one two three four and早上好，朋友。");
        let all = tally.coverage();
        let rate = f64::from(RATE);
        assert_eq!(
            [all.speech, all.transcribed, all.uncertain, all.failed].map(|s| (s * rate) as u64),
            [380, 220, 110, 50]
        );
        let reasons: Vec<_> = tally
            .segments
            .iter()
            .map(|s| (s.finish_reason, s.uncertain))
            .collect();
        assert_eq!(
            reasons,
            [
                ("stop", false),
                ("stop", false),
                ("loop", true),
                ("stop", true),
                ("failed", true),
                ("stop", false),
                ("stop", false)
            ]
        );
        assert_eq!(tally.failures, ["why"]);
    }

    #[test]
    fn a_chunk_that_only_repeats_is_left_out_if_it_is_short() {
        for (speech, wanted) in [
            (ONE_SECOND / 2, "row your boat"),
            (ONE_SECOND * 9, "row your boat row your boat"),
        ] {
            let mut tally = Tally::new(true);
            tally.add(
                &chunk(0..100, 100, false),
                heard("row your boat", FinishReason::Stop, false),
            );
            tally.add(
                &chunk(100..200, speech, true),
                heard("row your boat", FinishReason::Stop, false),
            );
            assert_eq!(tally.text(), wanted);
        }
    }

    #[test]
    fn doubtful_chunks_without_words_were_no_speech_and_their_words_are_uncertain() {
        let doubtful = Chunk {
            doubtful: true,
            ..chunk(0..100, 100, false)
        };
        for found in [true, false] {
            let mut tally = Tally::new(found);
            tally.add(&doubtful, heard("", FinishReason::Stop, false));
            assert_eq!(
                (tally.coverage(), tally.segments.len()),
                (Coverage::default(), 0)
            );
            tally.add(&doubtful, heard("words", FinishReason::Stop, false));
            assert_eq!(tally.segments[0].uncertain, found);
        }
    }

    proptest! {
        #[test]
        fn seconds_always_add_up(
            chunks in proptest::collection::vec((0u64..400_000, 0usize..6, any::<bool>(), any::<bool>()), 0..40),
            found: bool,
        ) {
            let mut tally = Tally::new(found);
            let (mut at, mut speech, mut lost) = (0, 0, 0);
            for (length, how, doubtful, overlaps) in chunks {
                let chunk = Chunk { doubtful, ..chunk(at..at + length, length / 2, overlaps) };
                at += length;
                let outcome = match how {
                    0 => heard("row your boat", FinishReason::Stop, false),
                    1 => heard("row your", FinishReason::Loop, true),
                    2 => heard(" ", FinishReason::Stop, false),
                    3 => heard("", FinishReason::Length, true),
                    4 => Outcome::Failed("why".into()),
                    _ => Outcome::Cancelled,
                };
                // Doubtful sound without words was no speech.
                if !(how == 2 && doubtful) {
                    speech += chunk.speech;
                }
                if how >= 4 {
                    lost += chunk.speech;
                }
                tally.add(&chunk, outcome);
            }
            let all = tally.coverage();
            let samples = |s: f64| (s * f64::from(RATE)).round() as u64;
            prop_assert_eq!(samples(all.speech), speech);
            prop_assert_eq!(samples(all.failed), lost);
            prop_assert!((all.speech - all.transcribed - all.uncertain - all.failed).abs() < 1e-9);
            let ordered = tally.segments.windows(2).all(|s| s[0].end <= s[1].start);
            prop_assert!(ordered && tally.segments.iter().all(|s| s.start <= s.end));
        }
    }
}
