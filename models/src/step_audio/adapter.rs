//! Encoder states to the language model's width, at 12.5 a second: convolution, GELU, linear, ReLU, linear.

use super::config::AudioConfig;
use super::conv::StemConv;
use crate::Result;
use crate::nn::{Linear, gelu};
use crate::weights::Weights;
use mlx_rs::{Array, ops};

/// Keys below `adapter`: `conv`, `linear1`, `linear2`.
#[derive(Debug)]
pub(super) struct Adapter {
    conv: StemConv,
    linear1: Linear,
    linear2: Linear,
}

impl Adapter {
    pub(super) fn load(w: &mut Weights, c: &AudioConfig) -> Result<Self> {
        let width = c.n_audio_state;
        Ok(Self {
            conv: StemConv::load(w, "adapter.conv", width, width, c.adapter_stride)?,
            linear1: Linear::load_biased(w, "adapter.linear1", c.adapter_inner, width)?,
            linear2: Linear::load_biased(w, "adapter.linear2", c.llm_dim, c.adapter_inner)?,
        })
    }

    /// `[n, encoder width] → [(n − 1) / 2 + 1, llm width]`; may be one longer than the audio tokens.
    pub(super) fn forward(&self, x: &Array) -> Result<Array> {
        let x = gelu(&self.conv.forward(x)?)?;
        let x = self.linear1.forward(&x)?;
        let zero = Array::from_f32(0.0).as_dtype(x.dtype())?;
        self.linear2.forward(&ops::maximum(&x, &zero)?)
    }
}
