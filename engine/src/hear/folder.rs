//! Recordings in a folder: found by their names, since other files lie beside them. A file that is named on its own is
//! opened whatever its name.
//!
//! Fails with `bad-input` for a folder that cannot be read or holds none.

use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// How deep folders are searched; deeper is a link that leads back.
const DEEPEST: usize = 32;

/// Names that sound files and films go by.
pub const EXTENSIONS: [&str; 24] = [
    "aac", "adts", "aif", "aifc", "aiff", "alac", "caf", "flac", "m4a", "m4b", "m4v", "mka", "mkv",
    "mov", "mp1", "mp2", "mp3", "mp4", "oga", "ogg", "opus", "wav", "wave", "webm",
];

/// A recording, and in which subfolder it was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub path: PathBuf,
    pub below: PathBuf,
}

/// All recordings in a folder and those below it, by name. Hidden ones are left out.
pub fn recordings(folder: &Path) -> Result<Vec<Found>> {
    let mut found = Vec::new();
    walk(folder, folder, 0, &mut found)?;
    if found.is_empty() {
        return Err(Error::request(
            format!("{} holds no recordings", folder.display()),
            "Folders are searched for names like .mp3, .m4a, .wav, .mp4; other files can be named one by one.",
        ));
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(found)
}

fn walk(root: &Path, folder: &Path, depth: usize, out: &mut Vec<Found>) -> Result<()> {
    let failed = |e: std::io::Error| {
        Error::request(
            format!("{} cannot be read: {e}", folder.display()),
            "Check its permissions.",
        )
    };
    if depth > DEEPEST {
        return Ok(());
    }
    for entry in std::fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        if is_hidden(&path) {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, depth + 1, out)?;
        } else if is_named_like_sound(&path) {
            let below = folder.strip_prefix(root).unwrap_or(Path::new(""));
            out.push(Found {
                below: below.to_owned(),
                path,
            });
        }
    }
    Ok(())
}

pub(super) fn is_hidden(path: &Path) -> bool {
    path.file_name()
        .is_some_and(|n| n.as_encoded_bytes().starts_with(b"."))
}

pub(super) fn is_named_like_sound(path: &Path) -> bool {
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| EXTENSIONS.contains(&e.to_ascii_lowercase().as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recordings_are_found_by_name_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        for name in [
            "b.MP3",
            "notes.txt",
            ".hidden.wav",
            "sub/deep/a.wav",
            "c.mov",
        ] {
            let path = dir.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        let found = recordings(dir.path()).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|f| f.path.strip_prefix(dir.path()).unwrap().to_str().unwrap())
            .collect();
        assert_eq!(names, ["b.MP3", "c.mov", "sub/deep/a.wav"]);
        assert_eq!(found[2].below, Path::new("sub/deep"));
    }

    #[test]
    fn a_folder_without_any_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let refusal = recordings(dir.path()).unwrap_err();
        assert_eq!(refusal.kind(), "bad-input");
        assert!(refusal.to_string().contains("holds no recordings"));
        assert!(recordings(&dir.path().join("gone")).is_err());
    }
}
