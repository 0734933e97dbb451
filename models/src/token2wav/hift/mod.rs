//! The vocoder: a mel spectrogram to samples, 480 a frame.
//!
//! A small network finds the pitch; an excitation with that pitch is brought in, as its short Fourier transform, after every
//! stage of upsampling; the last stage gives magnitudes and phases that an inverse transform turns into sound. Not causal: a
//! stream runs it over each piece with some frames before it ([`super::Stream`]). Reference: `HiFTGenerator` of the public
//! Step-Audio2 repository.

mod pitch;
mod residual;

use self::pitch::Pitch;
use self::residual::Residual;
use super::FRAME_SAMPLES;
use super::flow::to_host;
use super::noise::Noise;
use super::open::File;
use super::overlap::Upsample;
use super::shapes::Shapes;
use super::source::Source;
use super::stft::{CHANNELS, HOP, Stft};
use crate::backend::Precision;
use crate::nn::{Conv1d, Conv1dSpec, leaky_relu};
use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype, ops};
use std::path::Path;

/// Slope below zero between stages, and before the last convolution.
const LEAK: f32 = 0.1;
const LAST_LEAK: f32 = 0.01;
const LOUDEST_BIN: f32 = 100.0;
const LOUDEST: f32 = 0.99;

/// Sizes of a vocoder, all from tensor shapes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HiftSizes {
    pub mel: usize,
    /// Channels before the first stage; each stage halves them.
    pub channels: usize,
    pub pitch_channels: usize,
    pub harmonics: usize,
    /// Kernels of the stages' upsampling; a kernel is twice its factor, or one more.
    pub upsample_kernels: Vec<usize>,
    /// Kernels of the residual blocks of every stage.
    pub kernels: Vec<usize>,
    /// Kernels of the residual block that the excitation passes, by stage.
    pub source_kernels: Vec<usize>,
}

impl HiftSizes {
    /// The published vocoder, 20.8 M parameters.
    pub fn genuine() -> Self {
        Self {
            mel: 80,
            channels: 512,
            pitch_channels: 512,
            harmonics: 9,
            upsample_kernels: vec![16, 11, 7],
            kernels: vec![3, 7, 11],
            source_kernels: vec![7, 7, 11],
        }
    }

    pub fn from_shapes(weights: &Weights) -> Result<Self> {
        let shapes = Shapes::of(weights);
        let stages = shapes.count(|i| format!("ups.{i}.weight"))?;
        let blocks = shapes.count(|i| format!("resblocks.{i}.convs1.0.weight"))?;
        let kernels = |name: &str, n: usize| {
            (0..n)
                .map(|i| shapes.axis(&format!("{name}.{i}.convs1.0.weight"), 2))
                .collect::<Result<Vec<_>>>()
        };
        let per_stage = shapes.ratio("residual blocks", blocks, stages)?;
        let sizes = Self {
            mel: shapes.axis("conv_pre.weight", 1)?,
            channels: shapes.axis("conv_pre.weight", 0)?,
            pitch_channels: shapes.axis("f0_predictor.condnet.0.weight", 0)?,
            harmonics: shapes.axis("m_source.l_linear.weight", 1)?,
            upsample_kernels: (0..stages)
                .map(|i| shapes.axis(&format!("ups.{i}.weight"), 2))
                .collect::<Result<_>>()?,
            kernels: kernels("resblocks", per_stage)?,
            source_kernels: kernels("source_resblocks", stages)?,
        };
        shapes.ratio("channels by stages", sizes.channels, 1 << stages.min(16))?;
        let even = sizes.upsample_kernels.iter().zip(sizes.factors());
        if even.into_iter().any(|(k, u)| u < 2 || (k - u) % 2 == 1) {
            return Err(shapes.refuse("its upsampling is of an unknown kind"));
        }
        let samples = sizes
            .factors()
            .iter()
            .product::<usize>()
            .saturating_mul(HOP);
        if samples != FRAME_SAMPLES || sizes.mel != crate::audio::VOICE_BANDS {
            return Err(shapes.refuse(&format!(
                "{} mel bands and {samples} samples a frame, only {} and {FRAME_SAMPLES} are known",
                sizes.mel,
                crate::audio::VOICE_BANDS
            )));
        }
        let odd = sizes.kernels.iter().chain(&sizes.source_kernels);
        if odd.into_iter().any(|k| k.is_multiple_of(2)) {
            return Err(shapes.refuse("a residual block has no middle"));
        }
        Ok(sizes)
    }

    /// By how much each stage lengthens.
    fn factors(&self) -> Vec<usize> {
        self.upsample_kernels.iter().map(|k| k / 2).collect()
    }

    /// Channels after a stage.
    fn after(&self, stage: usize) -> usize {
        self.channels >> (stage + 1)
    }

    fn conv_pre(&self) -> Conv1dSpec {
        Conv1dSpec::new(self.mel, self.channels, 7).same()
    }

    fn conv_post(&self) -> Conv1dSpec {
        let last = self.upsample_kernels.len() - 1;
        Conv1dSpec::new(self.after(last), CHANNELS, 7).same()
    }

    /// What brings the excitation's frames down to a stage's rate.
    fn source_down(&self, stage: usize) -> Conv1dSpec {
        let factor: usize = self.factors().iter().skip(stage + 1).product();
        if factor == 1 {
            return Conv1dSpec::new(CHANNELS, self.after(stage), 1);
        }
        Conv1dSpec {
            stride: factor,
            padding: factor / 2,
            ..Conv1dSpec::new(CHANNELS, self.after(stage), 2 * factor)
        }
    }
}

/// Samples, and the excitation that they were made from.
#[derive(Debug, Clone, Default)]
pub(super) struct Sound {
    pub(super) samples: Vec<f32>,
    pub(super) source: Vec<f32>,
}

#[derive(Debug)]
pub struct Hift {
    dtype: Dtype,
    pitch: Pitch,
    source: Source,
    stft: Stft,
    conv_pre: Conv1d,
    stages: Vec<Stage>,
    conv_post: Conv1d,
    surplus: Vec<String>,
}

#[derive(Debug)]
struct Stage {
    up: Upsample,
    source_down: Conv1d,
    source_block: Residual,
    blocks: Vec<Residual>,
}

impl Hift {
    /// Every tensor of a vocoder of these sizes, in PyTorch's layout with weight norm folded.
    pub fn specs(s: &HiftSizes) -> Vec<TensorSpec> {
        let mut all = Pitch::tensors(s);
        all.extend(Source::tensors(s.harmonics));
        all.extend(s.conv_pre().tensors("conv_pre"));
        for (i, &kernel) in s.upsample_kernels.iter().enumerate() {
            let channels = s.after(i);
            let up = format!("ups.{i}");
            all.extend(Upsample::tensors(&up, 2 * channels, channels, kernel));
            all.extend(s.source_down(i).tensors(&format!("source_downs.{i}")));
            let block = format!("source_resblocks.{i}");
            all.extend(Residual::tensors(&block, channels, s.source_kernels[i]));
            for (j, &kernel) in s.kernels.iter().enumerate() {
                let block = format!("resblocks.{}", i * s.kernels.len() + j);
                all.extend(Residual::tensors(&block, channels, kernel));
            }
        }
        all.extend(s.conv_post().tensors("conv_post"));
        all
    }

    /// Loads `hift.safetensors` from a token2wav folder.
    pub fn load(dir: &Path, precision: Precision) -> Result<Self> {
        let (_, mut w) = File::Hift.open(dir, precision)?;
        let s = HiftSizes::from_shapes(&w)?;
        let specs = Self::specs(&s);
        w.require(&specs)?;
        let mut surplus = w.surplus().to_vec();
        surplus.extend(w.beyond(&specs));
        let w = &mut w;
        let conv_pre = Conv1d::load(w, "conv_pre", s.conv_pre())?;
        let factors = s.factors();
        let mut stages = Vec::new();
        for (i, &kernel) in s.upsample_kernels.iter().enumerate() {
            let channels = s.after(i);
            let block = |w: &mut Weights, (j, kernel): (usize, &usize)| {
                let path = format!("resblocks.{}", i * s.kernels.len() + j);
                Residual::load(w, &path, channels, *kernel)
            };
            stages.push(Stage {
                up: Upsample::load(
                    w,
                    &format!("ups.{i}"),
                    2 * channels,
                    channels,
                    kernel,
                    factors[i],
                )?,
                source_down: Conv1d::load(w, &format!("source_downs.{i}"), s.source_down(i))?,
                source_block: Residual::load(
                    w,
                    &format!("source_resblocks.{i}"),
                    channels,
                    s.source_kernels[i],
                )?,
                blocks: s
                    .kernels
                    .iter()
                    .enumerate()
                    .map(|jk| block(w, jk))
                    .collect::<Result<_>>()?,
            });
        }
        Ok(Self {
            dtype: conv_pre.dtype(),
            pitch: Pitch::load(w, &s)?,
            source: Source::load(w, s.harmonics)?,
            stft: Stft::new(Dtype::Float32)?,
            conv_pre,
            stages,
            conv_post: Conv1d::load(w, "conv_post", s.conv_post())?,
            surplus,
        })
    }

    /// Stored tensors that the network has no use for.
    pub fn surplus(&self) -> &[String] {
        &self.surplus
    }

    /// `mel` `[frames, 80]`, row-major → 480 samples a frame. `before` is the excitation of the first frames, where
    /// they were heard already.
    pub(super) fn sound(&self, mel: &[f32], before: &[f32], noise: &mut Noise) -> Result<Sound> {
        let bands = crate::audio::VOICE_BANDS;
        if mel.is_empty() || !mel.len().is_multiple_of(bands) {
            return Err(Error::Compute("the vocoder got no mel".into()));
        }
        let shape = [1, (mel.len() / bands) as i32, bands as i32];
        let mel = Array::from_slice(mel, &shape).as_dtype(self.dtype)?;
        let pitch = self.pitch.forward(&mel)?;
        let mut source = self.source.excite(&pitch, noise);
        let heard = before.len().min(source.len());
        source[..heard].copy_from_slice(&before[..heard]);
        Ok(Sound {
            samples: self.decode(&mel, &source)?,
            source,
        })
    }

    fn decode(&self, mel: &Array, source: &[f32]) -> Result<Vec<f32>> {
        let source = self.stft.analyse(source)?.as_dtype(self.dtype)?;
        let mut x = self.conv_pre.forward(mel)?;
        for (i, stage) in self.stages.iter().enumerate() {
            x = stage.up.forward(&leaky_relu(&x, LEAK)?)?;
            if i + 1 == self.stages.len() {
                // One step mirrored at the beginning: a transform has one frame more than the samples have hops.
                x = ops::concatenate(&[&x.try_index((.., 1..2, ..))?, &x], 1)?;
            }
            let brought = stage
                .source_block
                .forward(&stage.source_down.forward(&source)?)?;
            x = x.add(&brought)?;
            let mut sum: Option<Array> = None;
            for block in &stage.blocks {
                let y = block.forward(&x)?;
                sum = Some(match sum {
                    Some(sum) => sum.add(&y)?,
                    None => y,
                });
            }
            if let Some(sum) = sum {
                let share = Array::from_f32(1.0 / stage.blocks.len() as f32);
                x = sum.multiply(&share.as_dtype(sum.dtype())?)?;
            }
        }
        let x = self.conv_post.forward(&leaky_relu(&x, LAST_LEAK)?)?;
        let x = x.as_dtype(Dtype::Float32)?;
        let bins = CHANNELS as i32 / 2;
        let loud = ops::exp(&x.try_index((.., .., 0..bins))?)?;
        let loud = ops::minimum(&loud, Array::from_f32(LOUDEST_BIN))?;
        let phase = ops::sin(&x.try_index((.., .., bins..))?)?;
        let spectrum = [
            loud.multiply(&ops::cos(&phase)?)?,
            loud.multiply(&ops::sin(&phase)?)?,
        ];
        let mut samples = self.stft.synthesise(&ops::concatenate(&spectrum, 2)?)?;
        samples
            .iter_mut()
            .for_each(|s| *s = s.clamp(-LOUDEST, LOUDEST));
        Ok(samples)
    }

    /// Pitch in Hz of each frame, excitation and sound of a mel `[frames, 80]`, the excitation's transform `[n, 18]`.
    #[doc(hidden)]
    pub fn stages(&self, mel: &[f32], noise: &mut Noise) -> Result<super::Stages> {
        let bands = crate::audio::VOICE_BANDS;
        let shape = [1, (mel.len() / bands) as i32, bands as i32];
        let table = Array::from_slice(mel, &shape).as_dtype(self.dtype)?;
        let sound = self.sound(mel, &[], noise)?;
        Ok(vec![
            ("f0", self.pitch.forward(&table)?),
            ("conv_pre", to_host(&self.conv_pre.forward(&table)?)?),
            ("source_stft", to_host(&self.stft.analyse(&sound.source)?)?),
            ("source", sound.source),
            ("wav", sound.samples),
        ])
    }
}
