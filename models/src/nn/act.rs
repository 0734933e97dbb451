//! Activations, written out: mlx-rs' own run through compiled closures and widen bf16 to f32.

use super::tally::issued;
use crate::Result;
use mlx_rs::{Array, Dtype, ops};

/// A scalar in `x`'s dtype; an f32 scalar would widen half-precision tensors.
fn scalar(value: f32, x: &Array) -> Result<Array> {
    Ok(Array::from_f32(value).as_dtype(x.dtype())?)
}

/// x · sigmoid(x)
pub fn silu(x: &Array) -> Result<Array> {
    issued(2);
    Ok(x.multiply(&ops::sigmoid(x)?)?)
}

/// The exact GELU, x · Φ(x) with the error function. The tanh form costs 6e-5 on a waveform. Computed in f32
/// throughout: rounding a half-precision tensor at each of the five operations adds up.
pub fn gelu(x: &Array) -> Result<Array> {
    if x.dtype() != Dtype::Float32 {
        return Ok(gelu(&x.as_dtype(Dtype::Float32)?)?.as_dtype(x.dtype())?);
    }
    let cdf = ops::erf(&x.multiply(&scalar(std::f32::consts::FRAC_1_SQRT_2, x)?)?)?;
    Ok(x.multiply(&cdf.add(&scalar(1.0, x)?)?)?
        .multiply(&scalar(0.5, x)?)?)
}

/// ELU with α = 1: x where positive, eˣ − 1 elsewhere.
pub fn elu(x: &Array) -> Result<Array> {
    let zero = scalar(0.0, x)?;
    // expm1 of a large positive value overflows to inf before `which` drops it; clamp first.
    let negative = ops::expm1(&ops::minimum(x, &zero)?)?;
    Ok(ops::maximum(x, &zero)?.add(&negative)?)
}
