//! Safetensors headers: whatever the bytes, an answer; and what is accepted lies inside the file.
#![no_main]

use libfuzzer_sys::fuzz_target;
use myna_models::weights::parse_header;
use std::path::Path;

fuzz_target!(|input: (u32, &[u8])| {
    let (file_len, json) = input;
    let file_len = u64::from(file_len);
    if let Ok(header) = parse_header(Path::new("fuzz"), json, file_len) {
        for tensor in header.tensors.values() {
            assert!(tensor.offset >= 8 + json.len() as u64);
            assert!(tensor.offset + tensor.bytes <= file_len);
        }
    }
});
