//! Sizes from tensor shapes: the files come without a config that could be trusted to belong to them.

use crate::weights::Weights;
use crate::{Error, Result};

/// No published network comes near these; larger numbers are damage, and would overflow later products.
const MAX_SIZE: usize = 1 << 16;
const MAX_COUNT: usize = 1 << 8;

/// The shapes of one network's tensors, by our names and in our order of axes.
pub(super) struct Shapes<'a> {
    weights: &'a Weights,
}

impl<'a> Shapes<'a> {
    pub(super) fn of(weights: &'a Weights) -> Self {
        Self { weights }
    }

    /// The length of one axis.
    pub(super) fn axis(&self, name: &str, axis: usize) -> Result<usize> {
        let shape = self
            .weights
            .shape(name)
            .ok_or_else(|| self.refuse(&format!("tensor {name} is missing")))?;
        match shape.get(axis) {
            Some(&n) if (1..=MAX_SIZE).contains(&n) => Ok(n),
            _ => Err(self.refuse(&format!("tensor {name} is {shape:?}"))),
        }
    }

    /// How many of `name(0)`, `name(1)` … there are, at least one.
    pub(super) fn count(&self, name: impl Fn(usize) -> String) -> Result<usize> {
        let there = |i: &usize| self.weights.contains(&name(*i));
        match (0..=MAX_COUNT).take_while(there).count() {
            0 => Err(self.refuse(&format!("tensor {} is missing", name(0)))),
            n if n > MAX_COUNT => Err(self.refuse("it has too many layers")),
            n => Ok(n),
        }
    }

    /// `a / b`, which must come out even.
    pub(super) fn ratio(&self, what: &str, a: usize, b: usize) -> Result<usize> {
        if b == 0 || a == 0 || !a.is_multiple_of(b) {
            return Err(self.refuse(&format!("{what}: {a} cannot be split into {b}")));
        }
        Ok(a / b)
    }

    /// The file is not what it should be.
    pub(super) fn refuse(&self, why: &str) -> Error {
        let file = self.weights.checkpoint().files().next();
        let file = file.map(|p| p.display().to_string()).unwrap_or_default();
        Error::refused(
            format!("{file} is no token2wav network that is supported: {why}"),
            "`myna models check DIR` lists every problem; convert the published files again with tools/convert/token2wav.py.",
        )
    }
}
