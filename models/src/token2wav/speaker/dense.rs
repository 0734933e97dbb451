//! One layer over time: what it adds is weighted by a look at its surroundings and at the whole.
//!
//! Fails while loading where a tensor is missing or of another shape.

use super::norm::Norm;
use super::{DILATIONS, SpeakerSizes};
use crate::nn::{Conv1d, Conv1dSpec, relu};
use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, ops};

/// Steps that are looked at together.
const SURROUNDINGS: i32 = 100;

/// Keys: `nonlinear1.0`, `linear1`, `cam_layer.{linear_local,linear1,linear2}`.
#[derive(Debug)]
pub(super) struct Dense {
    norm: Norm,
    linear1: Conv1d,
    local: Conv1d,
    context1: Conv1d,
    context2: Conv1d,
}

impl Dense {
    fn convs(s: &SpeakerSizes, inputs: usize, block: usize) -> [(&'static str, Conv1dSpec); 4] {
        let (inner, growth) = (s.inner, s.growth);
        let local = Conv1dSpec {
            dilation: DILATIONS[block.min(DILATIONS.len() - 1)],
            bias: false,
            ..Conv1dSpec::new(inner, growth, 3)
        };
        [
            ("linear1", Conv1dSpec::new(inputs, inner, 1)),
            ("cam_layer.linear_local", local.same()),
            ("cam_layer.linear1", Conv1dSpec::new(inner, inner / 2, 1)),
            ("cam_layer.linear2", Conv1dSpec::new(inner / 2, growth, 1)),
        ]
    }

    pub(super) fn tensors(
        path: &str,
        s: &SpeakerSizes,
        inputs: usize,
        block: usize,
    ) -> Vec<TensorSpec> {
        let mut all = Norm::tensors(&format!("{path}.nonlinear1.0"), inputs, true);
        for (name, spec) in Self::convs(s, inputs, block) {
            all.extend(spec.tensors(&format!("{path}.{name}")));
        }
        all
    }

    pub(super) fn load(
        w: &mut Weights,
        path: &str,
        s: &SpeakerSizes,
        inputs: usize,
        block: usize,
    ) -> Result<Self> {
        let [linear1, local, context1, context2] = Self::convs(s, inputs, block);
        let mut conv =
            |(name, spec): (&str, Conv1dSpec)| Conv1d::load(w, &format!("{path}.{name}"), spec);
        Ok(Self {
            linear1: conv(linear1)?,
            local: conv(local)?,
            context1: conv(context1)?,
            context2: conv(context2)?,
            norm: Norm::load(w, &format!("{path}.nonlinear1.0"), inputs, true)?,
        })
    }

    /// `[1, n, inputs] → [1, n, growth]`
    pub(super) fn forward(&self, x: &Array) -> Result<Array> {
        let x = relu(&self.linear1.forward(&relu(&self.norm.forward(x)?)?)?)?;
        let context = x.mean_axis(1, true)?.add(&surroundings(&x)?)?;
        let context = relu(&self.context1.forward(&context)?)?;
        let weight = ops::sigmoid(&self.context2.forward(&context)?)?;
        Ok(self.local.forward(&x)?.multiply(&weight)?)
    }
}

/// The mean of each stretch of 100 steps (the last may be shorter), at every step of it: `[1, n, c]` → the same.
fn surroundings(x: &Array) -> Result<Array> {
    let &[1, n, channels] = x.shape() else {
        return Err(Error::Compute("states have three axes".into()));
    };
    let mut parts = Vec::new();
    for from in (0..n).step_by(SURROUNDINGS as usize) {
        let to = n.min(from + SURROUNDINGS);
        let mean = x.try_index((.., from..to, ..))?.mean_axis(1, true)?;
        parts.push(ops::broadcast_to(&mean, &[1, to - from, channels])?);
    }
    Ok(ops::concatenate(&parts, 1)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token2wav::flow::to_host;

    #[test]
    fn a_stretch_that_is_not_full_counts_what_it_has() {
        let values: Vec<f32> = (0..130).map(|t| if t < 100 { 1.0 } else { 7.0 }).collect();
        let mean = surroundings(&Array::from_slice(&values, &[1, 130, 1])).expect("means");
        let got = to_host(&mean).expect("values");
        assert!(
            got.iter().zip(&values).all(|(a, b)| (a - b).abs() < 1e-5),
            "{got:?}"
        );
    }
}
