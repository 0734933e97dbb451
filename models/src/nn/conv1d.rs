//! A convolution over `[batch, time, channels]` that sees both sides, as PyTorch's `Conv1d`: no state, padding by zeros.

use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, ops};

#[derive(Debug, Clone, Copy)]
pub struct Conv1dSpec {
    pub inputs: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub dilation: usize,
    /// Zeros on either side.
    pub padding: usize,
    /// As many as inputs makes it depthwise.
    pub groups: usize,
    pub bias: bool,
}

impl Conv1dSpec {
    /// Stride 1, bias, no padding.
    pub fn new(inputs: usize, outputs: usize, kernel: usize) -> Self {
        Self {
            inputs,
            outputs,
            kernel,
            stride: 1,
            dilation: 1,
            padding: 0,
            groups: 1,
            bias: true,
        }
    }

    /// Padded so that an odd kernel gives as many steps as it gets (divided by the stride).
    pub fn same(self) -> Self {
        Self {
            padding: (self.kernel - 1) / 2 * self.dilation,
            ..self
        }
    }

    /// The tensors of such a layer at `path`, PyTorch's axes: `[outputs, inputs / groups, kernel]`.
    pub fn tensors(&self, path: &str) -> Vec<TensorSpec> {
        let weight = [self.outputs, self.inputs / self.groups, self.kernel];
        let mut specs = vec![TensorSpec::array(format!("{path}.weight"), &weight)];
        if self.bias {
            specs.push(TensorSpec::array(format!("{path}.bias"), &[self.outputs]));
        }
        specs
    }
}

#[derive(Debug)]
pub struct Conv1d {
    spec: Conv1dSpec,
    /// `[outputs, kernel, inputs / groups]`
    weight: Array,
    bias: Option<Array>,
}

impl Conv1d {
    pub fn load(w: &mut Weights, path: &str, spec: Conv1dSpec) -> Result<Self> {
        let shape = [spec.outputs, spec.inputs / spec.groups, spec.kernel];
        let weight = w.tensor(&format!("{path}.weight"), &shape)?;
        let weight = weight.transpose_axes(&[0, 2, 1])?.contiguous()?;
        weight.eval()?;
        let bias = if spec.bias {
            Some(w.tensor(&format!("{path}.bias"), &[spec.outputs])?)
        } else {
            None
        };
        Ok(Self { spec, weight, bias })
    }

    pub fn dtype(&self) -> mlx_rs::Dtype {
        self.weight.dtype()
    }

    /// Steps of padding that the layer adds by itself, on either side.
    pub fn padding(&self) -> usize {
        self.spec.padding
    }

    /// `[batch, n, inputs] → [batch, m, outputs]`
    pub fn forward(&self, x: &Array) -> Result<Array> {
        let s = &self.spec;
        let reach = ((s.kernel - 1) * s.dilation + 1) as i32;
        let len = x.shape()[1] + 2 * s.padding as i32;
        if len < reach {
            return Err(Error::Compute(format!(
                "a convolution of {reach} steps got {len}"
            )));
        }
        let y = if s.dilation == 1 {
            let (stride, padding) = (s.stride as i32, s.padding as i32);
            ops::conv1d(x, &self.weight, stride, padding, 1, s.groups as i32)?
        } else {
            self.dilated(x)?
        };
        Ok(match &self.bias {
            Some(bias) => y.add(bias)?,
            None => y,
        })
    }

    /// With dilation d, steps of another remainder by d never meet: d interleaved signals are convolved without
    /// dilation. (MLX's own dilated form takes its naive path on the CPU.) Stride 1.
    fn dilated(&self, x: &Array) -> Result<Array> {
        let (d, pad) = (self.spec.dilation as i32, self.spec.padding as i32);
        let &[batch, n, channels] = x.shape() else {
            return Err(Error::Compute("a signal has three axes".into()));
        };
        let outputs = n + 2 * pad - (self.spec.kernel as i32 - 1) * d;
        // The padding as part of the signal, and zeros up to a multiple of d.
        let len = n + 2 * pad;
        let right = pad + (d - len % d) % d;
        let x = ops::pad(x, &[(0, 0), (pad, right), (0, 0)][..], None, None)?;
        let steps = (n + pad + right) / d;
        let phases = x
            .reshape(&[batch, steps, d, channels])?
            .transpose_axes(&[0, 2, 1, 3])?
            .reshape(&[batch * d, steps, channels])?;
        let y = ops::conv1d(&phases, &self.weight, 1, 0, 1, self.spec.groups as i32)?;
        let (steps, channels) = (y.shape()[1], y.shape()[2]);
        Ok(y.reshape(&[batch, d, steps, channels])?
            .transpose_axes(&[0, 2, 1, 3])?
            .reshape(&[batch, steps * d, channels])?
            .try_index((.., 0..outputs, ..))?)
    }
}
