//! Traces, records of cut-off captures, prompts, noise and codes: whatever the bytes, an answer; and shapes that fit
//! their values.
#![no_main]

use libfuzzer_sys::fuzz_target;
use myna_models::trace::{TensorFile, Trace, compare};
use std::ops::ControlFlow;
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let path = Path::new("fuzz");
    if let Ok(file) = TensorFile::from_bytes(path, data.to_vec()) {
        for name in ["tokens", "mask", "frames", "codes"] {
            if let Ok(table) = file.integers(name) {
                assert_eq!(table.shape.iter().product::<usize>(), table.values.len());
            }
        }
        if let Ok(noise) = file.floats("noise") {
            assert_eq!(noise.shape.iter().product::<usize>(), noise.values.len());
        }
    }
    if let Ok(trace) = Trace::from_bytes(path, data.to_vec()) {
        if trace.codebooks() * trace.vocabulary() < 1 << 20 {
            _ = compare(&trace, &trace, &mut |done| {
                if done < 100 { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
            });
        }
    }
});
