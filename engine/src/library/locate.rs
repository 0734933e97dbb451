//! From a name or a path to a model's folder.
//!
//! A path wins over a name. Names are looked up in `MYNA_MODELS`, among the models fetched or imported, beside the
//! program, and in the source tree; the name `pocket`, which is also the default, means the small bundled models.

use crate::Result;
use crate::home::Home;
use myna_models::Error;
use myna_models::token2wav::File;
use std::path::{Path, PathBuf};

const POCKET: &str = "pocket";

/// Folders that hold models, best first.
fn shelves() -> Vec<PathBuf> {
    let mut all = Vec::new();
    if let Some(dir) = std::env::var_os("MYNA_MODELS").filter(|d| !d.is_empty()) {
        all.push(PathBuf::from(dir));
    }
    // Without a home there is nothing that was fetched.
    all.extend(Home::find().ok().map(|home| home.models()));
    if let Ok(program) = std::env::current_exe() {
        // Beside the program; inside an application bundle; installed under a prefix.
        for place in ["models", "../Resources/models", "../share/myna/models"] {
            all.extend(program.parent().map(|dir| dir.join(place)));
        }
    }
    // The source tree that this was built from, if it is still there.
    all.push(Path::new(env!("CARGO_MANIFEST_DIR")).join("../models"));
    all
}

/// MLX's compiled kernels in the application bundle that this program is part of.
#[cfg(target_os = "macos")]
pub fn bundled_kernels() -> Option<PathBuf> {
    let program = std::env::current_exe().ok()?;
    let kernels = program.parent()?.join("../Resources/mlx.metallib");
    kernels.is_file().then_some(kernels)
}

/// The folder of a speech model: a path, a name, or the bundled voice.
pub fn find(model: Option<&str>) -> Result<PathBuf> {
    find_part(model, "voice")
}

/// The folder of a recogniser: a path, a name, or the bundled ear.
pub fn find_ear(model: Option<&str>) -> Result<PathBuf> {
    find_part(model, "ear")
}

/// The codec to use without any speech model: a path, or the bundled one.
pub fn find_codec(codec: Option<&Path>) -> Result<PathBuf> {
    match codec {
        Some(path) => Ok(path.to_owned()),
        None => find_part(None, "codec"),
    }
}

fn find_part(model: Option<&str>, part: &str) -> Result<PathBuf> {
    let name = model.unwrap_or(POCKET);
    let path = Path::new(name);
    if model.is_some() && path.is_dir() {
        return Ok(path.to_owned());
    }
    if is_name(name) {
        for shelf in shelves() {
            let dir = shelf.join(name);
            let dir = if name == POCKET { dir.join(part) } else { dir };
            if dir.join("config.json").is_file() {
                return Ok(dir);
            }
        }
    }
    Err(match model {
        None => Error::missing(
            format!("the bundled {part} model is not there"),
            format!(
                "Give one with {}, or name the folder that holds `pocket` in MYNA_MODELS.",
                if part == "codec" {
                    "--codec"
                } else {
                    "--model DIR"
                }
            ),
        ),
        Some(name) if path.is_file() => Error::missing(
            format!("{name} is a file, not a model's folder"),
            "Give the folder that holds config.json, the weights and the tokenizer.",
        ),
        Some(name) => Error::missing(
            format!("there is no model {name:?}"),
            "Give the folder of a model, or a name inside MYNA_MODELS.",
        ),
    }
    .into())
}

/// A folder with the network that tells speakers apart, which comes with token2wav: the path or name given, else the first
/// on the shelves. None where nothing was asked for and nothing is there.
pub fn find_speakers(token2wav: Option<&str>) -> Result<Option<PathBuf>> {
    let holds = |dir: &Path| File::Speaker.find(dir).is_ok();
    if let Some(name) = token2wav {
        let path = PathBuf::from(name);
        let named = || shelves().into_iter().map(|shelf| shelf.join(name));
        let dir = if path.is_dir() || !is_name(name) {
            path
        } else {
            named().find(|dir| holds(dir)).unwrap_or(path)
        };
        File::Speaker.find(&dir)?;
        return Ok(Some(dir));
    }
    for shelf in shelves() {
        let entries = std::fs::read_dir(shelf).into_iter().flatten().flatten();
        let mut dirs: Vec<PathBuf> = entries.map(|e| e.path()).collect();
        // The same one every time.
        dirs.sort();
        if let Some(dir) = dirs.into_iter().find(|dir| holds(dir)) {
            return Ok(Some(dir));
        }
    }
    Ok(None)
}

/// What stands for a folder on a shelf, and for nothing else.
fn is_name(name: &str) -> bool {
    !name.is_empty() && !name.starts_with('.') && !name.contains(['/', '\\'])
}

/// The codec among the bundled models, for the voice of the same bundle.
pub fn codec_beside(model: &Path) -> Option<PathBuf> {
    let beside = model.parent()?.join("codec");
    (model.file_name()? == "voice" && beside.join("config.json").is_file()).then_some(beside)
}
