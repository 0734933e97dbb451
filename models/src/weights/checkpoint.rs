//! One checkpoint: a safetensors file, or several with an index, and reading single tensors from it.

use super::header::{Header, StoredTensor, header_len, parse_header};
use crate::{Error, Result};
use mlx_rs::{Array, Dtype};
use safetensors::tensor::TensorView;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

#[derive(Debug)]
pub struct Checkpoint {
    files: Vec<(PathBuf, File)>,
    tensors: BTreeMap<String, (usize, StoredTensor)>,
    metadata: BTreeMap<String, String>,
}

impl Checkpoint {
    /// Opens a `.safetensors` file, an index (`….safetensors.index.json`) with its shards, or the checkpoint in a
    /// folder: an index if there is one, otherwise `model.safetensors`, otherwise the only safetensors file. All
    /// headers are checked.
    pub fn open(path: &Path) -> Result<Self> {
        if path.is_dir() {
            return Self::open_files(&choose(path)?);
        }
        if let (Some(dir), Some(name)) = (path.parent(), path.file_name().and_then(|n| n.to_str()))
            && name.ends_with(".safetensors.index.json")
        {
            return Self::open_files(&shards(dir, name)?);
        }
        Self::open_files(&[path.to_owned()])
    }

    /// Opens these files as one checkpoint; a name that stands in two of them is an error.
    pub fn open_files(paths: &[PathBuf]) -> Result<Self> {
        let mut all = Self {
            files: Vec::new(),
            tensors: BTreeMap::new(),
            metadata: BTreeMap::new(),
        };
        for path in paths {
            let (file, header) = open_one(path)?;
            for (name, tensor) in header.tensors {
                if let Some((other, _)) =
                    all.tensors.insert(name.clone(), (all.files.len(), tensor))
                {
                    return Err(Error::refused(
                        format!(
                            "tensor {name} stands in both {} and {}",
                            all.files[other].0.display(),
                            path.display()
                        ),
                        "Remove the file that does not belong to this model.",
                    ));
                }
            }
            all.metadata.extend(header.metadata);
            all.files.push((path.clone(), file));
        }
        Ok(all)
    }

    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    pub fn info(&self, name: &str) -> Option<&StoredTensor> {
        self.tensors.get(name).map(|(_, t)| t)
    }

    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    pub fn files(&self) -> impl Iterator<Item = &Path> {
        self.files.iter().map(|(p, _)| p.as_path())
    }

    /// Bytes of all tensors.
    pub fn bytes(&self) -> u64 {
        self.tensors.values().map(|(_, t)| t.bytes).sum()
    }

    /// Reads one tensor as it is stored. Floating-point values that are not finite are refused: one NaN would
    /// silence everything after it.
    pub fn read(&self, name: &str) -> Result<Array> {
        let (file, stored) = self.tensors.get(name).ok_or_else(|| {
            Error::refused(
                format!("tensor {name} is missing"),
                "The checkpoint is incomplete.",
            )
        })?;
        let (path, file) = &self.files[*file];
        let mut data = vec![0u8; stored.bytes as usize];
        file.read_exact_at(&mut data, stored.offset)
            .map_err(|e| match e.kind() {
                std::io::ErrorKind::UnexpectedEof => Error::refused(
                    format!(
                        "{}: became shorter while tensor {name} was read",
                        path.display()
                    ),
                    "Something else writes to this file; wait for it and try again.",
                ),
                _ => Error::io(path, e),
            })?;
        if let Some(index) = first_not_finite(stored.dtype, &data) {
            return Err(Error::refused(
                format!(
                    "{}: tensor {name} holds a value that is not a number (element {index})",
                    path.display()
                ),
                "The checkpoint is damaged or was made by a failed training; use another one.",
            ));
        }
        let view = TensorView::new(view_dtype(stored.dtype), stored.shape.clone(), &data).map_err(
            |e| Error::refused(format!("tensor {name}: {e}"), "Download the file again."),
        )?;
        Array::try_from(view).map_err(|e| Error::Compute(format!("tensor {name}: {e}")))
    }
}

/// The `config.json` in a model's folder: its path and its bytes.
pub(crate) fn config_json(dir: &Path) -> Result<(PathBuf, Vec<u8>)> {
    let path = dir.join("config.json");
    let bytes = std::fs::read(&path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::missing(
            format!("{} is not there", path.display()),
            "Give the folder of a model; it holds config.json, the weights and a tokenizer.",
        ),
        _ => Error::io(&path, e),
    })?;
    Ok((path, bytes))
}

fn open_one(path: &Path) -> Result<(File, Header)> {
    let mut file = File::open(path).map_err(|e| match e.kind() {
        std::io::ErrorKind::NotFound => Error::missing(
            format!("{} is not there", path.display()),
            "Check the path, or download the model.",
        ),
        _ => Error::io(path, e),
    })?;
    let meta = file.metadata().map_err(|e| Error::io(path, e))?;
    if !meta.is_file() {
        return Err(Error::refused(
            format!("{} is not a file", path.display()),
            "Give a .safetensors file or a folder with one.",
        ));
    }
    let mut start = Vec::new();
    (&mut file)
        .take(64)
        .read_to_end(&mut start)
        .map_err(|e| Error::io(path, e))?;
    let len = header_len(path, &start, meta.len())?;
    let mut json = vec![0u8; len as usize];
    file.read_exact_at(&mut json, 8)
        .map_err(|e| Error::io(path, e))?;
    let header = parse_header(path, &json, meta.len())?;
    Ok((file, header))
}

/// The files that make up the checkpoint of a folder. Some folders hold the same model twice in different
/// layouts, so "all safetensors files" is never the answer.
fn choose(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut names: Vec<String> = std::fs::read_dir(dir)
        .map_err(|e| Error::io(dir, e))?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .collect();
    names.sort();
    let mut indexes: Vec<&String> = names
        .iter()
        .filter(|n| n.ends_with(".safetensors.index.json"))
        .collect();
    indexes.sort_by_key(|n| *n != "model.safetensors.index.json");
    let has_single = names.iter().any(|n| n == "model.safetensors");
    if let Some(index) = indexes
        .first()
        .filter(|n| n.as_str() == "model.safetensors.index.json" || !has_single)
    {
        return shards(dir, index);
    }
    if has_single {
        return Ok(vec![dir.join("model.safetensors")]);
    }
    let files: Vec<&String> = names
        .iter()
        .filter(|n| n.ends_with(".safetensors"))
        .collect();
    match files.as_slice() {
        [one] => Ok(vec![dir.join(one)]),
        [] => Err(Error::missing(
            format!("{} holds no safetensors file", dir.display()),
            if names
                .iter()
                .any(|n| n.ends_with(".bin") || n.ends_with(".pt"))
            {
                "Only safetensors are read; pickles (.bin, .pt) never are. Get the safetensors version of this model."
            } else {
                "Give the folder that holds the model, or download it."
            },
        )),
        many => Err(Error::refused(
            format!(
                "{} holds {} safetensors files and no index: {}",
                dir.display(),
                many.len(),
                join(many)
            ),
            "Give the path of the file itself.",
        )),
    }
}

fn shards(dir: &Path, index: &str) -> Result<Vec<PathBuf>> {
    #[derive(serde::Deserialize)]
    struct Index {
        weight_map: BTreeMap<String, String>,
    }
    let path = dir.join(index);
    let text = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
    let index: Index = serde_json::from_slice(&text).map_err(|e| {
        Error::refused(
            format!("{}: {e}", path.display()),
            "Download the index again.",
        )
    })?;
    let mut files: Vec<String> = index.weight_map.into_values().collect();
    files.sort();
    files.dedup();
    // An index comes from outside: a shard is a plain name inside the folder, nothing else.
    if let Some(bad) = files
        .iter()
        .find(|f| f.contains(['/', '\\']) || f.starts_with('.') || !f.ends_with(".safetensors"))
    {
        return Err(Error::refused(
            format!("{}: names the shard {bad:?}", path.display()),
            "The index is not to be trusted.",
        ));
    }
    if files.is_empty() {
        return Err(Error::refused(
            format!("{}: names no shard", path.display()),
            "Download the index again.",
        ));
    }
    Ok(files.into_iter().map(|f| dir.join(f)).collect())
}

fn join(names: &[&String]) -> String {
    names
        .iter()
        .map(|n| n.as_str())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Index of the first NaN or infinity, if any: all exponent bits set.
fn first_not_finite(dtype: Dtype, data: &[u8]) -> Option<usize> {
    match dtype {
        Dtype::Float32 => first(data, |b| u32::from_le_bytes(b) & 0x7f80_0000 == 0x7f80_0000),
        Dtype::Bfloat16 => first(data, |b| u16::from_le_bytes(b) & 0x7f80 == 0x7f80),
        Dtype::Float16 => first(data, |b| u16::from_le_bytes(b) & 0x7c00 == 0x7c00),
        _ => None,
    }
}

/// Index of the first value of `N` bytes that is `bad`. Looks at whole blocks first: without a way out in the middle
/// many values are tested at once, and a checkpoint has billions.
fn first<const N: usize>(data: &[u8], bad: impl Fn([u8; N]) -> bool) -> Option<usize> {
    const BLOCK: usize = 4096;
    let values = data.as_chunks::<N>().0;
    let block = values
        .chunks(BLOCK)
        .position(|block| block.iter().fold(false, |any, &value| any | bad(value)))?;
    let begin = block * BLOCK;
    let within = values[begin..].iter().position(|&value| bad(value))?;
    Some(begin + within)
}

fn view_dtype(dtype: Dtype) -> safetensors::Dtype {
    use safetensors::Dtype as S;
    match dtype {
        Dtype::Bool => S::BOOL,
        Dtype::Uint8 => S::U8,
        Dtype::Int8 => S::I8,
        Dtype::Uint16 => S::U16,
        Dtype::Int16 => S::I16,
        Dtype::Uint32 => S::U32,
        Dtype::Int32 => S::I32,
        Dtype::Uint64 => S::U64,
        Dtype::Int64 => S::I64,
        Dtype::Float16 => S::F16,
        Dtype::Bfloat16 => S::BF16,
        Dtype::Float32 => S::F32,
        _ => S::F64,
    }
}
