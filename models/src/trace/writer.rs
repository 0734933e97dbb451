//! A trace while it is being made: frames go to disk one by one, so memory does not grow with the utterance.
//!
//! Safetensors puts whole tensors one after the other, and their length is known only at the end. So frames are first
//! appended to a file of records beside the result (`….capture`), which becomes the trace when all are there. A capture
//! that is killed leaves the records; [`Trace`] reads them like a finished trace and says that it is cut off.

use super::layout::{FORMAT, Layout};
use super::reader::Trace;
use super::records::{MAGIC, records_of};
use crate::csm::{Prompt, Record, Taken};
use crate::weights::{Entry, SafetensorsWriter, dtype_name, dtype_size};
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Streams frames into `path`.
#[derive(Debug)]
pub struct TraceWriter {
    path: PathBuf,
    records: PathBuf,
    file: File,
    layout: Layout,
    /// Bytes of a record.
    size: usize,
    buffer: Vec<u8>,
    frames: usize,
    finished: bool,
}

impl TraceWriter {
    /// `metadata` says what is needed to make the trace again.
    pub fn create(
        path: &Path,
        layout: Layout,
        prompt: &Prompt,
        metadata: &BTreeMap<String, String>,
    ) -> Result<Self> {
        let parts = layout.parts();
        let columns: Vec<_> = parts
            .iter()
            .map(|&part| {
                serde_json::json!({
                    "name": part.name(), "dtype": dtype_name(part.dtype()), "shape": layout.shape(part),
                })
            })
            .collect();
        let size =
            |part| layout.shape(part).iter().product::<usize>() * dtype_size(part.dtype()) as usize;
        let mut metadata = metadata.clone();
        metadata.insert("format".into(), FORMAT.into());
        metadata.insert("codebooks".into(), layout.codebooks.to_string());
        metadata.insert("vocabulary".into(), layout.vocabulary.to_string());
        let prompt = layout.stages.prompt.then_some(prompt);
        let header = serde_json::json!({
            "metadata": metadata, "columns": columns,
            "prompt": prompt.map_or([0, 0], |p| [p.rows(), p.columns()]),
        })
        .to_string();
        let records = records_of(path);
        let mut start = MAGIC.to_vec();
        start.extend((header.len() as u64).to_le_bytes());
        start.extend(header.as_bytes());
        if let Some(prompt) = prompt {
            start.extend(prompt.tokens().iter().flat_map(|t| t.to_le_bytes()));
            start.extend(prompt.mask().iter().map(|&m| u8::from(m)));
        }
        let size = parts.iter().map(|&part| size(part)).sum();
        let mut file = File::create(&records).map_err(|e| Error::io(path, e))?;
        file.write_all(&start).map_err(|e| Error::io(path, e))?;
        Ok(Self {
            path: path.to_owned(),
            records,
            file,
            layout,
            size,
            buffer: Vec::with_capacity(size),
            frames: 0,
            finished: false,
        })
    }

    /// Puts the records in the order that safetensors wants, under the final name. `more` is what only the end knows.
    pub fn finish(mut self, more: &[(&str, &str)]) -> Result<()> {
        let trace = Trace::open(&self.records)?;
        trace.save(&self.path, more)?;
        self.finished = true;
        Ok(())
    }
}

impl Record for TraceWriter {
    fn frame(&mut self, taken: &Taken) -> Result<()> {
        self.buffer.clear();
        self.layout.encode(taken, &mut self.buffer);
        if self.buffer.len() != self.size {
            return Err(Error::Compute(format!(
                "a frame took {} bytes of trace instead of {}",
                self.buffer.len(),
                self.size
            )));
        }
        self.frames += 1;
        self.file
            .write_all(&self.buffer)
            .map_err(|e| Error::io(&self.path, e))
    }
}

impl Drop for TraceWriter {
    fn drop(&mut self) {
        if self.finished || self.frames == 0 {
            // Best effort: nothing in it is of use any more.
            _ = std::fs::remove_file(&self.records);
        }
    }
}

impl Trace {
    /// Writes the trace as one safetensors file.
    fn save(&self, path: &Path, more: &[(&str, &str)]) -> Result<()> {
        let mut metadata: Vec<(&str, &str)> = self
            .metadata()
            .iter()
            .map(|(key, value)| (key.as_str(), value.as_str()))
            .collect();
        metadata.extend(more);
        // Large tables stand last, so that what people look for first is near the header; bytes after all words, which
        // stay aligned so.
        let mut columns: Vec<_> = self.columns.iter().collect();
        columns.sort_by_key(|(name, column)| {
            let bytes = dtype_size(column.dtype) == 1;
            (bytes, column.row_bytes(), name.as_str())
        });
        let entries = columns
            .iter()
            .map(|(name, column)| {
                let mut shape = vec![column.rows];
                shape.extend(&column.shape);
                Entry::new(name.as_str(), column.dtype, &shape)
            })
            .collect();
        let mut writer = SafetensorsWriter::create(path, entries, &metadata)?;
        for (_, column) in columns {
            let mut row = 0u64;
            writer.pieces(column.row_bytes(), |buffer| {
                let offset = column.start + row * column.stride;
                row += 1;
                self.source.fill(&self.path, offset, buffer)
            })?;
        }
        writer.finish()
    }
}
