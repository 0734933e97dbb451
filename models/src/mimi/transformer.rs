//! The two transformers, 25 steps a second: pre-norm, exact GELU, interleaved rotary positions, and attention that
//! reaches back a fixed number of steps.
//!
//! A step at position q sees keys k with 0 ≤ q − k < context. Each layer keeps the last context − 1 keys and values,
//! and a piece of T steps attends to those and its own T, so that the size of pieces makes no difference
//! (a ring of exactly `context` entries, as in kyutai's streaming code, loses keys once it is full).

use super::Config;
use crate::Result;
use crate::nn::{LayerNorm, Rope, gelu};
use crate::weights::{TensorSpec, Weights};
use mlx_rs::fast::{ScaledDotProductAttentionMask, scaled_dot_product_attention};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype, ops};

#[derive(Debug)]
pub(super) struct Transformer {
    layers: Vec<Layer>,
    rope: Rope,
    context: i32,
    /// Steps since the last reset.
    position: usize,
    /// The window mask of the last piece; in a steady stream every piece needs the same.
    mask: Option<Mask>,
}

#[derive(Debug)]
struct Mask {
    steps: i32,
    keys: i32,
    /// `[steps, keys]`, 0 or −∞, to be added.
    array: Array,
}

#[derive(Debug)]
struct Layer {
    heads: i32,
    head_dim: i32,
    norm1: LayerNorm,
    /// q·k·v in one, as stored.
    in_proj: Matrix,
    /// With `layer_scale_1` multiplied in.
    out_proj: Matrix,
    norm2: LayerNorm,
    linear1: Matrix,
    /// With `layer_scale_2` multiplied in.
    linear2: Matrix,
    /// Keys and values of earlier steps, `[1, heads, at most context − 1, head_dim]` each.
    past: Option<(Array, Array)>,
}

impl Transformer {
    pub(super) fn tensors(path: &str, c: &Config) -> Vec<TensorSpec> {
        let (d, mlp) = (c.hidden, c.mlp);
        (0..c.layers)
            .flat_map(|l| {
                [
                    ("self_attn.in_proj_weight", vec![3 * d, d]),
                    ("self_attn.out_proj.weight", vec![d, d]),
                    ("linear1.weight", vec![mlp, d]),
                    ("linear2.weight", vec![d, mlp]),
                    ("norm1.weight", vec![d]),
                    ("norm1.bias", vec![d]),
                    ("norm2.weight", vec![d]),
                    ("norm2.bias", vec![d]),
                    ("layer_scale_1.scale", vec![d]),
                    ("layer_scale_2.scale", vec![d]),
                ]
                .map(|(name, shape)| {
                    TensorSpec::array(format!("{path}.transformer.layers.{l}.{name}"), &shape)
                })
            })
            .collect()
    }

    pub(super) fn load(w: &mut Weights, path: &str, c: &Config) -> Result<Self> {
        Ok(Self {
            layers: (0..c.layers)
                .map(|l| Layer::load(w, &format!("{path}.transformer.layers.{l}"), c))
                .collect::<Result<_>>()?,
            rope: Rope::new(c.head_dim(), c.rope_base, None, true),
            context: c.context as i32,
            position: 0,
            mask: None,
        })
    }

    pub(super) fn reset(&mut self) {
        self.position = 0;
        for layer in &mut self.layers {
            layer.past = None;
        }
    }

    /// `[1, steps, hidden] → [1, steps, hidden]`
    pub(super) fn step(&mut self, x: &Array) -> Result<Array> {
        let steps = x.shape()[1];
        let past = self.position.min(self.context as usize - 1) as i32;
        let mask = self.window(steps, past, x.dtype())?;
        let mut x = x.clone();
        for layer in &mut self.layers {
            x = layer.step(&x, &self.rope, self.position, mask.as_ref(), self.context)?;
        }
        self.position += steps as usize;
        Ok(x)
    }

    /// Which of `past + steps` keys each of `steps` queries may see; nothing where it may see all.
    fn window(&mut self, steps: i32, past: i32, dtype: Dtype) -> Result<Option<Array>> {
        let keys = past + steps;
        if steps == 1 {
            return Ok(None);
        }
        if let Some(mask) = self
            .mask
            .as_ref()
            .filter(|m| (m.steps, m.keys) == (steps, keys))
        {
            return Ok(Some(mask.array.clone()));
        }
        let values: Vec<f32> = (0..steps)
            .flat_map(|q| (0..keys).map(move |k| past + q - k))
            .map(|distance| {
                if (0..self.context).contains(&distance) {
                    0.0
                } else {
                    f32::NEG_INFINITY
                }
            })
            .collect();
        let array = Array::from_slice(&values, &[steps, keys]).as_dtype(dtype)?;
        self.mask = Some(Mask {
            steps,
            keys,
            array: array.clone(),
        });
        Ok(Some(array))
    }

    pub(super) fn state(&self) -> impl Iterator<Item = &Array> {
        self.layers
            .iter()
            .flat_map(|l| &l.past)
            .flat_map(|(k, v)| [k, v])
    }
}

/// A weight as stored, `[outputs, inputs]`.
///
/// A live stream multiplies two rows at a time, and BLAS then gets through the weight faster with the rows as its
/// columns: 0.41 ms against 0.72 for 2048 × 512. With sixteen rows nothing is gained.
#[derive(Debug)]
struct Matrix(Array);

impl Matrix {
    const FEW: i32 = 4;

    fn new(weight: Array) -> Result<Self> {
        weight.eval()?;
        Ok(Self(weight))
    }

    /// `[1, steps, inputs] → [1, steps, outputs]`
    fn forward(&self, x: &Array) -> Result<Array> {
        let steps = x.shape()[1];
        if steps > Self::FEW {
            return Ok(x.matmul(self.0.t())?);
        }
        let columns = x.reshape(&[steps, -1])?.t();
        Ok(self.0.matmul(&columns)?.t().reshape(&[1, steps, -1])?)
    }
}

impl Layer {
    fn load(w: &mut Weights, path: &str, c: &Config) -> Result<Self> {
        let key = |name: &str| format!("{path}.{name}");
        let d = c.hidden;
        // A scale of the output is a scale of the weight's rows: one multiplication less per branch and step.
        let scaled = |w: &mut Weights, weight: &str, scale: &str, inputs: usize| {
            let scale = w.tensor(&key(scale), &[d])?.reshape(&[d as i32, 1])?;
            Matrix::new(w.tensor(&key(weight), &[d, inputs])?.multiply(&scale)?)
        };
        Ok(Self {
            heads: c.heads as i32,
            head_dim: c.head_dim() as i32,
            norm1: LayerNorm::load(w, &key("norm1"), d, c.norm_eps)?,
            in_proj: Matrix::new(w.tensor(&key("self_attn.in_proj_weight"), &[3 * d, d])?)?,
            out_proj: scaled(w, "self_attn.out_proj.weight", "layer_scale_1.scale", d)?,
            norm2: LayerNorm::load(w, &key("norm2"), d, c.norm_eps)?,
            linear1: Matrix::new(w.tensor(&key("linear1.weight"), &[c.mlp, d])?)?,
            linear2: scaled(w, "linear2.weight", "layer_scale_2.scale", c.mlp)?,
            past: None,
        })
    }

    fn step(
        &mut self,
        x: &Array,
        rope: &Rope,
        position: usize,
        mask: Option<&Array>,
        context: i32,
    ) -> Result<Array> {
        let (steps, heads, dim) = (x.shape()[1], self.heads, self.head_dim);
        // [1, q heads + k heads + v heads, steps, dim]
        let qkv = self
            .in_proj
            .forward(&self.norm1.forward(x)?)?
            .reshape(&[1, steps, 3 * heads, dim])?
            .transpose_axes(&[0, 2, 1, 3])?;
        let rotated = rope.forward(&qkv.try_index((.., 0..2 * heads))?, position)?;
        let q = rotated.try_index((.., 0..heads))?;
        let mut k = rotated.try_index((.., heads..))?;
        let mut v = qkv.try_index((.., 2 * heads..))?;
        if let Some((past_k, past_v)) = self.past.take() {
            k = ops::concatenate(&[&past_k, &k], 2)?;
            v = ops::concatenate(&[&past_v, &v], 2)?;
        }
        let keys = k.shape()[2];
        let kept = keys.min(context - 1);
        self.past = Some((
            k.try_index((.., .., keys - kept.., ..))?,
            v.try_index((.., .., keys - kept.., ..))?,
        ));
        let scale = (dim as f32).powf(-0.5);
        let mask = mask.map(ScaledDotProductAttentionMask::Array);
        let seen = scaled_dot_product_attention(&q, &k, &v, scale, mask, None)?
            .transpose_axes(&[0, 2, 1, 3])?
            .reshape(&[1, steps, heads * dim])?;
        let x = x.add(&self.out_proj.forward(&seen)?)?;
        let inside = gelu(&self.linear1.forward(&self.norm2.forward(&x)?)?)?;
        Ok(x.add(&self.linear2.forward(&inside)?)?)
    }
}
