//! A batch norm as it works when nothing is learned: one factor and one summand per channel.
//!
//! Made once from mean, variance and, where there are any, the learned weight and bias. Fails while loading where a tensor
//! is missing or of another shape.

use crate::Result;
use crate::weights::{TensorSpec, Weights};
use mlx_rs::{Array, ops};

const NORM_EPS: f32 = 1e-5;

#[derive(Debug)]
pub(super) struct Norm {
    factor: Array,
    summand: Array,
}

impl Norm {
    pub(super) fn tensors(path: &str, channels: usize, affine: bool) -> Vec<TensorSpec> {
        let parts: &[&str] = if affine {
            &["running_mean", "running_var", "weight", "bias"]
        } else {
            &["running_mean", "running_var"]
        };
        let spec = |part: &&str| TensorSpec::array(format!("{path}.{part}"), &[channels]);
        parts.iter().map(spec).collect()
    }

    pub(super) fn load(w: &mut Weights, path: &str, channels: usize, affine: bool) -> Result<Self> {
        let mut part = |name: &str| w.tensor(&format!("{path}.{name}"), &[channels]);
        let (mean, variance) = (part("running_mean")?, part("running_var")?);
        let eps = Array::from_f32(NORM_EPS).as_dtype(mean.dtype())?;
        let mut factor = ops::rsqrt(&variance.add(&eps)?)?;
        if affine {
            factor = factor.multiply(&part("weight")?)?;
        }
        let mut summand = mean.multiply(&factor)?.negative()?;
        if affine {
            summand = summand.add(&part("bias")?)?;
        }
        mlx_rs::transforms::eval([&factor, &summand])?;
        Ok(Self { factor, summand })
    }

    pub(super) fn forward(&self, x: &Array) -> Result<Array> {
        Ok(x.multiply(&self.factor)?.add(&self.summand)?)
    }
}
