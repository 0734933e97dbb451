//! How loud it is, and whether anything comes at all.
//!
//! Pure: samples and times go in. A microphone that is muted, forbidden or not plugged in gives digital silence or no
//! samples at all; both are known within a second, long before somebody has spoken for nothing.

use std::time::Duration;

/// Below this (−80 dB) no microphone has its ear open: even a silent room hisses louder.
const FLOOR: f32 = 1e-4;
/// So long silence, or nothing, is waited for at the beginning.
const FIRST: Duration = Duration::from_millis(800);
/// Once something was heard, digital silence may be a noise gate; it is told much later.
const LATER: Duration = Duration::from_secs(10);
/// A level is taken over a tenth of a second.
const WINDOWS_PER_SECOND: u32 = 10;

/// Of a tenth of a second, in ±1.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Level {
    pub peak: f32,
    pub rms: f32,
}

impl Level {
    /// The loudness in dB below full scale; −120 for nothing at all.
    pub fn decibels(self) -> f32 {
        20.0 * self.rms.max(1e-6).log10()
    }

    /// It touched the end of the scale.
    pub fn is_clipped(self) -> bool {
        self.peak >= 0.999
    }
}

/// What a device gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// Sound, or it is too early to tell.
    Sound,
    /// Samples that are all zero, or nearly.
    Silence,
    /// No samples.
    Nothing,
}

pub(super) struct Meter {
    /// Samples of a window.
    window: usize,
    count: usize,
    peak: f32,
    squares: f64,
    level: Level,
    heard: bool,
    last_sample: Duration,
    last_sound: Duration,
}

impl Meter {
    pub fn new(rate: u32) -> Self {
        Self {
            window: (rate / WINDOWS_PER_SECOND).max(1) as usize,
            count: 0,
            peak: 0.0,
            squares: 0.0,
            level: Level::default(),
            heard: false,
            last_sample: Duration::ZERO,
            last_sound: Duration::ZERO,
        }
    }

    /// Takes samples that came until `now`, counted from the opening of the device.
    pub fn push(&mut self, samples: &[f32], now: Duration) {
        for &s in samples {
            self.peak = self.peak.max(s.abs());
            self.squares += f64::from(s) * f64::from(s);
            self.count += 1;
            if self.count == self.window {
                self.level = Level {
                    peak: self.peak,
                    rms: (self.squares / self.count as f64).sqrt() as f32,
                };
                (self.count, self.peak, self.squares) = (0, 0.0, 0.0);
            }
        }
        if !samples.is_empty() {
            self.last_sample = now;
        }
        if samples.iter().any(|s| s.abs() >= FLOOR) {
            self.last_sound = now;
            self.heard = true;
        }
    }

    pub fn level(&self) -> Level {
        self.level
    }

    /// Whether there was any sound so far.
    pub fn heard(&self) -> bool {
        self.heard
    }

    /// How long no sample has come.
    pub fn idle(&self, now: Duration) -> Duration {
        now.saturating_sub(self.last_sample)
    }

    pub fn signal(&self, now: Duration) -> Signal {
        let patience = if self.heard { LATER } else { FIRST };
        if self.idle(now) >= FIRST {
            Signal::Nothing
        } else if now.saturating_sub(self.last_sound) >= patience {
            Signal::Silence
        } else {
            Signal::Sound
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn a_tone_has_its_loudness() {
        let mut meter = Meter::new(16_000);
        let tone: Vec<f32> = (0..1600)
            .map(|i| 0.5 * (i as f32 * std::f32::consts::TAU / 16.0).sin())
            .collect();
        meter.push(&tone[..1599], at(100));
        assert_eq!(
            meter.level(),
            Level::default(),
            "not yet a tenth of a second"
        );
        meter.push(&tone[1599..], at(101));
        let level = meter.level();
        assert!((level.decibels() + 9.03).abs() < 0.01, "{level:?}");
        assert!((level.peak - 0.5).abs() < 1e-3 && !level.is_clipped());
        meter.push(&[1.0; 1600], at(200));
        assert!(meter.level().is_clipped() && meter.level().decibels().abs() < 1e-3);
        assert_eq!(Level::default().decibels(), -120.0);
    }

    #[test]
    fn silence_and_nothing_are_told_within_a_second() {
        let mut meter = Meter::new(16_000);
        assert_eq!(meter.signal(at(799)), Signal::Sound);
        assert_eq!(meter.signal(at(800)), Signal::Nothing);
        for ms in (0..=900).step_by(20) {
            meter.push(&[5e-5; 320], at(ms));
        }
        assert_eq!(meter.signal(at(900)), Signal::Silence);
        assert!(!meter.heard());
        meter.push(&[0.01], at(920));
        assert_eq!(meter.signal(at(930)), Signal::Sound);
        // A noise gate between two sentences is no fault; a device that gives no samples is.
        meter.push(&[0.0; 320], at(5000));
        assert_eq!(meter.signal(at(5100)), Signal::Sound);
        assert_eq!(meter.signal(at(5800)), Signal::Nothing);
        meter.push(&[0.0; 320], at(11_000));
        assert_eq!(meter.signal(at(11_000)), Signal::Silence);
    }
}
