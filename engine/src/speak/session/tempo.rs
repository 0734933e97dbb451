//! Faster or slower without another pitch, sample by sample as it is played.

use crate::sound::RATE;
use std::num::{NonZeroU16, NonZeroU32};
use wsola::TimeStretch;

/// Slower and faster than this nobody follows.
pub const SLOWEST: f64 = 0.5;
pub const FASTEST: f64 = 3.0;

/// At 1 samples pass untouched.
pub struct Tempo {
    speed: f64,
    stretch: Option<TimeStretch>,
}

impl Tempo {
    pub fn new(speed: f64) -> Self {
        let speed = if speed.is_finite() {
            speed.clamp(SLOWEST, FASTEST)
        } else {
            1.0
        };
        let stretch = (speed != 1.0).then(|| {
            let rate = NonZeroU32::new(RATE).unwrap_or(NonZeroU32::MIN);
            let mut stretch = TimeStretch::new(rate, NonZeroU16::MIN).ok()?;
            stretch.set_tempo(speed as f32);
            Some(stretch)
        });
        Self {
            speed,
            stretch: stretch.flatten(),
        }
    }

    pub fn speed(&self) -> f64 {
        self.speed
    }

    /// Samples in, samples out; a few hundred stay inside.
    pub fn push(&mut self, samples: &[f32]) -> Vec<f32> {
        match &mut self.stretch {
            None => samples.to_vec(),
            Some(stretch) => {
                stretch.push(samples);
                drain(stretch)
            }
        }
    }

    /// What is still inside. Afterwards it is as new.
    pub fn finish(&mut self) -> Vec<f32> {
        let Some(stretch) = &mut self.stretch else {
            return Vec::new();
        };
        stretch.set_draining();
        let rest = drain(stretch);
        stretch.reset();
        rest
    }

    /// Forgets what is inside: the next samples come from another place.
    pub fn forget(&mut self) {
        if let Some(stretch) = &mut self.stretch {
            stretch.reset();
        }
    }
}

fn drain(stretch: &mut TimeStretch) -> Vec<f32> {
    let mut out = Vec::new();
    let mut piece = vec![0.0; stretch.min_output_buff_size()];
    // The only way to fail is that more input is needed.
    while let Ok(n @ 1..) = stretch.pull(&mut piece) {
        out.extend_from_slice(&piece[..n]);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A voice-like tone of 200 Hz with harmonics.
    fn voice(seconds: f64) -> Vec<f32> {
        let samples = (seconds * f64::from(RATE)) as usize;
        let wave =
            |i: usize, k: f32| (i as f32 * k * 200.0 * std::f32::consts::TAU / RATE as f32).sin();
        (0..samples)
            .map(|i| 0.2 * (wave(i, 1.0) + 0.5 * wave(i, 2.0) + 0.3 * wave(i, 3.0)))
            .collect()
    }

    fn at(speed: f64, input: &[f32]) -> Vec<f32> {
        let mut tempo = Tempo::new(speed);
        let mut out = Vec::new();
        for piece in input.chunks(1920) {
            out.extend(tempo.push(piece));
        }
        out.extend(tempo.finish());
        out
    }

    /// The pitch in Hz: the lag at which the sound resembles itself most.
    fn pitch(samples: &[f32]) -> f64 {
        let middle = &samples[samples.len() / 4..samples.len() * 3 / 4];
        let score =
            |lag: usize| -> f32 { middle.iter().zip(&middle[lag..]).map(|(a, b)| a * b).sum() };
        let best = (60..400).max_by(|&a, &b| score(a).total_cmp(&score(b)));
        f64::from(RATE) / best.unwrap() as f64
    }

    #[test]
    fn length_follows_the_speed_and_pitch_stays() {
        let input = voice(2.0);
        for speed in [0.5, 0.75, 1.25, 1.5, 2.0, 3.0] {
            let out = at(speed, &input);
            let expected = input.len() as f64 / speed;
            assert!(
                (out.len() as f64 / expected - 1.0).abs() < 0.06,
                "{speed}: {} of {expected}",
                out.len()
            );
            assert!(
                (pitch(&out) - 200.0).abs() < 4.0,
                "{speed}: {}",
                pitch(&out)
            );
        }
    }

    #[test]
    fn at_one_nothing_changes_and_out_of_range_is_bounded() {
        let input = voice(0.3);
        assert_eq!(at(1.0, &input), input);
        assert_eq!(Tempo::new(9.0).speed(), FASTEST);
        assert_eq!(Tempo::new(0.0).speed(), SLOWEST);
        assert_eq!(Tempo::new(f64::NAN).speed(), 1.0);
    }
}
