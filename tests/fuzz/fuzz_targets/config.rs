//! Configs: whatever the JSON, an answer; and what is accepted has tensors of sane size.
#![no_main]

use libfuzzer_sys::fuzz_target;
use myna_models::{csm, mimi};
use std::path::Path;

fuzz_target!(|data: &[u8]| {
    let Ok(value) = serde_json::from_slice(data) else { return };
    if let Ok(config) = csm::Config::parse(&value) {
        if config.backbone.layers < 100 && config.depth.layers < 100 {
            assert!(csm::specs(&config).iter().all(|s| s.shape.iter().all(|&d| d > 0)));
        }
        assert_eq!(csm::Config::parse(&config.to_json()).as_ref(), Ok(&config));
    }
    _ = mimi::Config::parse(Path::new("fuzz"), data);
});
