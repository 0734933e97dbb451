//! The mark itself, and its one text form.

use serde::{Deserialize, Serialize};
use std::path::Path;

/// What a person reads in the comment field, before the part for programs.
const SENTENCE: &str = "This is generated speech. ";

/// How a file of ours names its maker.
pub const GENERATOR: &str = concat!("Myna ", env!("CARGO_PKG_VERSION"));

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// `Myna` and a version.
    pub generator: String,
    /// A model's name; of a folder its last part, because paths tell of people.
    pub model: String,
    pub voice: Option<String>,
    /// Day of making, UTC: `2026-11-21`.
    pub date: String,
    /// SHA-256 of the samples as the file stores them, in hexadecimal.
    pub sha256: String,
}

impl Mark {
    /// A mark for speech that is about to be made today. The samples' hash is filled in while they are written.
    pub fn new(model: &str, voice: Option<&str>) -> Self {
        let name = Path::new(model).file_name().map(|n| n.to_string_lossy());
        Self {
            generator: GENERATOR.into(),
            model: name.map_or_else(|| "unnamed".into(), |n| n.into_owned()),
            voice: voice.map(str::to_owned),
            date: jiff::Timestamp::now().strftime("%Y-%m-%d").to_string(),
            sha256: "0".repeat(64),
        }
    }

    /// The comment field: a sentence, then an object whose last value is the hash.
    pub fn comment(&self) -> String {
        // An object of strings always serialises.
        let object = serde_json::to_string(self).unwrap_or_default();
        format!("{SENTENCE}{object}")
    }

    /// Reads a comment; None when it is somebody else's.
    pub fn parse(comment: &str) -> Option<Self> {
        let object = comment.trim_end_matches('\0').strip_prefix(SENTENCE)?;
        let mark: Self = serde_json::from_str(object).ok()?;
        (mark.sha256.len() == 64).then_some(mark)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_survives_its_text() {
        let mark = Mark::new("/home/miriam/models/marvis \"250m\"", Some("Änne; {x}"));
        assert_eq!(
            mark.model, "marvis \"250m\"",
            "no path, no name of a person"
        );
        let comment = mark.comment();
        assert_eq!(Mark::parse(&comment), Some(mark));
        assert!(comment.ends_with("\"}"), "the hash stands at the very end");
        for foreign in [
            "",
            "A song.",
            "This is generated speech. ",
            "This is generated speech. {}",
        ] {
            assert_eq!(Mark::parse(foreign), None);
        }
    }
}
