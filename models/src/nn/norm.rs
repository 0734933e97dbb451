//! RMSNorm and LayerNorm. Both normalise in f32 and multiply in the tensor's dtype (`mx.fast` does exactly that).

use super::tally::issued;
use crate::Result;
use crate::weights::Weights;
use mlx_rs::{Array, fast};

/// `x / rms(x) · weight`, weight `[width]`.
#[derive(Debug, Clone)]
pub struct RmsNorm {
    weight: Array,
    eps: f32,
}

impl RmsNorm {
    /// Reads `{path}.weight` `[width]`.
    pub fn load(w: &mut Weights, path: &str, width: usize, eps: f32) -> Result<Self> {
        Ok(Self {
            weight: w.tensor(&format!("{path}.weight"), &[width])?,
            eps,
        })
    }

    pub fn forward(&self, x: &Array) -> Result<Array> {
        issued(1);
        Ok(fast::rms_norm(x, Some(&self.weight), self.eps)?)
    }
}

/// Layer normalisation with bias, weight and bias `[width]`.
#[derive(Debug, Clone)]
pub struct LayerNorm {
    weight: Array,
    bias: Array,
    eps: f32,
}

impl LayerNorm {
    /// Reads `{path}.weight` and `{path}.bias`, both `[width]`.
    pub fn load(w: &mut Weights, path: &str, width: usize, eps: f32) -> Result<Self> {
        Ok(Self {
            weight: w.tensor(&format!("{path}.weight"), &[width])?,
            bias: w.tensor(&format!("{path}.bias"), &[width])?,
            eps,
        })
    }

    pub fn forward(&self, x: &Array) -> Result<Array> {
        issued(1);
        Ok(fast::layer_norm(x, &self.weight, &self.bias, self.eps)?)
    }
}
