//! Small safetensors files that go between people and Myna: codes, prompts, noise, traces.
//!
//! Weights are read elsewhere (`weights`); these files fit into memory and are read whole. Promises that a file
//! appears under its name only when complete. Fails with `BadInput` for what cannot be read, `Io` for what cannot be
//! written.

use crate::{Error, Result};
use safetensors::tensor::TensorView;
use safetensors::{Dtype, SafeTensors};
use std::collections::BTreeMap;
use std::io::ErrorKind;
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
            Error::input(
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
            Error::input(
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
            Error::input(
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

    /// What the file says about itself.
    pub fn metadata(&self) -> Result<BTreeMap<String, String>> {
        let (_, header) = SafeTensors::read_metadata(&self.data).map_err(|e| {
            Error::input(
                format!("{} is not a safetensors file ({e})", self.path.display()),
                "Make it again.",
            )
        })?;
        let table = header.metadata().iter().flatten();
        Ok(table.map(|(k, v)| (k.clone(), v.clone())).collect())
    }

    pub fn has(&self, name: &str) -> bool {
        self.open().is_ok_and(|file| file.tensor(name).is_ok())
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
    std::fs::File::create(&part).map_err(|e| Error::io(path, e))?;
    // Best effort: the file will be made again.
    _ = std::fs::remove_file(&part);
    if path.is_dir() {
        return Err(Error::io(path, ErrorKind::IsADirectory.into()));
    }
    Ok(())
}

/// Writes the tensors in this order.
pub fn write(path: &Path, tensors: &[Tensor], metadata: &BTreeMap<String, String>) -> Result<()> {
    let unfit = |e: safetensors::SafeTensorError| Error::Compute(e.to_string());
    let views = tensors
        .iter()
        .map(|t| Ok((t.name, TensorView::new(t.dtype, t.shape.clone(), &t.data)?)))
        .collect::<Result<Vec<_>, safetensors::SafeTensorError>>()
        .map_err(unfit)?;
    let metadata = (!metadata.is_empty()).then(|| metadata.clone().into_iter().collect());
    let bytes = safetensors::serialize(views, metadata).map_err(unfit)?;
    let part = part_of(path);
    std::fs::write(&part, bytes)
        .and_then(|()| std::fs::rename(&part, path))
        .map_err(|e| {
            // Best effort: the error matters more than a leftover.
            _ = std::fs::remove_file(&part);
            Error::io(path, e)
        })
}

fn part_of(path: &Path) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(".part");
    part.into()
}
