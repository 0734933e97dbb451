//! What to say, in whose voice, and how.

use crate::host::wire;
use crate::{Error, Result, Sampling};
use serde::{Deserialize, Serialize};
use std::hash::BuildHasher;
use std::path::PathBuf;

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Request {
    pub text: String,
    /// Said before, oldest first; the voice of the last is imitated.
    pub references: Vec<Reference>,
    /// Said right before by the same voice, so that this follows on from it. Left out where the model cannot use it or has no
    /// room for it.
    pub prior: Option<Prior>,
    /// Continue the one reference instead of answering it.
    pub voice_match: bool,
    /// Has a meaning only relative to the references.
    pub speaker: u32,
    pub seed: u64,
    pub sampling: Sampling,
    /// All of the model's when None.
    pub codebooks: Option<usize>,
    /// How many frames of sound are given out together: 1, 2, 4, then 8 when None.
    pub chunk_frames: Option<usize>,
    /// Never longer than this, nor than the model's positions allow.
    #[serde(with = "wire::exact")]
    pub max_seconds: f64,
    /// Where to write what went into every choice.
    #[serde(with = "wire::place")]
    pub trace: Option<PathBuf>,
}

/// A recording and exactly its words.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reference {
    #[serde(with = "wire::path")]
    pub audio: PathBuf,
    pub transcript: String,
}

/// What a model said, as it said it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prior {
    pub text: String,
    /// Frame by frame, one code per codebook.
    pub frames: Vec<Vec<i32>>,
}

impl Request {
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            references: Vec::new(),
            prior: None,
            voice_match: false,
            speaker: 0,
            seed: random_seed(),
            sampling: Sampling::default(),
            codebooks: None,
            chunk_frames: None,
            max_seconds: 90.0,
            trace: None,
        }
    }

    /// Refuses what cannot work, before anything is loaded.
    pub fn check(&self) -> Result<()> {
        if self.text.trim().is_empty() {
            return Err(Error::request(
                "there is no text to speak",
                "Give a word or a sentence, as an argument, with --file, or on standard input with `-`.",
            ));
        }
        if !self.text.chars().any(char::is_alphanumeric) {
            return Err(Error::request(
                "the text has no letter or digit to speak",
                "Give a word or a sentence; symbols alone have no sound.",
            ));
        }
        for reference in &self.references {
            if !reference.transcript.chars().any(char::is_alphanumeric) {
                return Err(Error::request(
                    format!(
                        "the transcript of {} has no words",
                        reference.audio.display()
                    ),
                    "Write exactly what is said in the recording: AUDIO=TRANSCRIPT.",
                ));
            }
        }
        if self.voice_match && self.references.len() != 1 {
            return Err(Error::request(
                format!(
                    "voice match needs exactly one reference, {} are given",
                    self.references.len()
                ),
                "Give one --context AUDIO=TRANSCRIPT, or leave --voice-match away.",
            ));
        }
        if !self.max_seconds.is_finite() || self.max_seconds <= 0.0 {
            return Err(Error::request(
                format!("a length of {} seconds makes no sense", self.max_seconds),
                "Use a positive number.",
            ));
        }
        // A long utterance must not end in a trace that has no place.
        self.trace
            .as_deref()
            .map_or(Ok(()), crate::tensors::check_writable)
    }
}

/// A seed that nobody chose; reported, so that a result can be made again.
pub fn random_seed() -> u64 {
    // The hasher's keys are random; 32 bits are all that PyTorch's generator uses.
    std::hash::RandomState::new().hash_one(0u8) >> 32
}
