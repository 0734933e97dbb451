//! Where bytes come from: a file, or a stream laid down in a temporary file.

use crate::{Error, Result};
use std::fs::File;
use std::io::{ErrorKind, Read, Seek};
use std::path::Path;

pub(super) fn file(path: &Path) -> Result<File> {
    let refuse = |e: std::io::Error| match e.kind() {
        ErrorKind::NotFound => Error::audio(path, "is not there", "Check the path."),
        _ => Error::audio(
            path,
            format!("cannot be opened ({e})"),
            "Check the path and its permissions.",
        ),
    };
    let file = File::open(path).map_err(refuse)?;
    let about = file.metadata().map_err(refuse)?;
    if about.is_dir() {
        return Err(Error::audio(
            path,
            "is a folder",
            "Give the path of a file.",
        ));
    }
    if !about.is_file() {
        // A pipe or a device, which cannot be sought in.
        return spooled(path, file);
    }
    if about.len() == 0 {
        return Err(Error::audio(path, "is empty", super::AGAIN));
    }
    Ok(file)
}

/// The file has no name and is gone when it is closed.
pub(super) fn spooled(name: &Path, mut reader: impl Read) -> Result<File> {
    let failed = |e: std::io::Error| {
        Error::audio(
            name,
            format!("cannot be read into a temporary file ({e})"),
            "Check the free space of the temporary folder.",
        )
    };
    let mut file = tempfile::tempfile().map_err(failed)?;
    if std::io::copy(&mut reader, &mut file).map_err(failed)? == 0 {
        return Err(Error::audio(name, "is empty", super::AGAIN));
    }
    file.rewind().map_err(failed)?;
    Ok(file)
}
