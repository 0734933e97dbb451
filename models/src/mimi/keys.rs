//! Foreign tensor names, translated into kyutai's, which are ours.
//!
//! Known are kyutai's files, transformers' (`kyutai/mimi`), and transformers' behind `codec_model.` inside a CSM
//! checkpoint. transformers splits q·k·v and stores the rows of q and k in half-split rotary order. Weight norm,
//! which published files no longer have, is accepted in both of PyTorch's spellings.

use super::Config;
use crate::weights::{Mapped, Part};

const CSM_PREFIX: &str = "codec_model.";

/// What the stored tensor `name` is to a codec of this config.
pub fn map(name: &str, config: &Config) -> Mapped {
    map_with(name, config.heads, config.last_layer())
}

/// The same before the config is known, good for names and shapes only: `last` is the last decoder layer's index.
pub(super) fn map_with(name: &str, heads: usize, last: usize) -> Mapped {
    let own = name.strip_prefix(CSM_PREFIX);
    let stem = own.unwrap_or(name);
    if stem.ends_with("._initialized") || stem.ends_with(".codebook.initialized") {
        return Mapped::Ignored;
    }
    let (stem, part) = Part::of_weight_norm(stem);
    match translate(&stem, heads, last) {
        Mapped::To(name) => match part {
            Some(part) => Mapped::Part { name, part },
            None => Mapped::To(name),
        },
        Mapped::Unknown if own.is_none() && is_csm(name) => Mapped::Ignored,
        other => other,
    }
}

/// The index of the last layer in the decoder, from all stored names: it tells transposed from plain convolutions
/// where a layout calls both `conv`.
pub(super) fn last_decoder_layer<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    names
        .filter_map(|name| {
            let name = name.strip_prefix(CSM_PREFIX).unwrap_or(name);
            let rest = name
                .strip_prefix("decoder.layers.")
                .or_else(|| name.strip_prefix("decoder.model."))?;
            let (index, rest) = rest.split_once('.')?;
            rest.starts_with("conv").then(|| index.parse().ok())?
        })
        .max()
        .unwrap_or(0)
}

fn translate(name: &str, heads: usize, last: usize) -> Mapped {
    let Some((room, rest)) = name.split_once('.') else {
        return Mapped::Unknown;
    };
    match room {
        "encoder" | "decoder" => seanet(room, rest, last),
        "encoder_transformer" | "decoder_transformer" => transformer(room, rest, heads),
        "quantizer" => quantizer(rest),
        "downsample" => match rest {
            "conv.weight" | "conv.conv.conv.weight" => {
                Mapped::To("downsample.conv.conv.conv.weight".into())
            }
            _ => Mapped::Unknown,
        },
        "upsample" => match rest {
            "conv.weight" | "convtr.convtr.convtr.weight" => {
                Mapped::To("upsample.convtr.convtr.convtr.weight".into())
            }
            _ => Mapped::Unknown,
        },
        _ => Mapped::Unknown,
    }
}

/// `model.N.conv.conv.X`, `model.N.convtr.convtr.X`, `model.N.block.M.conv.conv.X`; transformers: `layers.N…conv.X`.
fn seanet(room: &str, rest: &str, last: usize) -> Mapped {
    let known = |index: &str| index.parse::<usize>().ok();
    let parts: Vec<&str> = rest.split('.').collect();
    let (index, ours) = match parts.as_slice() {
        ["model", n, "conv", "conv", x] => (*n, format!("conv.conv.{x}")),
        ["model", n, "convtr", "convtr", x] => (*n, format!("convtr.convtr.{x}")),
        ["model", n, "block", m, "conv", "conv", x] | ["layers", n, "block", m, "conv", x] => {
            (*n, format!("block.{m}.conv.conv.{x}"))
        }
        ["layers", n, "conv", x] => {
            let transposed = room == "decoder" && known(n).is_some_and(|n| n % 3 == 2 && n != last);
            let name = if transposed { "convtr" } else { "conv" };
            (*n, format!("{name}.{name}.{x}"))
        }
        _ => return Mapped::Unknown,
    };
    match known(index) {
        Some(n) => Mapped::To(format!("{room}.model.{n}.{ours}")),
        None => Mapped::Unknown,
    }
}

fn transformer(room: &str, rest: &str, heads: usize) -> Mapped {
    let rest = rest.strip_prefix("transformer.").unwrap_or(rest);
    let Some((layer, rest)) = rest
        .strip_prefix("layers.")
        .and_then(|r| r.split_once('.'))
        .and_then(|(layer, rest)| Some((layer.parse::<usize>().ok()?, rest)))
    else {
        return Mapped::Unknown;
    };
    let ours = |rest: &str| format!("{room}.transformer.layers.{layer}.{rest}");
    let rows = |index, heads| Mapped::Part {
        name: ours("self_attn.in_proj_weight"),
        part: Part::Rows {
            index,
            count: 3,
            heads,
        },
    };
    Mapped::To(ours(match rest {
        "self_attn.q_proj.weight" => return rows(0, Some(heads)),
        "self_attn.k_proj.weight" => return rows(1, Some(heads)),
        "self_attn.v_proj.weight" => return rows(2, None),
        // Newer moshi releases keep a list of projections in memory and may save it so.
        "self_attn.in_proj_weight" | "self_attn.in_projs.0.weight" => "self_attn.in_proj_weight",
        "self_attn.out_proj.weight"
        | "self_attn.out_projs.0.weight"
        | "self_attn.o_proj.weight" => "self_attn.out_proj.weight",
        "linear1.weight" | "mlp.fc1.weight" => "linear1.weight",
        "linear2.weight" | "mlp.fc2.weight" => "linear2.weight",
        "norm1.weight" | "input_layernorm.weight" => "norm1.weight",
        "norm1.bias" | "input_layernorm.bias" => "norm1.bias",
        "norm2.weight" | "post_attention_layernorm.weight" => "norm2.weight",
        "norm2.bias" | "post_attention_layernorm.bias" => "norm2.bias",
        "layer_scale_1.scale" | "self_attn_layer_scale.scale" => "layer_scale_1.scale",
        "layer_scale_2.scale" | "mlp_layer_scale.scale" => "layer_scale_2.scale",
        _ => return Mapped::Unknown,
    }))
}

fn quantizer(rest: &str) -> Mapped {
    let Some((which, rest)) = rest.split_once('.') else {
        return Mapped::Unknown;
    };
    let which = match which {
        "rvq_first" | "semantic_residual_vector_quantizer" => "rvq_first",
        "rvq_rest" | "acoustic_residual_vector_quantizer" => "rvq_rest",
        _ => return Mapped::Unknown,
    };
    let parts: Vec<&str> = rest.split('.').collect();
    let ours = match parts.as_slice() {
        ["input_proj" | "output_proj", "weight"] => rest.to_owned(),
        ["vq", "layers", q, "_codebook", x] | ["layers", q, "codebook", x] => {
            let x = match *x {
                "embedding_sum" | "embed_sum" => "embedding_sum",
                "cluster_usage" => "cluster_usage",
                _ => return Mapped::Unknown,
            };
            match q.parse::<usize>() {
                Ok(q) => format!("vq.layers.{q}._codebook.{x}"),
                Err(_) => return Mapped::Unknown,
            }
        }
        _ => return Mapped::Unknown,
    };
    Mapped::To(format!("quantizer.{which}.{ours}"))
}

/// The speech model that shares a file with the codec.
fn is_csm(name: &str) -> bool {
    [
        "backbone_model.",
        "depth_decoder.",
        "embed_text_tokens.",
        "lm_head.",
    ]
    .iter()
    .any(|prefix| name.starts_with(prefix))
}
