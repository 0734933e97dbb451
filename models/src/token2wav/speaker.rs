//! CAM++: a recording's speaker as a vector of 192 numbers; two recordings of one person point the same way.
//!
//! Kaldi features as an image through a small 2-D ResNet that halves frequency three times, then densely connected layers
//! over time, each weighted by a look at its surroundings of 100 steps and at the whole, then mean and deviation over time.
//! Reference: 3D-Speaker's CAM++ as Step-Audio 2 publishes it (ONNX, batch norms of the head folded into its
//! convolutions). Cosines of these vectors are what [`similarity`] gives.

use super::flow::to_host;
use super::open::File;
use super::prompt::is_sound;
use super::shapes::Shapes;
use crate::audio::{FBANK_BANDS, fbank};
use crate::backend::Precision;
use crate::nn::{Conv1d, Conv1dSpec, relu};
use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype, ops};
use std::path::Path;

/// Numbers in a speaker vector.
pub const SPEAKER_WIDTH: usize = 192;

/// Steps that are looked at together.
const SURROUNDINGS: i32 = 100;
const NORM_EPS: f32 = 1e-5;
/// Layers, dilation of each dense block.
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

/// A batch norm as it works when nothing is learned: one factor and one summand per channel.
#[derive(Debug)]
struct Norm {
    factor: Array,
    summand: Array,
}

impl Norm {
    fn tensors(path: &str, channels: usize, affine: bool) -> Vec<TensorSpec> {
        let parts: &[&str] = if affine {
            &["running_mean", "running_var", "weight", "bias"]
        } else {
            &["running_mean", "running_var"]
        };
        let spec = |part: &&str| TensorSpec::array(format!("{path}.{part}"), &[channels]);
        parts.iter().map(spec).collect()
    }

    fn load(w: &mut Weights, path: &str, channels: usize, affine: bool) -> Result<Self> {
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

    fn forward(&self, x: &Array) -> Result<Array> {
        Ok(x.multiply(&self.factor)?.add(&self.summand)?)
    }
}

/// Keys: `nonlinear1.0`, `linear1`, `cam_layer.{linear_local,linear1,linear2}`.
#[derive(Debug)]
struct Dense {
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

    fn tensors(path: &str, s: &SpeakerSizes, inputs: usize, block: usize) -> Vec<TensorSpec> {
        let mut all = Norm::tensors(&format!("{path}.nonlinear1.0"), inputs, true);
        for (name, spec) in Self::convs(s, inputs, block) {
            all.extend(spec.tensors(&format!("{path}.{name}")));
        }
        all
    }

    fn load(
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
    fn forward(&self, x: &Array) -> Result<Array> {
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

/// The 2-D part. Keys: `head.conv1`, `head.layer{1,2}.{0,1}.{conv1,conv2,shortcut.0}`, `head.conv2`.
#[derive(Debug)]
struct Head {
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

    fn tensors(channels: usize) -> Vec<TensorSpec> {
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

    fn load(w: &mut Weights, channels: usize) -> Result<Self> {
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
    fn forward(&self, x: &Array) -> Result<Array> {
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
