//! What a file says of itself.

use super::mark::Mark;
use super::riff;
use crate::{Error, Result};
use serde::Serialize;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase", tag = "finding")]
pub enum Finding {
    /// Made by Myna; the samples are the marked ones.
    Intact(Mark),
    /// Made by Myna; the samples are others now.
    Altered(Mark),
    /// No mark: made by something else, or the mark was removed.
    Unmarked,
}

/// Reads a file's mark and holds its samples against it.
pub fn verify(path: &Path) -> Result<Finding> {
    let unreadable = |e: std::io::Error| match e.kind() {
        std::io::ErrorKind::NotFound => Error::audio(path, "is not there", "Check the path."),
        _ => Error::audio(
            path,
            format!("cannot be read ({e})"),
            "Check the path and its permissions.",
        ),
    };
    let file = File::open(path).map_err(unreadable)?;
    if file.metadata().is_ok_and(|m| m.is_dir()) {
        return Err(Error::audio(
            path,
            "is a folder",
            "Give the path of a sound file.",
        ));
    }
    let Some(wav) = riff::read(&mut BufReader::new(file)).map_err(unreadable)? else {
        return Err(Error::audio(
            path,
            "is not a WAV file",
            "Marks are read from WAV, the kind that Myna writes.",
        ));
    };
    Ok(match wav.mark {
        None => Finding::Unmarked,
        Some(mark) if !wav.cut && wav.sha256.as_ref() == Some(&mark.sha256) => {
            Finding::Intact(mark)
        }
        Some(mark) => Finding::Altered(mark),
    })
}
