//! The network put together: loading, encoding audio, and reading a prompt.

use super::adapter::Adapter;
use super::capture::{Capture, Table};
use super::config::{Config, audio_tokens};
use super::decode::Start;
use super::encoder::Encoder;
use super::ids;
use super::llm::Llm;
use super::open::{Opened, open};
use super::prompt::Prompt;
use super::tokenizer::Tokenizer;
use crate::audio::MelFrontEnd;
use crate::weights::{Fit, Loading};
use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, ops};
use std::path::Path;

/// Samples per second of all audio given.
pub const RATE: usize = 16_000;

/// Zeros that the reference appends to a chunk before the transform.
const RIGHT_ZEROS: usize = 479;

/// Step-Audio 2, loaded. Belongs to the thread that loaded it.
#[derive(Debug)]
pub struct StepAudio {
    pub(super) config: Config,
    pub(super) tokenizer: Option<Tokenizer>,
    front_end: MelFrontEnd,
    encoder: Encoder,
    adapter: Adapter,
    pub(super) llm: Llm,
    surplus: Vec<String>,
    fit: Fit,
}

/// A piece of audio as the language model takes it.
#[derive(Debug, Clone)]
pub struct Audio {
    /// `[tokens, llm width]`
    features: Array,
    tokens: usize,
    seconds: f64,
}

impl Audio {
    /// Positions it takes in a prompt.
    pub fn tokens(&self) -> usize {
        self.tokens
    }

    pub fn seconds(&self) -> f64 {
        self.seconds
    }
}

/// What the language model makes of a prompt.
#[derive(Debug, Clone, PartialEq)]
pub struct PromptStates {
    /// With the audio in its places, `[prompt, llm width]`.
    pub embeds: Table,
    /// After the final norm, `[prompt, llm width]`.
    pub hidden: Table,
    /// `[vocabulary]`
    pub first_logits: Table,
}

impl StepAudio {
    /// Loads the checkpoint in `dir`: config.json, one safetensors file or shards with an index, tokenizer.json.
    /// `ModelMissing` or `ModelRefused` tell what is not there or does not fit.
    pub fn load(dir: &Path, loading: impl Into<Loading>) -> Result<Self> {
        let opened = open(dir, loading)?;
        let tokenizer = Tokenizer::load(dir, opened.config.text.vocab_size)?;
        Self::assemble(opened, Some(tokenizer))
    }

    /// The same without a tokenizer, on purpose: it transcribes, and its text is the ids in decimal.
    pub fn load_without_tokenizer(dir: &Path, loading: impl Into<Loading>) -> Result<Self> {
        Self::assemble(open(dir, loading)?, None)
    }

    fn assemble(opened: Opened, tokenizer: Option<Tokenizer>) -> Result<Self> {
        let Opened {
            config,
            weights: mut w,
            specs,
        } = opened;
        let rows = tokenizer.as_ref().map(|t| t.rows().clone());
        let rows = rows.unwrap_or_default();
        if !rows.own() && config.text.vocab_size <= ids::FIRST_CODE as usize {
            return Err(Error::refused(
                format!(
                    "a vocabulary of {} has no room for the audio tokens",
                    config.text.vocab_size
                ),
                "This is not the config of a Step-Audio 2 model.",
            ));
        }
        let fit = w.require(&specs)?;
        let mut surplus = w.surplus().to_vec();
        surplus.extend(w.beyond(&specs));
        let model = Self {
            tokenizer,
            front_end: MelFrontEnd::new(config.audio.n_mels, RIGHT_ZEROS),
            encoder: Encoder::load(&mut w, &config.audio)?,
            adapter: Adapter::load(&mut w, &config.audio)?,
            llm: Llm::load(&mut w, &config, rows)?,
            config,
            surplus,
            fit,
        };
        // Turning and joining matrices leaves buffers as large as they are.
        model.release_buffers()?;
        Ok(model)
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn tokenizer(&self) -> Option<&Tokenizer> {
        self.tokenizer.as_ref()
    }

    /// Stored tensors that the network has no use for.
    pub fn surplus(&self) -> &[String] {
        &self.surplus
    }

    /// How far the checkpoint was this network; whole, unless partial loading was asked for.
    pub fn fit(&self) -> &Fit {
        &self.fit
    }

    /// The longest chunk that the positional table has room for, in samples: 29.98 s.
    pub fn max_samples(&self) -> usize {
        self.config.audio.max_frames() * 160 + 159 - RIGHT_ZEROS
    }

    /// Encodes one chunk of 16 kHz mono. `BadInput` if a sample is not a number, or if the chunk is too short to
    /// become a token (321 samples) or longer than [`Self::max_samples`].
    pub fn encode_audio(&mut self, samples: &[f32]) -> Result<Audio> {
        self.encode(samples, None)
    }

    pub(super) fn encode(
        &mut self,
        samples: &[f32],
        capture: Option<&mut Capture>,
    ) -> Result<Audio> {
        if let Some(at) = samples.iter().position(|s| !s.is_finite()) {
            return Err(Error::input(
                format!("sample {at} of the audio is not a number"),
                "The file is damaged or was decoded wrongly.",
            ));
        }
        let frames = self.front_end.frames(samples.len());
        let tokens = audio_tokens(frames);
        if tokens == 0 {
            return Err(Error::input(
                format!(
                    "{} samples are too short to hear anything in",
                    samples.len()
                ),
                "Give at least a tenth of a second.",
            ));
        }
        if frames > self.config.audio.max_frames() {
            return Err(Error::input(
                format!(
                    "a chunk of {:.1} s is longer than the model hears at once ({:.1} s)",
                    samples.len() as f64 / RATE as f64,
                    self.max_samples() as f64 / RATE as f64
                ),
                "Cut it into chunks of 25 s or less.",
            ));
        }
        let mel = self.front_end.compute(samples);
        // Finite samples of an absurd size overflow when squared.
        if mel.values.iter().any(|v| !v.is_finite()) {
            return Err(Error::input(
                "the audio is too loud to be sound",
                "Samples should lie between −1 and 1; the file was decoded wrongly.",
            ));
        }
        let table = Array::from_slice(&mel.values, &[mel.frames as i32, mel.bands as i32]);
        let states = self.encoder.forward(&table)?;
        let all = self.adapter.forward(&states)?;
        // The adapter's last frame may see padding only; the reference drops it.
        let features = all.try_index(0..tokens as i32)?;
        features.eval()?;
        if let Some(capture) = capture {
            capture.mel = Table {
                shape: vec![mel.bands, mel.frames],
                values: mel.bands_first(),
            };
            capture.encoder_out = Table::of(&states)?;
            capture.adapter_out = Table::of(&all)?;
        }
        Ok(Audio {
            features,
            tokens,
            seconds: samples.len() as f64 / RATE as f64,
        })
    }

    /// Embeddings of a prompt with the audio in its places, `[prompt, llm width]`.
    pub(super) fn embed(&self, prompt: &Prompt, audio: &[Audio]) -> Result<Array> {
        if prompt.audio().len() != audio.len() {
            return Err(Error::input(
                format!(
                    "the prompt has room for {} pieces of audio, {} are given",
                    prompt.audio().len(),
                    audio.len()
                ),
                "Build the prompt from the same pieces.",
            ));
        }
        let mut parts = Vec::new();
        let mut from = 0;
        for (range, audio) in prompt.audio().iter().zip(audio) {
            if range.len() != audio.tokens {
                return Err(Error::input(
                    format!(
                        "the prompt has {} places for a piece of {} audio tokens",
                        range.len(),
                        audio.tokens
                    ),
                    "Build the prompt from the same pieces.",
                ));
            }
            let text = self.llm.embed(&prompt.ids()[from..range.start])?;
            parts.push(text.clone());
            parts.push(audio.features.as_dtype(text.dtype())?);
            from = range.end;
        }
        parts.push(self.llm.embed(&prompt.ids()[from..])?);
        Ok(ops::concatenate(&parts, 0)?)
    }

    /// Reads the prompt; `BadInput` if it leaves no room in a cache of `max_cache_len`.
    pub(super) fn start(
        &self,
        prompt: &Prompt,
        audio: &[Audio],
        max_cache_len: usize,
    ) -> Result<Start> {
        let room = self.positions(max_cache_len);
        if prompt.len() >= room {
            return Err(Error::input(
                format!(
                    "the prompt needs {} positions, the cache may have {room}",
                    prompt.len()
                ),
                "Give shorter audio or text, or allow a longer cache (--max-cache-len).",
            ));
        }
        Start::prefill(&self.llm, &self.embed(prompt, audio)?)
    }

    /// The cache limit, within what the positions of the model reach.
    pub(super) fn positions(&self, max_cache_len: usize) -> usize {
        max_cache_len.min(self.config.text.max_position_embeddings)
    }

    /// Text of generated ids; without a tokenizer the ids themselves.
    pub(super) fn words(&self, generated: &[u32]) -> Result<String> {
        match &self.tokenizer {
            Some(tokenizer) => tokenizer.decode(generated),
            None => {
                let (text, _) = ids::split(generated);
                let words: Vec<String> = text.iter().map(u32::to_string).collect();
                Ok(words.join(" "))
            }
        }
    }

    /// The stages of reading a prompt, for comparisons.
    pub fn prompt_states(&self, prompt: &Prompt, audio: &[Audio]) -> Result<PromptStates> {
        let embeds = self.embed(prompt, audio)?;
        let states = self.llm.forward(&embeds, &mut self.llm.cache())?;
        Ok(PromptStates {
            embeds: Table::of(&embeds)?,
            hidden: Table::of(&states)?,
            first_logits: Table::of(&self.llm.logits(&states)?)?,
        })
    }

    /// Gives memory that MLX keeps for reuse back to the system; for the end of a long job.
    pub fn release_buffers(&self) -> Result<()> {
        Ok(mlx_rs::memory::clear_cache()?)
    }
}
