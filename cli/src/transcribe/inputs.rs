//! What is to be heard: files as named, and what folders hold.

use crate::failure::{Failure, Result};
use std::path::{Path, PathBuf};

/// How deep folders are searched; deeper is a link that leads back.
const DEEPEST: usize = 32;

/// Names that sound files and films go by; only in folders, where other files lie beside them. A file that is named
/// is opened whatever its name.
const EXTENSIONS: [&str; 24] = [
    "aac", "adts", "aif", "aifc", "aiff", "alac", "caf", "flac", "m4a", "m4b", "m4v", "mka", "mkv",
    "mov", "mp1", "mp2", "mp3", "mp4", "oga", "ogg", "opus", "wav", "wave", "webm",
];

#[derive(Debug, Clone)]
pub enum Input {
    Stdin,
    File {
        path: PathBuf,
        /// Below the folder that was named: its subfolder, kept under -o.
        below: PathBuf,
    },
}

impl Input {
    /// The name in messages and results.
    pub fn name(&self) -> String {
        match self {
            Input::Stdin => "-".into(),
            Input::File { path, .. } => path.display().to_string(),
        }
    }

    /// A pipe gives its bytes a single time.
    pub fn is_read_once(&self) -> bool {
        match self {
            Input::Stdin => true,
            Input::File { path, .. } => !path.is_file(),
        }
    }

    /// The path that names of results are made of.
    pub fn source(&self) -> &Path {
        match self {
            Input::Stdin => Path::new("stdin"),
            Input::File { path, .. } => path,
        }
    }
}

/// Everything, each file once.
pub fn find(named: &[PathBuf]) -> Result<Vec<Input>> {
    let mut all: Vec<Input> = Vec::new();
    for path in named {
        if path.as_os_str() == "-" {
            all.push(Input::Stdin);
        } else if path.is_dir() {
            let mut found = Vec::new();
            walk(path, path, 0, &mut found)?;
            if found.is_empty() {
                return Err(Failure::new(
                    "bad-input",
                    format!("{} holds no recordings", path.display()),
                    "Folders are searched for names like .mp3, .m4a, .wav, .mp4; other files can be named one by one.",
                ));
            }
            found.sort_by(|a: &Input, b: &Input| a.source().cmp(b.source()));
            all.extend(found);
        } else {
            all.push(Input::File {
                path: path.clone(),
                below: PathBuf::new(),
            });
        }
    }
    let mut seen = std::collections::HashSet::new();
    all.retain(|input| seen.insert(input.source().to_owned()));
    Ok(all)
}

fn walk(root: &Path, dir: &Path, depth: usize, out: &mut Vec<Input>) -> Result<()> {
    let failed = |e: std::io::Error| {
        Failure::new(
            "bad-input",
            format!("{} cannot be read: {e}", dir.display()),
            "Check its permissions.",
        )
    };
    if depth > DEEPEST {
        return Ok(());
    }
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let hidden = path
            .file_name()
            .is_some_and(|n| n.as_encoded_bytes().starts_with(b"."));
        if hidden {
            continue;
        }
        if path.is_dir() {
            walk(root, &path, depth + 1, out)?;
        } else if is_named_like_sound(&path) {
            let below = dir.strip_prefix(root).unwrap_or(Path::new("")).to_owned();
            out.push(Input::File { path, below });
        }
    }
    Ok(())
}

fn is_named_like_sound(path: &Path) -> bool {
    path.extension()
        .and_then(|e| e.to_str())
        .is_some_and(|e| EXTENSIONS.contains(&e.to_ascii_lowercase().as_str()))
}
