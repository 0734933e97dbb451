//! The flow's estimator: which way a noisy mel should move, at one of the ten moments of its way to speech.
//!
//! A transformer over mel frames without positions, each block attention, causal convolutions, MLP, each of the three behind
//! a norm that the moment shifts, scales and gates. The moments are always the same ten, so what they do is computed once
//! while loading, and the matrices for it (a quarter of the weights) are not kept. Runs on a batch of two: with and
//! without what is to be said. Reference: `DiT` of the public Step-Audio2 repository, whose nine-way split is attention,
//! MLP, convolution, though the convolution runs before the MLP.

use super::conformer::{Causal, linear_tensors, norm_tensors};
use super::flow::FlowSizes;
use crate::nn::{LayerNorm, Linear, gelu_tanh, mish, silu};
use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::fast::{layer_norm, scaled_dot_product_attention};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype, ops, transforms};

/// Width of the sinusoids that a moment is described by.
const TIME_FEATURES: usize = 256;
const MODULATED_EPS: f32 = 1e-6;
const NORM_EPS: f32 = 1e-5;
/// Frames at the far end of a memory that survive a cut.
const KEPT: i32 = 100;

const PATH: &str = "decoder.estimator";

/// What a stream keeps for one block at one moment.
#[derive(Debug, Clone, Default)]
pub(super) struct BlockMemory {
    /// Newest first, `[2, heads, frames, head size]`.
    keys_values: Option<(Array, Array)>,
    conv1: Option<Array>,
    conv2: Option<Array>,
}

impl BlockMemory {
    pub(super) fn frames(&self) -> usize {
        self.keys_values
            .as_ref()
            .map_or(0, |(k, _)| k.shape()[2] as usize)
    }

    /// Beyond `prompt` + 100 frames, the first `prompt` and the last 100 stay: the newest and the oldest, as the
    /// reference has it.
    pub(super) fn cut(&mut self, prompt: usize) -> Result<()> {
        let (frames, prompt) = (self.frames() as i32, prompt as i32);
        if frames <= prompt + KEPT {
            return Ok(());
        }
        if let Some((k, v)) = self.keys_values.take() {
            let cut = |x: &Array| -> Result<Array> {
                let newest = x.try_index((.., .., 0..prompt, ..))?;
                let oldest = x.try_index((.., .., frames - KEPT.., ..))?;
                Ok(ops::concatenate(&[newest, oldest], 2)?)
            };
            self.keys_values = Some((cut(&k)?, cut(&v)?));
        }
        Ok(())
    }

    pub(super) fn arrays(&self) -> impl Iterator<Item = &Array> {
        let pair = self.keys_values.iter().flat_map(|(k, v)| [k, v]);
        pair.chain(&self.conv1).chain(&self.conv2)
    }
}

#[derive(Debug)]
pub(super) struct Estimator {
    dtype: Dtype,
    /// The input projection's columns for the noisy mel, and, with the bias, those for what is given.
    noisy: Linear,
    given: Linear,
    time: TimeEmbedder,
    blocks: Vec<Block>,
    /// Per moment: 1 + scale, and shift.
    finals: Vec<(Array, Array)>,
    linear: Linear,
}

impl Estimator {
    pub(super) fn tensors(s: &FlowSizes) -> Vec<TensorSpec> {
        let w = s.dit_width;
        let mut all = TimeEmbedder::tensors(w);
        all.extend(linear_tensors(&format!("{PATH}.in_proj"), w, 4 * s.mel));
        for i in 0..s.dit_blocks {
            all.extend(Block::tensors(&format!("{PATH}.blocks.{i}"), s));
        }
        let last = format!("{PATH}.final_layer");
        all.extend(linear_tensors(
            &format!("{last}.adaLN_modulation.1"),
            2 * w,
            w,
        ));
        all.extend(linear_tensors(&format!("{last}.linear"), s.mel, w));
        all
    }

    /// `moments` are the times, 0 to 1, that it will be asked about.
    pub(super) fn load(w: &mut Weights, s: &FlowSizes, moments: &[f32]) -> Result<Self> {
        let (width, mel) = (s.dit_width, s.mel as i32);
        let columns = w
            .tensor(&format!("{PATH}.in_proj.weight"), &[width, 4 * s.mel])?
            .t()
            .contiguous()?;
        let bias = w.tensor(&format!("{PATH}.in_proj.bias"), &[width])?;
        let (noisy, given) = (columns.try_index(0..mel)?, columns.try_index(mel..)?);
        transforms::eval([&noisy, &given])?;
        let time = TimeEmbedder::load(w, width)?;
        let moments = silu(&time.forward(moments)?)?;
        let blocks = (0..s.dit_blocks)
            .map(|i| Block::load(w, &format!("{PATH}.blocks.{i}"), s, &moments))
            .collect::<Result<Vec<_>>>()?;
        let last = format!("{PATH}.final_layer");
        let finals = modulations::<2>(w, &format!("{last}.adaLN_modulation.1"), width, &moments)?;
        Ok(Self {
            dtype: columns.dtype(),
            noisy: Linear::from_matrix(noisy),
            given: Linear::from_matrix(given).with_bias(bias),
            time,
            blocks,
            finals: finals
                .into_iter()
                .map(|[shift, scale]| Ok((plus_one(&scale)?, shift)))
                .collect::<Result<_>>()?,
            linear: Linear::load_biased(w, &format!("{last}.linear"), s.mel, width)?,
        })
    }

    pub(super) fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// Embeddings of any times, `[times, width]`.
    pub(super) fn times(&self, times: &[f32]) -> Result<Array> {
        self.time.forward(times)
    }

    /// What does not change from moment to moment, once for all of them: `[2, n, 3 · mel] → [2, n, width]`.
    pub(super) fn prepare(&self, given: &Array) -> Result<Array> {
        self.given.forward(&given.as_dtype(self.dtype)?)
    }

    /// `x` `[1, n, mel]` at a moment, by its index, with what [`Self::prepare`] gave → `[2, n, mel]` f32.
    pub(super) fn forward(
        &self,
        x: &Array,
        prepared: &Array,
        moment: usize,
        mut memory: Option<&mut [BlockMemory]>,
    ) -> Result<Array> {
        let noisy = self.noisy.forward(&x.as_dtype(self.dtype)?)?;
        let mut x = noisy.add(prepared)?;
        for (i, block) in self.blocks.iter().enumerate() {
            let memory = memory.as_mut().and_then(|all| all.get_mut(i));
            x = block.forward(&x, moment, memory)?;
        }
        let Some((scale, shift)) = self.finals.get(moment) else {
            return Err(Error::Compute(format!("there is no moment {moment}")));
        };
        let x = layer_norm(&x, scale, shift, MODULATED_EPS)?;
        Ok(self.linear.forward(&x)?.as_dtype(Dtype::Float32)?)
    }
}

/// Sinusoids of 1000 t, cosines first, then two layers. Keys: `t_embedder.mlp.{0,2}`.
#[derive(Debug)]
struct TimeEmbedder {
    first: Linear,
    second: Linear,
    dtype: Dtype,
}

impl TimeEmbedder {
    fn tensors(width: usize) -> Vec<TensorSpec> {
        let mlp = format!("{PATH}.t_embedder.mlp");
        let mut all = linear_tensors(&format!("{mlp}.0"), width, TIME_FEATURES);
        all.extend(linear_tensors(&format!("{mlp}.2"), width, width));
        all
    }

    fn load(w: &mut Weights, width: usize) -> Result<Self> {
        let mlp = format!("{PATH}.t_embedder.mlp");
        let first = Linear::load_biased(w, &format!("{mlp}.0"), width, TIME_FEATURES)?;
        Ok(Self {
            dtype: first.dtype(),
            first,
            second: Linear::load_biased(w, &format!("{mlp}.2"), width, width)?,
        })
    }

    fn forward(&self, times: &[f32]) -> Result<Array> {
        let half = TIME_FEATURES / 2;
        let mut features = Vec::with_capacity(times.len() * TIME_FEATURES);
        for &t in times {
            let rate = |i: usize| (-(10_000f64.ln()) as f32 * i as f32 / half as f32).exp();
            let angles: Vec<f32> = (0..half).map(|i| t * 1000.0 * rate(i)).collect();
            features.extend(angles.iter().map(|a| a.cos()));
            features.extend(angles.iter().map(|a| a.sin()));
        }
        let shape = [times.len() as i32, TIME_FEATURES as i32];
        let features = Array::from_slice(&features, &shape).as_dtype(self.dtype)?;
        self.second.forward(&silu(&self.first.forward(&features)?)?)
    }
}

/// What a moment does to one of a block's three parts; all `[width]`.
#[derive(Debug)]
struct Gate {
    shift: Array,
    /// 1 + scale
    scale: Array,
    gate: Array,
}

impl Gate {
    fn new(shift: Array, scale: &Array, gate: Array) -> Result<Self> {
        Ok(Self {
            shift,
            scale: plus_one(scale)?,
            gate,
        })
    }

    /// `x + gate · part((1 + scale) · norm(x) + shift)`
    fn through(&self, x: &Array, part: impl FnOnce(&Array) -> Result<Array>) -> Result<Array> {
        let inner = part(&layer_norm(x, &self.scale, &self.shift, MODULATED_EPS)?)?;
        Ok(x.add(&inner.multiply(&self.gate)?)?)
    }
}

fn plus_one(scale: &Array) -> Result<Array> {
    let sum = scale.add(Array::from_f32(1.0).as_dtype(scale.dtype())?)?;
    sum.eval()?;
    Ok(sum)
}

/// The layer at `path` `[N · width, width]` applied to each moment, cut into N vectors.
fn modulations<const N: usize>(
    w: &mut Weights,
    path: &str,
    width: usize,
    moments: &Array,
) -> Result<Vec<[Array; N]>> {
    let layer = Linear::load_biased(w, path, N * width, width)?;
    let all = layer.forward(moments)?;
    (0..moments.shape()[0])
        .map(|moment| {
            let row = all.try_index(moment)?;
            let parts: Vec<Array> = (0..N as i32)
                .map(|i| {
                    let part = row.try_index(i * width as i32..(i + 1) * width as i32)?;
                    // A copy of its own, so that the whole is not kept alive.
                    let part = part
                        .contiguous()?
                        .add(Array::from_f32(0.0).as_dtype(part.dtype())?)?;
                    part.eval()?;
                    Ok(part)
                })
                .collect::<Result<_>>()?;
            parts
                .try_into()
                .map_err(|_| Error::Compute("a modulation came apart".into()))
        })
        .collect()
}

/// Keys: `attn.{to_q,to_k,to_v,q_norm,k_norm,proj}`, `conv.block.{1,3,6}`, `mlp.{fc1,fc2}`, `adaLN_modulation.1`.
#[derive(Debug)]
struct Block {
    heads: i32,
    head_dim: i32,
    qkv: Linear,
    q_norm: LayerNorm,
    k_norm: LayerNorm,
    proj: Linear,
    conv1: Causal,
    conv_norm: LayerNorm,
    conv2: Causal,
    fc1: Linear,
    fc2: Linear,
    /// Per moment: attention, MLP, convolution.
    gates: Vec<[Gate; 3]>,
}

impl Block {
    fn tensors(path: &str, s: &FlowSizes) -> Vec<TensorSpec> {
        let (w, inner) = (s.dit_width, s.dit_heads * s.dit_head_dim);
        let key = |name: &str| format!("{path}.{name}");
        let mut all = Vec::new();
        for part in ["attn.to_q", "attn.to_k", "attn.to_v"] {
            all.extend(linear_tensors(&key(part), inner, w));
        }
        all.extend(norm_tensors(&key("attn.q_norm"), s.dit_head_dim));
        all.extend(norm_tensors(&key("attn.k_norm"), s.dit_head_dim));
        all.extend(linear_tensors(&key("attn.proj"), w, inner));
        all.extend(Causal::tensors(&key("conv.block.1"), w, 3));
        all.extend(norm_tensors(&key("conv.block.3"), w));
        all.extend(Causal::tensors(&key("conv.block.6"), w, 3));
        all.extend(linear_tensors(&key("mlp.fc1"), s.dit_mlp, w));
        all.extend(linear_tensors(&key("mlp.fc2"), w, s.dit_mlp));
        all.extend(linear_tensors(&key("adaLN_modulation.1"), 9 * w, w));
        all
    }

    fn load(w: &mut Weights, path: &str, s: &FlowSizes, moments: &Array) -> Result<Self> {
        let (width, inner) = (s.dit_width, s.dit_heads * s.dit_head_dim);
        let key = |name: &str| format!("{path}.{name}");
        let (q, k, v) = (key("attn.to_q"), key("attn.to_k"), key("attn.to_v"));
        let gates = modulations::<9>(w, &key("adaLN_modulation.1"), width, moments)?
            .into_iter()
            .map(|[s1, c1, g1, s2, c2, g2, s3, c3, g3]| {
                Ok([
                    Gate::new(s1, &c1, g1)?,
                    Gate::new(s2, &c2, g2)?,
                    Gate::new(s3, &c3, g3)?,
                ])
            })
            .collect::<Result<Vec<_>>>()?;
        Ok(Self {
            heads: s.dit_heads as i32,
            head_dim: s.dit_head_dim as i32,
            qkv: Linear::load_fused_biased(w, &[(&q, inner), (&k, inner), (&v, inner)], width)?,
            q_norm: LayerNorm::load(w, &key("attn.q_norm"), s.dit_head_dim, NORM_EPS)?,
            k_norm: LayerNorm::load(w, &key("attn.k_norm"), s.dit_head_dim, NORM_EPS)?,
            proj: Linear::load_biased(w, &key("attn.proj"), width, inner)?,
            conv1: Causal::load(w, &key("conv.block.1"), width, 3)?,
            conv_norm: LayerNorm::load(w, &key("conv.block.3"), width, NORM_EPS)?,
            conv2: Causal::load(w, &key("conv.block.6"), width, 3)?,
            fc1: Linear::load_biased(w, &key("mlp.fc1"), s.dit_mlp, width)?,
            fc2: Linear::load_biased(w, &key("mlp.fc2"), width, s.dit_mlp)?,
            gates,
        })
    }

    /// `[2, n, width]` → the same.
    fn forward(&self, x: &Array, moment: usize, memory: Option<&mut BlockMemory>) -> Result<Array> {
        let Some([attention, mlp, conv]) = self.gates.get(moment) else {
            return Err(Error::Compute(format!("there is no moment {moment}")));
        };
        // A whole utterance keeps nothing.
        let mut nothing = BlockMemory::default();
        let keep = memory.is_some();
        let memory = memory.unwrap_or(&mut nothing);
        let x = attention.through(x, |x| self.attend(x, keep, &mut memory.keys_values))?;
        let x = conv.through(&x, |x| {
            let x = self
                .conv_norm
                .forward(&self.conv1.step(x, &mut memory.conv1)?)?;
            self.conv2.step(&mish(&x)?, &mut memory.conv2)
        })?;
        mlp.through(&x, |x| self.fc2.forward(&gelu_tanh(&self.fc1.forward(x)?)?))
    }

    fn attend(&self, x: &Array, keep: bool, memory: &mut Option<(Array, Array)>) -> Result<Array> {
        let &[batch, n, _] = x.shape() else {
            return Err(Error::Compute("states have three axes".into()));
        };
        let (heads, dim) = (self.heads, self.head_dim);
        let by_head = self
            .qkv
            .forward(x)?
            .reshape(&[batch, n, 3 * heads, dim])?
            .transpose_axes(&[0, 2, 1, 3])?;
        let q = self.q_norm.forward(&by_head.try_index((.., 0..heads))?)?;
        let mut k = self
            .k_norm
            .forward(&by_head.try_index((.., heads..2 * heads))?)?;
        let mut v = by_head.try_index((.., 2 * heads..))?;
        if let Some((old_k, old_v)) = memory.take() {
            k = ops::concatenate(&[&k, &old_k], 2)?;
            v = ops::concatenate(&[&v, &old_v], 2)?;
        }
        if keep {
            *memory = Some((k.clone(), v.clone()));
        }
        let scale = (dim as f32).powf(-0.5);
        let seen = scaled_dot_product_attention(&q, &k, &v, scale, None, None)?
            .transpose_axes(&[0, 2, 1, 3])?
            .reshape(&[batch, n, heads * dim])?;
        self.proj.forward(&seen)
    }
}
