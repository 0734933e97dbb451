//! Voice archives and profiles: whatever the bytes, an answer; and what is taken has names and sizes of a voice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use myna_engine::voices::{Profile, unpack};

fuzz_target!(|data: &[u8]| {
    if let Ok(contents) = unpack(data) {
        assert!(contents.files.iter().all(|(name, _)| name.starts_with("segment-") && name.ends_with(".wav")));
        assert_eq!(contents.files.len(), contents.profile.segments.len());
    }
    if let Ok(text) = std::str::from_utf8(data)
        && let Ok(profile) = Profile::parse("fuzz", text)
    {
        let again = profile.to_toml().map(|t| Profile::parse("fuzz", &t).is_ok());
        assert!(matches!(again, Ok(true)));
    }
});
