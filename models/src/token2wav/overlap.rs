//! Adding up pieces that overlap: what a transposed convolution and an inverse STFT have in common.

use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, ops};

/// Every one of n steps makes `parts` runs of `run` outputs, and the next step begins one run later: `[1, n, parts · run,
/// channels] → [1, (n + parts − 1) · run, channels]`.
pub(super) fn overlap_add(pieces: &Array, run: i32) -> Result<Array> {
    let &[1, n, len, channels] = pieces.shape() else {
        return Err(Error::Compute("pieces have four axes".into()));
    };
    let parts = len / run;
    let runs = pieces.reshape(&[1, n, parts, run * channels])?;
    let mut sum: Option<Array> = None;
    for part in 0..parts {
        let part_runs = runs.try_index((.., .., part, ..))?;
        let shifted = ops::pad(
            &part_runs,
            &[(0, 0), (part, parts - 1 - part), (0, 0)][..],
            None,
            None,
        )?;
        sum = Some(match sum {
            Some(sum) => sum.add(&shifted)?,
            None => shifted,
        });
    }
    match sum {
        Some(sum) => Ok(sum.reshape(&[1, (n + parts - 1) * run, channels])?),
        None => Err(Error::Compute("there are no pieces to add".into())),
    }
}

/// PyTorch's `ConvTranspose1d` with a kernel of about twice its stride and `(kernel − stride) / 2` steps cut off on either
/// side, as one matrix multiplication and shifted additions (MLX's own form takes a naive path on the CPU).
#[derive(Debug)]
pub(super) struct Upsample {
    /// `[inputs, parts · stride · outputs]`, the kernel filled up with zeros to whole strides.
    matrix: Array,
    bias: Array,
    kernel: i32,
    stride: i32,
}

impl Upsample {
    /// PyTorch's axes: `[inputs, outputs, kernel]`.
    pub(super) fn tensors(
        path: &str,
        inputs: usize,
        outputs: usize,
        kernel: usize,
    ) -> Vec<TensorSpec> {
        vec![
            TensorSpec::array(format!("{path}.weight"), &[inputs, outputs, kernel]),
            TensorSpec::array(format!("{path}.bias"), &[outputs]),
        ]
    }

    pub(super) fn load(
        w: &mut Weights,
        path: &str,
        inputs: usize,
        outputs: usize,
        kernel: usize,
        stride: usize,
    ) -> Result<Self> {
        let weight = w.tensor(&format!("{path}.weight"), &[inputs, outputs, kernel])?;
        let whole = kernel.next_multiple_of(stride);
        let filled = ops::pad(
            weight.transpose_axes(&[0, 2, 1])?,
            &[(0, 0), (0, (whole - kernel) as i32), (0, 0)][..],
            None,
            None,
        )?;
        let matrix = filled
            .reshape(&[inputs as i32, (whole * outputs) as i32])?
            .contiguous()?;
        matrix.eval()?;
        Ok(Self {
            matrix,
            bias: w.tensor(&format!("{path}.bias"), &[outputs])?,
            kernel: kernel as i32,
            stride: stride as i32,
        })
    }

    /// `[1, n, inputs] → [1, n · stride, outputs]` for a kernel whose surplus over the stride is even.
    pub(super) fn forward(&self, x: &Array) -> Result<Array> {
        let (n, outputs) = (x.shape()[1], self.bias.shape()[0]);
        let pieces = x.matmul(&self.matrix)?.reshape(&[1, n, -1, outputs])?;
        let all = overlap_add(&pieces, self.stride)?;
        let cut = (self.kernel - self.stride) / 2;
        let len = (n - 1) * self.stride + self.kernel - 2 * cut;
        Ok(all.try_index((.., cut..cut + len, ..))?.add(&self.bias)?)
    }
}
