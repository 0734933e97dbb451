//! The bridge between a network and its checkpoint: names translated, shapes compared, tensors read once.

use super::header::{StoredTensor, dtype_name};
use super::quant::{Quantized, quantized_format};
use super::{Checkpoint, Problem};
use crate::backend::Precision;
use crate::{Error, Result};
use mlx_rs::Array;
use std::collections::{BTreeMap, BTreeSet};

/// One tensor that a network needs, under the network's own name.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorSpec {
    pub name: String,
    pub shape: Vec<usize>,
    /// A matrix that multiplies or is looked up (`….weight`), which MLX checkpoints may hold quantised.
    pub matrix: bool,
}

impl TensorSpec {
    pub fn array(name: impl Into<String>, shape: &[usize]) -> Self {
        Self {
            name: name.into(),
            shape: shape.to_vec(),
            matrix: false,
        }
    }

    pub fn matrix(name: impl Into<String>, rows: usize, columns: usize) -> Self {
        Self {
            name: name.into(),
            shape: vec![rows, columns],
            matrix: true,
        }
    }
}

/// What a key map says about a stored name.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapped {
    /// It is this tensor of ours.
    To(String),
    /// It is this tensor of ours, with the rows of each of `heads` heads in half-split rotary order.
    HalfSplit { name: String, heads: usize },
    /// A further copy of a tensor of ours, used only if the first is not there.
    Twin(String),
    /// Known and of no use here (codebook flags, another network in the same file).
    Ignored,
    /// Unknown; listed as surplus.
    Unknown,
}

#[derive(Debug)]
struct Source {
    stored: String,
    half_split_heads: Option<usize>,
}

/// The tensors of one network, ready to be taken by name.
#[derive(Debug)]
pub struct Weights {
    checkpoint: Checkpoint,
    sources: BTreeMap<String, Source>,
    surplus: Vec<String>,
    precision: Precision,
}

impl Weights {
    /// Translates every stored name. Nothing is read yet.
    pub fn new(checkpoint: Checkpoint, precision: Precision, map: impl Fn(&str) -> Mapped) -> Self {
        let mut sources = BTreeMap::new();
        let mut twins = Vec::new();
        let mut surplus = Vec::new();
        for stored in checkpoint.names() {
            let stored = stored.to_owned();
            match map(&stored) {
                Mapped::To(name) => {
                    _ = sources.insert(
                        name,
                        Source {
                            stored,
                            half_split_heads: None,
                        },
                    )
                }
                Mapped::HalfSplit { name, heads } => {
                    _ = sources.insert(
                        name,
                        Source {
                            stored,
                            half_split_heads: Some(heads),
                        },
                    )
                }
                Mapped::Twin(name) => twins.push((name, stored)),
                Mapped::Ignored => {}
                Mapped::Unknown => surplus.push(stored),
            }
        }
        for (name, stored) in twins {
            sources.entry(name).or_insert(Source {
                stored,
                half_split_heads: None,
            });
        }
        Self {
            checkpoint,
            sources,
            surplus,
            precision,
        }
    }

    /// Everything that keeps the checkpoint from being this network. Reads headers only.
    pub fn problems(&self, specs: &[TensorSpec]) -> Vec<Problem> {
        specs
            .iter()
            .flat_map(|spec| self.problems_of(spec))
            .collect()
    }

    fn problems_of(&self, spec: &TensorSpec) -> Vec<Problem> {
        let name = &spec.name;
        let base = name.strip_suffix(".weight").unwrap_or(name);
        if spec.matrix && self.stored(&format!("{base}.scales")).is_some() {
            return quantized_format(self, base, spec.shape[0], spec.shape[1])
                .err()
                .map(|why| Problem::Quantization {
                    name: base.to_owned(),
                    why,
                })
                .into_iter()
                .collect();
        }
        let Some((source, tensor)) = self.stored(name) else {
            return vec![Problem::Missing {
                name: name.clone(),
                shape: spec.shape.clone(),
            }];
        };
        let mut problems = Vec::new();
        if tensor.shape != spec.shape {
            problems.push(Problem::Shape {
                name: name.clone(),
                stored: source.to_owned(),
                expected: spec.shape.clone(),
                found: tensor.shape.clone(),
            });
        }
        if !tensor.dtype.is_float() {
            problems.push(Problem::Dtype {
                name: name.clone(),
                stored: source.to_owned(),
                found: dtype_name(tensor.dtype),
            });
        }
        problems
    }

    /// Refuses the checkpoint, naming what is wrong, unless every spec is met.
    pub fn require(&self, specs: &[TensorSpec]) -> Result<()> {
        const SHOWN: usize = 5;
        let problems = self.problems(specs);
        if problems.is_empty() {
            return Ok(());
        }
        let mut lines: Vec<String> = problems
            .iter()
            .take(SHOWN)
            .map(Problem::to_string)
            .collect();
        if problems.len() > SHOWN {
            lines.push(format!("and {} more", problems.len() - SHOWN));
        }
        let file = self
            .checkpoint
            .files()
            .next()
            .map(|p| p.display().to_string())
            .unwrap_or_default();
        Err(Error::refused(
            format!("{file} does not fit its config: {}", lines.join("; ")),
            "`myna models check DIR` lists every problem. Usually a file is incomplete or config.json belongs to another model.",
        ))
    }

    /// Stored names that this network does not know.
    pub fn surplus(&self) -> &[String] {
        &self.surplus
    }

    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    pub fn precision(&self) -> Precision {
        self.precision
    }

    /// Our names that the checkpoint provides.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.keys().map(String::as_str)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.sources.contains_key(name)
    }

    /// How the tensor is stored: foreign name and header entry.
    pub fn stored(&self, name: &str) -> Option<(&str, &StoredTensor)> {
        let source = self.sources.get(name)?;
        Some((&source.stored, self.checkpoint.info(&source.stored)?))
    }

    /// Reads a floating-point tensor in the precision to compute in.
    pub fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array> {
        let array = self.raw(name)?;
        let found: Vec<usize> = array.shape().iter().map(|&d| d as usize).collect();
        if found != shape {
            return Err(Error::refused(
                format!("tensor {name} is {found:?}, should be {shape:?}"),
                "config.json does not belong to these weights.",
            ));
        }
        self.held(array)
    }

    /// The matrix at `path` if it is stored quantised (iff `{path}.scales` exists).
    pub fn quantized(
        &mut self,
        path: &str,
        rows: usize,
        columns: usize,
    ) -> Result<Option<Quantized>> {
        if self.stored(&format!("{path}.scales")).is_none() {
            return Ok(None);
        }
        let (group, bits) = quantized_format(self, path, rows, columns).map_err(|why| {
            Error::refused(
                format!("quantised layer {path}: {why}"),
                "Use another conversion of this model.",
            )
        })?;
        let weight = self.raw(&format!("{path}.weight"))?;
        let scales = self.raw(&format!("{path}.scales"))?;
        let biases = self.raw(&format!("{path}.biases"))?;
        Ok(Some(Quantized {
            weight,
            scales: self.held(scales)?,
            biases: self.held(biases)?,
            group,
            bits,
        }))
    }

    /// Reads a tensor exactly as stored (rows reordered where the layout asks for it).
    pub fn stored_array(&self, name: &str) -> Result<Array> {
        self.raw(name)
    }

    fn held(&self, array: Array) -> Result<Array> {
        let wanted = self.precision.held(array.dtype());
        if wanted == array.dtype() {
            return Ok(array);
        }
        let array = array.as_dtype(wanted)?;
        array.eval()?;
        Ok(array)
    }

    fn raw(&self, name: &str) -> Result<Array> {
        let source = self.sources.get(name).ok_or_else(|| {
            Error::refused(
                format!("tensor {name} is missing"),
                "`myna models check DIR` lists every problem.",
            )
        })?;
        let array = self.checkpoint.read(&source.stored)?;
        match source.half_split_heads {
            Some(heads) => interleave_rows(&array, heads),
            None => Ok(array),
        }
    }

    /// Our names of tensors that were mapped from the checkpoint but are not in `specs`.
    pub fn beyond(&self, specs: &[TensorSpec]) -> Vec<String> {
        let known: BTreeSet<&str> = specs.iter().map(|s| s.name.as_str()).collect();
        self.sources
            .iter()
            .filter(|(name, _)| {
                let base = name
                    .rsplit_once('.')
                    .map_or(name.as_str(), |(base, _)| base);
                !known.contains(name.as_str()) && !known.contains(format!("{base}.weight").as_str())
            })
            .map(|(_, source)| source.stored.clone())
            .collect()
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
