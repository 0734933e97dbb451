//! How to listen.

use super::RATE;
use crate::{Error, Result};
use myna_models::step_audio::{DecodeOptions, Task};
use std::path::PathBuf;

/// Longer chunks are not understood at once; the model's table of positions ends at 29.98 s.
const LONGEST_CHUNK: f64 = 29.0;

#[derive(Debug, Clone)]
pub struct Request {
    pub task: Task,
    /// Look for speech and cut at pauses; otherwise cut wherever a chunk is full.
    pub vad: bool,
    pub chunk_seconds: f64,
    pub decode: DecodeOptions,
    /// Where to write what went on inside the model.
    pub trace: Option<PathBuf>,
}

impl Default for Request {
    fn default() -> Self {
        Self {
            task: Task::Transcribe,
            vad: true,
            chunk_seconds: 25.0,
            decode: DecodeOptions::default(),
            trace: None,
        }
    }
}

impl Request {
    /// Refuses what cannot work, before anything is loaded.
    pub fn check(&self) -> Result<()> {
        self.decode.check()?;
        if !(1.0..=LONGEST_CHUNK).contains(&self.chunk_seconds) {
            return Err(Error::request(
                format!("chunks of {} s cannot be heard", self.chunk_seconds),
                format!("--chunk-seconds takes 1 to {LONGEST_CHUNK}."),
            ));
        }
        if let Task::Ask(question) = &self.task
            && question.trim().is_empty()
        {
            return Err(Error::request(
                "the question is empty",
                "Say what you want to know about the audio.",
            ));
        }
        self.trace
            .as_deref()
            .map_or(Ok(()), crate::tensors::check_writable)
    }

    pub(super) fn limit(&self) -> usize {
        (self.chunk_seconds * f64::from(RATE)) as usize
    }
}
