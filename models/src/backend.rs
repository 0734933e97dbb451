//! Which device MLX computes on, and in which precision weights are held there.

use crate::Result;
use mlx_rs::{Device, DeviceType, Dtype};

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

/// "cpu" or "gpu", for reports.
pub fn device_name() -> Result<&'static str> {
    Ok(match Device::try_default()?.get_type()? {
        DeviceType::Gpu => "gpu",
        DeviceType::Cpu => "cpu",
    })
}

/// Highest memory use of MLX arrays so far, in bytes.
pub fn peak_memory() -> Result<usize> {
    Ok(mlx_rs::memory::peak_memory()?)
}
