//! CAM++: a recording's speaker as a vector of 192 numbers; two recordings of one person point the same way.
//!
//! Kaldi features as an image through a small 2-D ResNet that halves frequency three times, then densely connected layers
//! over time, each weighted by a look at its surroundings of 100 steps and at the whole, then mean and deviation over time.
//! Reference: 3D-Speaker's CAM++ as Step-Audio 2 publishes it (ONNX, batch norms of the head folded into its
//! convolutions). Cosines of these vectors are what [`similarity`] gives.

mod dense;
mod head;
mod norm;

use self::dense::Dense;
use self::head::Head;
use self::norm::Norm;
use super::flow::to_host;
use super::open::File;
use super::prompt::is_sound;
use super::shapes::Shapes;
use crate::audio::{FBANK_BANDS, fbank};
use crate::backend::Precision;
use crate::nn::{Conv1d, Conv1dSpec, relu};
use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::{Array, Dtype, ops};
use std::path::Path;

/// Numbers in a speaker vector.
pub const SPEAKER_WIDTH: usize = 192;

/// Dilation of each dense block.
const DILATIONS: [usize; 3] = [1, 2, 2];
/// 16 kHz samples below which nothing can be said of a speaker: 0.1 s.
const FEWEST: usize = 1600;

/// How alike two speakers are, −1 to 1: the cosine of their vectors; 0 where one has no direction.
pub fn similarity(a: &[f32], b: &[f32]) -> f32 {
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        a.iter()
            .zip(b)
            .map(|(x, y)| f64::from(*x) * f64::from(*y))
            .sum()
    };
    let lengths = (dot(a, a) * dot(b, b)).sqrt();
    if lengths > 0.0 {
        (dot(a, b) / lengths) as f32
    } else {
        0.0
    }
}

/// Sizes of a speaker encoder, all from tensor shapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeakerSizes {
    /// Channels of the head.
    pub head: usize,
    /// Channels after the first layer over time.
    pub first: usize,
    /// Channels that each dense layer adds, and that it works with.
    pub growth: usize,
    pub inner: usize,
    /// Dense layers of each block.
    pub layers: Vec<usize>,
}

impl SpeakerSizes {
    /// The published CAM++, 6.9 M parameters.
    pub fn genuine() -> Self {
        Self {
            head: 32,
            first: 128,
            growth: 32,
            inner: 128,
            layers: vec![12, 24, 16],
        }
    }

    pub fn from_shapes(weights: &Weights) -> Result<Self> {
        let shapes = Shapes::of(weights);
        let layer = "blocks.0.layers.0";
        let sizes = Self {
            head: shapes.axis("head.conv1.weight", 0)?,
            first: shapes.axis("tdnn.linear.weight", 0)?,
            growth: shapes.axis(&format!("{layer}.cam_layer.linear_local.weight"), 0)?,
            inner: shapes.axis(&format!("{layer}.linear1.weight"), 0)?,
            layers: (0..DILATIONS.len())
                .map(|b| shapes.count(|i| format!("blocks.{b}.layers.{i}.linear1.weight")))
                .collect::<Result<_>>()?,
        };
        shapes.ratio("channels of the context", sizes.inner, 2)?;
        Ok(sizes)
    }

    /// Channels before each block and after the last; every transit halves.
    fn channels(&self) -> Vec<usize> {
        let mut all = vec![self.first];
        for layers in &self.layers {
            let before = all.last().copied().unwrap_or(0);
            all.push((before + layers * self.growth) / 2);
        }
        all
    }
}

#[derive(Debug)]
pub struct SpeakerEncoder {
    dtype: Dtype,
    head: Head,
    tdnn: Conv1d,
    blocks: Vec<Vec<Dense>>,
    transits: Vec<(Norm, Conv1d)>,
    dense: Conv1d,
    dense_norm: Norm,
}

impl SpeakerEncoder {
    /// Every tensor of an encoder of these sizes: the names of the public MLX conversion, PyTorch's axes.
    pub fn specs(s: &SpeakerSizes) -> Vec<TensorSpec> {
        let mut all = Head::tensors(s.head);
        let channels = s.channels();
        all.extend(Self::tdnn(s).tensors("tdnn.linear"));
        for (b, layers) in s.layers.iter().enumerate() {
            for i in 0..*layers {
                let inputs = channels[b] + i * s.growth;
                all.extend(Dense::tensors(
                    &format!("blocks.{b}.layers.{i}"),
                    s,
                    inputs,
                    b,
                ));
            }
            let inputs = channels[b] + layers * s.growth;
            all.extend(Norm::tensors(
                &format!("transits.{b}.nonlinear.0"),
                inputs,
                true,
            ));
            all.extend(Self::transit(s, b, inputs).tensors(&format!("transits.{b}.linear")));
        }
        let last = channels.last().copied().unwrap_or(0);
        all.extend(Self::dense(last).tensors("dense.linear"));
        all.extend(Norm::tensors("dense.nonlinear.0", SPEAKER_WIDTH, false));
        all
    }

    fn tdnn(s: &SpeakerSizes) -> Conv1dSpec {
        Conv1dSpec {
            stride: 2,
            ..Conv1dSpec::new(s.head * FBANK_BANDS / 8, s.first, 5).same()
        }
    }

    /// The last transit has the norm after it folded in, and so a bias.
    fn transit(s: &SpeakerSizes, block: usize, inputs: usize) -> Conv1dSpec {
        Conv1dSpec {
            bias: block + 1 == s.layers.len(),
            ..Conv1dSpec::new(inputs, inputs / 2, 1)
        }
    }

    fn dense(channels: usize) -> Conv1dSpec {
        Conv1dSpec {
            bias: false,
            ..Conv1dSpec::new(2 * channels, SPEAKER_WIDTH, 1)
        }
    }

    /// Loads `campplus.safetensors` from a token2wav folder.
    pub fn load(dir: &Path, precision: Precision) -> Result<Self> {
        let (_, mut w) = File::Speaker.open(dir, precision)?;
        let s = SpeakerSizes::from_shapes(&w)?;
        w.require(&Self::specs(&s))?;
        let w = &mut w;
        let channels = s.channels();
        let tdnn = Conv1d::load(w, "tdnn.linear", Self::tdnn(&s))?;
        let (mut blocks, mut transits) = (Vec::new(), Vec::new());
        for (b, layers) in s.layers.iter().enumerate() {
            let block = (0..*layers).map(|i| {
                let inputs = channels[b] + i * s.growth;
                Dense::load(w, &format!("blocks.{b}.layers.{i}"), &s, inputs, b)
            });
            blocks.push(block.collect::<Result<Vec<_>>>()?);
            let inputs = channels[b] + layers * s.growth;
            transits.push((
                Norm::load(w, &format!("transits.{b}.nonlinear.0"), inputs, true)?,
                Conv1d::load(
                    w,
                    &format!("transits.{b}.linear"),
                    Self::transit(&s, b, inputs),
                )?,
            ));
        }
        let last = channels.last().copied().unwrap_or(0);
        Ok(Self {
            dtype: tdnn.dtype(),
            head: Head::load(w, s.head)?,
            tdnn,
            blocks,
            transits,
            dense: Conv1d::load(w, "dense.linear", Self::dense(last))?,
            dense_norm: Norm::load(w, "dense.nonlinear.0", SPEAKER_WIDTH, false)?,
        })
    }

    /// The speaker of 16 kHz mono, 192 numbers. `BadInput` for less than 0.1 s or samples that are no sound.
    pub fn embed(&mut self, samples: &[f32]) -> Result<Vec<f32>> {
        if samples.len() < FEWEST || !is_sound(samples) {
            return Err(Error::input(
                format!("{} samples do not tell who speaks", samples.len()),
                "Give at least a second of clear speech.",
            ));
        }
        self.embed_features(&fbank(samples))
    }

    /// From Kaldi features, `[frames, 80]`.
    #[doc(hidden)]
    pub fn embed_features(&mut self, features: &[f32]) -> Result<Vec<f32>> {
        let frames = (features.len() / FBANK_BANDS) as i32;
        let x = Array::from_slice(features, &[1, frames, FBANK_BANDS as i32]);
        let x = self.head.forward(&x.as_dtype(self.dtype)?)?;
        let mut x = relu(&self.tdnn.forward(&x)?)?;
        for (block, (norm, linear)) in self.blocks.iter().zip(&self.transits) {
            for layer in block {
                x = ops::concatenate(&[&x, &layer.forward(&x)?], 2)?;
            }
            x = linear.forward(&relu(&norm.forward(&x)?)?)?;
        }
        let x = relu(&x)?;
        let mean = x.mean_axis(1, true)?;
        let deviation = ops::sqrt(&x.var_axis(1, true, 1)?)?;
        let stats = ops::concatenate(&[&mean, &deviation], 2)?;
        to_host(&self.dense_norm.forward(&self.dense.forward(&stats)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn likeness_is_a_cosine_and_zeros_are_like_nothing() {
        assert!((similarity(&[1.0, 2.0], &[2.0, 4.0]) - 1.0).abs() < 1e-6);
        assert!((similarity(&[1.0, 0.0], &[-3.0, 0.0]) + 1.0).abs() < 1e-6);
        assert_eq!(similarity(&[1.0, 0.0], &[0.0, 2.0]), 0.0);
        assert_eq!(similarity(&[0.0, 0.0], &[1.0, 2.0]), 0.0);
    }
}
