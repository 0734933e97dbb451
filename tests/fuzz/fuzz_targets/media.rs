//! Media: whatever the bytes, an error or sound that ends.
#![no_main]

use libfuzzer_sys::fuzz_target;
use myna_engine::hear::Media;

fuzz_target!(|data: &[u8]| {
    let Ok(mut media) = Media::from_reader("fuzz", data) else { return };
    let mut samples = 0;
    while let Ok(Some(more)) = media.next() {
        assert!(more.iter().all(|s| s.is_finite()));
        samples += more.len();
        // A header may promise hours of silence; an hour of it is enough.
        if samples > 16_000 * 3600 {
            return;
        }
    }
    _ = media.complaints();
});
