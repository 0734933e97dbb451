//! Traces, prompts, noise and codes: whatever the bytes, an answer; and shapes that fit their values.
#![no_main]

use libfuzzer_sys::fuzz_target;
use myna_models::trace::{Trace, TensorFile};
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let path = Path::new("fuzz");
    let Ok(file) = TensorFile::from_bytes(path, data.to_vec()) else { return };
    for name in ["tokens", "mask", "frames", "codes"] {
        if let Ok(table) = file.integers(name) {
            assert_eq!(table.shape.iter().product::<usize>(), table.values.len());
        }
    }
    if let Ok(noise) = file.floats("noise") {
        assert_eq!(noise.shape.iter().product::<usize>(), noise.values.len());
    }
    _ = Trace::from_file(path, &file);
});
