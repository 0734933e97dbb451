//! Replying to any prompt in one attempt: conversation, speech, several pieces of audio.

use super::decode;
use super::guard::{FinishReason, Limits};
use super::ids;
use super::ladder::Trial;
use super::loops::LoopRule;
use super::model::{Audio, StepAudio};
use super::prompt::Prompt;
use crate::{Error, Result};
use std::ops::ControlFlow;

/// Tells how far decoding is: the attempt (from 1) and its tokens so far. Breaking cancels.
pub type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    pub attempt: usize,
    /// 0 when the prompt is about to be read (recognition) or has been read (replies).
    pub tokens: usize,
    /// The newest token.
    pub id: Option<u32>,
}

/// How a reply is decoded.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReplyOptions {
    pub max_tokens: usize,
    pub max_cache_len: usize,
    /// 0 is greedy.
    pub temperature: f32,
    pub seed: u64,
    /// None lets loops run on.
    pub loops: Option<LoopRule>,
    /// The reply is spoken: it ends with its sound.
    pub speech: bool,
    /// Whether the model may end it; not so where so many tokens are to be measured.
    pub stops: bool,
}

impl ReplyOptions {
    /// For spoken replies of up to `seconds`: the reference's temperature, and its 31.25 ids a second.
    pub fn speech(seconds: f64, seed: u64) -> Self {
        Self {
            max_tokens: (seconds.max(0.0) * 31.25).ceil() as usize + 2,
            temperature: 0.7,
            seed,
            loops: Some(LoopRule::speech()),
            speech: true,
            ..Self::default()
        }
    }
}

impl Default for ReplyOptions {
    fn default() -> Self {
        Self {
            max_tokens: 2048,
            max_cache_len: 4096,
            temperature: 0.0,
            seed: 0,
            loops: Some(LoopRule::default()),
            speech: false,
            stops: true,
        }
    }
}

/// An answer to any prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// Everything generated, the stop token included.
    pub ids: Vec<u32>,
    pub text: String,
    /// Audio codes in order, fillers included (from [`super::SPEECH_CODES`] on).
    pub codes: Vec<u32>,
    pub finish_reason: FinishReason,
}

impl StepAudio {
    /// `audio` are the pieces that the prompt has places for, in order. `BadInput` if they do not match or do not
    /// leave room in the cache, `Cancelled` if `watch` breaks off.
    pub fn reply(
        &mut self,
        prompt: &Prompt,
        audio: &[Audio],
        options: &ReplyOptions,
        watch: Watch<'_>,
    ) -> Result<Reply> {
        let mut start = self.start(prompt, audio, options.max_cache_len)?;
        proceed(watch(Progress {
            attempt: 1,
            tokens: 0,
            id: None,
        }))?;
        let limits = Limits {
            tokens: options.max_tokens.max(1),
            positions: self.positions(options.max_cache_len) - prompt.len(),
            loops: options.loops,
            speech: options.speech,
            stops: options.stops,
        };
        let trial = Trial {
            temperature: options.temperature,
            seed: options.seed,
            penalties: None,
        };
        let mut tokens = 0;
        let done = decode::attempt(
            &self.llm,
            &mut start,
            &trial,
            limits,
            |_| false,
            &mut |id| {
                tokens += 1;
                proceed(watch(Progress {
                    attempt: 1,
                    tokens,
                    id: Some(id),
                }))
            },
        )?;
        Ok(Reply {
            text: self.words(&done.ids)?,
            codes: ids::split(&done.ids).1,
            ids: done.ids,
            finish_reason: done.reason,
        })
    }
}

pub(super) fn proceed(flow: ControlFlow<()>) -> Result<()> {
    match flow {
        ControlFlow::Continue(()) => Ok(()),
        ControlFlow::Break(()) => Err(Error::Cancelled),
    }
}
