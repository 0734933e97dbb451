//! Traces and prompts: whatever the file, an answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use myna_models::csm::Config;
use myna_models::trace::Trace;

fuzz_target!(|data: &[u8]| {
    let path = std::env::temp_dir().join(format!("myna-fuzz-{}.safetensors", std::process::id()));
    if std::fs::write(&path, data).is_ok() {
        _ = Trace::read(&path);
        if let Ok(config) = Config::named("csm-1b") {
            _ = myna_models::trace::read_prompt(&path, &config);
        }
    }
});
