//! Traces, prompts, noise and codes: whatever the bytes, an answer; and shapes that fit their values.
#![no_main]

use libfuzzer_sys::fuzz_target;
use myna_engine::tensors::TensorFile;
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let Ok(file) = TensorFile::from_bytes(Path::new("fuzz"), data.to_vec()) else { return };
    for name in ["tokens", "mask", "frames", "codes"] {
        if let Ok(table) = file.integers(name) {
            assert_eq!(table.shape.iter().product::<usize>(), table.values.len());
        }
    }
    for name in ["noise", "hidden", "c0_logits", "depth_logits"] {
        if let Ok(table) = file.floats(name) {
            assert_eq!(table.shape.iter().product::<usize>(), table.values.len());
        }
    }
});
