//! Codes' embeddings, 25 a second, to states at 50 a second: the flow's upsampling conformer.
//!
//! Linear and norm, a look three steps ahead, relative-position layers, every step twice with a causal convolution, linear
//! and norm again, more layers, a last norm. Within one call every step sees every other; earlier calls are seen through
//! [`Memory`]. Reference: `UpsampleConformerEncoderV2` of the public Step-Audio2 repository. What differs: the reference's
//! table of positions ends after 100 s of one stream, where it fails; here the oldest steps are forgotten instead.

use super::flow::FlowSizes;
use super::positions::{Distances, by_key};
use crate::nn::{LayerNorm, Linear, leaky_relu, silu};
use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::fast::{ScaledDotProductAttentionMask, scaled_dot_product_attention};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, ops};

/// Codes that attention reaches back to: where the reference's table of positions ends.
pub(super) const MOST_CODES: usize = 2500;

const EMBED_EPS: f32 = 1e-5;
const LAYER_EPS: f32 = 1e-12;
const LEAK: f32 = 0.01;

/// What a stream keeps between calls.
#[derive(Debug, Clone, Default)]
pub(super) struct Memory {
    /// The last two steps before the second convolution of the look ahead.
    ahead: Option<Array>,
    /// The last steps before the convolution after doubling.
    doubled: Option<Array>,
    /// Keys and values of each layer, `[1, heads, steps, head size]`.
    layers: Vec<Option<(Array, Array)>>,
}

impl Memory {
    pub(super) fn arrays(&self) -> impl Iterator<Item = &Array> {
        let pairs = self.layers.iter().flatten().flat_map(|(k, v)| [k, v]);
        self.ahead.iter().chain(&self.doubled).chain(pairs)
    }
}

#[derive(Debug)]
pub(super) struct Conformer {
    width: usize,
    stride: usize,
    look_ahead: usize,
    embed: Embed,
    ahead1: Causal,
    ahead2: Causal,
    layers: Vec<Layer>,
    doubling: Causal,
    up_embed: Embed,
    up_layers: Vec<Layer>,
    after_norm: LayerNorm,
    distances: Distances,
}

impl Conformer {
    pub(super) fn tensors(s: &FlowSizes) -> Vec<TensorSpec> {
        let w = s.width;
        let mut all = Embed::tensors("encoder.embed", w);
        all.extend(Causal::tensors(
            "encoder.pre_lookahead_layer.conv1",
            w,
            s.look_ahead + 1,
        ));
        all.extend(Causal::tensors("encoder.pre_lookahead_layer.conv2", w, 3));
        for i in 0..s.layers {
            all.extend(Layer::tensors(&format!("encoder.encoders.{i}"), s));
        }
        all.extend(Causal::tensors(
            "encoder.up_layer.conv",
            w,
            2 * s.stride + 1,
        ));
        all.extend(Embed::tensors("encoder.up_embed", w));
        for i in 0..s.up_layers {
            all.extend(Layer::tensors(&format!("encoder.up_encoders.{i}"), s));
        }
        all.extend(norm_tensors("encoder.after_norm", w));
        all
    }

    pub(super) fn load(w: &mut Weights, s: &FlowSizes) -> Result<Self> {
        let width = s.width;
        let layers = |w: &mut Weights, name: &str, n: usize| {
            (0..n)
                .map(|i| Layer::load(w, &format!("encoder.{name}.{i}"), s))
                .collect::<Result<Vec<_>>>()
        };
        Ok(Self {
            width,
            stride: s.stride,
            look_ahead: s.look_ahead,
            embed: Embed::load(w, "encoder.embed", width)?,
            ahead1: Causal::load(
                w,
                "encoder.pre_lookahead_layer.conv1",
                width,
                s.look_ahead + 1,
            )?,
            ahead2: Causal::load(w, "encoder.pre_lookahead_layer.conv2", width, 3)?,
            layers: layers(w, "encoders", s.layers)?,
            doubling: Causal::load(w, "encoder.up_layer.conv", width, 2 * s.stride + 1)?,
            up_embed: Embed::load(w, "encoder.up_embed", width)?,
            up_layers: layers(w, "up_encoders", s.up_layers)?,
            after_norm: LayerNorm::load(w, "encoder.after_norm", width, EMBED_EPS)?,
            distances: Distances::default(),
        })
    }

    /// `[1, n, width]` → `[1, stride · m, width]`: m = n when these are the `last` codes (zeros stand for what would come),
    /// else n minus the look ahead, which the next call brings again.
    pub(super) fn step(&mut self, x: &Array, last: bool, memory: &mut Memory) -> Result<Array> {
        let mut x = self.embed.forward(x)?;
        let ahead = self.look_ahead as i32;
        if last {
            x = ops::pad(&x, &[(0, 0), (0, ahead), (0, 0)][..], None, None)?;
        }
        let steps = x.shape()[1] - ahead;
        if steps < 1 {
            return Err(Error::Compute(format!(
                "{} codes leave nothing behind the look ahead",
                x.shape()[1]
            )));
        }
        let seen = leaky_relu(&self.ahead1.plain(&x)?, LEAK)?;
        let x = self
            .ahead2
            .step(&seen, &mut memory.ahead)?
            .add(&x.try_index((.., 0..steps, ..))?)?;

        let (n, stride) = (self.layers.len(), self.stride as i32);
        memory.layers.resize(n + self.up_layers.len(), None);
        let (first, second) = memory.layers.split_at_mut(n);
        let x = run(&self.layers, x, first, MOST_CODES, &mut self.distances)?;
        let width = self.width as i32;
        let twice = ops::broadcast_to(
            &x.reshape(&[1, steps, 1, width])?,
            &[1, steps, stride, width],
        )?
        .reshape(&[1, steps * stride, width])?;
        let x = self.doubling.step(&twice, &mut memory.doubled)?;
        let x = self.up_embed.forward(&x)?;
        let most = MOST_CODES * self.stride;
        let x = run(&self.up_layers, x, second, most, &mut self.distances)?;
        self.after_norm.forward(&x)
    }
}

fn run(
    layers: &[Layer],
    mut x: Array,
    memory: &mut [Option<(Array, Array)>],
    most: usize,
    distances: &mut Distances,
) -> Result<Array> {
    let steps = x.shape()[1];
    let past = memory
        .first()
        .and_then(Option::as_ref)
        .map_or(0, |(k, _)| k.shape()[2]);
    // What is said now is always seen; the past fills the room that is left.
    let past = past.min((most as i32 - steps).max(0));
    let keys = past + steps;
    let rows = distances.rows(
        steps as usize,
        keys as usize,
        x.shape()[2] as usize,
        x.dtype(),
    )?;
    for (layer, memory) in layers.iter().zip(memory) {
        x = layer.step(&x, &rows, past, memory)?;
    }
    Ok(x)
}

/// Linear, norm, times √width. Keys: `out.0`, `out.1`.
#[derive(Debug)]
struct Embed {
    linear: Linear,
    norm: LayerNorm,
    scale: f32,
}

impl Embed {
    fn tensors(path: &str, width: usize) -> Vec<TensorSpec> {
        let mut all = linear_tensors(&format!("{path}.out.0"), width, width);
        all.extend(norm_tensors(&format!("{path}.out.1"), width));
        all
    }

    fn load(w: &mut Weights, path: &str, width: usize) -> Result<Self> {
        Ok(Self {
            linear: Linear::load_biased(w, &format!("{path}.out.0"), width, width)?,
            norm: LayerNorm::load(w, &format!("{path}.out.1"), width, EMBED_EPS)?,
            scale: (width as f32).sqrt(),
        })
    }

    fn forward(&self, x: &Array) -> Result<Array> {
        let x = self.norm.forward(&self.linear.forward(x)?)?;
        Ok(x.multiply(Array::from_f32(self.scale).as_dtype(x.dtype())?)?)
    }
}

/// A convolution that sees itself and what came before, zeros before the first step. The state is the caller's, because
/// one layer serves many streams and, in the estimator, ten moments of each.
#[derive(Debug)]
pub(super) struct Causal {
    /// `[outputs, kernel, inputs]`
    weight: Array,
    bias: Array,
}

impl Causal {
    pub(super) fn tensors(path: &str, width: usize, kernel: usize) -> Vec<TensorSpec> {
        crate::nn::Conv1dSpec::new(width, width, kernel).tensors(path)
    }

    pub(super) fn load(w: &mut Weights, path: &str, width: usize, kernel: usize) -> Result<Self> {
        let weight = w
            .tensor(&format!("{path}.weight"), &[width, width, kernel])?
            .transpose_axes(&[0, 2, 1])?
            .contiguous()?;
        weight.eval()?;
        Ok(Self {
            weight,
            bias: w.tensor(&format!("{path}.bias"), &[width])?,
        })
    }

    /// Without padding: `[batch, n, width] → [batch, n − kernel + 1, width]`
    fn plain(&self, x: &Array) -> Result<Array> {
        Ok(ops::conv1d(x, &self.weight, 1, 0, 1, 1)?.add(&self.bias)?)
    }

    /// `[batch, n, width] → [batch, n, width]`; `tail` is what came before, and then what to give next time.
    pub(super) fn step(&self, x: &Array, tail: &mut Option<Array>) -> Result<Array> {
        let reach = self.weight.shape()[1] - 1;
        let x = match tail.take() {
            Some(tail) => ops::concatenate(&[&tail, x], 1)?,
            None => ops::pad(x, &[(0, 0), (reach, 0), (0, 0)][..], None, None)?,
        };
        *tail = Some(x.try_index((.., x.shape()[1] - reach.., ..))?);
        self.plain(&x)
    }
}

/// Keys: `norm_mha`, `self_attn.{linear_q,linear_k,linear_v,linear_pos,linear_out,pos_bias_u,pos_bias_v}`, `norm_ff`,
/// `feed_forward.{w_1,w_2}`.
#[derive(Debug)]
struct Layer {
    heads: i32,
    norm_mha: LayerNorm,
    qkv: Linear,
    linear_pos: Linear,
    /// `[1, heads, 1, head size]`
    bias_u: Array,
    bias_v: Array,
    linear_out: Linear,
    norm_ff: LayerNorm,
    w_1: Linear,
    w_2: Linear,
}

impl Layer {
    fn tensors(path: &str, s: &FlowSizes) -> Vec<TensorSpec> {
        let (w, heads) = (s.width, s.heads);
        let mut all = Vec::new();
        for part in ["linear_q", "linear_k", "linear_v", "linear_out"] {
            all.extend(linear_tensors(&format!("{path}.self_attn.{part}"), w, w));
        }
        all.push(TensorSpec::array(
            format!("{path}.self_attn.linear_pos.weight"),
            &[w, w],
        ));
        for part in ["pos_bias_u", "pos_bias_v"] {
            all.push(TensorSpec::array(
                format!("{path}.self_attn.{part}"),
                &[heads, w / heads],
            ));
        }
        all.extend(linear_tensors(
            &format!("{path}.feed_forward.w_1"),
            s.mlp,
            w,
        ));
        all.extend(linear_tensors(
            &format!("{path}.feed_forward.w_2"),
            w,
            s.mlp,
        ));
        all.extend(norm_tensors(&format!("{path}.norm_mha"), w));
        all.extend(norm_tensors(&format!("{path}.norm_ff"), w));
        all
    }

    fn load(w: &mut Weights, path: &str, s: &FlowSizes) -> Result<Self> {
        let (width, heads) = (s.width, s.heads);
        let key = |name: &str| format!("{path}.{name}");
        let (q, k, v) = (
            key("self_attn.linear_q"),
            key("self_attn.linear_k"),
            key("self_attn.linear_v"),
        );
        let bias = |w: &mut Weights, name: &str| -> Result<Array> {
            let head = width / heads;
            let bias = w.tensor(&key(name), &[heads, head])?;
            Ok(bias.reshape(&[1, heads as i32, 1, head as i32])?)
        };
        Ok(Self {
            heads: heads as i32,
            norm_mha: LayerNorm::load(w, &key("norm_mha"), width, LAYER_EPS)?,
            qkv: Linear::load_fused_biased(w, &[(&q, width), (&k, width), (&v, width)], width)?,
            linear_pos: Linear::load(w, &key("self_attn.linear_pos"), width, width)?,
            bias_u: bias(w, "self_attn.pos_bias_u")?,
            bias_v: bias(w, "self_attn.pos_bias_v")?,
            linear_out: Linear::load_biased(w, &key("self_attn.linear_out"), width, width)?,
            norm_ff: LayerNorm::load(w, &key("norm_ff"), width, LAYER_EPS)?,
            w_1: Linear::load_biased(w, &key("feed_forward.w_1"), s.mlp, width)?,
            w_2: Linear::load_biased(w, &key("feed_forward.w_2"), width, s.mlp)?,
        })
    }

    /// `[1, n, width]` → the same; sees the newest `past` steps of `memory`.
    fn step(
        &self,
        x: &Array,
        rows: &Array,
        past: i32,
        memory: &mut Option<(Array, Array)>,
    ) -> Result<Array> {
        let &[1, n, width] = x.shape() else {
            return Err(Error::Compute("states have three axes".into()));
        };
        let (heads, dim) = (self.heads, width / self.heads);
        let by_head = self
            .qkv
            .forward(&self.norm_mha.forward(x)?)?
            .reshape(&[1, n, 3 * heads, dim])?
            .transpose_axes(&[0, 2, 1, 3])?;
        let q = by_head.try_index((.., 0..heads))?;
        let mut k = by_head.try_index((.., heads..2 * heads))?;
        let mut v = by_head.try_index((.., 2 * heads..))?;
        if let Some((old_k, old_v)) = memory.take() {
            let from = old_k.shape()[2] - past;
            k = ops::concatenate(&[&old_k.try_index((.., .., from.., ..))?, &k], 2)?;
            v = ops::concatenate(&[&old_v.try_index((.., .., from.., ..))?, &v], 2)?;
        }
        *memory = Some((k.clone(), v.clone()));

        // By distance: [1, heads, n, keys + n − 1].
        let rows = self
            .linear_pos
            .forward(rows)?
            .reshape(&[1, -1, heads, dim])?
            .transpose_axes(&[0, 2, 3, 1])?;
        let scale = (dim as f32).powf(-0.5);
        let scaled = q
            .add(&self.bias_v)?
            .multiply(Array::from_f32(scale).as_dtype(q.dtype())?)?;
        let distance = by_key(&scaled.matmul(&rows)?, past + n)?;
        let q = q.add(&self.bias_u)?;
        let mask = Some(ScaledDotProductAttentionMask::Array(&distance));
        let seen = scaled_dot_product_attention(&q, &k, &v, scale, mask, None)?
            .transpose_axes(&[0, 2, 1, 3])?
            .reshape(&[1, n, width])?;
        let x = x.add(&self.linear_out.forward(&seen)?)?;
        let inner = silu(&self.w_1.forward(&self.norm_ff.forward(&x)?)?)?;
        Ok(x.add(&self.w_2.forward(&inner)?)?)
    }
}

pub(super) fn linear_tensors(path: &str, outputs: usize, inputs: usize) -> Vec<TensorSpec> {
    vec![
        TensorSpec::array(format!("{path}.weight"), &[outputs, inputs]),
        TensorSpec::array(format!("{path}.bias"), &[outputs]),
    ]
}

pub(super) fn norm_tensors(path: &str, width: usize) -> Vec<TensorSpec> {
    ["weight", "bias"]
        .map(|part| TensorSpec::array(format!("{path}.{part}"), &[width]))
        .into()
}
