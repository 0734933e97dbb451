//! Random checkpoints of real size, so that speed and memory can be measured without any download.
//!
//! They load like published ones and speak noise. The tokenizer is the simplest that serves: one token per byte, and
//! the two ends; the recogniser gets none (`transcribe --no-tokenizer` prints ids).

use super::quantize::write_json;
use crate::{Error, Result};
use myna_models::token2wav::File;
use myna_models::weights::{Dtype, write_random};
use myna_models::{csm, mimi, step_audio};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Names that [`synth`] knows.
pub const SHAPES: [&str; 5] = [
    "csm-1b",
    "marvis-250m",
    "mimi",
    "step-audio-2-mini",
    "token2wav",
];

/// Always the same weights: figures can be compared between machines.
const SEED: u64 = 1;

/// How unquantised numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    F32,
    Bf16,
}

pub fn synth(shape: &str, number: Number, bits: Option<u8>, out: &Path) -> Result<()> {
    let dtype = match number {
        Number::F32 => Dtype::Float32,
        Number::Bf16 => Dtype::Bfloat16,
    };
    let weights = out.join("model.safetensors");
    let create = || std::fs::create_dir_all(out).map_err(|e| Error::output(out, e));
    if shape == "mimi" {
        if bits.is_some() {
            return Err(Error::request(
                "the codec is not quantised",
                "Leave --bits away.",
            ));
        }
        create()?;
        let config = mimi::genuine();
        write_random(&weights, &mimi::Mimi::specs(&config), dtype, None, "", SEED)
            .map_err(Error::writing)?;
        return write_json(&out.join("config.json"), &mimi_json(&config));
    }
    if shape == "token2wav" {
        if bits.is_some() {
            return Err(Error::request(
                "token2wav is not quantised",
                "Leave --bits away.",
            ));
        }
        create()?;
        for file in File::ALL {
            let path = out.join(file.names()[0]);
            write_random(&path, &file.specs(), dtype, None, "", SEED).map_err(Error::writing)?;
        }
        return Ok(());
    }
    let bits = bits.map(i32::from);
    if shape == "step-audio-2-mini" {
        create()?;
        let config = step_audio::Config::mini();
        write_random(&weights, &step_audio::specs(&config), dtype, bits, "", SEED)
            .map_err(Error::writing)?;
        let mut json = config.to_json();
        if let Some(bits) = bits {
            json["quantization"] = json!({ "group_size": 64, "bits": bits });
        }
        return write_json(&out.join("config.json"), &json);
    }
    let config = csm::Config::named(shape)?;
    create()?;
    write_random(&weights, &csm::specs(&config), dtype, bits, "model.", SEED)
        .map_err(Error::writing)?;
    let mut json = config.to_json();
    if let Some(bits) = bits {
        json["quantization"] = json!({ "group_size": 64, "bits": bits });
    }
    write_json(&out.join("config.json"), &json)?;
    write_json(&out.join("tokenizer.json"), &byte_tokenizer())
}

fn mimi_json(c: &mimi::Config) -> Value {
    json!({
        "model_type": "mimi", "sampling_rate": c.sample_rate, "frame_rate": 12.5,
        "num_filters": c.filters, "upsampling_ratios": c.ratios, "kernel_size": c.kernel,
        "residual_kernel_size": c.residual_kernel, "last_kernel_size": c.last_kernel, "compress": c.compress,
        "hidden_size": c.hidden, "num_hidden_layers": c.layers, "num_attention_heads": c.heads,
        "intermediate_size": c.mlp, "sliding_window": c.context, "rope_theta": c.rope_base,
        "num_quantizers": c.codebooks, "codebook_size": c.codebook_size, "codebook_dim": c.codebook_dim,
    })
}

/// One token per byte, in the byte-level alphabet that GPT-2 introduced, and the two ends.
fn byte_tokenizer() -> Value {
    let mut vocab = Map::new();
    for (id, symbol) in byte_alphabet().into_iter().enumerate() {
        vocab.insert(symbol.to_string(), id.into());
    }
    let special: Vec<Value> = ["<|begin_of_text|>", "<|end_of_text|>"]
        .iter()
        .enumerate()
        .map(|(i, content)| {
            vocab.insert((*content).into(), (256 + i).into());
            json!({ "id": 256 + i, "content": content, "single_word": false, "lstrip": false, "rstrip": false,
                    "normalized": false, "special": true })
        })
        .collect();
    let level = json!({ "type": "ByteLevel", "add_prefix_space": false, "trim_offsets": true, "use_regex": false });
    json!({
        "version": "1.0", "truncation": null, "padding": null, "added_tokens": special, "normalizer": null,
        "pre_tokenizer": level, "post_processor": null, "decoder": level,
        "model": { "type": "BPE", "dropout": null, "unk_token": null, "continuing_subword_prefix": null,
                   "end_of_word_suffix": null, "fuse_unk": false, "byte_fallback": false, "vocab": vocab, "merges": [] },
    })
}

/// Printable bytes stand for themselves, the others for characters from 256 on.
fn byte_alphabet() -> Vec<char> {
    let mut next = 256;
    (0..=255u8)
        .map(|byte| match byte {
            b'!'..=b'~' | 0xa1..=0xac | 0xae..=0xff => char::from(byte),
            _ => {
                let symbol = char::from_u32(next).unwrap_or(char::REPLACEMENT_CHARACTER);
                next += 1;
                symbol
            }
        })
        .collect()
}
