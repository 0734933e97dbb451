//! The plain convolutions of the encoder's stem and of the adapter: kernel 3, one zero on either side.

use super::keys::conv_in_mlx_order;
use crate::Result;
use crate::weights::Weights;
use mlx_rs::{Array, ops};

#[derive(Debug)]
pub(super) struct StemConv {
    /// `[outputs, kernel, inputs]`
    weight: Array,
    bias: Array,
    stride: i32,
}

impl StemConv {
    const KERNEL: usize = 3;

    /// Reads `{path}.weight`, `[outputs, inputs, 3]` or already in MLX's order, and `{path}.bias`.
    pub(super) fn load(
        w: &mut Weights,
        path: &str,
        inputs: usize,
        outputs: usize,
        stride: usize,
    ) -> Result<Self> {
        let name = format!("{path}.weight");
        let weight = if conv_in_mlx_order(w, &name, inputs, Self::KERNEL) {
            w.tensor(&name, &[outputs, Self::KERNEL, inputs])?
        } else {
            let stored = w.tensor(&name, &[outputs, inputs, Self::KERNEL])?;
            let turned = stored.transpose_axes(&[0, 2, 1])?.contiguous()?;
            turned.eval()?;
            turned
        };
        Ok(Self {
            weight,
            bias: w.tensor(&format!("{path}.bias"), &[outputs])?,
            stride: stride as i32,
        })
    }

    /// `[n, inputs] → [(n − 1) / stride + 1, outputs]`
    pub(super) fn forward(&self, x: &Array) -> Result<Array> {
        let y = ops::conv1d(x.expand_dims(0)?, &self.weight, self.stride, 1, 1, 1)?;
        Ok(y.squeeze_axes(&[0])?.add(&self.bias)?)
    }
}
