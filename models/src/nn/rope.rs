//! Rotary position embedding, interleaved pairs (torchtune, kyutai) or half-split (Qwen2), always rotated in f32.

use super::tally::issued;
use crate::Result;
use mlx_rs::{Array, Dtype, fast};

/// How long wavelengths are stretched, as Llama 3 does. Two spellings exist in configs (8192 / 1 / 4 and
/// 1024 / 0.125 / 0.5); both are evaluated by the same formula, see [`inverse_frequencies`].
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RopeScaling {
    pub factor: f64,
    pub low_freq_factor: f64,
    pub high_freq_factor: f64,
    pub original_max_position: f64,
}

/// `base^(-2i/dims)` for `i < dims/2`, long waves divided by the scaling factor, the middle band interpolated.
pub fn inverse_frequencies(dims: usize, base: f64, scaling: Option<RopeScaling>) -> Vec<f64> {
    (0..dims / 2)
        .map(|i| {
            let inv = base.powf(-2.0 * i as f64 / dims as f64);
            let Some(s) = scaling else { return inv };
            let wavelength = 2.0 * std::f64::consts::PI / inv;
            let (short, long) = (
                s.original_max_position / s.high_freq_factor,
                s.original_max_position / s.low_freq_factor,
            );
            if wavelength < short {
                inv
            } else if wavelength > long {
                inv / s.factor
            } else {
                let smooth = (s.original_max_position / wavelength - s.low_freq_factor)
                    / (s.high_freq_factor - s.low_freq_factor);
                (1.0 - smooth) * inv / s.factor + smooth * inv
            }
        })
        .collect()
}

#[derive(Debug, Clone)]
pub struct Rope {
    dims: i32,
    interleaved: bool,
    /// `mx.fast.rope` wants wavelengths / 2π, the inverse of the inverse frequencies. `[dims / 2]`
    periods: Array,
}

impl Rope {
    pub fn new(dims: usize, base: f64, scaling: Option<RopeScaling>, interleaved: bool) -> Self {
        let periods: Vec<f32> = inverse_frequencies(dims, base, scaling)
            .iter()
            .map(|inv| (1.0 / inv) as f32)
            .collect();
        Self {
            dims: dims as i32,
            interleaved,
            periods: Array::from_slice(&periods, &[periods.len() as i32]),
        }
    }

    /// Rotates `[batch, heads, time, dims]`, whose first time step stands at position `offset`.
    pub fn forward(&self, x: &Array, offset: usize) -> Result<Array> {
        let rotate = |x: &Array| {
            fast::rope(
                x,
                self.dims,
                self.interleaved,
                None,
                1.0,
                offset as i32,
                &self.periods,
            )
        };
        if x.dtype() == Dtype::Float32 {
            issued(1);
            return Ok(rotate(x)?);
        }
        issued(3);
        Ok(rotate(&x.as_dtype(Dtype::Float32)?)?.as_dtype(x.dtype())?)
    }
}
