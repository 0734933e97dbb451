//! Foreign tensor names and orders of axes, translated into PyTorch's, which are ours.
//!
//! Known are the published checkpoints (`flow.pt`, `hift.pt`, the S3 tokenizer) as tools/convert/token2wav.py writes them, and
//! the public MLX conversions: convolutions as `[outputs, kernel, inputs]`, weight norm folded, some names shorter, a few
//! constants stored. CAM++ is published as ONNX only; its one safetensors form is the MLX one, whose names are ours.

use crate::weights::{Mapped, Part, TensorSpec};

/// In which of its two forms a network is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layout {
    PyTorch,
    Mlx,
}

impl Layout {
    /// Told by names alone: every network has some that the two forms spell differently.
    pub fn detect<'a>(mut names: impl Iterator<Item = &'a str>) -> Self {
        let mlx = names.any(|name| {
            name.starts_with("encoder.embed.linear.")
                || name.starts_with("f0_predictor.condnet.1.")
                || name.starts_with("quantizer.fsq_codebook.")
        });
        if mlx { Layout::Mlx } else { Layout::PyTorch }
    }

    pub fn name(self) -> &'static str {
        match self {
            Layout::PyTorch => "published",
            Layout::Mlx => "mlx",
        }
    }

    /// A convolution's weight, which MLX keeps in another order: axis i of ours is the stored axis `axes[i]`.
    fn conv(self, name: String, axes: &'static [usize]) -> Mapped {
        match self {
            Layout::PyTorch => Mapped::To(name),
            Layout::Mlx => Mapped::Turned { name, axes },
        }
    }
}

const CONV: &[usize] = &[0, 2, 1];
const CONV_TRANSPOSED: &[usize] = &[2, 0, 1];
const CONV_2D: &[usize] = &[0, 3, 1, 2];

/// A tensor of flow.safetensors.
pub fn flow(stored: &str, layout: Layout) -> Mapped {
    // Made here from formulas; MLX's form stores them.
    if stored.ends_with(".pos_enc.pe") || stored == "decoder.rand_noise" {
        return Mapped::Ignored;
    }
    if ![
        "input_embedding.",
        "encoder.",
        "encoder_proj.",
        "spk_embed_affine_layer.",
        "decoder.estimator.",
    ]
    .iter()
    .any(|room| stored.starts_with(room))
    {
        return Mapped::Unknown;
    }
    let name = stored
        .replace("embed.linear.", "embed.out.0.")
        .replace("embed.norm.", "embed.out.1.");
    let conv = name.ends_with(".weight")
        && (name.starts_with("encoder.pre_lookahead_layer.")
            || name.starts_with("encoder.up_layer.")
            || name.ends_with(".conv.block.1.weight")
            || name.ends_with(".conv.block.6.weight"));
    if conv {
        layout.conv(name, CONV)
    } else {
        Mapped::To(name)
    }
}

/// A tensor of hift.safetensors.
pub fn hift(stored: &str, layout: Layout) -> Mapped {
    let stored = stored.strip_prefix("generator.").unwrap_or(stored);
    if stored == "stft_window" {
        return Mapped::Ignored;
    }
    let (mut name, part) = Part::of_weight_norm(stored);
    let Some((room, rest)) = name.split_once('.') else {
        return Mapped::Unknown;
    };
    let axes = match room {
        "ups" => CONV_TRANSPOSED,
        "conv_pre" | "conv_post" | "resblocks" | "source_downs" | "source_resblocks" => CONV,
        "m_source" => return Mapped::To(name),
        "f0_predictor" => {
            if let Some((index, rest)) = rest
                .strip_prefix("condnet.")
                .and_then(|r| r.split_once('.'))
                && layout == Layout::Mlx
            {
                // MLX's list holds the convolutions alone, PyTorch's the activations between them, too.
                let Ok(index) = index.parse::<u16>() else {
                    return Mapped::Unknown;
                };
                name = format!("f0_predictor.condnet.{}.{rest}", 2 * index);
            }
            CONV
        }
        _ => return Mapped::Unknown,
    };
    match part {
        Some(part) => Mapped::Part { name, part },
        None if name.ends_with(".weight") && !name.contains(".classifier.") => {
            layout.conv(name, axes)
        }
        None => Mapped::To(name),
    }
}

/// A tensor of the S3 tokenizer's file.
pub fn tokenizer(stored: &str, layout: Layout) -> Mapped {
    // The rotary table and what some exports keep of the ONNX graph.
    if stored.ends_with("freqs_cis") || stored == "_mel_filters" || stored.starts_with("onnx::") {
        return Mapped::Ignored;
    }
    if !stored.starts_with("encoder.") && !stored.starts_with("quantizer.") {
        return Mapped::Unknown;
    }
    let name = stored
        .replace("quantizer.fsq_codebook.", "quantizer._codebook.")
        .replace(".mlp.layers.", ".mlp.");
    let conv = ["conv1.weight", "conv2.weight", "fsmn_block.weight"]
        .iter()
        .any(|end| name.ends_with(end));
    if conv {
        layout.conv(name, CONV)
    } else {
        Mapped::To(name)
    }
}

/// A tensor of campplus.safetensors.
pub fn speaker(stored: &str) -> Mapped {
    if stored.ends_with(".num_batches_tracked") {
        return Mapped::Ignored;
    }
    let Some((room, _)) = stored.split_once('.') else {
        return Mapped::Unknown;
    };
    let name = stored.to_owned();
    match room {
        "head" if name.ends_with(".weight") => Mapped::Turned {
            name,
            axes: CONV_2D,
        },
        "tdnn" | "blocks" | "transits" | "dense"
            if name.ends_with(".weight") && !name.contains(".nonlinear") =>
        {
            Mapped::Turned { name, axes: CONV }
        }
        "head" | "tdnn" | "blocks" | "transits" | "dense" => Mapped::To(name),
        _ => Mapped::Unknown,
    }
}

/// Turns the axes of a speaker encoder's tensor into the order in which its file keeps them.
pub fn as_stored(spec: &mut TensorSpec) {
    let ours = spec.shape.clone();
    if let Mapped::Turned { axes, .. } = speaker(&spec.name)
        && axes.len() == ours.len()
    {
        for (&stored, size) in axes.iter().zip(ours) {
            spec.shape[stored] = size;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{SpeakerEncoder, SpeakerSizes};
    use super::*;

    #[test]
    fn both_spellings_name_the_same_tensors() {
        let to = |name: &str| Mapped::To(name.into());
        let turned = |name: &str, axes| Mapped::Turned {
            name: name.into(),
            axes,
        };
        assert_eq!(
            flow("encoder.up_embed.norm.bias", Layout::Mlx),
            to("encoder.up_embed.out.1.bias")
        );
        let conv = "decoder.estimator.blocks.3.conv.block.6.weight";
        assert_eq!(flow(conv, Layout::Mlx), turned(conv, CONV));
        assert_eq!(flow(conv, Layout::PyTorch), to(conv));
        let norm = "decoder.estimator.blocks.3.conv.block.3.weight";
        assert_eq!(flow(norm, Layout::Mlx), to(norm));
        assert_eq!(
            hift("f0_predictor.condnet.4.weight", Layout::Mlx),
            turned("f0_predictor.condnet.8.weight", CONV)
        );
        assert_eq!(
            hift("generator.ups.1.bias", Layout::PyTorch),
            to("ups.1.bias")
        );
        assert_eq!(
            hift("ups.1.parametrizations.weight.original0", Layout::PyTorch),
            Mapped::Part {
                name: "ups.1.weight".into(),
                part: Part::Gain
            }
        );
        assert_eq!(
            tokenizer("encoder.blocks.5.mlp.layers.2.bias", Layout::Mlx),
            to("encoder.blocks.5.mlp.2.bias")
        );
        assert_eq!(flow("hift.conv_pre.weight", Layout::Mlx), Mapped::Unknown);
        assert_eq!(speaker("xvector.tdnn.weight"), Mapped::Unknown);
    }

    #[test]
    fn stored_axes_come_back_in_our_order() {
        let mut turned = 0;
        for ours in SpeakerEncoder::specs(&SpeakerSizes::genuine()) {
            let mut stored = ours.clone();
            as_stored(&mut stored);
            if let Mapped::Turned { axes, .. } = speaker(&ours.name)
                && axes.len() == ours.shape.len()
            {
                let back: Vec<usize> = axes.iter().map(|&a| stored.shape[a]).collect();
                assert_eq!(back, ours.shape, "{}", ours.name);
                turned += 1;
            } else {
                assert_eq!(stored, ours);
            }
        }
        assert!(turned > 200, "{turned} convolutions");
    }
}
