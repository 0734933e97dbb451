//! What came of a request.

use super::session::Checked;
use myna_models::csm::StoppedBy;
use serde::{Deserialize, Serialize};

/// The fields of `speak --json`, whether of one utterance or of a text.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Report {
    /// Where the sound was written, if anywhere.
    pub file: Option<String>,
    pub text: String,
    pub voice: Option<String>,
    pub model: String,
    pub seed: u64,
    pub frames: usize,
    /// Length of the speech.
    pub seconds: f64,
    /// From the request to the first samples, with the model loaded, or until they are heard where they are played; null when
    /// nothing was spoken.
    pub first_sound_ms: Option<f64>,
    /// Seconds of work per second of speech: below 1 is faster than it is heard.
    pub real_time_factor: Option<f64>,
    pub stopped_by: StoppedBy,
    /// Gaps that were heard because no sound was there in time; of what was played.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub underruns: Option<usize>,
    /// What listening to it found, if it was asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub check: Option<Checked>,
    /// Codes that the model drew and the codec does not have; the codec's last one was heard instead.
    #[serde(skip)]
    pub beyond_codec: usize,
    /// How long the speech could have been.
    #[serde(skip)]
    pub max_seconds: f64,
    /// What was drawn, frame by frame, where something can follow on from it.
    #[serde(skip)]
    pub codes: Vec<Vec<i32>>,
}
