//! Small safetensors files that go between people and Myna: codes, prompts, noise, traces.
//!
//! Weights are read elsewhere (`myna_models::weights`); these files fit into memory and are read whole. Promises that a
//! file appears under its name only when complete. Fails with `bad-input` for what cannot be read, `output` for
//! what cannot be written.

use crate::{Error, Result};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// Values of one tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<T> {
    pub shape: Vec<usize>,
    pub values: Vec<T>,
}

/// A file in memory.
#[derive(Debug)]
pub struct TensorFile {
    path: PathBuf,
    data: Vec<u8>,
}

impl TensorFile {
    pub fn read(path: &Path) -> Result<Self> {
        let data = std::fs::read(path).map_err(|e| {
            Error::request(
                format!("{} cannot be read: {e}", path.display()),
                "Check the path.",
            )
        })?;
        Self::from_bytes(path, data)
    }

    /// A file's content that is in memory already; `path` is its name in messages.
    pub fn from_bytes(path: &Path, data: Vec<u8>) -> Result<Self> {
        let file = Self {
            path: path.to_owned(),
            data,
        };
        _ = file.open()?;
        Ok(file)
    }

    fn open(&self) -> Result<SafeTensors<'_>> {
        SafeTensors::deserialize(&self.data).map_err(|e| {
            Error::request(
                format!("{} is not a safetensors file ({e})", self.path.display()),
                "The file is of another kind, or cut off; make it again.",
            )
        })
    }

    fn get<T>(
        &self,
        name: &str,
        convert: impl Fn(Dtype, &[u8]) -> Option<Vec<T>>,
    ) -> Result<Table<T>> {
        let file = self.open()?;
        let refuse = |what: String| {
            Error::request(
                format!("{}: {what}", self.path.display()),
                "`myna tokens capture --help` and `myna codec --help` say what such files hold.",
            )
        };
        let view = file
            .tensor(name)
            .map_err(|_| refuse(format!("there is no tensor {name:?}")))?;
        let values = convert(view.dtype(), view.data()).ok_or_else(|| {
            refuse(format!(
                "tensor {name:?} has the type {:?}, which does not serve",
                view.dtype()
            ))
        })?;
        Ok(Table {
            shape: view.shape().to_vec(),
            values,
        })
    }

    /// A tensor of any integer type whose values fit.
    pub fn integers(&self, name: &str) -> Result<Table<i32>> {
        self.get(name, |dtype, data| match dtype {
            Dtype::I32 => Some(each(data, i32::from_le_bytes)),
            Dtype::U8 | Dtype::BOOL => Some(data.iter().map(|&b| b.into()).collect()),
            Dtype::I16 => Some(each(data, |b| i16::from_le_bytes(b).into())),
            Dtype::U16 => Some(each(data, |b| u16::from_le_bytes(b).into())),
            Dtype::U32 => each(data, |b| i32::try_from(u32::from_le_bytes(b)).ok())
                .into_iter()
                .collect(),
            Dtype::I64 => each(data, |b| i32::try_from(i64::from_le_bytes(b)).ok())
                .into_iter()
                .collect(),
            _ => None,
        })
    }

    pub fn floats(&self, name: &str) -> Result<Table<f32>> {
        self.get(name, |dtype, data| match dtype {
            Dtype::F32 => Some(each(data, f32::from_le_bytes)),
            Dtype::F64 => Some(each(data, |b| f64::from_le_bytes(b) as f32)),
            _ => None,
        })
    }
}

fn each<const N: usize, T>(data: &[u8], f: impl Fn([u8; N]) -> T) -> Vec<T> {
    data.as_chunks::<N>().0.iter().map(|b| f(*b)).collect()
}

/// A tensor to write.
pub struct Tensor {
    name: &'static str,
    dtype: Dtype,
    shape: Vec<usize>,
    data: Vec<u8>,
}

impl Tensor {
    pub fn i32(name: &'static str, shape: &[usize], values: &[i32]) -> Self {
        Self {
            name,
            dtype: Dtype::I32,
            shape: shape.to_vec(),
            data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        }
    }

    pub fn f32(name: &'static str, shape: &[usize], values: &[f32]) -> Self {
        Self {
            name,
            dtype: Dtype::F32,
            shape: shape.to_vec(),
            data: values.iter().flat_map(|v| v.to_le_bytes()).collect(),
        }
    }
}

/// Whether a result can be written there; asked before long work begins.
pub fn check_writable(path: &Path) -> Result<()> {
    let part = part_of(path);
    std::fs::File::create(&part).map_err(|e| Error::output(path, plainly(&e)))?;
    // Best effort: the file will be made again.
    _ = std::fs::remove_file(&part);
    if path.is_dir() {
        return Err(Error::output(path, "it is a folder"));
    }
    Ok(())
}

pub fn write(path: &Path, tensors: &[Tensor], metadata: &[(&str, String)]) -> Result<()> {
    let failed = |e: String| Error::output(path, e);
    let views = tensors
        .iter()
        .map(|t| Ok((t.name, TensorView::new(t.dtype, t.shape.clone(), &t.data)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(|e| failed(e.to_string()))?;
    let metadata: HashMap<String, String> = metadata
        .iter()
        .map(|(k, v)| ((*k).to_owned(), v.clone()))
        .collect();
    let metadata = (!metadata.is_empty()).then_some(metadata);
    let bytes = safetensors::serialize(views, metadata).map_err(|e| failed(e.to_string()))?;
    let part = part_of(path);
    std::fs::write(&part, bytes)
        .and_then(|()| std::fs::rename(&part, path))
        .map_err(|e| {
            // Best effort: the error matters more than a leftover.
            _ = std::fs::remove_file(&part);
            failed(plainly(&e))
        })
}

fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}

fn plainly(e: &std::io::Error) -> String {
    match e.kind() {
        std::io::ErrorKind::NotFound => "its folder is not there".into(),
        std::io::ErrorKind::PermissionDenied => "no permission".into(),
        _ => e.to_string(),
    }
}
