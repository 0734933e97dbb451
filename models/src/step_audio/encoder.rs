//! Mel frames to 25 states a second: Whisper's encoder with a key mask, average pooling and the norm at the end.
//!
//! Order of the tail: blocks, pooling over two, `after_norm` (reference: `AudioEncoder` of the public modelling
//! code). Attention is over the whole chunk, without a causal mask. The reference masks the keys that belong to the
//! two padding frames of a chunk; for a chunk encoded by itself that is always exactly the last key, so the last
//! key and value are cut off in place of a mask. Its query still gives an output.

use super::config::AudioConfig;
use super::conv::StemConv;
use crate::nn::{LayerNorm, Linear, gelu};
use crate::weights::Weights;
use crate::{Error, Result};
use mlx_rs::fast::scaled_dot_product_attention;
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype};

const NORM_EPS: f32 = 1e-5;

#[derive(Debug)]
pub(super) struct Encoder {
    conv1: StemConv,
    conv2: StemConv,
    /// `[positions, width]`
    positions: Array,
    blocks: Vec<EncoderBlock>,
    after_norm: LayerNorm,
    dtype: Dtype,
}

impl Encoder {
    pub(super) fn load(w: &mut Weights, c: &AudioConfig) -> Result<Self> {
        let width = c.n_audio_state;
        let positions = w.tensor(
            "encoder.positional_embedding.weight",
            &[c.n_audio_ctx, width],
        )?;
        Ok(Self {
            conv1: StemConv::load(w, "encoder.conv1", c.n_mels, width, 1)?,
            conv2: StemConv::load(w, "encoder.conv2", width, width, 2)?,
            dtype: positions.dtype(),
            positions,
            blocks: (0..c.n_audio_layer)
                .map(|i| {
                    EncoderBlock::load(w, &format!("encoder.blocks.{i}"), width, c.n_audio_head)
                })
                .collect::<Result<_>>()?,
            after_norm: LayerNorm::load(w, "encoder.after_norm", width, NORM_EPS)?,
        })
    }

    /// `[frames, mels]` f32 → `[((frames − 1) / 2 + 1) / 2, width]`
    pub(super) fn forward(&self, mel: &Array) -> Result<Array> {
        let x = gelu(&self.conv1.forward(&mel.as_dtype(self.dtype)?)?)?;
        let x = gelu(&self.conv2.forward(&x)?)?;
        let len = x.shape()[0];
        if len > self.positions.shape()[0] || len < 2 {
            return Err(Error::Compute(format!(
                "{len} encoder positions, the table has {}",
                self.positions.shape()[0]
            )));
        }
        let mut x = x.add(&self.positions.try_index(0..len)?)?;
        for block in &self.blocks {
            x = block.forward(&x)?;
        }
        // Average over pairs; an odd one at the end is dropped.
        let (pairs, width) = (len / 2, x.shape()[1]);
        let x = x
            .try_index(0..2 * pairs)?
            .reshape(&[pairs, 2, width])?
            .mean_axis(1, false)?;
        self.after_norm.forward(&x)
    }
}

/// Keys: `attn_ln`, `attn.{query,key,value,out}`, `mlp_ln`, `mlp.0`, `mlp.2`. The key has no bias.
#[derive(Debug)]
struct EncoderBlock {
    heads: i32,
    attn_ln: LayerNorm,
    qkv: Linear,
    out: Linear,
    mlp_ln: LayerNorm,
    mlp_0: Linear,
    mlp_2: Linear,
}

impl EncoderBlock {
    fn load(w: &mut Weights, path: &str, width: usize, heads: usize) -> Result<Self> {
        let key = |name: &str| format!("{path}.{name}");
        Ok(Self {
            heads: heads as i32,
            attn_ln: LayerNorm::load(w, &key("attn_ln"), width, NORM_EPS)?,
            qkv: Linear::load_whisper_qkv(w, &key("attn"), width)?,
            out: Linear::load_biased(w, &key("attn.out"), width, width)?,
            mlp_ln: LayerNorm::load(w, &key("mlp_ln"), width, NORM_EPS)?,
            mlp_0: Linear::load_biased(w, &key("mlp.0"), 4 * width, width)?,
            mlp_2: Linear::load_biased(w, &key("mlp.2"), width, 4 * width)?,
        })
    }

    /// `[time, width] → [time, width]`
    fn forward(&self, x: &Array) -> Result<Array> {
        let &[time, width] = x.shape() else {
            return Err(Error::Compute("states are not a table".into()));
        };
        let heads = self.heads;
        let by_head = self
            .qkv
            .forward(&self.attn_ln.forward(x)?)?
            .reshape(&[1, time, 3 * heads, width / heads])?
            .transpose_axes(&[0, 2, 1, 3])?;
        let q = by_head.try_index((.., 0..heads))?;
        let k = by_head.try_index((.., heads..2 * heads, 0..time - 1))?;
        let v = by_head.try_index((.., 2 * heads.., 0..time - 1))?;
        // The reference scales q and k by head^-1/4 each.
        let scale = ((width / heads) as f32).powf(-0.5);
        let attended = scaled_dot_product_attention(&q, &k, &v, scale, None, None)?
            .transpose_axes(&[0, 2, 1, 3])?
            .reshape(&[time, width])?;
        let x = x.add(&self.out.forward(&attended)?)?;
        let inner = gelu(&self.mlp_0.forward(&self.mlp_ln.forward(&x)?)?)?;
        Ok(x.add(&self.mlp_2.forward(&inner)?)?)
    }
}
