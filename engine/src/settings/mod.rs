//! What a person has set: typed, versioned, written whole, and never more of it changed than was asked for.
//!
//! The file is TOML, to be read and edited by hand; comments, order and keys that this version does not know stay as they are.
//! What is not set has a default. A value of the wrong kind is an error that names the key, not a default.
//! Fails with `storage` when the file cannot be understood, with `output` when it cannot be written.

mod file;

pub use file::SettingsFile;

use crate::history::Retention;
use crate::speak::text::Policy;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::PathBuf;

/// The version that this program writes. A newer file is read as far as it is understood.
pub const VERSION: u32 = 1;

/// All settings, with defaults filled in.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    pub version: u32,
    pub history: History,
    pub models: Models,
    /// What of a text is read aloud, and how.
    pub text: Policy,
    pub speech: Speech,
    pub popover: Popover,
    pub watch: Watch,
    pub devices: Devices,
    pub dictation: Dictation,
    /// By a program's own name for itself, the voice that reads what is marked in it.
    pub voice_for: BTreeMap<String, VoiceFor>,
    /// By what it does, the key that does it in every program: `speak = "ctrl+alt+s"`. What is not here has its usual key.
    pub keys: BTreeMap<String, String>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct History {
    /// Whether anything is kept.
    pub keep: bool,
    /// Older entries go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<u32>,
    /// More entries than this go, the oldest first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entries: Option<u32>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Models {
    /// A server to fetch from instead of huggingface.co.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mirror: Option<String>,
    /// The model that speaks where a voice names none; the bundled one without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speak: Option<String>,
    /// The model that the app hears with; the bundled one without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hear: Option<String>,
}

/// How the app reads aloud.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Speech {
    /// The voice's id; the first of all without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub voice: Option<String>,
    /// 1 is as the voice speaks.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    /// 0 to 1, which is as loud as the voice was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<f64>,
}

/// What the app is heard through, and what it records, by name; the system's own without it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Devices {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub speaker: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub microphone: Option<String>,
}

/// What the app does with what it has recorded to write it down.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Dictation {
    /// The words are pasted into the program from which it was asked for.
    pub paste: bool,
}

/// A program's voice.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct VoiceFor {
    /// What people call the program.
    pub name: String,
    /// The voice's id.
    pub voice: String,
}

/// The app's popover.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Popover {
    /// It stays when another window takes the focus.
    pub pinned: bool,
}

/// What the app looks at by itself.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Watch {
    /// New recordings in these folders are written down.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub folders: Vec<PathBuf>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            version: VERSION,
            history: History::default(),
            models: Models::default(),
            text: Policy::default(),
            speech: Speech::default(),
            popover: Popover::default(),
            watch: Watch::default(),
            devices: Devices::default(),
            dictation: Dictation::default(),
            voice_for: BTreeMap::new(),
            keys: BTreeMap::new(),
        }
    }
}

impl Default for History {
    fn default() -> Self {
        Self {
            keep: true,
            days: None,
            entries: None,
        }
    }
}

impl History {
    pub fn retention(&self) -> Retention {
        Retention {
            days: self.days,
            entries: self.entries,
        }
    }
}
