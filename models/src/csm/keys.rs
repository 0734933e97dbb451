//! The key names of the public CSM layouts: torchtune (sesame), transformers, MLX with and without prefix.
//!
//! transformers stores q and k with the rows of each head in half-split rotary order; every other layout is
//! interleaved, and so are we. Quantised parts (`.scales`, `.biases`) follow their `.weight`.

use super::Config;
use crate::weights::Mapped;

/// Which layout a checkpoint has, judged by its names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    Torchtune,
    Transformers,
    Mlx,
}

impl Layout {
    pub fn name(self) -> &'static str {
        match self {
            Layout::Torchtune => "torchtune (sesame)",
            Layout::Transformers => "transformers",
            Layout::Mlx => "mlx",
        }
    }

    /// None if the names belong to no CSM layout.
    pub fn detect<'a>(mut names: impl Iterator<Item = &'a str>) -> Option<Self> {
        names.find_map(|name| {
            if name == "embed_text_tokens.weight" {
                Some(Layout::Transformers)
            } else if name.ends_with(".sa_norm.scale") {
                Some(Layout::Torchtune)
            } else if name.ends_with("backbone.layers.0.input_layernorm.weight") {
                Some(Layout::Mlx)
            } else {
                None
            }
        })
    }
}

/// Translates one stored name.
pub fn map(name: &str, config: &Config) -> Mapped {
    if name.starts_with("codec_model.") || name.ends_with("causal_mask") {
        return Mapped::Ignored;
    }
    let name = name.strip_prefix("model.").unwrap_or(name);
    if name == "depth_decoder.codebooks_head.weight" {
        return Mapped::To("audio_head".into());
    }
    // transformers ties two copies of the audio embedding; files hold either or both.
    if let Some(part) = name.strip_prefix("depth_decoder.model.embed_tokens.") {
        return Mapped::Twin(format!("audio_embeddings.{part}"));
    }
    for (foreign, ours) in [
        ("embed_text_tokens.", "text_embeddings."),
        (
            "backbone_model.embed_tokens.embed_audio_tokens.",
            "audio_embeddings.",
        ),
        (
            "depth_decoder.model.inputs_embeds_projector.",
            "projection.",
        ),
        ("lm_head.", "codebook0_head."),
    ] {
        if let Some(part) = name.strip_prefix(foreign) {
            return Mapped::To(format!("{ours}{part}"));
        }
    }
    for (foreign, ours, heads) in [
        ("backbone_model.", "backbone.", Some(&config.backbone.block)),
        (
            "depth_decoder.model.",
            "decoder.",
            Some(&config.depth.block),
        ),
        ("backbone.", "backbone.", None),
        ("decoder.", "decoder.", None),
    ] {
        let Some(rest) = name.strip_prefix(foreign) else {
            continue;
        };
        let ours = format!("{ours}{}", renamed(rest));
        return match heads {
            Some(block) if ours.contains(".q_proj.") => Mapped::HalfSplit {
                name: ours,
                heads: block.heads,
            },
            Some(block) if ours.contains(".k_proj.") => Mapped::HalfSplit {
                name: ours,
                heads: block.kv_heads,
            },
            _ => Mapped::To(ours),
        };
    }
    match name.split('.').next() {
        Some(
            "text_embeddings" | "audio_embeddings" | "projection" | "codebook0_head" | "audio_head",
        ) => Mapped::To(name.to_owned()),
        _ => Mapped::Unknown,
    }
}

/// torchtune's names inside a transformer; names of the other layouts pass through.
fn renamed(rest: &str) -> String {
    const RENAMES: [(&str, &str); 8] = [
        (".attn.output_proj.", ".self_attn.o_proj."),
        (".attn.", ".self_attn."),
        (".mlp.w1.", ".mlp.gate_proj."),
        (".mlp.w2.", ".mlp.down_proj."),
        (".mlp.w3.", ".mlp.up_proj."),
        (".sa_norm.scale", ".input_layernorm.weight"),
        (".mlp_norm.scale", ".post_attention_layernorm.weight"),
        ("norm.scale", "norm.weight"),
    ];
    RENAMES
        .iter()
        .fold(rest.to_owned(), |name, (from, to)| name.replace(from, to))
}
