//! One chunk to its segment: prompt, attempts along the ladder, halves.

use super::capture::{Capture, Table};
use super::decode;
use super::guard::FinishReason;
use super::ids::{END_OF_TEXT, STOPS};
use super::ladder::{Ladder, Next, Piece};
use super::model::{RATE, StepAudio};
use super::options::DecodeOptions;
use super::prompt::{Prompt, Task};
use super::reply::{Progress, Watch, proceed};
use super::segment::Segment;
use super::tokenizer::Tokenizer;
use crate::{Error, Result};
use std::collections::HashMap;

/// Smallest piece that a chunk is cut into, in samples: 1 s.
const SMALLEST: usize = RATE;

impl StepAudio {
    /// Answers `task` for one chunk of 16 kHz mono, at most 25 s for good results. `watch` sees every token and may
    /// cancel (`Cancelled`). Fails as [`StepAudio::encode_audio`] does, and with `BadInput` if the prompt does not
    /// fit the cache even after cutting the chunk.
    pub fn transcribe_chunk(
        &mut self,
        samples: &[f32],
        task: &Task,
        options: &DecodeOptions,
        watch: Watch<'_>,
    ) -> Result<Segment> {
        options.check()?;
        let mut run = Run {
            task,
            options,
            watch,
            attempts: 0,
        };
        run.whole(self, samples, None)
    }

    /// The same, and what went on inside (of the whole chunk, where it was cut).
    pub fn transcribe_captured(
        &mut self,
        samples: &[f32],
        task: &Task,
        options: &DecodeOptions,
        watch: Watch<'_>,
    ) -> Result<(Segment, Capture)> {
        options.check()?;
        let mut capture = Capture::default();
        let mut run = Run {
            task,
            options,
            watch,
            attempts: 0,
        };
        let segment = run.whole(self, samples, Some(&mut capture))?;
        Ok((segment, capture))
    }

    /// The prompt of a task for one piece of so many audio tokens; without a tokenizer there is one for transcription alone.
    pub fn prompt(&self, task: &Task, tokens: usize) -> Result<Prompt> {
        match (&self.tokenizer, task) {
            (Some(tokenizer), _) => Prompt::task(tokenizer, task, tokens),
            (None, Task::Transcribe) => Prompt::transcription(tokens),
            (None, _) => Err(Error::missing(
                "only transcription works without a tokenizer",
                "Download tokenizer.json of this model into its folder.",
            )),
        }
    }

    /// Whether penalties may touch an id. Without a tokenizer single bytes (digits and punctuation among them) are
    /// spared.
    fn is_word(&self, id: u32) -> bool {
        match &self.tokenizer {
            Some(tokenizer) => tokenizer.is_word(id),
            None => (256..END_OF_TEXT).contains(&id),
        }
    }
}

/// What all pieces of one chunk share.
struct Run<'a> {
    task: &'a Task,
    options: &'a DecodeOptions,
    watch: Watch<'a>,
    attempts: usize,
}

impl Run<'_> {
    fn whole(
        &mut self,
        model: &mut StepAudio,
        samples: &[f32],
        capture: Option<&mut Capture>,
    ) -> Result<Segment> {
        let mut segment = self.piece(model, samples, true, capture)?;
        segment.attempts = self.attempts;
        Ok(segment)
    }

    fn piece(
        &mut self,
        model: &mut StepAudio,
        samples: &[f32],
        whole: bool,
        mut capture: Option<&mut Capture>,
    ) -> Result<Segment> {
        let audio = model.encode(samples, capture.as_deref_mut())?;
        let prompt = model.prompt(self.task, audio.tokens())?;
        let room = model.positions(self.options.max_cache_len);
        let may_cut = self.task.follows_speech()
            && audio.seconds() >= self.options.halve_from_seconds
            && samples.len() >= 2 * SMALLEST;
        if prompt.len() >= room && may_cut {
            return self.halves(model, samples, whole, false);
        }
        proceed((self.watch)(Progress {
            attempt: self.attempts + 1,
            tokens: 0,
            id: None,
        }))?;
        let mut start = model.start(&prompt, std::slice::from_ref(&audio), room)?;
        if let Some(capture) = capture.as_deref_mut() {
            capture.prompt_ids = prompt.ids().to_vec();
            capture.first_logits = Table::of(&start.first_logits)?;
        }

        let letters = model.tokenizer.as_ref().is_some_and(Tokenizer::spells);
        let mut options = DecodeOptions {
            max_cache_len: room,
            ..self.options.clone()
        };
        if letters {
            options.loops = options.loops.of_letters();
        }
        let mut ladder = Ladder::new(
            &options,
            Piece {
                seconds: audio.seconds(),
                follows_speech: self.task.follows_speech(),
                whole,
                letters,
                prompt_len: prompt.len(),
            },
        );
        let limits = ladder.limits();
        let mut words: HashMap<u32, bool> = HashMap::new();
        let mut trial = ladder.begin();
        loop {
            self.attempts += 1;
            let (number, mut tokens) = (self.attempts, 0);
            let watch = &mut self.watch;
            let attempt = decode::attempt(
                &model.llm,
                &mut start,
                &trial,
                limits,
                |id| *words.entry(id).or_insert_with(|| model.is_word(id)),
                &mut |id| {
                    tokens += 1;
                    proceed(watch(Progress {
                        attempt: number,
                        tokens,
                        id: Some(id),
                    }))
                },
            )?;
            if let Some(capture) = capture.take() {
                capture.greedy_ids = attempt.ids.clone();
            }
            let cut = attempt.reason != FinishReason::Cache;
            match ladder.report(attempt) {
                Next::Try(next) => trial = next,
                Next::Halve if samples.len() >= 2 * SMALLEST => {
                    drop(start);
                    return self.halves(model, samples, whole, cut);
                }
                Next::Halve => {
                    return Err(Error::input(
                        "the cache is too short for a second of audio",
                        "Allow a longer cache (--max-cache-len).",
                    ));
                }
                Next::Keep {
                    mut attempt,
                    uncertain,
                } => {
                    attempt.ids.retain(|id| !STOPS.contains(id));
                    let mut text = model.words(&attempt.ids)?;
                    if attempt.reason != FinishReason::Stop {
                        // Cut between the bytes of a character.
                        text.truncate(text.trim_end_matches('\u{fffd}').len());
                    }
                    return Ok(Segment {
                        text,
                        token_ids: attempt.ids,
                        finish_reason: attempt.reason,
                        uncertain,
                        attempts: ladder.tried(),
                        mean_logprob: attempt.mean_logprob,
                    });
                }
            }
        }
    }

    /// Both halves, cut at the quietest moment near the middle. `doubtful` marks the result: the whole was not
    /// understood at once.
    fn halves(
        &mut self,
        model: &mut StepAudio,
        samples: &[f32],
        whole: bool,
        doubtful: bool,
    ) -> Result<Segment> {
        let (left, right) = samples.split_at(quietest_near_middle(samples));
        let left = self.piece(model, left, whole && !doubtful, None)?;
        let right = self.piece(model, right, whole && !doubtful, None)?;
        let mut both = Segment::joined(left, right);
        both.uncertain |= doubtful;
        Ok(both)
    }
}

/// The middle of the quietest 20 ms within the middle third; of equals the one nearest to the middle.
fn quietest_near_middle(samples: &[f32]) -> usize {
    const WINDOW: usize = RATE / 50;
    let (n, middle) = (samples.len(), samples.len() / 2);
    let energy = |from: usize| -> f64 {
        let window = &samples[from..(from + WINDOW).min(n)];
        window.iter().map(|&s| f64::from(s) * f64::from(s)).sum()
    };
    let mut starts: Vec<usize> = (n / 3..2 * n / 3).step_by(WINDOW / 2).collect();
    starts.sort_by_key(|&s| (s + WINDOW / 2).abs_diff(middle));
    let best = starts
        .into_iter()
        .map(|s| (energy(s), s))
        .reduce(|a, b| if b.0 < a.0 { b } else { a });
    best.map_or(middle, |(_, s)| (s + WINDOW / 2).min(n))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_where_it_is_quiet_but_near_the_middle() {
        let mut samples = vec![0.5f32; 90_000];
        assert!(quietest_near_middle(&samples).abs_diff(45_000) <= 160);
        samples[..1000].fill(0.0);
        samples[50_000..50_800].fill(0.0);
        let at = quietest_near_middle(&samples);
        assert!((50_000..50_800).contains(&at), "{at}");
        assert!(quietest_near_middle(&[0.0; 90_000]).abs_diff(45_000) <= 160);
    }
}
