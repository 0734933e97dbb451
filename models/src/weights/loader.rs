//! The bridge between a network and its checkpoint: names translated, shapes compared, tensors read once.

use super::header::{StoredTensor, dtype_name};
use super::partial::{Fit, Loading};
use super::quant::{Quantized, quantized_format};
use super::source::{Order, Part, Source, Stored, fold_weight_norm};
use super::{Checkpoint, Problem, TensorSpec};
use crate::backend::Precision;
use crate::{Error, Result};
use mlx_rs::{Array, Dtype, ops};
use std::collections::{BTreeMap, BTreeSet};

/// What a key map says about a stored name.
#[derive(Debug, Clone, PartialEq)]
pub enum Mapped {
    /// It is this tensor of ours.
    To(String),
    /// It is this tensor of ours, with the rows of each of `heads` heads in half-split rotary order.
    HalfSplit { name: String, heads: usize },
    /// It is this tensor of ours in another order of axes: axis i of ours is the stored axis `axes[i]`.
    Turned {
        name: String,
        axes: &'static [usize],
    },
    /// A further copy of a tensor of ours, used only if the first is not there.
    Twin(String),
    /// It is one part of a tensor of ours, which is put together while reading.
    Part { name: String, part: Part },
    /// Known and of no use here (codebook flags, another network in the same file).
    Ignored,
    /// Unknown; listed as surplus.
    Unknown,
}

/// The tensors of one network, ready to be taken by name.
#[derive(Debug)]
pub struct Weights {
    checkpoint: Checkpoint,
    sources: BTreeMap<String, Source>,
    surplus: Vec<String>,
    loading: Loading,
    /// Our names of tensors that are zeros because the checkpoint does not provide them.
    zeros: BTreeSet<String>,
}

impl Weights {
    /// Translates every stored name. Nothing is read yet.
    pub fn new(
        checkpoint: Checkpoint,
        loading: impl Into<Loading>,
        map: impl Fn(&str) -> Mapped,
    ) -> Self {
        let mut sources = BTreeMap::new();
        let (mut twins, mut parts) = (Vec::new(), Vec::new());
        let mut surplus = Vec::new();
        for stored in checkpoint.names() {
            let stored = stored.to_owned();
            match map(&stored) {
                Mapped::To(name) => _ = sources.insert(name, Source::Whole(Stored::plain(stored))),
                Mapped::HalfSplit { name, heads } => {
                    let stored = Stored {
                        order: Order::HalfSplit { heads },
                        ..Stored::plain(stored)
                    };
                    _ = sources.insert(name, Source::Whole(stored));
                }
                Mapped::Turned { name, axes } => {
                    let stored = Stored {
                        order: Order::Turned(axes),
                        ..Stored::plain(stored)
                    };
                    _ = sources.insert(name, Source::Whole(stored));
                }
                Mapped::Twin(name) => twins.push((name, stored)),
                Mapped::Part { name, part } => parts.push((name, stored, part)),
                Mapped::Ignored => {}
                Mapped::Unknown => surplus.push(stored),
            }
        }
        for (name, stored) in twins {
            sources
                .entry(name)
                .or_insert(Source::Whole(Stored::plain(stored)));
        }
        for (name, stored, part) in parts {
            sources
                .entry(name)
                .or_insert_with(|| Source::of_parts(&part))
                .put(stored, part);
        }
        Self {
            checkpoint,
            sources,
            surplus,
            loading: loading.into(),
            zeros: BTreeSet::new(),
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
        let missing = |name: String| {
            vec![Problem::Missing {
                name,
                shape: spec.shape.clone(),
            }]
        };
        let Some(source) = self.sources.get(name) else {
            return missing(name.clone());
        };
        if let Some(part) = source.gap() {
            return missing(format!("{name}: {part}"));
        }
        let stored: Vec<(&str, &StoredTensor)> = source
            .stored()
            .into_iter()
            .filter_map(|s| Some((s.name.as_str(), self.checkpoint.info(&s.name)?)))
            .collect();
        let (Some(&(first, _)), Some(found)) = (stored.first(), self.shape(name)) else {
            return missing(name.clone());
        };
        let mut problems = Vec::new();
        if found != spec.shape {
            problems.push(Problem::Shape {
                name: name.clone(),
                stored: first.to_owned(),
                expected: spec.shape.clone(),
                found,
            });
        }
        for (stored, tensor) in stored {
            if !tensor.dtype.is_float() {
                problems.push(Problem::Dtype {
                    name: name.clone(),
                    stored: stored.to_owned(),
                    found: dtype_name(tensor.dtype),
                });
            }
        }
        problems
    }

    /// How far the checkpoint is this network. Refuses it, naming what is wrong, unless every spec is met; or, where
    /// partial loading is asked for, unless half of them are: the others are zeros from now on.
    pub fn require(&mut self, specs: &[TensorSpec]) -> Result<Fit> {
        let mut fit = Fit {
            needed: specs.len(),
            ..Fit::default()
        };
        let mut zeros = BTreeSet::new();
        for spec in specs {
            let problems = self.problems_of(spec);
            if problems.is_empty() {
                fit.matched += 1;
            } else {
                zeros.insert(spec.name.clone());
                fit.problems.extend(problems.iter().map(Problem::to_string));
            }
        }
        if fit.is_whole() || (self.loading.partial && !fit.is_hopeless()) {
            self.zeros = zeros;
            return Ok(fit);
        }
        Err(self.misfit(&fit))
    }

    fn misfit(&self, fit: &Fit) -> Error {
        const SHOWN: usize = 20;
        let mut lines: Vec<String> = fit.problems.iter().take(SHOWN).cloned().collect();
        if fit.problems.len() > SHOWN {
            lines.push(format!("and {} more", fit.problems.len() - SHOWN));
        }
        let file = self
            .checkpoint
            .files()
            .next()
            .map(|p| p.display().to_string())
            .unwrap_or_default();
        let how_far = if self.loading.partial {
            format!(
                "only {} of {} tensors fit, less than half: ",
                fit.matched, fit.needed
            )
        } else {
            String::new()
        };
        Error::refused(
            format!(
                "{file} does not fit its config: {how_far}{}",
                lines.join("; ")
            ),
            "`myna models check DIR` lists every problem. Usually a file is incomplete or config.json belongs to another model.",
        )
    }

    /// Stored names that this network does not know.
    pub fn surplus(&self) -> &[String] {
        &self.surplus
    }

    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }

    pub fn precision(&self) -> Precision {
        self.loading.precision
    }

    /// Our names that the checkpoint provides.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sources.keys().map(String::as_str)
    }

    pub fn contains(&self, name: &str) -> bool {
        self.sources.contains_key(name)
    }

    /// How the tensor is stored: foreign name and header entry (of its first part, if it comes in parts).
    pub fn stored(&self, name: &str) -> Option<(&str, &StoredTensor)> {
        let first = *self.sources.get(name)?.stored().first()?;
        Some((&first.name, self.checkpoint.info(&first.name)?))
    }

    /// The shape of one of our tensors as the checkpoint holds it, in our order of axes.
    pub fn shape(&self, name: &str) -> Option<Vec<usize>> {
        let source = self.sources.get(name)?;
        let stored = source.stored();
        let mut shape = self.checkpoint.info(&stored.first()?.name)?.shape.clone();
        match source {
            Source::Rows(_) => {
                let rows = |s: &&Stored| self.checkpoint.info(&s.name)?.shape.first().copied();
                *shape.first_mut()? = stored.iter().filter_map(rows).sum();
            }
            _ => shape = stored.first()?.order.shape(&shape),
        }
        Some(shape)
    }

    /// Reads a floating-point tensor in the precision to compute in.
    pub fn tensor(&mut self, name: &str, shape: &[usize]) -> Result<Array> {
        if self.zeros.contains(name) {
            return self.zero(shape);
        }
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
        let zero = self.zeros.contains(&format!("{path}.weight"));
        if zero || self.stored(&format!("{path}.scales")).is_none() {
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

    /// Reads a tensor exactly as stored (rows and axes reordered where the layout asks for it).
    pub fn stored_array(&self, name: &str) -> Result<Array> {
        self.raw(name)
    }

    /// In the type that the checkpoint's other numbers are held in.
    fn zero(&self, shape: &[usize]) -> Result<Array> {
        let stored = self
            .checkpoint
            .names()
            .filter_map(|name| Some(self.checkpoint.info(name)?.dtype))
            .find(|dtype| dtype.is_float());
        let dtype = stored.map_or(Dtype::Float32, |d| self.loading.precision.held(d));
        let shape: Vec<i32> = shape.iter().map(|&d| d as i32).collect();
        let zeros = ops::zeros_dtype(&shape, dtype)?;
        zeros.eval()?;
        Ok(zeros)
    }

    fn held(&self, array: Array) -> Result<Array> {
        let wanted = self.loading.precision.held(array.dtype());
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
        if let Some(part) = source.gap() {
            return Err(Error::refused(
                format!("tensor {name} is incomplete: {part} is missing"),
                "`myna models check DIR` lists every problem.",
            ));
        }
        match source {
            Source::Whole(stored) => self.read(stored),
            Source::Rows(blocks) => {
                let blocks = blocks
                    .iter()
                    .flatten()
                    .map(|block| self.read(block))
                    .collect::<Result<Vec<_>>>()?;
                let rows = ops::concatenate(&blocks, 0)?;
                rows.eval()?;
                Ok(rows)
            }
            Source::WeightNorm { .. } => {
                let parts = source.stored();
                fold_weight_norm(name, &self.read(parts[0])?, &self.read(parts[1])?)
            }
        }
    }

    fn read(&self, stored: &Stored) -> Result<Array> {
        let array = self.checkpoint.read(&stored.name)?;
        stored.order.apply(&stored.name, array)
    }

    /// Our names of tensors that were mapped from the checkpoint but are not in `specs`.
    pub fn beyond(&self, specs: &[TensorSpec]) -> Vec<String> {
        let known: BTreeSet<&str> = specs.iter().map(|s| s.name.as_str()).collect();
        self.sources
            .iter()
            .filter(|(name, _)| {
                let part_of = [".scales", ".biases"]
                    .iter()
                    .find_map(|part| name.strip_suffix(part))
                    .map(|base| format!("{base}.weight"));
                let ours = part_of.as_deref().unwrap_or(name);
                !known.contains(ours)
            })
            .flat_map(|(_, source)| source.stored())
            .map(|stored| stored.name.clone())
            .collect()
    }
}
