//! Causal convolutions over `[1, time, channels]` that can run whole or in pieces.
//!
//! Each layer keeps the input it still needs. A whole signal is one `step` with `last = true`; a stream is many
//! steps of any length and gives the same numbers (Mimi, kyutai moshi; padding as the reference's `MimiConv1d`:
//! `kernel − stride` on the left, and at the end as much on the right as lets the last window cover all input).

use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype, ops};

/// What stands before the first and after the last sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Padding {
    Zero,
    /// The edge value repeated.
    Replicate,
}

#[derive(Debug, Clone, Copy)]
pub struct ConvSpec {
    pub inputs: usize,
    pub outputs: usize,
    pub kernel: usize,
    pub stride: usize,
    pub bias: bool,
    pub padding: Padding,
}

impl ConvSpec {
    /// Stride 1, bias, zero padding.
    pub fn plain(inputs: usize, outputs: usize, kernel: usize) -> Self {
        Self {
            inputs,
            outputs,
            kernel,
            stride: 1,
            bias: true,
            padding: Padding::Zero,
        }
    }

    pub fn strided(self, stride: usize) -> Self {
        Self { stride, ..self }
    }

    /// The tensors of such a layer at `path`, PyTorch's axes: `[outputs, inputs, kernel]`.
    pub fn tensors(&self, path: &str) -> Vec<TensorSpec> {
        let mut specs = vec![TensorSpec::array(
            format!("{path}.weight"),
            &[self.outputs, self.inputs, self.kernel],
        )];
        if self.bias {
            specs.push(TensorSpec::array(format!("{path}.bias"), &[self.outputs]));
        }
        specs
    }
}

#[derive(Debug)]
pub struct Conv {
    spec: ConvSpec,
    /// `[outputs, kernel, inputs]`
    weight: Array,
    bias: Option<Array>,
    /// Input not yet used up, `[1, n, inputs]`; none before the first step.
    left: Option<Array>,
}

impl Conv {
    pub fn load(w: &mut Weights, path: &str, spec: ConvSpec) -> Result<Self> {
        let weight = w.tensor(
            &format!("{path}.weight"),
            &[spec.outputs, spec.inputs, spec.kernel],
        )?;
        let weight = weight.transpose_axes(&[0, 2, 1])?.contiguous()?;
        weight.eval()?;
        let bias = if spec.bias {
            Some(w.tensor(&format!("{path}.bias"), &[spec.outputs])?)
        } else {
            None
        };
        Ok(Self {
            spec,
            weight,
            bias,
            left: None,
        })
    }

    pub fn dtype(&self) -> Dtype {
        self.weight.dtype()
    }

    pub fn reset(&mut self) {
        self.left = None;
    }

    /// `[1, n, inputs] → [1, m, outputs]`. Input that does not fill a window waits for the next step, unless
    /// this is the `last` one. Fails if there is too little input for any output.
    pub fn step(&mut self, x: &Array, last: bool) -> Result<Array> {
        let (kernel, stride) = (self.spec.kernel as i32, self.spec.stride as i32);
        let mut input = match self.left.take() {
            Some(left) => ops::concatenate(&[&left, x], 1)?,
            None => self.pad(x, kernel - stride, true)?,
        };
        let len = input.shape()[1];
        let outputs = if last {
            (len - kernel + stride - 1).div_euclid(stride) + 1
        } else {
            (len - kernel).div_euclid(stride) + 1
        };
        if outputs < 1 {
            return Err(Error::Compute(format!(
                "a convolution of {kernel} samples got {len}"
            )));
        }
        if last {
            input = self.pad(&input, (outputs - 1) * stride + kernel - len, false)?;
        } else {
            let used = outputs * stride;
            self.left = Some(if used < len {
                input.try_index((.., used.., ..))?
            } else {
                ops::zeros_dtype(&[1, 0, self.spec.inputs as i32], x.dtype())?
            });
        }
        let y = ops::conv1d(&input, &self.weight, stride, 0, 1, 1)?;
        Ok(match &self.bias {
            Some(bias) => y.add(bias)?,
            None => y,
        })
    }

    /// `count` more steps before or after `x`.
    fn pad(&self, x: &Array, count: i32, before: bool) -> Result<Array> {
        if count <= 0 {
            return Ok(x.clone());
        }
        let channels = x.shape()[2];
        let padding = match self.spec.padding {
            Padding::Zero => ops::zeros_dtype(&[1, count, channels], x.dtype())?,
            Padding::Replicate => {
                let edge = if before {
                    x.try_index((.., 0..1, ..))?
                } else {
                    x.try_index((.., -1.., ..))?
                };
                ops::broadcast_to(&edge, &[1, count, channels])?
            }
        };
        Ok(ops::concatenate(
            &if before { [&padding, x] } else { [x, &padding] },
            1,
        )?)
    }

    /// What the layer keeps between steps.
    pub fn state(&self) -> Option<&Array> {
        self.left.as_ref()
    }
}

/// A causal transposed convolution with `kernel = 2 × stride`: every input makes two strides of output, the second
/// of which overlaps the first of the next input. So it is one matrix multiplication and one shifted addition, and
/// its state is the last second half (MLX's own strided form takes a naive path on the CPU: 3 s for what takes
/// milliseconds here). Depthwise layers multiply channel by channel instead.
#[derive(Debug)]
pub struct ConvTranspose {
    stride: i32,
    outputs: i32,
    kernel: Kernel,
    bias: Option<Array>,
    /// The overlap to come, without bias: `[1, 1, stride, outputs]`.
    tail: Option<Array>,
}

#[derive(Debug)]
enum Kernel {
    /// `[inputs, 2 · stride · outputs]`
    Dense(Array),
    /// `[2 · stride, channels]`
    Depthwise(Array),
}

impl ConvTranspose {
    /// The tensors at `path`, PyTorch's axes: `[inputs, outputs, 2 · stride]`, depthwise `[channels, 1, 2 · stride]`.
    pub fn tensors(path: &str, inputs: usize, outputs: usize, stride: usize) -> Vec<TensorSpec> {
        vec![
            TensorSpec::array(format!("{path}.weight"), &[inputs, outputs, 2 * stride]),
            TensorSpec::array(format!("{path}.bias"), &[outputs]),
        ]
    }

    pub fn load(
        w: &mut Weights,
        path: &str,
        inputs: usize,
        outputs: usize,
        stride: usize,
    ) -> Result<Self> {
        let weight = w.tensor(&format!("{path}.weight"), &[inputs, outputs, 2 * stride])?;
        let matrix = weight
            .transpose_axes(&[0, 2, 1])?
            .reshape(&[inputs as i32, (2 * stride * outputs) as i32])?;
        matrix.eval()?;
        Ok(Self {
            stride: stride as i32,
            outputs: outputs as i32,
            kernel: Kernel::Dense(matrix),
            bias: Some(w.tensor(&format!("{path}.bias"), &[outputs])?),
            tail: None,
        })
    }

    /// One kernel per channel, no bias.
    pub fn load_depthwise(
        w: &mut Weights,
        path: &str,
        channels: usize,
        stride: usize,
    ) -> Result<Self> {
        let weight = w.tensor(&format!("{path}.weight"), &[channels, 1, 2 * stride])?;
        let rows = weight
            .reshape(&[channels as i32, 2 * stride as i32])?
            .t()
            .contiguous()?;
        rows.eval()?;
        Ok(Self {
            stride: stride as i32,
            outputs: channels as i32,
            kernel: Kernel::Depthwise(rows),
            bias: None,
            tail: None,
        })
    }

    pub fn reset(&mut self) {
        self.tail = None;
    }

    /// `[1, n, inputs] → [1, n · stride, outputs]`; the surplus at the end of a stream is dropped, as the reference does.
    pub fn step(&mut self, x: &Array) -> Result<Array> {
        let (n, s, c) = (x.shape()[1], self.stride, self.outputs);
        let spread = match &self.kernel {
            Kernel::Dense(matrix) => x.matmul(matrix)?.reshape(&[1, n, 2 * s, c])?,
            Kernel::Depthwise(rows) => x.reshape(&[1, n, 1, c])?.multiply(rows)?,
        };
        let first = spread.try_index((.., .., 0..s))?;
        let second = spread.try_index((.., .., s..))?;
        let tail = match self.tail.take() {
            Some(tail) => tail,
            None => ops::zeros_dtype(&[1, 1, s, c], x.dtype())?,
        };
        let shifted = if n == 1 {
            tail
        } else {
            ops::concatenate(&[&tail, &second.try_index((.., 0..n - 1))?], 1)?
        };
        self.tail = Some(second.try_index((.., n - 1..))?);
        let y = first.add(&shifted)?.reshape(&[1, n * s, c])?;
        Ok(match &self.bias {
            Some(bias) => y.add(bias)?,
            None => y,
        })
    }

    /// What the layer keeps between steps.
    pub fn state(&self) -> Option<&Array> {
        self.tail.as_ref()
    }
}
