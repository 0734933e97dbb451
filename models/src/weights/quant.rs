//! MLX's affine quantisation: layers that are stored so, and storing a checkpoint so.

use super::writer::{Entry, SafetensorsWriter};
use super::{TensorSpec, Weights};
use crate::Result;
use mlx_rs::ops::indexing::take_axis;
use mlx_rs::{Array, Dtype, ops};
use std::path::Path;

/// A matrix in groups of `group` values along its columns, each group with a scale and an offset.
#[derive(Debug, Clone)]
pub struct Quantized {
    /// u32 words, `[rows, columns · bits / 32]`
    pub weight: Array,
    /// `[rows, columns / group]`
    pub scales: Array,
    pub biases: Array,
    pub group: i32,
    pub bits: i32,
}

impl Quantized {
    pub(crate) fn same_format(&self, other: &Self) -> bool {
        (self.group, self.bits) == (other.group, other.bits)
            && self.scales.dtype() == other.scales.dtype()
    }

    /// One taller matrix from several of the same format.
    pub(crate) fn stack(parts: &[Self]) -> Result<Self> {
        let join = |pick: fn(&Self) -> &Array| -> Result<Array> {
            let all: Vec<&Array> = parts.iter().map(pick).collect();
            let joined = if let [one] = all.as_slice() {
                (*one).clone()
            } else {
                ops::concatenate(&all, 0)?
            };
            joined.eval()?;
            Ok(joined)
        };
        Ok(Self {
            weight: join(|q| &q.weight)?,
            scales: join(|q| &q.scales)?,
            biases: join(|q| &q.biases)?,
            group: parts[0].group,
            bits: parts[0].bits,
        })
    }

    /// `[…, columns] → […, rows]`
    pub(crate) fn matmul(&self, x: &Array) -> Result<Array> {
        Ok(ops::quantized_matmul(
            x,
            &self.weight,
            &self.scales,
            &self.biases,
            true,
            self.group,
            self.bits,
        )?)
    }

    /// Rows by id, as plain vectors.
    pub(crate) fn rows(&self, ids: &Array) -> Result<Array> {
        Ok(ops::dequantize(
            &take_axis(&self.weight, ids, 0)?,
            &take_axis(&self.scales, ids, 0)?,
            &take_axis(&self.biases, ids, 0)?,
            self.group,
            self.bits,
        )?)
    }

    pub(crate) fn bytes(&self) -> usize {
        self.weight.nbytes() + self.scales.nbytes() + self.biases.nbytes()
    }
}

/// Group size and bits of the quantised layer at `path`, from the shapes alone (configs may carry per-layer
/// overrides, but the shapes decide), or what is wrong with it.
pub(super) fn quantized_format(
    w: &Weights,
    path: &str,
    rows: usize,
    columns: usize,
) -> Result<(i32, i32), String> {
    let part = |name: &str| {
        w.stored(&format!("{path}.{name}"))
            .map(|(_, t)| t)
            .ok_or(format!(".{name} is missing"))
    };
    let (weight, scales, biases) = (part("weight")?, part("scales")?, part("biases")?);
    if weight.dtype != Dtype::Uint32 {
        return Err("its words are not u32".into());
    }
    if !scales.dtype.is_float() || scales.dtype != biases.dtype || scales.shape != biases.shape {
        return Err("scales and biases do not match".into());
    }
    let (&[wr, words], &[sr, groups]) = (weight.shape.as_slice(), scales.shape.as_slice()) else {
        return Err("is not a matrix".into());
    };
    if wr != rows
        || sr != rows
        || groups == 0
        || !columns.is_multiple_of(groups)
        || (words * 32) % columns.max(1) != 0
    {
        return Err(format!(
            "words {:?} and scales {:?} do not make {rows} × {columns}",
            weight.shape, scales.shape
        ));
    }
    let (group, bits) = (columns / groups, words * 32 / columns);
    if !matches!(bits, 2..=6 | 8) || !matches!(group, 32 | 64 | 128) {
        return Err(format!(
            "{bits} bits in groups of {group} are not a format of MLX"
        ));
    }
    Ok((group as i32, bits as i32))
}

/// Writes the checkpoint of a network with every matrix that allows it in `bits` bits, groups of 64, under the
/// network's own names; everything else stays as stored. One tensor is in memory at a time.
pub fn quantize_checkpoint(
    w: &mut Weights,
    specs: &[TensorSpec],
    bits: i32,
    out: &Path,
    prefix: &str,
) -> Result<()> {
    const GROUP: usize = 64;
    let fits = |s: &TensorSpec| s.matrix && s.shape[1].is_multiple_of(GROUP);
    let mut entries = Vec::new();
    for spec in specs {
        let name = format!("{prefix}{}", spec.name);
        let dtype = w
            .stored(&spec.name)
            .map_or(Dtype::Float32, |(_, t)| t.dtype);
        if fits(spec) {
            let base = name.strip_suffix(".weight").unwrap_or(&name).to_owned();
            let (rows, columns) = (spec.shape[0], spec.shape[1]);
            entries.push(Entry::new(
                name,
                Dtype::Uint32,
                &[rows, columns * bits as usize / 32],
            ));
            entries.push(Entry::new(
                format!("{base}.scales"),
                dtype,
                &[rows, columns / GROUP],
            ));
            entries.push(Entry::new(
                format!("{base}.biases"),
                dtype,
                &[rows, columns / GROUP],
            ));
        } else {
            entries.push(Entry::new(name, dtype, &spec.shape));
        }
    }
    let mut writer = SafetensorsWriter::create(out, entries, &[("format", "mlx")])?;
    for spec in specs {
        let array = w.stored_array(&spec.name)?;
        if fits(spec) {
            let (q, scales, biases) = ops::quantize(&array, GROUP as i32, bits)?;
            for part in [q, scales, biases] {
                writer.array(&part)?;
            }
        } else {
            writer.array(&array)?;
        }
    }
    writer.finish()
}
