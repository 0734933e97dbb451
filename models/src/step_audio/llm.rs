//! The language model: Qwen2 with an untied head, plain or MLX-quantised.

use super::config::Config;
use super::rows::Rows;
use crate::Result;
use crate::nn::{Block, BlockConfig, Embedding, KvCache, Linear, RmsNorm, Rope};
use crate::weights::Weights;
use mlx_rs::Array;
use mlx_rs::ops::indexing::TryIndexOp;

/// Keys: `model.embed_tokens`, `model.layers.N`, `model.norm`, `lm_head`.
#[derive(Debug)]
pub(super) struct Llm {
    embed_tokens: Embedding,
    layers: Vec<Block>,
    norm: RmsNorm,
    lm_head: Linear,
    rope: Rope,
    rows: Rows,
}

impl Llm {
    pub(super) fn load(w: &mut Weights, config: &Config, rows: Rows) -> Result<Self> {
        let c = &config.text;
        let block = BlockConfig {
            hidden: c.hidden_size,
            heads: c.num_attention_heads,
            kv_heads: c.num_key_value_heads,
            head_dim: config.head_dim(),
            mlp: c.intermediate_size,
            norm_eps: c.rms_norm_eps,
            qkv_bias: true,
        };
        Ok(Self {
            embed_tokens: Embedding::load(w, "model.embed_tokens", c.vocab_size, c.hidden_size)?,
            layers: (0..c.num_hidden_layers)
                .map(|i| Block::load(w, &format!("model.layers.{i}"), block))
                .collect::<Result<_>>()?,
            norm: RmsNorm::load(w, "model.norm", c.hidden_size, c.rms_norm_eps)?,
            lm_head: Linear::load(w, "lm_head", c.vocab_size, c.hidden_size)?,
            rope: Rope::new(config.head_dim(), c.rope_theta, None, false),
            rows,
        })
    }

    /// A fresh cache, one part per layer.
    pub(super) fn cache(&self) -> Cache {
        Cache(self.layers.iter().map(|_| KvCache::new()).collect())
    }

    /// Embeddings of ids from the host, `[n, hidden]`; an id outside the vocabulary is an error.
    pub(super) fn embed(&self, ids: &[u32]) -> Result<Array> {
        if !self.rows.own() {
            return self.embed_tokens.lookup(ids);
        }
        let rows: Vec<u32> = ids.iter().map(|&id| self.rows.row(id)).collect();
        self.embed_tokens.lookup(&rows)
    }

    /// States after the final norm, `[n, hidden] → [n, hidden]`; the new positions enter the cache.
    pub(super) fn forward(&self, embeds: &Array, cache: &mut Cache) -> Result<Array> {
        let mut x = embeds.clone();
        for (layer, cache) in self.layers.iter().zip(&mut cache.0) {
            x = layer.step(&x, &self.rope, cache)?;
        }
        self.norm.forward(&x)
    }

    /// Logits of the last position, `[n, hidden] → [vocabulary]`.
    pub(super) fn logits(&self, states: &Array) -> Result<Array> {
        let last = states.try_index(-1..)?;
        Ok(self.lm_head.forward(&last)?.reshape(&[-1])?)
    }

    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Logits after one more token, whose row is still on the device (`[1]`, from an argmax, hence in range).
    pub(super) fn step(&self, token: &Array, cache: &mut Cache) -> Result<Array> {
        let row = self.embed_tokens.gather(token)?;
        let state = self.forward(&row, cache)?;
        Ok(self.lm_head.forward(&state)?.reshape(&[-1])?)
    }
}

/// Keys and values of every layer.
#[derive(Debug)]
pub(super) struct Cache(Vec<KvCache>);

impl Cache {
    /// Positions filled.
    pub(super) fn len(&self) -> usize {
        self.0.first().map_or(0, KvCache::len)
    }

    /// Forgets everything after the first `len` positions.
    pub(super) fn truncate(&mut self, len: usize) {
        for layer in &mut self.0 {
            layer.truncate(len);
        }
    }

    pub(super) fn arrays(&self) -> impl Iterator<Item = &Array> {
        self.0.iter().flat_map(KvCache::arrays)
    }
}
