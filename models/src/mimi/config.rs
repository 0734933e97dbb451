//! The sizes of a Mimi: read from a config.json, or from tensor shapes where the checkpoint comes without one.

use crate::{Error, Result};
use serde_json::Value;
use std::path::Path;

/// Samples per second, in and out. The models around the codec know no other rate.
pub const SAMPLE_RATE: u32 = 24_000;

/// No published codec comes near these; larger numbers are damage, and would overflow later products.
const MAX_SIZE: usize = 1 << 16;
const MAX_COUNT: usize = 1 << 10;

#[derive(Debug, Clone, PartialEq)]
pub struct Config {
    pub sample_rate: u32,
    /// Channels next to the waveform; doubled at every stage further in.
    pub filters: usize,
    /// Upsampling factors in the decoder's order; the encoder uses them backwards.
    pub ratios: Vec<usize>,
    /// Kernel of the first convolution on either side.
    pub kernel: usize,
    pub residual_kernel: usize,
    /// Kernel of the last convolution on either side.
    pub last_kernel: usize,
    /// How much narrower residual blocks are inside.
    pub compress: usize,
    /// Steps of the transformers per frame.
    pub downsample: usize,
    /// Width of the transformers and of the latent.
    pub hidden: usize,
    /// Layers of each transformer.
    pub layers: usize,
    pub heads: usize,
    pub mlp: usize,
    /// Attention reaches this many steps back, the step itself included.
    pub context: usize,
    pub rope_base: f64,
    pub norm_eps: f32,
    pub codebooks: usize,
    pub codebook_size: usize,
    pub codebook_dim: usize,
}

impl Config {
    /// The published Mimi.
    pub fn genuine() -> Self {
        Self {
            sample_rate: SAMPLE_RATE,
            filters: 64,
            ratios: vec![8, 6, 5, 4],
            kernel: 7,
            residual_kernel: 3,
            last_kernel: 3,
            compress: 2,
            downsample: 2,
            hidden: 512,
            layers: 8,
            heads: 8,
            mlp: 2048,
            context: 250,
            rope_base: 10_000.0,
            norm_eps: 1e-5,
            codebooks: 32,
            codebook_size: 2048,
            codebook_dim: 256,
        }
    }

    pub fn frame_samples(&self) -> usize {
        self.ratios.iter().product::<usize>() * self.downsample
    }

    pub fn frame_rate(&self) -> f64 {
        f64::from(self.sample_rate) / self.frame_samples() as f64
    }

    pub fn head_dim(&self) -> usize {
        self.hidden / self.heads
    }

    /// Channels between two stages of the convolutional parts: `filters` at the waveform (stage 0), then doubling.
    pub(super) fn channels(&self, stage: usize) -> usize {
        self.filters << stage
    }

    /// Index of the last layer in `encoder.model` and `decoder.model`.
    pub(super) fn last_layer(&self) -> usize {
        3 * self.ratios.len() + 2
    }

    /// Parses a Mimi config, or the `codec_config` inside a CSM config. `None` if the JSON is neither.
    pub fn parse(path: &Path, json: &[u8]) -> Result<Option<Self>> {
        let value: Value = serde_json::from_slice(json).map_err(|e| {
            Error::refused(
                format!("{}: {e}", path.display()),
                "Download the config again.",
            )
        })?;
        let table = value.get("codec_config").unwrap_or(&value);
        let mimi = table.get("model_type").is_some_and(|t| t == "mimi");
        if !mimi && table.get("upsampling_ratios").is_none() {
            return Ok(None);
        }
        Self::from_json(table)
            .and_then(Self::checked)
            .map(Some)
            .map_err(|why| refused(&path.display().to_string(), &why))
    }

    /// Keys that are absent have the published value, as in transformers.
    fn from_json(table: &Value) -> Result<Self, String> {
        let d = Self::genuine();
        let size = |key: &str, default: usize| match table.get(key) {
            None | Some(Value::Null) => Ok(default),
            Some(v) => v
                .as_u64()
                .and_then(|v| usize::try_from(v).ok())
                .ok_or_else(|| format!("{key} is {v}, should be a whole number")),
        };
        let number = |table: &Value, key: &str, default: f64| match table.get(key) {
            None | Some(Value::Null) => Ok(default),
            Some(v) => v
                .as_f64()
                .ok_or_else(|| format!("{key} is {v}, should be a number")),
        };
        let ratios = match table.get("upsampling_ratios") {
            None | Some(Value::Null) => d.ratios,
            Some(v) => v
                .as_array()
                .and_then(|list| {
                    list.iter()
                        .map(|r| usize::try_from(r.as_u64()?).ok())
                        .collect()
                })
                .ok_or_else(|| {
                    format!("upsampling_ratios is {v}, should be a list of whole numbers")
                })?,
        };
        let rate = number(table, "sampling_rate", SAMPLE_RATE.into())?;
        let frame_rate = number(table, "frame_rate", 12.5)?;
        let product = ratios
            .iter()
            .try_fold(1usize, |p, &r| p.checked_mul(r))
            .unwrap_or(0);
        let downsample = rate / frame_rate / product as f64;
        if downsample.fract() != 0.0 || !(1.0..=MAX_COUNT as f64).contains(&downsample) {
            return Err(format!(
                "{rate} samples and {frame_rate} frames a second do not go with ratios {ratios:?}"
            ));
        }
        let hidden = size("hidden_size", d.hidden)?;
        let heads = size("num_attention_heads", d.heads)?;
        let codebook_dim = size("codebook_dim", d.codebook_dim)?;
        // What other members of the family have and Mimi has not.
        for (key, wanted) in [
            ("audio_channels", 1),
            ("num_residual_layers", 1),
            ("num_semantic_quantizers", 1),
            ("num_key_value_heads", heads),
            ("upsample_groups", hidden),
            ("vector_quantization_hidden_dimension", codebook_dim),
        ] {
            let found = size(key, wanted)?;
            if found != wanted {
                return Err(format!("{key} is {found}, only {wanted} is supported"));
            }
        }
        if size("head_dim", hidden / heads.max(1))?.checked_mul(heads) != Some(hidden) {
            return Err(format!(
                "{heads} heads of head_dim do not make hidden_size {hidden}"
            ));
        }
        for (key, wanted) in [
            ("use_causal_conv", Value::from(true)),
            ("use_conv_shortcut", Value::from(false)),
            ("attention_bias", Value::from(false)),
            ("hidden_act", Value::from("gelu")),
            ("pad_mode", Value::from("constant")),
        ] {
            if let Some(found) = table.get(key).filter(|v| **v != wanted) {
                return Err(format!("{key} is {found}, only {wanted} is supported"));
            }
        }
        // transformers 5 moved the base into a table of its own.
        let rope = table
            .get("rope_parameters")
            .filter(|v| v.is_object())
            .unwrap_or(table);
        Ok(Self {
            sample_rate: if rate == f64::from(SAMPLE_RATE) {
                SAMPLE_RATE
            } else {
                rate as u32
            },
            filters: size("num_filters", d.filters)?,
            ratios,
            kernel: size("kernel_size", d.kernel)?,
            residual_kernel: size("residual_kernel_size", d.residual_kernel)?,
            last_kernel: size("last_kernel_size", d.last_kernel)?,
            compress: size("compress", d.compress)?,
            downsample: downsample as usize,
            hidden,
            layers: size("num_hidden_layers", d.layers)?,
            heads,
            mlp: size("intermediate_size", d.mlp)?,
            context: size("sliding_window", d.context)?,
            rope_base: number(rope, "rope_theta", d.rope_base)?,
            norm_eps: number(table, "norm_eps", d.norm_eps.into())? as f32,
            codebooks: size("num_quantizers", d.codebooks)?,
            codebook_size: size("codebook_size", d.codebook_size)?,
            codebook_dim,
        })
    }

    /// Derives the sizes from tensor shapes (`shape` answers for our names), with the published window, rotary
    /// base, epsilon and 64-wide heads, which no shape tells.
    pub(super) fn from_shapes(
        file: &str,
        shape: impl Fn(&str) -> Option<Vec<usize>>,
    ) -> Result<Self> {
        Self::derive(shape)
            .and_then(Self::checked)
            .map_err(|why| refused(file, &why))
    }

    fn derive(shape: impl Fn(&str) -> Option<Vec<usize>>) -> Result<Self, String> {
        const HEAD_DIM: usize = 64;
        let d = Self::genuine();
        let axis = |name: &str, axis: usize| {
            shape(name)
                .and_then(|s| s.get(axis).copied())
                .ok_or_else(|| format!("{name} is missing, so that the sizes remain unknown"))
        };
        let count = |name: &dyn Fn(usize) -> String| {
            (0..MAX_COUNT)
                .take_while(|&i| shape(&name(i)).is_some())
                .count()
        };
        let ratios: Vec<usize> = (0..8)
            .map_while(|i| shape(&format!("decoder.model.{}.convtr.convtr.weight", 3 * i + 2)))
            .map(|s| s.get(2).map_or(0, |k| k / 2))
            .collect();
        let last = 3 * ratios.len() + 2;
        let first = "encoder.model.0.conv.conv.weight";
        let (filters, hidden) = (
            axis(first, 0)?,
            axis(&format!("encoder.model.{last}.conv.conv.weight"), 0)?,
        );
        let layer = "decoder_transformer.transformer.layers";
        let inside = "encoder.model.1.block.1.conv.conv.weight";
        let codebook = "quantizer.rvq_first.vq.layers.0._codebook.embedding_sum";
        if hidden % HEAD_DIM != 0 {
            return Err(format!(
                "the width {hidden} is no multiple of {HEAD_DIM}, so the number of heads is unknown without a config"
            ));
        }
        Ok(Self {
            filters,
            kernel: axis(first, 2)?,
            residual_kernel: axis(inside, 2)?,
            last_kernel: axis(&format!("encoder.model.{last}.conv.conv.weight"), 2)?,
            compress: filters / axis(inside, 0)?.max(1),
            ratios,
            downsample: axis("downsample.conv.conv.conv.weight", 2)? / 2,
            hidden,
            layers: count(&|l| format!("{layer}.{l}.linear1.weight")),
            heads: hidden / HEAD_DIM,
            mlp: axis(&format!("{layer}.0.linear1.weight"), 0)?,
            codebooks: 1 + count(&|q| {
                format!("quantizer.rvq_rest.vq.layers.{q}._codebook.embedding_sum")
            }),
            codebook_size: axis(codebook, 0)?,
            codebook_dim: axis(codebook, 1)?,
            ..d
        })
    }

    fn checked(self) -> Result<Self, String> {
        let within = |what: &str, value: usize, max: usize| {
            if (1..=max).contains(&value) {
                Ok(())
            } else {
                Err(format!("{what} is {value}"))
            }
        };
        within("the number of stages", self.ratios.len(), 8)?;
        for &ratio in &self.ratios {
            within("an upsampling ratio", ratio, MAX_COUNT)?;
        }
        for (what, value) in [
            ("num_filters", self.filters),
            ("hidden_size", self.hidden),
            ("intermediate_size", self.mlp),
            ("codebook_size", self.codebook_size),
            ("codebook_dim", self.codebook_dim),
            ("sliding_window", self.context),
        ] {
            within(what, value, MAX_SIZE)?;
        }
        for (what, value) in [
            ("kernel_size", self.kernel),
            ("residual_kernel_size", self.residual_kernel),
            ("last_kernel_size", self.last_kernel),
            ("compress", self.compress),
            ("the downsampling factor", self.downsample),
            ("num_hidden_layers", self.layers),
            ("num_attention_heads", self.heads),
            ("num_quantizers", self.codebooks),
        ] {
            within(what, value, MAX_COUNT)?;
        }
        if self.codebooks < 2 {
            return Err("num_quantizers is 1, Mimi has two quantizers".into());
        }
        if self.filters < self.compress {
            return Err(format!(
                "compress is {}, num_filters only {}",
                self.compress, self.filters
            ));
        }
        if !self.hidden.is_multiple_of(self.heads) || !self.head_dim().is_multiple_of(2) {
            return Err(format!(
                "{} heads of hidden_size {} are no rotary pairs",
                self.heads, self.hidden
            ));
        }
        if !(self.rope_base.is_finite() && self.rope_base > 1.0 && self.norm_eps > 0.0) {
            return Err("rope_theta or norm_eps is out of range".into());
        }
        let samples = self
            .ratios
            .iter()
            .product::<usize>()
            .saturating_mul(self.downsample);
        if self.sample_rate != SAMPLE_RATE || samples == 0 || samples > SAMPLE_RATE as usize {
            return Err(format!(
                "{} samples a second in frames of {samples}; only {SAMPLE_RATE} a second is supported",
                self.sample_rate
            ));
        }
        Ok(self)
    }
}

fn refused(file: &str, why: &str) -> Error {
    Error::refused(
        format!("{file} describes no Mimi codec that is supported: {why}"),
        "Put the codec's own mimi_config.json or config.json beside its weights.",
    )
}
