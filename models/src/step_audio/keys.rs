//! Names and layouts of Step-Audio 2 checkpoints, and the list of tensors that the network needs.
//!
//! Our names are the published ones (stepfun-ai/Step-Audio-2-mini), so the map is nearly the identity. Conversions
//! to MLX keep the names and may hold the language model's matrices quantised, and convolutions as
//! `[outputs, kernel, inputs]` in place of `[outputs, inputs, kernel]`; shapes tell which.

use super::Config;
use crate::weights::{Mapped, TensorSpec, Weights};

/// Whether these names are those of a Step-Audio 2 checkpoint.
pub fn is_step_audio<'a>(mut names: impl Iterator<Item = &'a str>) -> bool {
    names.any(|name| name == "encoder.blocks.0.attn.query.weight")
}

/// What a stored name is here.
pub fn map(stored: &str) -> Mapped {
    // Whisper's own spelling of the table; a parameter there, an embedding here.
    if stored == "encoder.positional_embedding" {
        return Mapped::Twin("encoder.positional_embedding.weight".into());
    }
    // Derived from rope_theta; some exports store it. Keys have no bias; ports that add one add zeros, and any
    // constant added to all keys falls out of the softmax.
    if stored.ends_with(".rotary_emb.inv_freq") || stored.ends_with(".attn.key.bias") {
        return Mapped::Ignored;
    }
    if ["encoder.", "adapter.", "model.", "lm_head."]
        .iter()
        .any(|room| stored.starts_with(room))
    {
        return Mapped::To(stored.to_owned());
    }
    Mapped::Unknown
}

/// Every tensor of a network of these sizes, in the published layout. Matrices of the language model may be
/// quantised; those of the encoder and the adapter are best kept in bf16 and are so when we quantise.
pub fn specs(config: &Config) -> Vec<TensorSpec> {
    let mut all = encoder(config);
    all.extend(language_model(config));
    all
}

/// The same as the checkpoint at hand lays them out: convolutions in MLX's order of axes, audio matrices quantised.
pub(super) fn specs_as_stored(config: &Config, w: &Weights) -> Vec<TensorSpec> {
    let mut all = specs(config);
    for spec in &mut all {
        if let [outputs, inputs, kernel] = spec.shape[..]
            && conv_in_mlx_order(w, &spec.name, inputs, kernel)
        {
            spec.shape = vec![outputs, kernel, inputs];
        } else if let (Some(path), 2) = (spec.name.strip_suffix(".weight"), spec.shape.len()) {
            spec.matrix |= w.stored(&format!("{path}.scales")).is_some();
        }
    }
    all
}

/// Whether the convolution's weight is stored as `[outputs, kernel, inputs]`.
pub(super) fn conv_in_mlx_order(w: &Weights, name: &str, inputs: usize, kernel: usize) -> bool {
    // Only the full shape decides, so a mis-shaped tensor is reported in the published layout.
    w.stored(name)
        .is_some_and(|(_, t)| kernel != inputs && t.shape.get(1..) == Some(&[kernel, inputs]))
}

fn encoder(config: &Config) -> Vec<TensorSpec> {
    let c = &config.audio;
    let (width, kernel) = (c.n_audio_state, 3);
    let mut all = Vec::new();
    let mut array = |name: String, shape: &[usize]| all.push(TensorSpec::array(name, shape));
    for (conv, inputs) in [("conv1", c.n_mels), ("conv2", width)] {
        array(format!("encoder.{conv}.weight"), &[width, inputs, kernel]);
        array(format!("encoder.{conv}.bias"), &[width]);
    }
    array(
        "encoder.positional_embedding.weight".into(),
        &[c.n_audio_ctx, width],
    );
    for layer in 0..c.n_audio_layer {
        let block = format!("encoder.blocks.{layer}");
        for part in ["query", "key", "value", "out"] {
            array(format!("{block}.attn.{part}.weight"), &[width, width]);
            if part != "key" {
                array(format!("{block}.attn.{part}.bias"), &[width]);
            }
        }
        for (part, outputs, inputs) in [("mlp.0", 4 * width, width), ("mlp.2", width, 4 * width)] {
            array(format!("{block}.{part}.weight"), &[outputs, inputs]);
            array(format!("{block}.{part}.bias"), &[outputs]);
        }
        for norm in ["attn_ln", "mlp_ln"] {
            array(format!("{block}.{norm}.weight"), &[width]);
            array(format!("{block}.{norm}.bias"), &[width]);
        }
    }
    for part in ["weight", "bias"] {
        array(format!("encoder.after_norm.{part}"), &[width]);
    }
    array("adapter.conv.weight".into(), &[width, width, c.kernel_size]);
    array("adapter.conv.bias".into(), &[width]);
    for (part, outputs, inputs) in [
        ("linear1", c.adapter_inner, width),
        ("linear2", c.llm_dim, c.adapter_inner),
    ] {
        array(format!("adapter.{part}.weight"), &[outputs, inputs]);
        array(format!("adapter.{part}.bias"), &[outputs]);
    }
    all
}

fn language_model(config: &Config) -> Vec<TensorSpec> {
    let c = &config.text;
    let kv = c.num_key_value_heads * config.head_dim();
    let mut all = vec![TensorSpec::matrix(
        "model.embed_tokens.weight",
        c.vocab_size,
        c.hidden_size,
    )];
    for layer in 0..c.num_hidden_layers {
        let block = format!("model.layers.{layer}");
        for (part, outputs) in [("q_proj", c.hidden_size), ("k_proj", kv), ("v_proj", kv)] {
            let path = format!("{block}.self_attn.{part}");
            all.push(TensorSpec::matrix(
                format!("{path}.weight"),
                outputs,
                c.hidden_size,
            ));
            all.push(TensorSpec::array(format!("{path}.bias"), &[outputs]));
        }
        for (part, outputs, inputs) in [
            ("self_attn.o_proj", c.hidden_size, c.hidden_size),
            ("mlp.gate_proj", c.intermediate_size, c.hidden_size),
            ("mlp.up_proj", c.intermediate_size, c.hidden_size),
            ("mlp.down_proj", c.hidden_size, c.intermediate_size),
        ] {
            all.push(TensorSpec::matrix(
                format!("{block}.{part}.weight"),
                outputs,
                inputs,
            ));
        }
        for norm in ["input_layernorm", "post_attention_layernorm"] {
            all.push(TensorSpec::array(
                format!("{block}.{norm}.weight"),
                &[c.hidden_size],
            ));
        }
    }
    all.push(TensorSpec::array("model.norm.weight", &[c.hidden_size]));
    all.push(TensorSpec::matrix(
        "lm_head.weight",
        c.vocab_size,
        c.hidden_size,
    ));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_model_has_832_tensors_of_16_6_gigabytes() {
        let all = specs(&Config::mini());
        assert_eq!(all.len(), 832);
        let values: usize = all.iter().map(|s| s.shape.iter().product::<usize>()).sum();
        assert_eq!(values, 8_315_179_264);
    }

    #[test]
    fn every_needed_name_maps_to_itself() {
        for spec in specs(&Config::mini()) {
            assert_eq!(map(&spec.name), Mapped::To(spec.name.clone()));
        }
        assert_eq!(map("flow.decoder.weight"), Mapped::Unknown);
    }
}
