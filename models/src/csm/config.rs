//! Sizes of a CSM network, read from config.json in any of its public flavours.
//!
//! Order that works for all of them: explicit dimensions where they are given, else the table of named flavours
//! (`llama-1B` …), else an error. Dimensions are never guessed from a model's name.

use crate::nn::{BlockConfig, RopeScaling};
use crate::weights::config_json;
use crate::{Error, Result};
use serde_json::{Value, json};
use std::path::Path;

/// One of the two transformers.
#[derive(Debug, Clone, PartialEq)]
pub struct Transformer {
    pub layers: usize,
    pub block: BlockConfig,
    pub rope_base: f64,
    pub rope_scaling: Option<RopeScaling>,
    pub max_positions: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub text_vocab: usize,
    /// Codes per codebook plus a few special ids.
    pub audio_vocab: usize,
    pub codebooks: usize,
    pub backbone: Transformer,
    pub depth: Transformer,
}

const LLAMA3: RopeScaling = RopeScaling {
    factor: 32.0,
    low_freq_factor: 1.0,
    high_freq_factor: 4.0,
    original_max_position: 8192.0,
};

/// layers, hidden, heads, kv heads, head dim, mlp
const FLAVOURS: [(&str, [usize; 6]); 5] = [
    ("llama-1B", [16, 2048, 32, 8, 64, 8192]),
    ("llama-100M", [4, 1024, 8, 2, 128, 8192]),
    ("llama-250M", [6, 1536, 12, 3, 128, 8192]),
    ("llama-60M", [4, 1024, 8, 2, 128, 4096]),
    ("llama-300M", [8, 1536, 24, 6, 64, 6912]),
];

/// Upper bound on every size: far above any real model, far below what would overflow.
const SANE: u64 = 1 << 20;

/// The same for other numbers: what f32 can hold, with room to compute.
const SANE_FLOATS: std::ops::RangeInclusive<f64> = 1e-30..=1e30;

impl Config {
    /// Reads `config.json` in a model's folder.
    pub fn read(dir: &Path) -> Result<Self> {
        let (path, text) = config_json(dir)?;
        let value: Value = serde_json::from_slice(&text).map_err(|e| {
            Error::refused(
                format!("{}: {e}", path.display()),
                "Download config.json again.",
            )
        })?;
        Self::parse(&value).map_err(|what| {
            Error::refused(
                format!("{}: {what}", path.display()),
                "This is not the config of a CSM or Marvis model.",
            )
        })
    }

    /// Parses a config, or says what is wrong with it.
    pub fn parse(value: &Value) -> Result<Self, String> {
        // Older sesame configs nest everything under "args".
        let value = value.get("args").filter(|v| v.is_object()).unwrap_or(value);
        let codebooks = first(value, &["audio_num_codebooks", "num_codebooks"])?
            .ok_or("the number of codebooks is missing")?;
        let audio_vocab = first(value, &["audio_vocab_size", "vocab_size"])?
            .ok_or("audio_vocab_size is missing")?;
        let text_vocab = first(value, &["text_vocab_size"])?.ok_or("text_vocab_size is missing")?;
        let backbone = transformer(value, value.get("backbone_flavor"), 2048)?;
        let empty = Value::Null;
        let depth_config = value.get("depth_decoder_config").unwrap_or(&empty);
        let depth = transformer(depth_config, value.get("decoder_flavor"), codebooks + 1)?;
        let config = Self {
            text_vocab,
            audio_vocab,
            codebooks,
            backbone,
            depth,
        };
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        if self.codebooks < 2 || self.codebooks > 64 {
            return Err(format!(
                "{} codebooks are not supported (2 to 64 are)",
                self.codebooks
            ));
        }
        if self.depth.max_positions < self.codebooks {
            return Err(format!(
                "a depth decoder of {} positions cannot hold {} codebooks",
                self.depth.max_positions, self.codebooks
            ));
        }
        // Ids and row numbers are i32 on the device.
        if self.audio_vocab * self.codebooks > i32::MAX as usize {
            return Err("the audio embedding is too large".into());
        }
        Ok(())
    }

    /// A public model by name, for synthesised checkpoints: `csm-1b` or `marvis-250m`.
    pub fn named(name: &str) -> Result<Self> {
        let (backbone, depth, text_vocab) = match name {
            "csm-1b" => ("llama-1B", "llama-100M", 128_256),
            "marvis-250m" => ("llama-250M", "llama-60M", 49_152),
            _ => {
                return Err(Error::input(
                    format!("there is no model shape called {name:?}"),
                    "Known shapes: csm-1b, marvis-250m, mimi, step-audio-2-mini.",
                ));
            }
        };
        let value = json!({
            "audio_num_codebooks": 32, "audio_vocab_size": 2051, "text_vocab_size": text_vocab,
            "backbone_flavor": backbone, "decoder_flavor": depth,
        });
        Self::parse(&value).map_err(Error::Compute)
    }

    /// A config.json that reads back as this one.
    pub fn to_json(&self) -> Value {
        let part = |t: &Transformer| {
            json!({
                "num_hidden_layers": t.layers, "hidden_size": t.block.hidden, "num_attention_heads": t.block.heads,
                "num_key_value_heads": t.block.kv_heads, "head_dim": t.block.head_dim, "intermediate_size": t.block.mlp,
                "rms_norm_eps": t.block.norm_eps, "rope_theta": t.rope_base, "max_position_embeddings": t.max_positions,
                "rope_scaling": t.rope_scaling.map(|s| json!({
                    "rope_type": "llama3", "factor": s.factor, "low_freq_factor": s.low_freq_factor,
                    "high_freq_factor": s.high_freq_factor, "original_max_position_embeddings": s.original_max_position,
                })),
            })
        };
        let mut value = part(&self.backbone);
        value["model_type"] = "csm".into();
        value["text_vocab_size"] = self.text_vocab.into();
        value["audio_vocab_size"] = self.audio_vocab.into();
        value["audio_num_codebooks"] = self.codebooks.into();
        value["depth_decoder_config"] = part(&self.depth);
        value
    }

    /// Positions that prompt and speech share.
    pub fn max_positions(&self) -> usize {
        self.backbone.max_positions
    }
}

fn number(value: &Value, key: &str) -> Result<Option<usize>, String> {
    match value.get(key) {
        None | Some(Value::Null) => Ok(None),
        Some(v) => match v.as_u64() {
            Some(n) if (1..=SANE).contains(&n) => Ok(Some(n as usize)),
            _ => Err(format!("{key} is {v}, which makes no sense")),
        },
    }
}

fn first(value: &Value, keys: &[&str]) -> Result<Option<usize>, String> {
    for key in keys {
        if let Some(n) = number(value, key)? {
            return Ok(Some(n));
        }
    }
    Ok(None)
}

fn transformer(
    value: &Value,
    flavour: Option<&Value>,
    positions: usize,
) -> Result<Transformer, String> {
    for key in ["attention_bias", "mlp_bias"] {
        if value.get(key) == Some(&Value::Bool(true)) {
            return Err(format!("{key} is set, which no published CSM model has"));
        }
    }
    let [layers, hidden, heads, kv_heads, head_dim, mlp] = match number(value, "hidden_size")? {
        Some(hidden) => {
            let need = |key: &str| number(value, key)?.ok_or(format!("{key} is missing"));
            let heads = need("num_attention_heads")?;
            [
                need("num_hidden_layers")?,
                hidden,
                heads,
                number(value, "num_key_value_heads")?.unwrap_or(heads),
                number(value, "head_dim")?.unwrap_or(hidden / heads),
                need("intermediate_size")?,
            ]
        }
        None => {
            let name = flavour
                .and_then(Value::as_str)
                .ok_or("neither dimensions nor a flavour are given")?;
            FLAVOURS
                .iter()
                .find(|(n, _)| *n == name)
                .ok_or(format!(
                    "the flavour {name:?} is unknown and no dimensions are given"
                ))?
                .1
        }
    };
    if kv_heads > heads || heads % kv_heads != 0 || head_dim % 2 != 0 || head_dim == 0 {
        return Err(format!(
            "{heads} heads with {kv_heads} key/value heads of {head_dim} do not fit together"
        ));
    }
    let float = |v: Option<&Value>, default: f64, what: &str| match v.filter(|v| !v.is_null()) {
        None => Ok(default),
        Some(v) => v
            .as_f64()
            .filter(|x| SANE_FLOATS.contains(x))
            .ok_or(format!("{what} is {v}, which makes no sense")),
    };
    // transformers 5 nests the rotary settings, with the base inside.
    let rope = value
        .get("rope_parameters")
        .or_else(|| value.get("rope_scaling"));
    let base = rope
        .and_then(|r| r.get("rope_theta"))
        .or_else(|| value.get("rope_theta"));
    Ok(Transformer {
        layers,
        block: BlockConfig {
            hidden,
            heads,
            kv_heads,
            head_dim,
            mlp,
            norm_eps: float(value.get("rms_norm_eps"), 1e-5, "rms_norm_eps")? as f32,
            qkv_bias: false,
        },
        rope_base: float(base, 500_000.0, "rope_theta")?,
        rope_scaling: scaling(rope, &float)?,
        max_positions: number(value, "max_position_embeddings")?.unwrap_or(positions),
    })
}

/// Absent means upstream's Llama 3 scaling, null means none; anything else is read as written.
fn scaling(
    rope: Option<&Value>,
    float: &impl Fn(Option<&Value>, f64, &str) -> Result<f64, String>,
) -> Result<Option<RopeScaling>, String> {
    let Some(rope) = rope else {
        return Ok(Some(LLAMA3));
    };
    let kind = rope
        .get("rope_type")
        .or_else(|| rope.get("type"))
        .and_then(Value::as_str);
    match kind {
        None if rope.get("factor").is_none() => Ok(None),
        Some("default") => Ok(None),
        None | Some("llama3") => Ok(Some(RopeScaling {
            factor: float(rope.get("factor"), LLAMA3.factor, "factor")?,
            low_freq_factor: float(
                rope.get("low_freq_factor"),
                LLAMA3.low_freq_factor,
                "low_freq_factor",
            )?,
            high_freq_factor: float(
                rope.get("high_freq_factor"),
                LLAMA3.high_freq_factor,
                "high_freq_factor",
            )?,
            original_max_position: float(
                rope.get("original_max_position_embeddings"),
                LLAMA3.original_max_position,
                "original_max_position_embeddings",
            )?,
        })),
        Some(other) => Err(format!("the rotary scaling {other:?} is not known")),
    }
}
