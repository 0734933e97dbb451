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

/// The tanh form of GELU, `x/2 · (1 + tanh(√(2/π) (x + 0.044715 x³)))`, in f32 throughout like [`gelu`].
pub fn gelu_tanh(x: &Array) -> Result<Array> {
    if x.dtype() != Dtype::Float32 {
        return Ok(gelu_tanh(&x.as_dtype(Dtype::Float32)?)?.as_dtype(x.dtype())?);
    }
    let cube = x.multiply(&x.square()?)?;
    let inner = x.add(&cube.multiply(&scalar(0.044_715, x)?)?)?;
    let slope = scalar((2.0 / std::f32::consts::PI).sqrt(), x)?;
    let gate = ops::tanh(&inner.multiply(&slope)?)?.add(&scalar(1.0, x)?)?;
    Ok(x.multiply(&gate)?.multiply(&scalar(0.5, x)?)?)
}

/// x · tanh(ln(1 + eˣ))
pub fn mish(x: &Array) -> Result<Array> {
    let softplus = ops::logaddexp(x, &scalar(0.0, x)?)?;
    Ok(x.multiply(&ops::tanh(&softplus)?)?)
}

/// x where positive, 0 elsewhere.
pub fn relu(x: &Array) -> Result<Array> {
    Ok(ops::maximum(x, &scalar(0.0, x)?)?)
}

/// x where positive, `slope · x` elsewhere; `slope` below 1.
pub fn leaky_relu(x: &Array, slope: f32) -> Result<Array> {
    Ok(ops::maximum(x, &x.multiply(&scalar(slope, x)?)?)?)
}
