//! What is to be heard: files as named, and what folders hold.

use crate::failure::Result;
use myna_engine::hear::recordings;
use std::path::{Path, PathBuf};

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
            let found = recordings(path)?;
            all.extend(found.into_iter().map(|f| Input::File {
                path: f.path,
                below: f.below,
            }));
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
