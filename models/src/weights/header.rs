//! The header of a safetensors file: which tensors it holds, and where.
//!
//! Every number is checked against the others and against the file's length before it is used: shapes multiply
//! without overflow, byte ranges fit their shapes, lie end to end and fill the file exactly. Things that are often
//! found in a safetensors file's place (Git LFS pointers, web pages, cut-off downloads) are named as such.

use crate::{Error, Result};
use mlx_rs::Dtype;
use std::collections::BTreeMap;
use std::path::Path;

/// The format's own limit on the header.
const MAX_HEADER: u64 = 100_000_000;

/// One tensor as stored.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredTensor {
    pub dtype: Dtype,
    pub shape: Vec<usize>,
    /// First byte, counted from the start of the file.
    pub offset: u64,
    pub bytes: u64,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Header {
    pub tensors: BTreeMap<String, StoredTensor>,
    pub metadata: BTreeMap<String, String>,
}

/// How many bytes the header needs, from the first eight bytes of a file; the file's beginning as far as at hand
/// serves to name what else it might be.
pub(crate) fn header_len(path: &Path, start: &[u8], file_len: u64) -> Result<u64> {
    let refuse =
        |what: String, hint: &str| Err(Error::refused(format!("{}: {what}", path.display()), hint));
    let again = "Download the file again.";
    if start.starts_with(b"version https://git-lfs") {
        return refuse(
            "is a Git LFS pointer, not the weights themselves".into(),
            "Run `git lfs pull` in its folder, or download the file itself.",
        );
    }
    if start.starts_with(b"/annex/objects") {
        return refuse(
            "is a git-annex pointer, not the weights themselves".into(),
            "Run `git annex get` on it, or download the file itself.",
        );
    }
    if start.trim_ascii_start().starts_with(b"<") {
        return refuse(
            "is a web page, not weights".into(),
            "The download was answered with a page; download the file again.",
        );
    }
    if start.starts_with(b"PK\x03\x04") || start.starts_with(b"\x80\x02") {
        return refuse(
            "is a PyTorch pickle, which is never opened".into(),
            "Use the safetensors version of this model.",
        );
    }
    let Some(Ok(first)) = start.get(..8).map(<[u8; 8]>::try_from) else {
        return refuse(
            format!("has {file_len} bytes, too few for a safetensors file"),
            again,
        );
    };
    let len = u64::from_le_bytes(first);
    if len > MAX_HEADER {
        return refuse(
            "is not a safetensors file (its header length is absurd)".into(),
            again,
        );
    }
    if len > file_len.saturating_sub(8) {
        return refuse(
            format!(
                "is cut off inside its header ({file_len} bytes, the header alone needs {})",
                len + 8
            ),
            again,
        );
    }
    Ok(len)
}

#[derive(serde::Deserialize)]
struct RawTensor {
    dtype: String,
    shape: Vec<u64>,
    data_offsets: (u64, u64),
}

/// Parses the header's JSON. `file_len` is the length of the whole file in bytes.
pub fn parse_header(path: &Path, json: &[u8], file_len: u64) -> Result<Header> {
    let refuse = |what: String| {
        Error::refused(
            format!("{}: {what}", path.display()),
            "Download the file again.",
        )
    };
    let raw: BTreeMap<String, serde_json::Value> = serde_json::from_slice(json)
        .map_err(|e| refuse(format!("its header is not valid JSON ({e})")))?;
    let data_start = 8 + json.len() as u64;
    let mut header = Header {
        tensors: BTreeMap::new(),
        metadata: BTreeMap::new(),
    };
    for (name, value) in raw {
        if name == "__metadata__" {
            // MLX writes `null` for none.
            let metadata: Option<BTreeMap<_, _>> = serde_json::from_value(value)
                .map_err(|e| refuse(format!("its metadata is not a table of strings ({e})")))?;
            header.metadata = metadata.unwrap_or_default();
            continue;
        }
        let t: RawTensor =
            serde_json::from_value(value).map_err(|e| refuse(format!("tensor {name}: {e}")))?;
        let dtype = parse_dtype(&t.dtype)
            .ok_or_else(|| refuse(format!("tensor {name} has the unknown type {}", t.dtype)))?;
        let count = t.shape.iter().try_fold(1u64, |n, &d| n.checked_mul(d));
        let bytes = count.and_then(|n| n.checked_mul(dtype_size(dtype)));
        let (begin, end) = t.data_offsets;
        if bytes.is_none() || end.checked_sub(begin) != bytes {
            return Err(refuse(format!(
                "tensor {name}: shape {:?} does not fit its {} bytes",
                t.shape,
                end.saturating_sub(begin)
            )));
        }
        // MLX counts elements and axes in i32.
        if t.shape.iter().any(|&d| d > i32::MAX as u64) {
            return Err(refuse(format!(
                "tensor {name}: an axis of {:?} is too long",
                t.shape
            )));
        }
        let offset = data_start
            .checked_add(begin)
            .ok_or_else(|| refuse(format!("tensor {name} lies outside the file")))?;
        header.tensors.insert(
            name,
            StoredTensor {
                dtype,
                shape: t.shape.iter().map(|&d| d as usize).collect(),
                offset,
                bytes: end - begin,
            },
        );
    }
    check_layout(&header, data_start, file_len).map_err(refuse)?;
    Ok(header)
}

/// Tensors must lie end to end and fill the file: no overlap, no hole, nothing missing at the end.
fn check_layout(header: &Header, data_start: u64, file_len: u64) -> Result<(), String> {
    let mut order: Vec<_> = header.tensors.iter().collect();
    order.sort_by_key(|(_, t)| (t.offset, t.bytes));
    let mut end = data_start;
    for (name, t) in order {
        if t.offset != end {
            return Err(format!(
                "tensor {name} does not begin where the one before it ends"
            ));
        }
        end = t
            .offset
            .checked_add(t.bytes)
            .ok_or_else(|| format!("tensor {name} lies outside the file"))?;
    }
    match end.cmp(&file_len) {
        std::cmp::Ordering::Greater => Err(format!(
            "is cut off: {file_len} bytes are there, {end} should be"
        )),
        std::cmp::Ordering::Less => {
            Err(format!("has {} bytes too many at its end", file_len - end))
        }
        std::cmp::Ordering::Equal => Ok(()),
    }
}

pub(crate) fn parse_dtype(name: &str) -> Option<Dtype> {
    Some(match name {
        "BOOL" => Dtype::Bool,
        "U8" => Dtype::Uint8,
        "I8" => Dtype::Int8,
        "U16" => Dtype::Uint16,
        "I16" => Dtype::Int16,
        "U32" => Dtype::Uint32,
        "I32" => Dtype::Int32,
        "U64" => Dtype::Uint64,
        "I64" => Dtype::Int64,
        "F16" => Dtype::Float16,
        "BF16" => Dtype::Bfloat16,
        "F32" => Dtype::Float32,
        "F64" => Dtype::Float64,
        _ => return None,
    })
}

/// Bytes per element.
pub(crate) fn dtype_size(dtype: Dtype) -> u64 {
    match dtype {
        Dtype::Bool | Dtype::Uint8 | Dtype::Int8 => 1,
        Dtype::Uint16 | Dtype::Int16 | Dtype::Float16 | Dtype::Bfloat16 => 2,
        Dtype::Uint32 | Dtype::Int32 | Dtype::Float32 => 4,
        _ => 8,
    }
}

/// The format's name of a dtype.
pub(crate) fn dtype_name(dtype: Dtype) -> &'static str {
    match dtype {
        Dtype::Bool => "BOOL",
        Dtype::Uint8 => "U8",
        Dtype::Int8 => "I8",
        Dtype::Uint16 => "U16",
        Dtype::Int16 => "I16",
        Dtype::Uint32 => "U32",
        Dtype::Int32 => "I32",
        Dtype::Uint64 => "U64",
        Dtype::Int64 => "I64",
        Dtype::Float16 => "F16",
        Dtype::Bfloat16 => "BF16",
        Dtype::Float32 => "F32",
        _ => "F64",
    }
}
