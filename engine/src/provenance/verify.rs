//! What a file says of itself.

use super::mark::Mark;
use super::{riff, tags};
use crate::{Error, Result};
use serde::Serialize;
use std::fs::File;
use std::io::{BufReader, Seek};
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
    let mut again = file.try_clone().map_err(unreadable)?;
    if let Some(wav) = riff::read(&mut BufReader::new(file)).map_err(unreadable)? {
        return Ok(finding(wav.mark, wav.sha256.filter(|_| !wav.cut)));
    }
    again.rewind().map_err(unreadable)?;
    match tags::read(again) {
        Some(found) => Ok(finding(found.mark, found.sha256)),
        None => Err(Error::audio(
            path,
            "is not a sound file that is known",
            "Marks are read from WAV and FLAC, which Myna writes, and from copies as MP3, M4A or OGG.",
        )),
    }
}

fn finding(mark: Option<Mark>, sha256: Option<String>) -> Finding {
    match mark {
        None => Finding::Unmarked,
        Some(mark) if sha256.as_ref() == Some(&mark.sha256) => Finding::Intact(mark),
        Some(mark) => Finding::Altered(mark),
    }
}
