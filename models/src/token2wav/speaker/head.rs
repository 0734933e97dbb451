//! The 2-D part: Kaldi features as an image, whose frequency is halved three times.
//!
//! Fails while loading where a tensor is missing or of another shape.

use crate::nn::relu;
use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::{Array, ops};

/// Keys: `head.conv1`, `head.layer{1,2}.{0,1}.{conv1,conv2,shortcut.0}`, `head.conv2`.
#[derive(Debug)]
pub(super) struct Head {
    conv1: Conv2d,
    blocks: Vec<(Conv2d, Conv2d, Option<Conv2d>)>,
    conv2: Conv2d,
}

impl Head {
    /// Path, inputs, kernel, stride over frequency of every convolution, in the order they are used.
    fn convs(channels: usize) -> Vec<(String, usize, usize, i32)> {
        let mut all = vec![("head.conv1".to_owned(), 1, 3, 1)];
        for layer in 1..=2 {
            for block in 0..2 {
                let path = format!("head.layer{layer}.{block}");
                let stride = if block == 0 { 2 } else { 1 };
                all.push((format!("{path}.conv1"), channels, 3, stride));
                all.push((format!("{path}.conv2"), channels, 3, 1));
                if block == 0 {
                    all.push((format!("{path}.shortcut.0"), channels, 1, stride));
                }
            }
        }
        all.push(("head.conv2".into(), channels, 3, 2));
        all
    }

    pub(super) fn tensors(channels: usize) -> Vec<TensorSpec> {
        Self::convs(channels)
            .into_iter()
            .flat_map(|(path, inputs, kernel, _)| {
                let weight = [channels, inputs, kernel, kernel];
                [
                    TensorSpec::array(format!("{path}.weight"), &weight),
                    TensorSpec::array(format!("{path}.bias"), &[channels]),
                ]
            })
            .collect()
    }

    pub(super) fn load(w: &mut Weights, channels: usize) -> Result<Self> {
        let mut convs = Self::convs(channels)
            .into_iter()
            .map(|(path, inputs, kernel, stride)| {
                Conv2d::load(w, &path, channels, inputs, kernel, stride)
            })
            .collect::<Result<Vec<_>>>()?
            .into_iter();
        let mut next = || {
            convs
                .next()
                .ok_or_else(|| Error::Compute("the head has too few convolutions".into()))
        };
        let conv1 = next()?;
        let mut blocks = Vec::new();
        for block in 0..4 {
            let shortcut = block % 2 == 0;
            blocks.push((
                next()?,
                next()?,
                if shortcut { Some(next()?) } else { None },
            ));
        }
        Ok(Self {
            conv1,
            blocks,
            conv2: next()?,
        })
    }

    /// `[1, frames, 80] → [1, frames, channels · 10]`
    pub(super) fn forward(&self, x: &Array) -> Result<Array> {
        // Frequency is the height of the image, time its width.
        let image = x.transpose_axes(&[0, 2, 1])?.expand_dims(-1)?;
        let mut x = relu(&self.conv1.forward(&image)?)?;
        for (conv1, conv2, shortcut) in &self.blocks {
            let straight = match shortcut {
                Some(conv) => conv.forward(&x)?,
                None => x.clone(),
            };
            let inner = conv2.forward(&relu(&conv1.forward(&x)?)?)?;
            x = relu(&inner.add(&straight)?)?;
        }
        let x = relu(&self.conv2.forward(&x)?)?;
        let &[1, height, frames, channels] = x.shape() else {
            return Err(Error::Compute("an image has four axes".into()));
        };
        Ok(x.transpose_axes(&[0, 2, 3, 1])?
            .reshape(&[1, frames, channels * height])?)
    }
}

/// Zeros around the image, stride over its height alone.
#[derive(Debug)]
struct Conv2d {
    /// `[outputs, height, width, inputs]`
    weight: Array,
    bias: Array,
    stride: i32,
    padding: i32,
}

impl Conv2d {
    fn load(
        w: &mut Weights,
        path: &str,
        outputs: usize,
        inputs: usize,
        kernel: usize,
        stride: i32,
    ) -> Result<Self> {
        let weight = w
            .tensor(
                &format!("{path}.weight"),
                &[outputs, inputs, kernel, kernel],
            )?
            .transpose_axes(&[0, 2, 3, 1])?
            .contiguous()?;
        weight.eval()?;
        Ok(Self {
            weight,
            bias: w.tensor(&format!("{path}.bias"), &[outputs])?,
            stride,
            padding: (kernel as i32 - 1) / 2,
        })
    }

    fn forward(&self, x: &Array) -> Result<Array> {
        let (stride, padding) = ((self.stride, 1), (self.padding, self.padding));
        Ok(ops::conv2d(x, &self.weight, stride, padding, (1, 1), 1)?.add(&self.bias)?)
    }
}
