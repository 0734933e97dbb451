//! Many channels as one.

/// The mean over interleaved channels, and how many samples were no numbers (silence instead).
pub(super) fn average(interleaved: &[f32], channels: usize) -> (Vec<f32>, u64) {
    let mut bad = 0;
    let scale = 1.0 / channels.max(1) as f32;
    let mono = interleaved
        .chunks_exact(channels.max(1))
        .map(|frame| {
            let mut sum = 0.0;
            for &s in frame {
                if s.is_finite() {
                    sum += s;
                } else {
                    bad += 1;
                }
            }
            sum * scale
        })
        .collect();
    (mono, bad)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn channels_are_averaged_and_what_is_no_number_is_silence() {
        let (mono, bad) = average(&[0.5, -0.1, f32::NAN, 0.4, 0.25, f32::INFINITY], 2);
        assert_eq!(bad, 2);
        for (got, wanted) in mono.iter().zip([0.2, 0.2, 0.125]) {
            assert!((got - wanted).abs() < 1e-6, "{mono:?}");
        }
        assert!(average(&[0.5; 5], 6).0.is_empty());
        assert_eq!(average(&[0.5; 5], 1).0, [0.5; 5]);
    }
}
