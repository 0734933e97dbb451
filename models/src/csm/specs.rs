//! Every tensor of a CSM network, from its config.

use super::{Config, Transformer};
use crate::weights::TensorSpec;

/// Our names are those of the MLX conversions, without their `model.` prefix.
pub fn specs(c: &Config) -> Vec<TensorSpec> {
    let (hidden, depth) = (c.backbone.block.hidden, c.depth.block.hidden);
    let mut all = vec![
        TensorSpec::matrix("text_embeddings.weight", c.text_vocab, hidden),
        TensorSpec::matrix(
            "audio_embeddings.weight",
            c.audio_vocab * c.codebooks,
            hidden,
        ),
        TensorSpec::matrix("projection.weight", depth, hidden),
        TensorSpec::matrix("codebook0_head.weight", c.audio_vocab, hidden),
        TensorSpec::array("audio_head", &[c.codebooks - 1, depth, c.audio_vocab]),
    ];
    transformer("backbone", &c.backbone, &mut all);
    transformer("decoder", &c.depth, &mut all);
    all
}

fn transformer(path: &str, t: &Transformer, all: &mut Vec<TensorSpec>) {
    let b = &t.block;
    let (q, kv) = (b.heads * b.head_dim, b.kv_heads * b.head_dim);
    for layer in 0..t.layers {
        let matrix = |name: &str, rows, columns| {
            TensorSpec::matrix(
                format!("{path}.layers.{layer}.{name}.weight"),
                rows,
                columns,
            )
        };
        let norm = |name: &str| {
            TensorSpec::array(format!("{path}.layers.{layer}.{name}.weight"), &[b.hidden])
        };
        all.extend([
            norm("input_layernorm"),
            matrix("self_attn.q_proj", q, b.hidden),
            matrix("self_attn.k_proj", kv, b.hidden),
            matrix("self_attn.v_proj", kv, b.hidden),
            matrix("self_attn.o_proj", b.hidden, q),
            norm("post_attention_layernorm"),
            matrix("mlp.gate_proj", b.mlp, b.hidden),
            matrix("mlp.up_proj", b.mlp, b.hidden),
            matrix("mlp.down_proj", b.hidden, b.mlp),
        ]);
    }
    all.push(TensorSpec::array(
        format!("{path}.norm.weight"),
        &[b.hidden],
    ));
}
