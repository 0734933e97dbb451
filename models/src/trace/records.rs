//! The frames of a capture that has not come to its end: one record after the other, each with a row of every table.
//!
//! Begins with [`MAGIC`], the header's length (u64) and the header (JSON: metadata, columns, rows and columns of the prompt); the
//! prompt follows, then the records. What is behind the last complete record is left alone.

use super::file::{Column, Source, part_of};
use crate::weights::parse_dtype;
use crate::{Error, Result};
use mlx_rs::Dtype;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// How the file begins: no safetensors file has a header of such a length.
pub(super) const MAGIC: [u8; 8] = *b"MynaTrc2";

/// Where the frames of a capture wait for its end.
pub(super) fn records_of(path: &Path) -> PathBuf {
    part_of(path, ".capture")
}

#[derive(serde::Deserialize)]
struct RecordsHeader {
    metadata: BTreeMap<String, String>,
    columns: Vec<RecordsColumn>,
    /// Rows and columns.
    prompt: [u32; 2],
}

#[derive(serde::Deserialize)]
struct RecordsColumn {
    name: String,
    dtype: String,
    shape: Vec<u32>,
}

pub(super) type Columns = (BTreeMap<String, Column>, BTreeMap<String, String>);

/// Columns of a file of records: as many as are complete.
pub(super) fn records(path: &Path, source: &Source) -> Result<Columns> {
    let refuse = |what: String| {
        Error::input(
            format!("{}: {what}", path.display()),
            "It was cut off before its first frame, or is damaged; capture it again.",
        )
    };
    let length = source.len(path)?;
    let short = || refuse("holds no frame".into());
    let begin = MAGIC.len() as u64 + 8;
    let size = source
        .read(path, MAGIC.len() as u64, 8)
        .map_err(|_| short())?;
    let size = size.try_into().map_or(0, u64::from_le_bytes);
    if size > length.saturating_sub(begin) {
        return Err(short());
    }
    let json = source.read(path, begin, size as usize)?;
    let header: RecordsHeader = serde_json::from_slice(&json)
        .map_err(|e| refuse(format!("its header is damaged ({e})")))?;
    let mut columns = BTreeMap::new();
    let mut start = begin + size;
    let [rows, width] = header.prompt.map(|n| n as usize);
    if rows as u128 * width as u128 > u128::from(length) {
        return Err(short());
    }
    if rows > 0 {
        for (name, dtype, bytes) in [("tokens", Dtype::Int32, 4), ("mask", Dtype::Uint8, 1)] {
            let stride = bytes * width as u64;
            let column = Column {
                dtype,
                shape: vec![width],
                rows,
                start,
                stride,
            };
            columns.insert(name.to_owned(), column);
            start += stride * rows as u64;
        }
    }
    let mut record = 0u64;
    let mut of_frames = Vec::new();
    for c in header.columns {
        let dtype =
            parse_dtype(&c.dtype).ok_or_else(|| refuse(format!("{} has no known type", c.name)))?;
        let shape: Vec<usize> = c.shape.iter().map(|&n| n as usize).collect();
        let column = Column {
            dtype,
            shape,
            rows: 0,
            start: start + record,
            stride: 0,
        };
        let bytes = column
            .shape
            .iter()
            .try_fold(8u64, |n, &d| n.checked_mul(d as u64));
        if bytes.is_none_or(|bytes| bytes > length.saturating_mul(8)) {
            return Err(short());
        }
        record += column.row_bytes() as u64;
        of_frames.push((c.name, column));
    }
    let frames = length
        .saturating_sub(start)
        .checked_div(record)
        .unwrap_or(0);
    if frames == 0 {
        return Err(short());
    }
    for (name, mut column) in of_frames {
        (column.rows, column.stride) = (frames as usize, record);
        columns.insert(name, column);
    }
    Ok((columns, header.metadata))
}
