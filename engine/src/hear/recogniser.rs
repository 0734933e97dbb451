//! Whatever turns a chunk of sound into words: a model on this thread, or one in the engine process.

use crate::Result;
use myna_models::step_audio::FinishReason;
use serde::{Deserialize, Serialize};
use std::ops::ControlFlow;

/// What a chunk became.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Words {
    /// As generated, spaces at its ends included; empty where nothing was said.
    pub text: String,
    pub finish_reason: FinishReason,
    /// Not understood at first go.
    pub uncertain: bool,
}

/// How a chunk gets on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    Tokens {
        attempt: usize,
        tokens: usize,
    },
    /// The engine process was lost; the chunk is heard from its beginning again.
    Restarted {
        why: &'a str,
    },
}

/// Hears of every token, and may break off.
pub type Watch<'a> = &'a mut dyn FnMut(Progress) -> ControlFlow<()>;

pub trait Recogniser {
    /// Mono at 16 kHz, one chunk. Broken off, it fails with the kind `cancelled`.
    fn recognise(&mut self, samples: &[f32], watch: Watch<'_>) -> Result<Words>;

    /// The recording of this name is over.
    fn finish(&mut self, _file: &str) -> Result<()> {
        Ok(())
    }

    /// The model's name in results.
    fn model(&self) -> String {
        String::new()
    }
}
