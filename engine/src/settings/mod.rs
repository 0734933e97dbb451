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
