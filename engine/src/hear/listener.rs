//! A recogniser's model, loaded, and what it makes of chunks.

use super::recogniser::{Progress, Watch, Words};
use crate::host::Trace;
use crate::{Error, Result, library};
use myna_models::backend::device_name;
use myna_models::step_audio::{self as model, Capture, DecodeOptions, Footprint, StepAudio, Task};
use myna_models::weights::{Fit, Loading};
use std::path::{Path, PathBuf};

/// Chunks in a trace at most: one of a large model takes ten megabytes.
pub const MOST_TRACED: usize = 32;

/// Belongs to the thread that loaded it.
pub struct Listener {
    pub(super) model: StepAudio,
    pub(super) footprint: Footprint,
    dir: PathBuf,
    /// Of the recording so far, for a trace.
    captures: Vec<Capture>,
}

impl Listener {
    /// Loads a model's folder, if the machine can hold it. Without `words` no tokenizer is needed, and text is the
    /// ids in decimal.
    pub fn load(dir: &Path, words: bool, max_cache_len: usize) -> Result<Self> {
        Self::load_as(dir, words, max_cache_len, false)
    }

    /// The same; with `partial`, what is missing or does not fit is zeros, and [`Self::fit`] tells.
    pub fn load_as(dir: &Path, words: bool, max_cache_len: usize, partial: bool) -> Result<Self> {
        let loading = Loading::for_device(partial)?;
        let footprint = library::check_room(dir, loading.precision, max_cache_len)?;
        let model = if words {
            StepAudio::load(dir, loading)?
        } else {
            StepAudio::load_without_tokenizer(dir, loading)?
        };
        Ok(Self {
            model,
            footprint,
            dir: dir.to_owned(),
            captures: Vec::new(),
        })
    }

    /// Refuses what loading would refuse, as far as headers and the tokenizer tell; for what comes before long work.
    pub fn check(dir: &Path, words: bool, max_cache_len: usize) -> Result<()> {
        library::check_room(dir, Loading::for_device(false)?.precision, max_cache_len)?;
        if words {
            let config = model::Config::read(dir)?;
            model::Tokenizer::load(dir, config.text.vocab_size)?;
        }
        Ok(())
    }

    /// How far the checkpoint was this model.
    pub fn fit(&self) -> &Fit {
        self.model.fit()
    }

    /// Tensors of the checkpoint that nothing uses.
    pub fn surplus(&self) -> &[String] {
        self.model.surplus()
    }

    /// Hears one chunk, mono at 16 kHz. With `capture` what goes on inside the model is kept for a trace.
    pub fn hear(
        &mut self,
        samples: &[f32],
        task: &Task,
        decode: &DecodeOptions,
        capture: bool,
        watch: Watch<'_>,
    ) -> Result<Words> {
        let watch = &mut |progress: model::Progress| {
            watch(Progress::Tokens {
                attempt: progress.attempt,
                tokens: progress.tokens,
            })
        };
        let segment = if capture && self.captures.len() < MOST_TRACED {
            let (segment, capture) = self
                .model
                .transcribe_captured(samples, task, decode, watch)?;
            self.captures.push(capture);
            segment
        } else {
            self.model.transcribe_chunk(samples, task, decode, watch)?
        };
        Ok(Words {
            text: segment.text,
            finish_reason: segment.finish_reason,
            uncertain: segment.uncertain,
        })
    }

    /// The recording is over: writes the trace, if one is wanted, and gives buffers back.
    pub fn end_recording(&mut self, trace: Option<&Trace>) -> Result<()> {
        let captures = std::mem::take(&mut self.captures);
        if let Some(trace) = trace {
            if captures.len() != trace.chunks {
                return Err(Error::output(
                    &trace.to,
                    format!(
                        "{} of {} chunks are known, because the engine began anew",
                        captures.len(),
                        trace.chunks
                    ),
                ));
            }
            let metadata = [
                ("model_hash", library::fingerprint(&self.dir)?),
                ("file", trace.file.clone()),
                ("chunks", captures.len().to_string()),
                ("device", device_name()?.into()),
                ("myna", crate::VERSION.into()),
                ("format", "myna-trace-1".into()),
            ];
            let metadata: Vec<(&str, &str)> =
                metadata.iter().map(|(k, v)| (*k, v.as_str())).collect();
            model::write_captures(&trace.to, &captures, &metadata)?;
        }
        Ok(self.model.release_buffers()?)
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listener({})", self.dir.display())
    }
}
