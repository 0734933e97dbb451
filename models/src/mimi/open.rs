//! Finding a codec on disk: which file holds it, and which config belongs to it.

use super::{Config, keys};
use crate::weights::{Checkpoint, Loading, Mapped, Weights};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A tensor that every layout has, to tell whether a checkpoint holds a codec at all.
const WITNESS: &str = "decoder.model.0.conv.conv.weight";

/// The codec in a file, or in a folder: kyutai's `tokenizer-….safetensors`, else the folder's checkpoint, else
/// one that an index of another name describes (a CSM folder may hold two layouts, only one with the codec).
pub fn open(path: &Path, loading: impl Into<Loading>) -> Result<(Config, Weights)> {
    let loading = loading.into();
    if !path.is_dir() {
        let folder = path.parent().unwrap_or(Path::new("."));
        return match weights(Checkpoint::open(path)?, folder, loading)? {
            Some(found) => Ok(found),
            None => Err(no_codec(path)),
        };
    }
    let names = names(path)?;
    let own: Vec<&String> = names
        .iter()
        .filter(|n| n.starts_with("tokenizer-") && n.ends_with(".safetensors"))
        .collect();
    match own.as_slice() {
        [one] => return open(&path.join(one), loading),
        [] => {}
        [one, another, ..] => {
            return Err(Error::refused(
                format!("{} holds several codecs: {one}, {another}", path.display()),
                "Give the path of the file itself.",
            ));
        }
    }
    if let Some(found) = weights(Checkpoint::open(path)?, path, loading)? {
        return Ok(found);
    }
    for index in names
        .iter()
        .filter(|n| n.ends_with(".safetensors.index.json"))
    {
        if let Some(found) = weights(Checkpoint::open(&path.join(index))?, path, loading)? {
            return Ok(found);
        }
    }
    Err(no_codec(path))
}

fn no_codec(path: &Path) -> Error {
    Error::missing(
        format!("{} holds no Mimi codec", path.display()),
        "Give kyutai's tokenizer-….safetensors, a folder with it, or a transformers Mimi or CSM checkpoint.",
    )
}

fn names(dir: &Path) -> Result<Vec<String>> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .map_err(|e| Error::io(dir, e))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    Ok(names)
}

/// The checkpoint as a codec; `None` if it holds none.
fn weights(
    checkpoint: Checkpoint,
    folder: &Path,
    loading: Loading,
) -> Result<Option<(Config, Weights)>> {
    let shapes = shapes(&checkpoint);
    if !shapes.contains_key(WITNESS) {
        return Ok(None);
    }
    let config = match beside(folder)? {
        Some(config) => config,
        None => {
            let file = checkpoint.files().next().map(|p| p.display().to_string());
            Config::from_shapes(&file.unwrap_or_default(), |name| shapes.get(name).cloned())?
        }
    };
    let weights = Weights::new(checkpoint, loading, |name| keys::map(name, &config));
    Ok(Some((config, weights)))
}

/// Shapes by our names, for what needs no config to be translated. A weight norm's direction has its weight's shape.
fn shapes(checkpoint: &Checkpoint) -> BTreeMap<String, Vec<usize>> {
    use crate::weights::Part;
    let last = keys::last_decoder_layer(checkpoint.names());
    checkpoint
        .names()
        .filter_map(|stored| match keys::map_with(stored, 1, last) {
            Mapped::To(name)
            | Mapped::Part {
                name,
                part: Part::Direction,
            } => Some((name, checkpoint.info(stored)?.shape.clone())),
            _ => None,
        })
        .collect()
}

/// The config that lies in the folder. A config.json of something else (moshi's, CSM's own) is passed over.
fn beside(folder: &Path) -> Result<Option<Config>> {
    for name in ["mimi_config.json", "config.json"] {
        let path: PathBuf = folder.join(name);
        match std::fs::read(&path) {
            Ok(json) => {
                if let Some(config) = Config::parse(&path, &json)? {
                    return Ok(Some(config));
                }
            }
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => {}
            Err(e) => return Err(Error::io(&path, e)),
        }
    }
    Ok(None)
}
