//! When playback may begin: as soon as measured speed says that it will not run dry.
//!
//! A plain calculation, so that it can be tested without sound. Speech made faster than it is heard needs only a
//! short reserve against jitter; slower speech needs a head start for what is expected to follow.

use std::time::Duration;

/// Opening a device takes about 0.1 s of sound at once.
const RESERVE: f64 = 0.24;
/// Speeds are measured on a busy machine: a little more than calculated.
const CAUTION: f64 = 1.15;

#[derive(Debug, Clone, Copy)]
pub struct Pacing {
    /// Seconds of sound expected in all.
    expected: f64,
}

impl Pacing {
    /// For so many seconds of sound in all, as far as one can know.
    pub fn expecting(seconds: f64) -> Self {
        Self { expected: seconds }
    }

    /// Whether to start, when `made` seconds of sound took `elapsed` to make.
    pub fn ready(&self, made: f64, elapsed: Duration) -> bool {
        if made < RESERVE {
            return false;
        }
        // Seconds of work per second of sound.
        let factor = elapsed.as_secs_f64() * CAUTION / made;
        let to_come = (self.expected - made).max(0.0);
        made >= RESERVE + to_come * (factor - 1.0).max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_at_once_when_fast_and_waits_when_slow() {
        let pacing = Pacing { expected: 10.0 };
        let ready =
            |made: f64, factor: f64| pacing.ready(made, Duration::from_secs_f64(made * factor));
        assert!(!ready(0.08, 0.1));
        assert!(ready(0.3, 0.5));
        assert!(!ready(0.3, 2.0));
        assert!(!ready(5.0, 2.0));
        assert!(ready(6.0, 2.0));
        assert!(ready(10.0, 20.0));
    }
}
