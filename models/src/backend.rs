//! Which device MLX computes on, and in which precision weights are held there.

use crate::nn::tally;
use crate::{Error, Result};
use mlx_rs::{Array, Device, DeviceType, Dtype};
use std::time::Duration;

/// The precision that floating-point weights are held and computed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Precision {
    /// As the checkpoint stores them (bf16 stays bf16). The GPU's choice.
    Stored,
    /// Widened to f32 while loading. The CPU's choice: MLX has fast CPU kernels for f32 alone.
    F32,
}

impl Precision {
    /// The default for the device in use.
    pub fn for_device() -> Result<Self> {
        Ok(match Device::try_default()?.get_type()? {
            DeviceType::Gpu => Precision::Stored,
            DeviceType::Cpu => Precision::F32,
        })
    }

    /// The dtype that a stored `dtype` is held in; integers and packed words stay as they are.
    pub fn held(self, dtype: Dtype) -> Dtype {
        match (self, dtype) {
            (Precision::F32, Dtype::Bfloat16 | Dtype::Float16) => Dtype::Float32,
            (_, other) => other,
        }
    }
}

/// Where MLX finds its compiled kernels in this process; before anything computes. Without it they are looked for beside the
/// program, and then where MLX was built.
#[cfg(target_os = "macos")]
pub fn use_kernels(file: &std::path::Path) -> Result<()> {
    Ok(mlx_rs::metal::set_metallib_path(file.to_string_lossy())?)
}

/// What computes, for reports; a test holds it against the lock file.
pub const LIBRARY: &str = "mlx-rs 0.33.0";

/// "cpu" or "gpu", for reports.
pub fn device_name() -> Result<&'static str> {
    Ok(match Device::try_default()?.get_type()? {
        DeviceType::Gpu => "gpu",
        DeviceType::Cpu => "cpu",
    })
}

/// Whether the device computes at all, and rightly: a small product.
pub fn check() -> Result<()> {
    let a = Array::from_slice(&[1.0f32, 2.0, 3.0, 4.0], &[2, 2]);
    let product = a.matmul(&a)?;
    product.eval()?;
    match product.try_as_slice::<f32>()? {
        [7.0, 10.0, 15.0, 22.0] => Ok(()),
        other => Err(Error::Compute(format!(
            "a product of two small matrices came out as {other:?}"
        ))),
    }
}

/// Highest memory use of MLX arrays so far, in bytes.
pub fn peak_memory() -> Result<usize> {
    Ok(mlx_rs::memory::peak_memory()?)
}

/// Bytes in MLX arrays now.
pub fn active_memory() -> Result<usize> {
    Ok(mlx_rs::memory::active_memory()?)
}

/// Gives the free buffers that are kept for reuse back to the system.
pub fn free_unused() -> Result<()> {
    Ok(mlx_rs::memory::clear_cache()?)
}

/// What this thread spent on building graphs, token by token, since it was asked last, and of how many operations they
/// are; the codec and speech models count their own.
pub fn graph_building() -> (Duration, usize) {
    (tally::take_building(), tally::take())
}

/// Bounds MLX in this process, in bytes: beyond `arrays` evaluation fails instead of pushing everything else out of
/// memory; of buffers that are free again at most `cache` is kept for reuse.
pub fn limit_memory(arrays: usize, cache: usize) -> Result<()> {
    mlx_rs::memory::set_memory_limit(arrays)?;
    mlx_rs::memory::set_cache_limit(cache)?;
    Ok(())
}
