//! The sizes of a Step-Audio 2 checkpoint, from its config.json and, where that is silent, from tensor shapes.
//!
//! Nothing is assumed from a model's name, so tiny test models and future sizes load alike. Every number is checked
//! before it sizes anything; a config that cannot be true is refused with the field's name.

use crate::weights::config_json;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The adapter's inner width, which the reference writes in its code and not in its config.
const ADAPTER_INNER: usize = 2048;

/// Larger than any plausible model; keeps products of two sizes far inside 64 bits, and MLX's i32 axes safe.
const MAX_SIZE: usize = 1 << 24;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Config {
    #[serde(rename = "audio_encoder_config")]
    pub audio: AudioConfig,
    #[serde(rename = "text_config")]
    pub text: TextConfig,
}

/// The encoder (OpenAI Whisper's shape) and the adapter after it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AudioConfig {
    pub n_mels: usize,
    /// Positions after the second convolution, 50 a second.
    pub n_audio_ctx: usize,
    pub n_audio_state: usize,
    pub n_audio_head: usize,
    pub n_audio_layer: usize,
    pub llm_dim: usize,
    pub kernel_size: usize,
    pub adapter_stride: usize,
    #[serde(skip, default = "adapter_inner")]
    pub adapter_inner: usize,
}

fn adapter_inner() -> usize {
    ADAPTER_INNER
}

/// The Qwen2 language model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextConfig {
    pub hidden_size: usize,
    pub intermediate_size: usize,
    pub num_attention_heads: usize,
    pub num_key_value_heads: usize,
    pub num_hidden_layers: usize,
    pub vocab_size: usize,
    pub rms_norm_eps: f32,
    pub rope_theta: f64,
    pub max_position_embeddings: usize,
    #[serde(default, skip_serializing)]
    rope_scaling: Option<serde_json::Value>,
}

impl Config {
    /// Reads `config.json` of a checkpoint folder.
    pub fn read(dir: &Path) -> Result<Self> {
        let (path, text) = config_json(dir)?;
        Self::parse(&text).map_err(|why| {
            Error::refused(
                format!("{}: {why}", path.display()),
                "This is not the config of a Step-Audio 2 model, or it is damaged; download it again.",
            )
        })
    }

    /// Parses and checks the JSON; the error is a sentence without the file's name.
    pub fn parse(json: &[u8]) -> Result<Self, String> {
        let config: Self = serde_json::from_slice(json).map_err(|e| e.to_string())?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), String> {
        let (a, t) = (&self.audio, &self.text);
        for (name, value) in [
            ("n_mels", a.n_mels),
            ("n_audio_ctx", a.n_audio_ctx),
            ("n_audio_state", a.n_audio_state),
            ("n_audio_head", a.n_audio_head),
            ("n_audio_layer", a.n_audio_layer),
            ("kernel_size", a.kernel_size),
            ("adapter_stride", a.adapter_stride),
            ("hidden_size", t.hidden_size),
            ("intermediate_size", t.intermediate_size),
            ("num_attention_heads", t.num_attention_heads),
            ("num_key_value_heads", t.num_key_value_heads),
            ("num_hidden_layers", t.num_hidden_layers),
            ("vocab_size", t.vocab_size),
            ("max_position_embeddings", t.max_position_embeddings),
        ] {
            if value == 0 || value > MAX_SIZE {
                return Err(format!("{name} is {value}"));
            }
        }
        if a.n_audio_layer > 1024 || t.num_hidden_layers > 1024 {
            return Err("has more than 1024 layers".into());
        }
        if !a.n_audio_state.is_multiple_of(a.n_audio_head) {
            return Err(format!(
                "n_audio_state {} cannot be split into {} heads",
                a.n_audio_state, a.n_audio_head
            ));
        }
        if !t.hidden_size.is_multiple_of(2 * t.num_attention_heads) {
            return Err(format!(
                "hidden_size {} cannot be split into {} heads of rotary pairs",
                t.hidden_size, t.num_attention_heads
            ));
        }
        if !t.num_attention_heads.is_multiple_of(t.num_key_value_heads) {
            return Err(format!(
                "{} attention heads cannot share {} key/value heads",
                t.num_attention_heads, t.num_key_value_heads
            ));
        }
        if a.llm_dim != t.hidden_size {
            return Err(format!(
                "llm_dim {} is not the language model's hidden_size {}",
                a.llm_dim, t.hidden_size
            ));
        }
        // The counts of audio tokens are the reference's own, written for these two numbers.
        if a.kernel_size != 3 || a.adapter_stride != 2 {
            return Err(format!(
                "an adapter of kernel {} and stride {} is not known",
                a.kernel_size, a.adapter_stride
            ));
        }
        if t.rope_scaling.as_ref().is_some_and(|v| !v.is_null()) {
            return Err("rope_scaling is not known for this model".into());
        }
        // JSON has no NaN, so plain comparisons see everything.
        if t.rms_norm_eps <= 0.0 || t.rms_norm_eps >= 1.0 || t.rope_theta <= 1.0 {
            return Err("rms_norm_eps or rope_theta is out of range".into());
        }
        Ok(())
    }

    /// The published mini, for synthetic checkpoints of real size.
    pub fn mini() -> Self {
        Self {
            audio: AudioConfig {
                n_mels: 128,
                n_audio_ctx: 1500,
                n_audio_state: 1280,
                n_audio_head: 20,
                n_audio_layer: 32,
                llm_dim: 3584,
                kernel_size: 3,
                adapter_stride: 2,
                adapter_inner: ADAPTER_INNER,
            },
            text: TextConfig {
                hidden_size: 3584,
                intermediate_size: 18944,
                num_attention_heads: 28,
                num_key_value_heads: 4,
                num_hidden_layers: 28,
                vocab_size: 158_720,
                rms_norm_eps: 1e-6,
                rope_theta: 1e6,
                max_position_embeddings: 16_384,
                rope_scaling: None,
            },
        }
    }

    /// The config.json of a checkpoint of these sizes.
    pub fn to_json(&self) -> serde_json::Value {
        let mut json = serde_json::json!(self);
        json["model_type"] = "step_audio_2".into();
        json
    }

    pub fn head_dim(&self) -> usize {
        self.text.hidden_size / self.text.num_attention_heads
    }

    /// Bytes of keys and values per position when an element takes `element` bytes.
    pub fn cache_bytes_per_position(&self, element: usize) -> usize {
        self.text.num_hidden_layers * 2 * self.text.num_key_value_heads * self.head_dim() * element
    }
}

impl AudioConfig {
    /// The most mel frames the positional table has room for: 30 s.
    pub fn max_frames(&self) -> usize {
        2 * self.n_audio_ctx
    }
}

/// Tokens that `frames` mel frames become in the prompt, 12.5 a second. The last two frames are padding to the
/// reference (`wav_len = frames − 2`); the halvings are the second convolution's, the pooling's and the adapter's.
pub fn audio_tokens(frames: usize) -> usize {
    let valid = (frames.saturating_sub(1)) / 2 / 2;
    if valid == 0 { 0 } else { (valid - 1) / 2 + 1 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_sizes_pass_and_survive_a_round_trip() {
        let mini = Config::mini();
        let json = mini.to_json().to_string();
        assert_eq!(Config::parse(json.as_bytes()), Ok(mini.clone()));
        assert_eq!(mini.cache_bytes_per_position(2), 57_344);
    }

    #[test]
    fn impossible_sizes_are_named() {
        let refuse = |pointer: &str, value: serde_json::Value| {
            let mut json = Config::mini().to_json();
            *json.pointer_mut(pointer).expect("the field is there") = value;
            Config::parse(json.to_string().as_bytes()).expect_err("must be refused")
        };
        assert!(
            refuse("/text_config/num_attention_heads", 0.into()).contains("num_attention_heads")
        );
        assert!(refuse("/text_config/num_key_value_heads", 3.into()).contains("key/value"));
        assert!(refuse("/audio_encoder_config/llm_dim", 8.into()).contains("llm_dim"));
        assert!(refuse("/audio_encoder_config/n_audio_head", 7.into()).contains("n_audio_state"));
        assert!(refuse("/text_config/vocab_size", u64::MAX.into()).contains("vocab_size"));
        assert!(refuse("/text_config/rope_theta", (-1).into()).contains("rope_theta"));
    }

    #[test]
    fn token_counts_at_the_edges() {
        let counts = [0, 1, 2, 3, 4, 5, 8, 12, 13, 102, 2502].map(audio_tokens);
        assert_eq!(counts, [0, 0, 0, 0, 0, 1, 1, 1, 2, 13, 313]);
    }
}
