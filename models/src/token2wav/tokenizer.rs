//! The S3 tokenizer v2: 16 kHz speech to codes, 25 a second.
//!
//! Whisper's log-mel without padding, two strided convolutions, blocks of rotary attention with a memory beside it (a
//! depthwise convolution over the values), eight numbers a step, each rounded to −1, 0 or 1: the digits of a code in base 3.
//! Longer than 30 s is heard in windows that overlap by 4 s, of which the middle counts. Reference: the public S3Tokenizer.

use super::conformer::{linear_tensors, norm_tensors};
use super::flow::to_host;
use super::open::File;
use super::prompt::is_sound;
use super::shapes::Shapes;
use crate::audio::MelFrontEnd;
use crate::backend::Precision;
use crate::nn::{Conv1d, Conv1dSpec, LayerNorm, Linear, Rope, gelu};
use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::fast::scaled_dot_product_attention;
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype, ops};
use std::path::Path;

const HEAD_DIM: usize = 64;
const ROPE_BASE: f64 = 10_000.0;
const ATTENTION_EPS: f32 = 1e-6;
const MLP_EPS: f32 = 1e-5;
/// Digits of a code.
const DIGITS: usize = 8;
/// Keeps the largest value from being rounded up to a digit that there is not.
const BELOW_ONE: f32 = 0.999;
/// Mel frames of a window, 100 a second, and of what two windows share; codes of half of that.
const WINDOW: usize = 3000;
const SHARED: usize = 400;
const HALF_SHARED: usize = 50;

/// Sizes of a tokenizer, all from tensor shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TokenizerSizes {
    pub mels: usize,
    pub width: usize,
    pub mlp: usize,
    pub layers: usize,
    /// Of the memory's convolution.
    pub memory: usize,
}

impl TokenizerSizes {
    /// The published tokenizer, 124 M parameters.
    pub fn genuine() -> Self {
        Self {
            mels: 128,
            width: 1280,
            mlp: 5120,
            layers: 6,
            memory: 31,
        }
    }

    pub fn from_shapes(weights: &Weights) -> Result<Self> {
        let shapes = Shapes::of(weights);
        let sizes = Self {
            mels: shapes.axis("encoder.conv1.weight", 1)?,
            width: shapes.axis("encoder.conv1.weight", 0)?,
            mlp: shapes.axis("encoder.blocks.0.mlp.0.weight", 0)?,
            layers: shapes.count(|i| format!("encoder.blocks.{i}.mlp.0.weight"))?,
            memory: shapes.axis("encoder.blocks.0.attn.fsmn_block.weight", 2)?,
        };
        shapes.ratio("heads of 64", sizes.width, HEAD_DIM)?;
        if sizes.memory.is_multiple_of(2) {
            return Err(shapes.refuse("its memory has no middle"));
        }
        Ok(sizes)
    }

    fn conv(&self, inputs: usize) -> Conv1dSpec {
        Conv1dSpec {
            stride: 2,
            padding: 1,
            ..Conv1dSpec::new(inputs, self.width, 3)
        }
    }

    fn fsmn(&self) -> Conv1dSpec {
        Conv1dSpec {
            groups: self.width,
            bias: false,
            ..Conv1dSpec::new(self.width, self.width, self.memory)
        }
        .same()
    }
}

#[derive(Debug)]
pub struct SpeechTokenizer {
    front_end: MelFrontEnd,
    sizes: TokenizerSizes,
    dtype: Dtype,
    conv1: Conv1d,
    conv2: Conv1d,
    blocks: Vec<Block>,
    rope: Rope,
    project_down: Linear,
}

const PROJECT: &str = "quantizer._codebook.project_down";

impl SpeechTokenizer {
    /// Every tensor of a tokenizer of these sizes, in PyTorch's layout.
    pub fn specs(s: &TokenizerSizes) -> Vec<TensorSpec> {
        let mut all = s.conv(s.mels).tensors("encoder.conv1");
        all.extend(s.conv(s.width).tensors("encoder.conv2"));
        for i in 0..s.layers {
            all.extend(Block::tensors(&format!("encoder.blocks.{i}"), s));
        }
        all.extend(linear_tensors(PROJECT, DIGITS, s.width));
        all
    }

    /// Loads `s3tokenizer.safetensors` from a token2wav folder.
    pub fn load(dir: &Path, precision: Precision) -> Result<Self> {
        let (_, mut w) = File::Tokenizer.open(dir, precision)?;
        let sizes = TokenizerSizes::from_shapes(&w)?;
        w.require(&Self::specs(&sizes))?;
        let w = &mut w;
        let conv1 = Conv1d::load(w, "encoder.conv1", sizes.conv(sizes.mels))?;
        Ok(Self {
            front_end: MelFrontEnd::new(sizes.mels, 0),
            dtype: conv1.dtype(),
            conv1,
            conv2: Conv1d::load(w, "encoder.conv2", sizes.conv(sizes.width))?,
            blocks: (0..sizes.layers)
                .map(|i| Block::load(w, &format!("encoder.blocks.{i}"), &sizes))
                .collect::<Result<_>>()?,
            rope: Rope::new(HEAD_DIM, ROPE_BASE, None, false),
            project_down: Linear::load_biased(w, PROJECT, DIGITS, sizes.width)?,
            sizes,
        })
    }

    /// 16 kHz mono to codes below 6561. `BadInput` for less than 13 ms or samples that are no sound.
    pub fn encode(&mut self, samples: &[f32]) -> Result<Vec<u32>> {
        let mel = self.front_end.compute(samples);
        if mel.frames == 0 || !is_sound(samples) {
            return Err(Error::input(
                format!("{} samples are no speech to imitate", samples.len()),
                "Give three to ten seconds of clear speech.",
            ));
        }
        self.codes(&mel.values, mel.frames)
    }

    /// From features, `[frames, mels]`.
    fn codes(&mut self, mel: &[f32], frames: usize) -> Result<Vec<u32>> {
        let bands = self.sizes.mels;
        let mut codes = Vec::new();
        let starts: Vec<usize> = if frames <= WINDOW {
            vec![0]
        } else {
            (0..frames).step_by(WINDOW - SHARED).collect()
        };
        for (i, &start) in starts.iter().enumerate() {
            let end = frames.min(start + WINDOW);
            let (_, digits) = self.digits(&mel[start * bands..end * bands])?;
            let window: Vec<u32> = digits.chunks_exact(DIGITS).map(code).collect();
            let left = if i == 0 { 0 } else { HALF_SHARED };
            let right = if i + 1 == starts.len() {
                window.len()
            } else {
                window.len().saturating_sub(HALF_SHARED)
            };
            codes.extend(window.get(left..right).unwrap_or_default());
        }
        Ok(codes)
    }

    /// States `[steps, width]`, and the numbers that are rounded to digits, `[steps, 8]`.
    fn digits(&self, mel: &[f32]) -> Result<(Array, Vec<f32>)> {
        let bands = self.sizes.mels as i32;
        let x = Array::from_slice(mel, &[1, mel.len() as i32 / bands, bands]);
        let x = gelu(&self.conv1.forward(&x.as_dtype(self.dtype)?)?)?;
        let mut x = gelu(&self.conv2.forward(&x)?)?;
        for block in &self.blocks {
            x = block.forward(&x, &self.rope)?;
        }
        let low = self.project_down.forward(&x)?.as_dtype(Dtype::Float32)?;
        let digits = ops::tanh(&low)?.multiply(Array::from_f32(BELOW_ONE))?;
        Ok((x, to_host(&digits)?))
    }

    /// States and unrounded digits of features `[frames, mels]`, and the codes.
    #[doc(hidden)]
    pub fn stages(&mut self, mel: &[f32]) -> Result<(Vec<f32>, Vec<f32>, Vec<u32>)> {
        let (states, digits) = self.digits(mel)?;
        let codes = self.codes(mel, mel.len() / self.sizes.mels)?;
        Ok((to_host(&states)?, digits, codes))
    }
}

/// Eight digits of base 3, the lowest first.
fn code(digits: &[f32]) -> u32 {
    let digit = |d: &f32| (d.round_ties_even() + 1.0).clamp(0.0, 2.0) as u32;
    digits.iter().rev().fold(0, |code, d| 3 * code + digit(d))
}

/// Keys: `attn_ln`, `attn.{query,key,value,out,fsmn_block}`, `mlp_ln`, `mlp.0`, `mlp.2`. The key has no bias.
#[derive(Debug)]
struct Block {
    attn_ln: LayerNorm,
    qkv: Linear,
    out: Linear,
    fsmn: Conv1d,
    mlp_ln: LayerNorm,
    mlp_0: Linear,
    mlp_2: Linear,
}

impl Block {
    fn tensors(path: &str, s: &TokenizerSizes) -> Vec<TensorSpec> {
        let key = |name: &str| format!("{path}.{name}");
        let mut all = norm_tensors(&key("attn_ln"), s.width);
        for part in ["query", "value", "out"] {
            all.extend(linear_tensors(
                &key(&format!("attn.{part}")),
                s.width,
                s.width,
            ));
        }
        all.push(TensorSpec::array(
            key("attn.key.weight"),
            &[s.width, s.width],
        ));
        all.extend(s.fsmn().tensors(&key("attn.fsmn_block")));
        all.extend(norm_tensors(&key("mlp_ln"), s.width));
        all.extend(linear_tensors(&key("mlp.0"), s.mlp, s.width));
        all.extend(linear_tensors(&key("mlp.2"), s.width, s.mlp));
        all
    }

    fn load(w: &mut Weights, path: &str, s: &TokenizerSizes) -> Result<Self> {
        let key = |name: &str| format!("{path}.{name}");
        Ok(Self {
            attn_ln: LayerNorm::load(w, &key("attn_ln"), s.width, ATTENTION_EPS)?,
            qkv: Linear::load_whisper_qkv(w, &key("attn"), s.width)?,
            out: Linear::load_biased(w, &key("attn.out"), s.width, s.width)?,
            fsmn: Conv1d::load(w, &key("attn.fsmn_block"), s.fsmn())?,
            mlp_ln: LayerNorm::load(w, &key("mlp_ln"), s.width, MLP_EPS)?,
            mlp_0: Linear::load_biased(w, &key("mlp.0"), s.mlp, s.width)?,
            mlp_2: Linear::load_biased(w, &key("mlp.2"), s.width, s.mlp)?,
        })
    }

    /// `[1, n, width]` → the same.
    fn forward(&self, x: &Array, rope: &Rope) -> Result<Array> {
        let &[1, n, width] = x.shape() else {
            return Err(Error::Compute("states have three axes".into()));
        };
        let dim = HEAD_DIM as i32;
        let heads = width / dim;
        let qkv = self.qkv.forward(&self.attn_ln.forward(x)?)?;
        let values = qkv.try_index((.., .., 2 * width..))?;
        let memory = self.fsmn.forward(&values)?.add(&values)?;
        let by_head = qkv
            .reshape(&[1, n, 3 * heads, dim])?
            .transpose_axes(&[0, 2, 1, 3])?;
        let rotated = rope.forward(&by_head.try_index((.., 0..2 * heads))?, 0)?;
        let q = rotated.try_index((.., 0..heads))?;
        let k = rotated.try_index((.., heads..))?;
        let v = by_head.try_index((.., 2 * heads..))?;
        let scale = (HEAD_DIM as f32).powf(-0.5);
        let seen = scaled_dot_product_attention(&q, &k, &v, scale, None, None)?
            .transpose_axes(&[0, 2, 1, 3])?
            .reshape(&[1, n, width])?;
        let x = x.add(&self.out.forward(&seen)?)?.add(&memory)?;
        let inner = gelu(&self.mlp_0.forward(&self.mlp_ln.forward(&x)?)?)?;
        Ok(x.add(&self.mlp_2.forward(&inner)?)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_digit_is_the_lowest() {
        assert_eq!(code(&[-0.9; DIGITS]), 0);
        assert_eq!(code(&[0.9; DIGITS]), 6560);
        let mut digits = [-0.9; DIGITS];
        digits[0] = 0.1;
        assert_eq!(code(&digits), 1);
        digits[7] = 0.6;
        assert_eq!(code(&digits), 1 + 2 * 3u32.pow(7));
    }
}
