//! The pre-norm Llama block: attention with grouped heads and rotary positions, then a gated MLP.

use super::tally::issued;
use super::{KvCache, Linear, RmsNorm, Rope, silu};
use crate::weights::Weights;
use crate::{Error, Result};
use mlx_rs::Array;
use mlx_rs::fast::{ScaledDotProductAttentionMask, scaled_dot_product_attention};

/// Sizes of one block.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BlockConfig {
    pub hidden: usize,
    pub heads: usize,
    pub kv_heads: usize,
    pub head_dim: usize,
    pub mlp: usize,
    pub norm_eps: f32,
    /// Whether q, k and v have biases (Qwen2 has, Llama has not).
    pub qkv_bias: bool,
}

/// Keys below the block's path: `input_layernorm`, `self_attn.{q,k,v,o}_proj`, `post_attention_layernorm`,
/// `mlp.{gate,up,down}_proj`. q·k·v are one multiplication, gate·up another.
#[derive(Debug)]
pub struct Block {
    config: BlockConfig,
    input_layernorm: RmsNorm,
    qkv: Linear,
    o_proj: Linear,
    post_attention_layernorm: RmsNorm,
    gate_up: Linear,
    down_proj: Linear,
}

impl Block {
    pub fn load(w: &mut Weights, path: &str, c: BlockConfig) -> Result<Self> {
        let (q, kv) = (c.heads * c.head_dim, c.kv_heads * c.head_dim);
        let key = |name: &str| format!("{path}.{name}");
        let (qk, kk, vk) = (
            key("self_attn.q_proj"),
            key("self_attn.k_proj"),
            key("self_attn.v_proj"),
        );
        let parts = [(qk.as_str(), q), (&kk, kv), (&vk, kv)];
        let qkv = if c.qkv_bias {
            Linear::load_fused_biased(w, &parts, c.hidden)?
        } else {
            Linear::load_fused(w, &parts, c.hidden)?
        };
        let (gate, up) = (key("mlp.gate_proj"), key("mlp.up_proj"));
        Ok(Self {
            config: c,
            input_layernorm: RmsNorm::load(w, &key("input_layernorm"), c.hidden, c.norm_eps)?,
            qkv,
            o_proj: Linear::load(w, &key("self_attn.o_proj"), c.hidden, q)?,
            post_attention_layernorm: RmsNorm::load(
                w,
                &key("post_attention_layernorm"),
                c.hidden,
                c.norm_eps,
            )?,
            gate_up: Linear::load_fused(w, &[(&gate, c.mlp), (&up, c.mlp)], c.hidden)?,
            down_proj: Linear::load(w, &key("mlp.down_proj"), c.hidden, c.mlp)?,
        })
    }

    /// `[time, hidden]` or `[1, time, hidden]` → the same; each step sees itself and all before it in `cache`.
    /// Two axes are the cheaper form: a matrix product of three is flattened and unflattened around every call.
    pub fn step(&self, x: &Array, rope: &Rope, cache: &mut KvCache) -> Result<Array> {
        let offset = cache.len();
        self.attend(x, rope, offset, |k, v| cache.append(&k, &v))
    }

    /// The same with a cache that the caller keeps: `store` takes the new keys and values and returns all.
    pub fn attend(
        &self,
        x: &Array,
        rope: &Rope,
        offset: usize,
        store: impl FnOnce(Array, Array) -> Result<(Array, Array)>,
    ) -> Result<Array> {
        let c = &self.config;
        let (time, axes) = (x.shape()[x.ndim() - 2], x.ndim());
        let (heads, kv, dim) = (c.heads as i32, c.kv_heads as i32, c.head_dim as i32);

        // By head, two cuts, attention, back by step, two sums, gate and up apart and together.
        issued(if time == 1 { 9 } else { 11 });
        let qkv = self.qkv.forward(&self.input_layernorm.forward(x)?)?;
        // [1, heads, time, dim]; for one step the two axes can be swapped by a reshape alone.
        let by_head = if time == 1 {
            qkv.reshape(&[1, heads + 2 * kv, 1, dim])?
        } else {
            qkv.reshape(&[1, time, heads + 2 * kv, dim])?
                .transpose_axes(&[0, 2, 1, 3])?
        };
        let (qk, v) = cut(&by_head, heads + kv, 1)?;
        let (q, k) = cut(&rope.forward(&qk, offset)?, heads, 1)?;
        let (k, v) = store(k, v)?;

        let scale = (c.head_dim as f32).powf(-0.5);
        let causal = (time > 1).then_some(ScaledDotProductAttentionMask::Causal);
        let out = scaled_dot_product_attention(&q, &k, &v, scale, causal, None)?;
        let out = if time == 1 {
            out
        } else {
            out.transpose_axes(&[0, 2, 1, 3])?
        };
        let x = x.add(
            &self
                .o_proj
                .forward(&out.reshape(&[1, time, heads * dim][3 - axes..])?)?,
        )?;

        let gate_up = self
            .gate_up
            .forward(&self.post_attention_layernorm.forward(&x)?)?;
        let (gate, up) = cut(&gate_up, c.mlp as i32, -1)?;
        Ok(x.add(&self.down_proj.forward(&silu(&gate)?.multiply(&up)?)?)?)
    }

    /// Bytes of weights read by one call.
    pub fn bytes(&self) -> usize {
        self.qkv.bytes() + self.o_proj.bytes() + self.gate_up.bytes() + self.down_proj.bytes()
    }
}

/// Both sides of `at` along an axis, as one node.
fn cut(x: &Array, at: i32, axis: i32) -> Result<(Array, Array)> {
    match <[Array; 2]>::try_from(x.split_at_indices(&[at], axis)?) {
        Ok([before, after]) => Ok((before, after)),
        Err(_) => Err(Error::Compute("a cut did not give two parts".into())),
    }
}
