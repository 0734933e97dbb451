//! What came of listening to a file.

use myna_models::step_audio::join_text;
use serde::Serialize;

/// One chunk's words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Segment {
    /// Seconds since the beginning of the file, from sample counts.
    pub start: f64,
    pub end: f64,
    pub text: String,
    /// `stop`, `loop`, `length`, `cache`; `failed` where the model gave an error instead of text.
    pub finish_reason: &'static str,
    /// Not understood at first go: look at it before you rely on it.
    pub uncertain: bool,
}

/// Seconds. `speech` = `transcribed` + `uncertain` + `failed`.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Default)]
pub struct Coverage {
    /// Speech found, of which …
    pub speech: f64,
    /// … understood,
    pub transcribed: f64,
    /// … written down with doubts,
    pub uncertain: f64,
    /// … not written down, because the model failed or the work was cancelled.
    pub failed: f64,
}

/// The fields of `transcribe --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Transcript {
    /// As it was named.
    pub file: String,
    pub text: String,
    pub segments: Vec<Segment>,
    pub coverage: Coverage,
    pub model: String,
    /// Length of the sound that was heard.
    pub seconds: f64,
    /// What is wrong with the file, although it was heard; sentences about it.
    #[serde(skip)]
    pub complaints: Vec<String>,
    /// Why the failed segments failed.
    #[serde(skip)]
    pub failures: Vec<String>,
    /// Stopped on request; what is finished is here.
    #[serde(skip)]
    pub cancelled: bool,
}

impl Transcript {
    /// Whether somebody has to be told that words may be missing.
    pub fn is_complete(&self) -> bool {
        self.complaints.is_empty() && self.failures.is_empty() && !self.cancelled
    }

    /// Whether nothing was said.
    pub fn is_silent(&self) -> bool {
        self.text.is_empty() && self.coverage.failed == 0.0 && !self.cancelled
    }
}

/// Segments' words as one text, with spaces where their script wants them.
pub fn joined<'a>(texts: impl Iterator<Item = &'a str>) -> String {
    texts.fold(String::new(), append)
}

/// Without copying what is there already; ten hours are a long text.
fn append(mut all: String, more: &str) -> String {
    let last: String = all.chars().next_back().into_iter().collect();
    let joined = join_text(&last, more);
    all.truncate(all.len() - last.len());
    all.push_str(&joined);
    all
}
