//! Writing safetensors: header first, tensors in order, never a half-written file under the final name.

use super::header::{dtype_name, dtype_size};
use crate::{Error, Result};
use mlx_rs::{Array, Dtype};
use safetensors::tensor::TensorView;
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

/// One tensor to come.
#[derive(Debug, Clone)]
pub struct Entry {
    name: String,
    dtype: Dtype,
    shape: Vec<usize>,
}

impl Entry {
    pub fn new(name: impl Into<String>, dtype: Dtype, shape: &[usize]) -> Self {
        Self {
            name: name.into(),
            dtype,
            shape: shape.to_vec(),
        }
    }

    fn bytes(&self) -> u64 {
        self.shape.iter().product::<usize>() as u64 * dtype_size(self.dtype)
    }
}

/// Streams tensors into `path`, in the order of the entries given at creation. The file appears under its name
/// only when all are written; dropped earlier, it leaves nothing behind.
#[derive(Debug)]
pub struct SafetensorsWriter {
    path: PathBuf,
    part: PathBuf,
    file: Option<BufWriter<File>>,
    entries: std::vec::IntoIter<Entry>,
}

impl SafetensorsWriter {
    pub fn create(path: &Path, entries: Vec<Entry>, metadata: &[(&str, &str)]) -> Result<Self> {
        let mut header = serde_json::Map::new();
        if !metadata.is_empty() {
            let table: serde_json::Map<_, _> = metadata
                .iter()
                .map(|(k, v)| ((*k).to_owned(), serde_json::Value::from(*v)))
                .collect();
            header.insert("__metadata__".into(), table.into());
        }
        let mut offset = 0u64;
        for e in &entries {
            let end = offset + e.bytes();
            header.insert(
                e.name.clone(),
                serde_json::json!({ "dtype": dtype_name(e.dtype), "shape": e.shape, "data_offsets": [offset, end] }),
            );
            offset = end;
        }
        let mut json = serde_json::Value::Object(header).to_string().into_bytes();
        // The format aligns the data by padding the header with spaces.
        json.resize(json.len().next_multiple_of(8), b' ');

        let mut part = path.as_os_str().to_owned();
        part.push(".part");
        let part = PathBuf::from(part);
        let file = File::create(&part).map_err(|e| Error::io(&part, e))?;
        let mut writer = Self {
            path: path.to_owned(),
            part,
            file: Some(BufWriter::with_capacity(1 << 20, file)),
            entries: entries.into_iter(),
        };
        writer.raw(&(json.len() as u64).to_le_bytes())?;
        writer.raw(&json)?;
        Ok(writer)
    }

    fn raw(&mut self, data: &[u8]) -> Result<()> {
        match &mut self.file {
            Some(file) => file.write_all(data).map_err(|e| Error::io(&self.path, e)),
            None => Ok(()),
        }
    }

    fn next_entry(&mut self) -> Result<Entry> {
        self.entries
            .next()
            .ok_or_else(|| Error::Compute("more tensors were written than announced".into()))
    }

    /// Writes the next entry from an array, which must have its shape and dtype.
    pub fn array(&mut self, array: &Array) -> Result<()> {
        let entry = self.next_entry()?;
        let found: Vec<usize> = array.shape().iter().map(|&d| d as usize).collect();
        if found != entry.shape || array.dtype() != entry.dtype {
            return Err(Error::Compute(format!(
                "{}: {found:?} was written where {:?} was announced",
                entry.name, entry.shape
            )));
        }
        let array = array.contiguous()?;
        array.eval()?;
        let view = TensorView::try_from(&array).map_err(|e| Error::Compute(e.to_string()))?;
        self.raw(view.data())
    }

    /// Writes the next entry from bytes made in pieces of at most `piece` bytes: `fill(buffer)` is called until
    /// the entry is full.
    pub fn pieces(
        &mut self,
        piece: usize,
        mut fill: impl FnMut(&mut [u8]) -> Result<()>,
    ) -> Result<()> {
        let entry = self.next_entry()?;
        let mut left = entry.bytes();
        let mut buffer = vec![0u8; piece];
        while left > 0 {
            let n = left.min(piece as u64) as usize;
            fill(&mut buffer[..n])?;
            self.raw(&buffer[..n])?;
            left -= n as u64;
        }
        Ok(())
    }

    /// Flushes to disk and gives the file its name.
    pub fn finish(mut self) -> Result<()> {
        if let Some(entry) = self.entries.next() {
            return Err(Error::Compute(format!(
                "{} was announced but not written",
                entry.name
            )));
        }
        if let Some(file) = self.file.take() {
            let file = file
                .into_inner()
                .map_err(|e| Error::io(&self.path, e.into_error()))?;
            file.sync_all().map_err(|e| Error::io(&self.path, e))?;
        }
        std::fs::rename(&self.part, &self.path).map_err(|e| Error::io(&self.path, e))
    }
}

impl Drop for SafetensorsWriter {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            // Best effort: the error that led here matters more than a leftover.
            _ = std::fs::remove_file(&self.part);
        }
    }
}

/// Writes named arrays and metadata as one file.
pub fn write_safetensors(
    path: &Path,
    arrays: &[(&str, Array)],
    metadata: &[(&str, &str)],
) -> Result<()> {
    let entries: Vec<Entry> = arrays
        .iter()
        .map(|(name, a)| {
            Entry::new(
                *name,
                a.dtype(),
                &a.shape().iter().map(|&d| d as usize).collect::<Vec<_>>(),
            )
        })
        .collect();
    let mut writer = SafetensorsWriter::create(path, entries, metadata)?;
    for (_, array) in arrays {
        writer.array(array)?;
    }
    writer.finish()
}
