//! What is kept of one utterance or one transcript.

use super::Recipe;
use crate::hear::{Coverage, Segment, Transcript};
use jiff::Timestamp;
use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    Spoken,
    Heard,
}

impl Kind {
    pub fn name(self) -> &'static str {
        match self {
            Kind::Spoken => "spoken",
            Kind::Heard => "heard",
        }
    }
}

/// The fields of `history list --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Summary {
    /// Never used for another entry.
    pub id: i64,
    pub at: Timestamp,
    pub kind: Kind,
    pub text: String,
    /// As it was asked for.
    pub model: String,
    /// Length of the sound.
    pub seconds: f64,
    /// Spoken: where the sound was written. Heard: where it was read.
    pub file: Option<String>,
    /// The version of Myna that made it.
    pub myna: String,
}

/// The fields of `history show --json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    #[serde(flatten)]
    pub summary: Summary,
    #[serde(flatten)]
    pub what: What,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
pub enum What {
    Spoken {
        voice: Option<String>,
        /// `eos`, `length` or `cancelled`.
        stopped_by: String,
        recipe: Box<Recipe>,
    },
    Heard {
        coverage: Coverage,
        segments: Vec<Segment>,
    },
}

impl Summary {
    /// When, as a clock on the wall says it.
    pub fn local_time(&self) -> String {
        let here = self.at.to_zoned(jiff::tz::TimeZone::system());
        here.strftime("%Y-%m-%d %H:%M").to_string()
    }
}

impl Entry {
    /// The transcript as it was, for export; None of an utterance.
    pub fn transcript(&self) -> Option<Transcript> {
        let What::Heard { coverage, segments } = &self.what else {
            return None;
        };
        Some(Transcript {
            file: self.summary.file.clone().unwrap_or_default(),
            text: self.summary.text.clone(),
            segments: segments.clone(),
            coverage: *coverage,
            model: self.summary.model.clone(),
            seconds: self.summary.seconds,
            complaints: Vec::new(),
            failures: Vec::new(),
            cancelled: false,
        })
    }
}
