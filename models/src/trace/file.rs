//! Safetensors files that go between people and Myna: codes, prompts, noise, traces.
//!
//! Weights are read elsewhere (`weights`). Of these files only the header is held; tables are read when asked for, whole
//! or row by row. Promises that a file appears under its name only when complete. Fails with `BadInput` for what cannot
//! be read, `Io` for what cannot be written.

use crate::weights::{dtype_size, header_len, parse_header};
use crate::{Error, Result};
use mlx_rs::Dtype as Stored;
use safetensors::Dtype;
use safetensors::tensor::TensorView;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::ErrorKind;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

/// Values of one tensor, row-major.
#[derive(Debug, Clone, PartialEq)]
pub struct Table<T> {
    pub shape: Vec<usize>,
    pub values: Vec<T>,
}

/// Bytes that can be read anywhere.
#[derive(Debug)]
pub(super) enum Source {
    File(File),
    Memory(Vec<u8>),
}

impl Source {
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |why: String| {
            Error::input(
                format!("{} cannot be read: {why}", path.display()),
                "Check the path.",
            )
        };
        let file = File::open(path).map_err(|e| unreadable(e.to_string()))?;
        let meta = file.metadata().map_err(|e| unreadable(e.to_string()))?;
        if !meta.is_file() {
            return Err(unreadable("it is not a file".into()));
        }
        Ok(Source::File(file))
    }

    pub fn len(&self, path: &Path) -> Result<u64> {
        Ok(match self {
            Source::File(file) => file.metadata().map_err(|e| Error::io(path, e))?.len(),
            Source::Memory(data) => data.len() as u64,
        })
    }

    /// Exactly these bytes.
    pub fn read(&self, path: &Path, offset: u64, bytes: usize) -> Result<Vec<u8>> {
        let mut buffer = vec![0; bytes];
        self.fill(path, offset, &mut buffer)?;
        Ok(buffer)
    }

    pub fn fill(&self, path: &Path, offset: u64, buffer: &mut [u8]) -> Result<()> {
        match self {
            Source::File(file) => file
                .read_exact_at(buffer, offset)
                .map_err(|e| Error::io(path, e)),
            Source::Memory(data) => {
                let from = usize::try_from(offset).ok();
                let piece = from.and_then(|from| data.get(from..from.checked_add(buffer.len())?));
                let piece =
                    piece.ok_or_else(|| Error::io(path, ErrorKind::UnexpectedEof.into()))?;
                buffer.copy_from_slice(piece);
                Ok(())
            }
        }
    }
}

/// Where the rows of a table lie.
#[derive(Debug, Clone)]
pub(super) struct Column {
    pub dtype: Stored,
    /// Of one row.
    pub shape: Vec<usize>,
    pub rows: usize,
    pub start: u64,
    /// Bytes from a row's beginning to the next one's.
    pub stride: u64,
}

impl Column {
    /// Bytes of one row.
    pub fn row_bytes(&self) -> usize {
        self.shape.iter().product::<usize>() * dtype_size(self.dtype) as usize
    }

    pub fn row(&self, source: &Source, path: &Path, row: usize) -> Result<Vec<u8>> {
        let offset = self.start + self.stride * row as u64;
        source.read(path, offset, self.row_bytes())
    }
}

/// An open file.
#[derive(Debug)]
pub struct TensorFile {
    pub(super) path: PathBuf,
    pub(super) source: Source,
    pub(super) columns: BTreeMap<String, Column>,
    metadata: BTreeMap<String, String>,
}

impl TensorFile {
    pub fn read(path: &Path) -> Result<Self> {
        Self::from_source(path, Source::open(path)?)
    }

    /// A file's content that is in memory already; `path` is its name in messages.
    pub fn from_bytes(path: &Path, data: Vec<u8>) -> Result<Self> {
        Self::from_source(path, Source::Memory(data))
    }

    pub(super) fn from_source(path: &Path, source: Source) -> Result<Self> {
        let length = source.len(path)?;
        let start = source.read(path, 0, length.min(64) as usize)?;
        let header = header_len(path, &start, length)
            .and_then(|bytes| source.read(path, 8, bytes as usize))
            .and_then(|json| parse_header(path, &json, length))
            .map_err(|e| match e {
                Error::ModelRefused { message, .. } => Error::input(
                    message,
                    "The file is of another kind, or cut off; make it again.",
                ),
                other => other,
            })?;
        let columns = header.tensors.into_iter().map(|(name, t)| {
            let (rows, shape) = t
                .shape
                .split_first()
                .map_or((1, vec![]), |(rows, shape)| (*rows, shape.to_vec()));
            let stride = t.bytes.checked_div(rows as u64).unwrap_or(0);
            (
                name,
                Column {
                    dtype: t.dtype,
                    shape,
                    rows,
                    start: t.offset,
                    stride,
                },
            )
        });
        Ok(Self {
            path: path.to_owned(),
            columns: columns.collect(),
            metadata: header.metadata,
            source,
        })
    }

    fn get<T>(
        &self,
        name: &str,
        convert: impl Fn(Stored, &[u8]) -> Option<Vec<T>>,
    ) -> Result<Table<T>> {
        let refuse = |what: String| {
            Error::input(
                format!("{}: {what}", self.path.display()),
                "`myna tokens capture --help` and `myna codec --help` say what such files hold.",
            )
        };
        let column = self
            .columns
            .get(name)
            .ok_or_else(|| refuse(format!("there is no tensor {name:?}")))?;
        let data = self
            .source
            .read(&self.path, column.start, column.row_bytes() * column.rows)?;
        let values = convert(column.dtype, &data).ok_or_else(|| {
            refuse(format!(
                "tensor {name:?} has the type {:?}, which does not serve",
                column.dtype
            ))
        })?;
        let mut shape = vec![column.rows];
        shape.extend(&column.shape);
        Ok(Table { shape, values })
    }

    /// What the file says about itself.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    pub fn has(&self, name: &str) -> bool {
        self.columns.contains_key(name)
    }

    /// A tensor of any integer type whose values fit.
    pub fn integers(&self, name: &str) -> Result<Table<i32>> {
        self.get(name, integers)
    }

    pub fn floats(&self, name: &str) -> Result<Table<f32>> {
        self.get(name, floats)
    }
}

/// None for other types, and where a value does not fit.
pub(super) fn integers(dtype: Stored, data: &[u8]) -> Option<Vec<i32>> {
    match dtype {
        Stored::Int32 => Some(each(data, i32::from_le_bytes)),
        Stored::Uint8 | Stored::Bool => Some(data.iter().map(|&b| b.into()).collect()),
        Stored::Int16 => Some(each(data, |b| i16::from_le_bytes(b).into())),
        Stored::Uint16 => Some(each(data, |b| u16::from_le_bytes(b).into())),
        Stored::Uint32 => each(data, |b| i32::try_from(u32::from_le_bytes(b)).ok())
            .into_iter()
            .collect(),
        Stored::Int64 => each(data, |b| i32::try_from(i64::from_le_bytes(b)).ok())
            .into_iter()
            .collect(),
        _ => None,
    }
}

pub(super) fn floats(dtype: Stored, data: &[u8]) -> Option<Vec<f32>> {
    match dtype {
        Stored::Float32 => Some(each(data, f32::from_le_bytes)),
        Stored::Float64 => Some(each(data, |b| f64::from_le_bytes(b) as f32)),
        _ => None,
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
    let part = part_of(path, ".part");
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
    let part = part_of(path, ".part");
    std::fs::write(&part, bytes)
        .and_then(|()| std::fs::rename(&part, path))
        .map_err(|e| {
            // Best effort: the error matters more than a leftover.
            _ = std::fs::remove_file(&part);
            Error::io(path, e)
        })
}

/// A name beside the file's own.
pub(super) fn part_of(path: &Path, ending: &str) -> PathBuf {
    let mut part = path.as_os_str().to_owned();
    part.push(ending);
    part.into()
}
