//! Whether a recogniser fits into this machine, told before anything is loaded.

use crate::machine::total_memory;
use crate::{Error, Result};
use myna_models::backend::Precision;
use myna_models::step_audio::Footprint;
use std::path::Path;

/// What a Step-Audio 2 checkpoint needs; refuses one that needs more memory than there is.
pub fn check_room(dir: &Path, precision: Precision, max_cache_len: usize) -> Result<Footprint> {
    let needed = Footprint::of(dir, precision, max_cache_len)?;
    check_memory(needed, total_memory())?;
    Ok(needed)
}

fn check_memory(needed: Footprint, there: u64) -> Result<()> {
    let gib = |bytes: u64| bytes as f64 / f64::from(1u32 << 30);
    // The system and the window server need some of it, too.
    let usable = there / 10 * 9;
    if there == 0 || needed.total() <= usable {
        return Ok(());
    }
    Err(Error::Models(myna_models::Error::refused(
        format!(
            "the model needs {:.1} GB ({:.1} weights, {:.1} cache, {:.1} work), this machine has {:.1} GB",
            gib(needed.total()),
            gib(needed.weights),
            gib(needed.cache),
            gib(needed.working),
            gib(there)
        ),
        "Quantise it (`myna models quantize DIR --bits 4 -o DIR`), or use a smaller one.",
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_numbers() {
        let needed = Footprint {
            stored: 16 << 30,
            weights: 16 << 30,
            cache: 1 << 30,
            working: 1 << 30,
        };
        assert!(check_memory(needed, 32 << 30).is_ok());
        assert!(check_memory(needed, 0).is_ok(), "unknown");
        let refusal = check_memory(needed, 16 << 30).unwrap_err();
        assert_eq!(refusal.kind(), "model-refused");
        assert!(refusal.to_string().contains("18.0 GB"), "{refusal}");
        assert!(refusal.hint().contains("quantize"));
    }
}
