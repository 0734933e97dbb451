//! Where a tensor of ours comes from: stored whole, in blocks of rows, or as weight norm's two halves; and the
//! arithmetic that turns what is stored into what is ours.

use crate::{Error, Result};
use mlx_rs::{Array, Dtype, ops};

/// How a stored tensor contributes to one of ours.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// The `index`-th of `count` blocks of rows, with `heads` as in [`Mapped::HalfSplit`].
    Rows {
        index: usize,
        count: usize,
        heads: Option<usize>,
    },
    /// Weight norm keeps a weight as `gain · direction / |direction|`, the norm over all axes but the first.
    Gain,
    Direction,
}

impl Part {
    /// The name with the weight's own suffix, and which half of a weight norm it is, in either of PyTorch's spellings.
    pub fn of_weight_norm(name: &str) -> (String, Option<Self>) {
        for (suffix, part) in [
            ("weight_g", Part::Gain),
            ("weight_v", Part::Direction),
            ("parametrizations.weight.original0", Part::Gain),
            ("parametrizations.weight.original1", Part::Direction),
        ] {
            if let Some(base) = name.strip_suffix(suffix).filter(|b| b.ends_with('.')) {
                return (format!("{base}weight"), Some(part));
            }
        }
        (name.to_owned(), None)
    }
}

/// Where a tensor of ours comes from.
#[derive(Debug)]
pub(super) enum Source {
    Whole(Stored),
    /// Blocks of rows; those not found are `None`.
    Rows(Vec<Option<Stored>>),
    WeightNorm {
        gain: Option<Stored>,
        direction: Option<Stored>,
    },
}

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) name: String,
    pub(super) order: Order,
}

impl Stored {
    pub(super) fn plain(name: String) -> Self {
        Self {
            name,
            order: Order::Ours,
        }
    }
}

/// In which order a stored tensor's numbers stand.
#[derive(Debug, Clone, Copy)]
pub(super) enum Order {
    Ours,
    HalfSplit {
        heads: usize,
    },
    /// Axis i of ours is the stored axis `axes[i]`.
    Turned(&'static [usize]),
}

impl Order {
    /// A stored shape in our order of axes. One with another number of axes stays as it is: it fits nothing anyway.
    pub(super) fn shape(self, stored: &[usize]) -> Vec<usize> {
        match self {
            Order::Turned(axes) if axes.len() == stored.len() => {
                axes.iter().map(|&a| stored[a]).collect()
            }
            _ => stored.to_vec(),
        }
    }

    /// The numbers in our order.
    pub(super) fn apply(self, name: &str, array: Array) -> Result<Array> {
        match self {
            Order::Ours => Ok(array),
            Order::HalfSplit { heads } => interleave_rows(&array, heads),
            Order::Turned(axes) if axes.len() == array.ndim() => {
                let axes: Vec<i32> = axes.iter().map(|&a| a as i32).collect();
                let turned = array.transpose_axes(&axes)?.contiguous()?;
                turned.eval()?;
                Ok(turned)
            }
            Order::Turned(axes) => Err(Error::refused(
                format!(
                    "tensor {name} is {:?}, should have {} axes",
                    array.shape(),
                    axes.len()
                ),
                "Use another conversion of this model.",
            )),
        }
    }
}

impl Source {
    /// An empty source that parts like this one fill.
    pub(super) fn of_parts(part: &Part) -> Self {
        match part {
            Part::Rows { count, .. } => Source::Rows((0..*count).map(|_| None).collect()),
            Part::Gain | Part::Direction => Source::WeightNorm {
                gain: None,
                direction: None,
            },
        }
    }

    /// Puts a part in its place. A tensor that is also stored whole needs no parts.
    pub(super) fn put(&mut self, stored: String, part: Part) {
        match (self, part) {
            (Source::Rows(blocks), Part::Rows { index, heads, .. }) => {
                if let Some(slot) = blocks.get_mut(index) {
                    *slot = Some(Stored {
                        name: stored,
                        order: heads.map_or(Order::Ours, |heads| Order::HalfSplit { heads }),
                    });
                }
            }
            (Source::WeightNorm { gain, .. }, Part::Gain) => *gain = Some(Stored::plain(stored)),
            (Source::WeightNorm { direction, .. }, Part::Direction) => {
                *direction = Some(Stored::plain(stored));
            }
            _ => {}
        }
    }

    /// What is stored of it.
    pub(super) fn stored(&self) -> Vec<&Stored> {
        match self {
            Source::Whole(one) => vec![one],
            Source::Rows(blocks) => blocks.iter().flatten().collect(),
            Source::WeightNorm { gain, direction } => direction.iter().chain(gain).collect(),
        }
    }

    /// The part that is not there, in words.
    pub(super) fn gap(&self) -> Option<String> {
        match self {
            Source::Rows(blocks) => {
                let index = blocks.iter().position(Option::is_none)?;
                Some(format!("part {} of {}", index + 1, blocks.len()))
            }
            Source::WeightNorm { gain: None, .. } => Some("its weight-norm gain".into()),
            Source::WeightNorm {
                direction: None, ..
            } => Some("its weight-norm direction".into()),
            _ => None,
        }
    }
}

/// Rows of each head from half-split order (i, i + d/2) to interleaved pairs (2i, 2i + 1). Works on packed rows
/// too, since packing runs along the other axis.
fn interleave_rows(array: &Array, heads: usize) -> Result<Array> {
    let shape = array.shape().to_vec();
    let (rows, heads) = (shape[0], heads as i32);
    let per_head = rows / heads.max(1);
    if heads == 0 || rows % heads != 0 || per_head % 2 != 0 {
        return Err(Error::refused(
            format!("{rows} rows cannot be {heads} heads of rotary pairs"),
            "config.json does not belong to these weights.",
        ));
    }
    let mut split = vec![heads, 2, per_head / 2];
    split.extend(&shape[1..]);
    let mut axes = vec![0, 2, 1];
    axes.extend(3..split.len() as i32);
    let turned = array
        .reshape(&split)?
        .transpose_axes(&axes)?
        .reshape(&shape)?;
    turned.eval()?;
    Ok(turned)
}

/// `gain · direction / |direction|` in f32, the norm over all axes but the first: gain `[n]` or `[n, 1, …]`.
pub(super) fn fold_weight_norm(name: &str, direction: &Array, gain: &Array) -> Result<Array> {
    let shape = direction.shape();
    let rows = shape.first().copied().unwrap_or(0);
    if rows == 0 || gain.size() != rows as usize {
        return Err(Error::refused(
            format!(
                "tensor {name}: a weight-norm gain of {:?} does not fit {shape:?}",
                gain.shape()
            ),
            "Use another conversion of this model.",
        ));
    }
    let flat = direction.as_dtype(Dtype::Float32)?.reshape(&[rows, -1])?;
    let norm = ops::sqrt(&ops::sum_axis(&flat.square()?, 1, true)?)?;
    // A direction of zeros means a weight of zeros, not NaN.
    let norm = ops::maximum(&norm, Array::from_f32(f32::MIN_POSITIVE))?;
    let gain = gain.as_dtype(Dtype::Float32)?.reshape(&[rows, 1])?;
    let folded = flat
        .multiply(&gain.divide(&norm)?)?
        .reshape(shape)?
        .as_dtype(direction.dtype())?;
    folded.eval()?;
    Ok(folded)
}
