//! What the engine is asked for, what it tells meanwhile, and what comes of it.

use super::wire;
use crate::hear::{DecodeOptions, Task, Words};
use crate::{Fit, speak};
use serde::{Deserialize, Serialize};
use std::path::PathBuf;
use std::sync::Arc;

/// A speech model and its codec.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceModel {
    #[serde(with = "wire::path")]
    pub dir: PathBuf,
    /// The one that the model's folder holds when None.
    #[serde(with = "wire::place")]
    pub codec: Option<PathBuf>,
    /// For diagnosis: what a checkpoint lacks is zeros.
    pub partial: bool,
}

/// A recogniser's model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarModel {
    #[serde(with = "wire::path")]
    pub dir: PathBuf,
    /// Without, no tokenizer is needed, and text is the ids in decimal.
    pub words: bool,
    pub max_cache_len: usize,
    /// For diagnosis: what the checkpoint lacks is zeros.
    pub partial: bool,
}

/// One job. A model that is not loaded is loaded first.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "kebab-case")]
pub enum Work {
    /// Only load, so that speaking can begin at once.
    LoadVoice { model: VoiceModel },
    /// One utterance.
    Speak {
        model: VoiceModel,
        request: Box<speak::Request>,
    },
    /// Only load.
    LoadEar { model: EarModel },
    /// One chunk of a recording.
    Hear {
        model: EarModel,
        task: Task,
        decode: Box<DecodeOptions>,
        /// Keep what goes on inside the model for a trace.
        capture: bool,
        /// Mono at 16 kHz.
        #[serde(skip)]
        samples: Arc<[f32]>,
    },
    /// The recording is over: write the trace, give memory back.
    EndRecording {
        model: EarModel,
        trace: Option<Trace>,
    },
}

/// Where a recording's trace goes.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Trace {
    #[serde(with = "wire::path")]
    pub to: PathBuf,
    /// The recording's name.
    pub file: String,
    /// Chunks that must be in it.
    pub chunks: usize,
}

/// Who goes first when several wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Priority {
    /// Somebody listens.
    Speech,
    Transcription,
}

impl Work {
    pub fn priority(&self) -> Priority {
        match self {
            Work::LoadVoice { .. } | Work::Speak { .. } => Priority::Speech,
            Work::LoadEar { .. } | Work::Hear { .. } | Work::EndRecording { .. } => {
                Priority::Transcription
            }
        }
    }
}

/// What happens during a job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Event {
    /// The prompt is made, speaking begins.
    Started {
        prompt_rows: usize,
        max_frames: usize,
    },
    /// So many frames of speech are there.
    Frames(usize),
    /// The next samples: mono, at [`crate::sound::RATE`].
    Sound {
        #[serde(skip)]
        samples: Vec<f32>,
    },
    /// A chunk is being heard: attempt and tokens so far.
    Tokens { attempt: usize, tokens: usize },
    /// The engine was lost and began the job anew; nothing given out so far comes again. Never sent by an engine.
    Restarted { why: String },
}

/// What came of a job.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "got", rename_all = "kebab-case")]
pub enum Answer {
    Voice(VoiceFacts),
    Spoken {
        report: Box<speak::Report>,
        beyond_codec: usize,
        #[serde(with = "wire::exact")]
        max_seconds: f64,
        /// Frame by frame, for what follows on from it.
        codes: Vec<Vec<i32>>,
    },
    Ear(EarFacts),
    Heard(Words),
    RecordingEnded,
}

/// What is worth knowing of a loaded speech model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoiceFacts {
    /// Codes per codebook that the model draws from.
    pub vocabulary: usize,
    pub codebooks: usize,
    /// Tensors of the checkpoint that nothing uses.
    pub surplus: Vec<String>,
    /// How far model and codec were provided.
    pub fits: Vec<Fit>,
}

/// What is worth knowing of a loaded recogniser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarFacts {
    /// Tensors of the checkpoint that nothing uses.
    pub surplus: Vec<String>,
    /// How far the model was provided.
    pub fit: Fit,
}
