//! How much of a machine's memory the networks may take.

use crate::Result;
use myna_models::backend;
use serde::{Deserialize, Serialize};

const MIB: u64 = 1 << 20;
/// For the system and what else is open, however small the machine is.
const SYSTEM: u64 = 2048 * MIB;

/// Bounds on MLX, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Arrays; beyond, a computation fails instead of the machine.
    pub arrays: u64,
    /// Free buffers kept for reuse; they are not given back by themselves.
    pub cache: u64,
}

impl Limits {
    /// For a machine with so much memory: three quarters of it, and a thirty-second part for reuse. None where the
    /// system does not say how much there is; then MLX's own bounds hold.
    pub fn of_machine(memory: u64) -> Option<Self> {
        (memory > 0).then(|| Self {
            arrays: (memory / 4 * 3)
                .min(memory.saturating_sub(SYSTEM))
                .max(memory / 4),
            cache: (memory / 32).clamp(64 * MIB, 1024 * MIB),
        })
    }

    /// Bounds this process.
    pub fn apply(self) -> Result<()> {
        let size = |bytes: u64| usize::try_from(bytes).unwrap_or(usize::MAX);
        Ok(backend::limit_memory(size(self.arrays), size(self.cache))?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_machines_keep_room_for_the_system() {
        let gib = |n: u64| n << 30;
        let of = |n: u64| Limits::of_machine(gib(n)).unwrap();
        assert_eq!(Limits::of_machine(0), None);
        assert_eq!((of(8).arrays, of(8).cache), (gib(6), 256 * MIB));
        assert_eq!((of(16).arrays, of(16).cache), (gib(12), 512 * MIB));
        assert_eq!((of(128).arrays, of(128).cache), (gib(96), gib(1)));
        assert_eq!((of(4).arrays, of(2).arrays), (gib(2), gib(2) / 4));
    }
}
