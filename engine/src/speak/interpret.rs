//! A recording in another language, spoken: each stretch of speech goes through one spoken reply, in the order of the file.
//!
//! Finding speech, cutting at pauses and accounting for every second are the recogniser's; only what happens to a stretch
//! is another. The sound of all of them follows one another without the pauses between.

use super::mouth::{no_tokenizer, say};
use super::reader::{CACHE, Reader};
use crate::hear::{Event, Media, Progress, Recogniser, Request, Transcript, Watch, Words, listen};
use crate::{Error, Result};
use myna_models::step_audio::{FinishReason, Prompt, ReplyOptions, Target, Task};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Longest reply to a stretch of at most 29 s.
const MOST_SECONDS: f64 = 65.0;

/// Belongs to the thread that loaded it.
#[derive(Debug)]
pub struct Interpreter {
    reader: Reader,
    voice: PathBuf,
}

impl Interpreter {
    /// Loads a Step-Audio 2 checkpoint with its token2wav, to speak in the voice of a recording.
    pub fn load(model: &Path, token2wav: Option<&Path>, voice: &Path) -> Result<Self> {
        let reader = Reader::open(model, token2wav)?;
        Ok(Self {
            reader,
            voice: voice.to_owned(),
        })
    }

    /// Tensors of the checkpoint that nothing uses.
    pub fn surplus(&self) -> &[String] {
        self.reader.surplus()
    }

    /// Speaks what is said in `media` in the `target` language. Sound goes to `on_sound` as it comes; an error from it ends
    /// everything and is passed on. With `cancel` set it stops within an id and keeps what is spoken.
    #[allow(clippy::too_many_arguments)]
    pub fn interpret(
        &mut self,
        media: &mut Media,
        target: Target,
        seed: u64,
        request: &Request,
        cancel: &AtomicBool,
        on_event: &mut dyn FnMut(Event),
        on_sound: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<Transcript> {
        request.check()?;
        self.reader.vocoder.imitate(&self.voice, seed)?;
        let mut ear = Ear {
            reader: &mut self.reader,
            task: Task::Interpret(target),
            seed,
            on_sound,
            failure: None,
        };
        let transcript = listen(media, &mut ear, request, cancel, on_event);
        match ear.failure.take() {
            Some(e) => Err(e),
            None => transcript,
        }
    }
}

struct Ear<'a> {
    reader: &'a mut Reader,
    task: Task,
    seed: u64,
    on_sound: &'a mut dyn FnMut(&[f32]) -> Result<()>,
    /// What only this side knows as an error.
    failure: Option<Error>,
}

impl Recogniser for Ear<'_> {
    fn recognise(&mut self, samples: &[f32], watch: Watch<'_>) -> Result<Words> {
        let Reader { llm, vocoder, .. } = &mut *self.reader;
        let audio = llm.encode_audio(samples)?;
        let tokenizer = llm.tokenizer().ok_or_else(no_tokenizer)?;
        let prompt = Prompt::task(tokenizer, &self.task, audio.tokens())?;
        let options = ReplyOptions {
            max_cache_len: CACHE,
            ..ReplyOptions::speech(MOST_SECONDS, self.seed)
        };
        let on_sound = &mut *self.on_sound;
        let said = say(
            llm,
            vocoder,
            &prompt,
            std::slice::from_ref(&audio),
            &options,
            &mut |progress| {
                watch(Progress::Tokens {
                    attempt: progress.attempt,
                    tokens: progress.tokens,
                })
            },
            &mut |_, samples| on_sound(samples),
        );
        let said = match said {
            Err(e @ Error::Models(_)) => return Err(e),
            Err(other) => {
                self.failure = Some(other);
                return Err(Error::cancelled());
            }
            Ok(said) => said,
        };
        let finish_reason = said.finish.ok_or_else(Error::cancelled)?;
        Ok(Words {
            text: said.text.trim().to_owned(),
            finish_reason,
            // A reply without sound, or one that did not end by itself, has lost something.
            uncertain: finish_reason != FinishReason::Stop || said.codes == 0,
        })
    }
}
