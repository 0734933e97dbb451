//! A language model that speaks: its ids go, as they come, to the words and to the vocoder.
//!
//! Both networks run on one thread; while the vocoder makes a second of sound, the language model's next step is queued
//! already. A reply that is stopped, cut off or ends by itself gives out what it has said.

use super::vocoder::Vocoder;
use crate::{Error, Result};
use myna_models::csm::StoppedBy;
use myna_models::step_audio::{
    Audio, FinishReason, Progress, Prompt, ReplyOptions, Spoken, StepAudio, Watch,
};
use myna_models::token2wav::Stream;
use std::ops::ControlFlow;
use std::time::Instant;

/// What came of a spoken reply.
#[derive(Debug, Clone)]
pub(super) struct Said {
    pub(super) text: String,
    pub(super) codes: usize,
    pub(super) samples: u64,
    /// Milliseconds from the beginning.
    pub(super) first_sound: Option<f64>,
    /// None when it was cancelled.
    pub(super) finish: Option<FinishReason>,
}

/// Where sound goes: the number of codes so far, and the next samples, often none.
pub(super) type Sink<'a> = &'a mut dyn FnMut(usize, &[f32]) -> Result<()>;

/// Has `llm` answer, and `vocoder` speak the answer while it is being made. Breaking off in `watch` cancels, which keeps
/// what is said.
pub(super) fn say(
    llm: &mut StepAudio,
    vocoder: &mut Vocoder,
    prompt: &Prompt,
    audio: &[Audio],
    options: &ReplyOptions,
    watch: Watch<'_>,
    sink: Sink<'_>,
) -> Result<Said> {
    let begin = Instant::now();
    let stream = vocoder.begin()?;
    let mut mouth = Mouth {
        vocoder,
        stream,
        sink,
        begin,
        said: Said {
            text: String::new(),
            codes: 0,
            samples: 0,
            first_sound: None,
            finish: None,
        },
        words: Vec::new(),
    };
    let mut failure = None;
    let reply = llm.reply(
        prompt,
        audio,
        options,
        &mut |progress: Progress| match progress.id.map_or(Ok(()), |id| mouth.hear(id)) {
            Err(e) => {
                failure = Some(e);
                ControlFlow::Break(())
            }
            Ok(()) => watch(progress),
        },
    );
    if let Some(e) = failure {
        return Err(e);
    }
    let finish = match reply {
        Ok(reply) => Some(reply.finish_reason),
        Err(e) if e.kind() == myna_models::Kind::Cancelled => None,
        Err(e) => return Err(e.into()),
    };
    let (mut said, words) = mouth.close()?;
    said.finish = finish;
    said.text = match llm.tokenizer() {
        Some(tokenizer) => tokenizer.decode(&words)?,
        None => String::new(),
    };
    Ok(said)
}

struct Mouth<'a> {
    vocoder: &'a mut Vocoder,
    stream: Stream,
    sink: Sink<'a>,
    begin: Instant,
    said: Said,
    /// Ids of the text.
    words: Vec<u32>,
}

impl Mouth<'_> {
    fn hear(&mut self, id: u32) -> Result<()> {
        match Spoken::of(id) {
            Spoken::Text(id) => self.words.push(id),
            Spoken::Code(code) => {
                self.said.codes += 1;
                let samples = self.stream.push(&mut self.vocoder.model, &[code])?;
                self.give(&samples)?;
            }
            Spoken::Filler | Spoken::End => {}
        }
        Ok(())
    }

    fn give(&mut self, samples: &[f32]) -> Result<()> {
        if !samples.is_empty() && self.said.first_sound.is_none() {
            self.said.first_sound = Some(self.begin.elapsed().as_secs_f64() * 1e3);
        }
        self.said.samples += samples.len() as u64;
        (self.sink)(self.said.codes, samples)
    }

    /// What is still on its way is said, too.
    fn close(mut self) -> Result<(Said, Vec<u32>)> {
        let samples = self.stream.finish(&mut self.vocoder.model)?;
        if !samples.is_empty() {
            self.give(&samples)?;
        }
        Ok((self.said, self.words))
    }
}

/// How a spoken reply ended; a loop was cut off as a limit cuts.
pub(super) fn stopped_by(finish: Option<FinishReason>) -> StoppedBy {
    match finish {
        None => StoppedBy::Cancelled,
        Some(FinishReason::Stop) => StoppedBy::Eos,
        Some(_) => StoppedBy::Length,
    }
}

/// Refuses a model without the words to speak.
pub(super) fn no_tokenizer() -> Error {
    myna_models::Error::missing(
        "speaking needs a tokenizer",
        "Download tokenizer.json of this model into its folder.",
    )
    .into()
}
