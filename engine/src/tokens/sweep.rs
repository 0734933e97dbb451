//! What temperature and top-k do to speech: the same text at every setting, judged by figures, the best first.
//!
//! The order: fewest wrong words in the round trip through a recogniser, if there is one; then most utterances that the model ended
//! by itself; then nearest to the reference setting. A figure no ear has checked is a hint, not a verdict.

use crate::hear::{self, Listener, Media, Recogniser, Watch, Words, listen};
use crate::sound::{Format, RATE, SoundWriter};
use crate::speak::{Event, Report, Request, Speaker, StoppedBy};
use crate::{Error, Result, Sampling};
use myna_models::csm::{Record, Taken};
use myna_models::trace::{Distribution, Draw, filtered};
use serde::Serialize;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

/// Pieces of sound that are silent or not: 20 ms.
const PIECE: usize = RATE as usize / 50;

/// A tenth of a second.
const LEAST_HEARD: usize = RATE as usize / 10;

/// Quieter than this, −50 dB of full scale, is silence.
const SILENCE: f64 = 0.003_162;

#[derive(Debug, Clone)]
pub struct SweepRequest {
    pub model: PathBuf,
    pub codec: Option<PathBuf>,
    /// A recogniser for the round trip.
    pub ear: Option<PathBuf>,
    pub text: String,
    pub settings: Vec<Sampling>,
    /// What others are measured against; upstream's when nobody asks for another.
    pub reference: Sampling,
    pub seeds: Vec<u64>,
    pub max_seconds: f64,
}

/// One setting's figures, means over its utterances.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SweepRow {
    pub rank: usize,
    pub temperature: f32,
    pub top_k: usize,
    pub utterances: usize,
    /// Bits of the distributions drawn from.
    pub entropy: Option<f64>,
    /// Total variation from the reference setting's distribution for the same logits.
    pub distance: Option<f64>,
    /// The model's own probability (T = 1) of tokens that this setting can never draw.
    pub unreachable: Option<f64>,
    /// Share of utterances that the model ended by itself.
    pub ended: f64,
    pub seconds: f64,
    /// Characters of text per second of speech; none when nothing was said.
    pub characters_per_second: Option<f64>,
    /// Share of the speech that is silent.
    pub silence: Option<f64>,
    /// Of the round trip; above 1 when more is heard than was said.
    pub word_error_rate: Option<f64>,
}

/// Speaks the text at every setting. `on_utterance` hears how many utterances are done, and of how many.
pub fn sweep(
    request: &SweepRequest,
    cancel: &AtomicBool,
    on_utterance: &mut dyn FnMut(usize, usize),
) -> Result<Vec<SweepRow>> {
    if request.settings.is_empty() || request.seeds.is_empty() {
        return Err(Error::request(
            "there is nothing to sweep over",
            "Give at least one setting and one seed.",
        ));
    }
    if request.reference.is_greedy() || request.settings.iter().any(Sampling::is_greedy) {
        return Err(Error::request(
            "a temperature of 0 draws nothing",
            "Sweep over temperatures above 0.",
        ));
    }
    let mut speaker = Speaker::load(&request.model, request.codec.as_deref())?;
    let decode = hear::Request::default();
    let mut ear = match &request.ear {
        Some(dir) => Some(Listener::load(dir, true, decode.decode.max_cache_len)?),
        None => None,
    };
    let (mut rows, mut done) = (Vec::new(), 0);
    let of = request.settings.len() * request.seeds.len();
    for sampling in &request.settings {
        let mut sums = Sums::default();
        for &seed in &request.seeds {
            let mut asked = Request::new(request.text.clone());
            asked.seed = seed;
            asked.sampling = sampling.clone();
            asked.max_seconds = request.max_seconds;
            sums.utterance(&mut speaker, ear.as_mut(), &asked, request, cancel)?;
            if cancel.load(Ordering::Relaxed) {
                return Err(Error::cancelled());
            }
            done += 1;
            on_utterance(done, of);
        }
        rows.push(sums.row(sampling, &request.text));
    }
    rows.sort_by(|a, b| {
        let errors = |row: &SweepRow| row.word_error_rate.unwrap_or(0.0);
        let distance = |row: &SweepRow| row.distance.unwrap_or(f64::INFINITY);
        errors(a)
            .total_cmp(&errors(b))
            .then(b.ended.total_cmp(&a.ended))
            .then(distance(a).total_cmp(&distance(b)))
    });
    for (i, row) in rows.iter_mut().enumerate() {
        row.rank = i + 1;
    }
    Ok(rows)
}

/// A setting's utterances added up.
#[derive(Default)]
struct Sums {
    utterances: usize,
    ended: usize,
    seconds: f64,
    silent: usize,
    pieces: usize,
    judge: Judge,
    errors: Option<(usize, usize)>,
}

impl Sums {
    fn utterance(
        &mut self,
        speaker: &mut Speaker,
        ear: Option<&mut Listener>,
        asked: &Request,
        sweep: &SweepRequest,
        cancel: &AtomicBool,
    ) -> Result<()> {
        let mut sound = Vec::new();
        self.judge.reference = Some(sweep.reference.clone());
        let report: Report = speaker.speak_recorded(
            asked,
            cancel,
            &mut |event| {
                if let Event::Sound(samples) = event {
                    sound.extend(samples);
                }
                Ok(())
            },
            &mut self.judge,
        )?;
        self.utterances += 1;
        self.ended += usize::from(report.stopped_by == StoppedBy::Eos);
        self.seconds += report.seconds;
        for piece in sound.chunks(PIECE) {
            let power: f64 = piece.iter().map(|&x| f64::from(x).powi(2)).sum();
            self.pieces += 1;
            self.silent += usize::from((power / piece.len() as f64).sqrt() < SILENCE);
        }
        if let Some(ear) = ear {
            // Less than a recogniser listens to is nothing heard.
            let heard = if sound.len() < LEAST_HEARD {
                String::new()
            } else {
                round_trip(ear, &sound, cancel)?
            };
            let (wrong, words) = word_errors(&sweep.text, &heard);
            let (before, of) = self.errors.unwrap_or_default();
            self.errors = Some((before + wrong, of + words));
        }
        Ok(())
    }

    fn row(&self, sampling: &Sampling, text: &str) -> SweepRow {
        let n = self.utterances.max(1) as f64;
        let draws = self.judge.draws;
        let mean = |sum: f64| (draws > 0).then(|| sum / draws as f64);
        let characters = text.trim().chars().count() as f64 * n;
        SweepRow {
            rank: 0,
            temperature: sampling.temperature,
            top_k: sampling.top_k,
            utterances: self.utterances,
            entropy: mean(self.judge.entropy),
            distance: mean(self.judge.distance),
            unreachable: mean(self.judge.unreachable),
            ended: self.ended as f64 / n,
            seconds: self.seconds / n,
            characters_per_second: (self.seconds > 0.0).then(|| characters / self.seconds),
            silence: (self.pieces > 0).then(|| self.silent as f64 / self.pieces as f64),
            word_error_rate: self
                .errors
                .map(|(wrong, of)| wrong as f64 / of.max(1) as f64),
        }
    }
}

/// Adds up what can be said of each draw while it is made.
#[derive(Default)]
struct Judge {
    reference: Option<Sampling>,
    draws: u64,
    entropy: f64,
    distance: f64,
    unreachable: f64,
}

impl Record for Judge {
    fn frame(&mut self, taken: &Taken) -> myna_models::Result<()> {
        let vocabulary = taken.logits.len() / taken.codes.len().max(1);
        let rows = taken
            .logits
            .chunks(vocabulary)
            .zip(taken.probabilities.chunks(vocabulary));
        for (logits, probabilities) in rows {
            let draw = Draw::of_logits(logits);
            let weights = probabilities.iter().enumerate();
            let drawn =
                Distribution::from_weights(weights.map(|(id, &p)| (id as u32, f64::from(p))));
            let reference = self.reference.as_ref().and_then(|s| filtered(&draw, s));
            let (Some(drawn), Some(reference), Some(own)) =
                (drawn, reference, Distribution::own(&draw))
            else {
                continue;
            };
            self.draws += 1;
            self.entropy += drawn.entropy();
            self.distance += 1.0 - drawn.similarity(&reference);
            self.unreachable += own
                .iter()
                .filter(|(id, _)| drawn.get(*id) == 0.0)
                .map(|(_, p)| p)
                .sum::<f64>();
        }
        Ok(())
    }
}

/// What the recogniser makes of the sound.
fn round_trip(listener: &mut Listener, sound: &[f32], cancel: &AtomicBool) -> Result<String> {
    let folder = tempfile::tempdir().map_err(|e| Error::output(&std::env::temp_dir(), e))?;
    let path = folder.path().join("spoken.wav");
    let mut wav = SoundWriter::create(&path, Format::Pcm16)?;
    wav.push(sound)?;
    wav.finish()?;
    let request = hear::Request::default();
    let mut chunks = Ear {
        listener,
        request: &request,
    };
    let heard = listen(
        &mut Media::open(&path)?,
        &mut chunks,
        &request,
        cancel,
        &mut |_| {},
    )?;
    listener.end_recording(None)?;
    Ok(heard.text)
}

/// The recogniser on this thread, chunk by chunk.
struct Ear<'a> {
    listener: &'a mut Listener,
    request: &'a hear::Request,
}

impl Recogniser for Ear<'_> {
    fn recognise(&mut self, samples: &[f32], watch: Watch<'_>) -> Result<Words> {
        let hear::Request { task, decode, .. } = self.request;
        self.listener.hear(samples, task, decode, false, watch)
    }
}

/// Words put in, left out or taken for others, and the words there should be. Case and punctuation do not count.
fn word_errors(said: &str, heard: &str) -> (usize, usize) {
    let words = |text: &str| -> Vec<String> {
        let text = text.to_lowercase().replace(['\'', '’'], "");
        let words = text
            .split(|c: char| !c.is_alphanumeric())
            .filter(|w| !w.is_empty());
        words.map(str::to_owned).collect()
    };
    let (said, heard) = (words(said), words(heard));
    (hear::words_apart((&said, &heard)), said.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_counted_without_case_and_punctuation() {
        assert_eq!(word_errors("Hello, my friend.", "hello my FRIEND"), (0, 3));
        assert_eq!(word_errors("I don't know it", "I dont it now"), (2, 4));
        assert_eq!(word_errors("one two", ""), (2, 2));
    }
}
