//! Whether a recording can carry a voice, in plain words: long enough, loud enough, quiet between the words, not clipped,
//! and of the words that are written down for it.
//!
//! Plain calculation on samples in ±1. Levels are in dB below full scale; speech is the frames that stand out, noise the
//! quietest tenth.

use crate::speak::text::expected_seconds;
use serde::Serialize;

/// Usable lengths in seconds, and those from which on a voice is well known.
pub const SHORTEST: f64 = 3.0;
pub const LONGEST: f64 = 30.0;
const GOOD: f64 = 6.0;

const FRAME: f64 = 0.02;
/// Speech below this is drowned by rounding.
const FAINT: f64 = -45.0;
const QUIET: f64 = -35.0;
/// Between speech and noise.
const NOISY: f64 = 12.0;
const HISSING: f64 = 22.0;
/// Shares of samples at full scale.
const CLIPPED: f64 = 0.002;
const TOUCHED: f64 = 0.0001;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    Good,
    /// It works, but could be better.
    Usable,
    /// Nothing spoken with it would be worth hearing.
    Unusable,
}

impl Verdict {
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Good => "good",
            Verdict::Usable => "usable",
            Verdict::Unusable => "unusable",
        }
    }
}

/// What was measured, and what is to be said about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Health {
    pub verdict: Verdict,
    /// Sentences, the worst first; empty when all is well.
    pub findings: Vec<String>,
    pub seconds: f64,
    /// Loudness of the speech.
    pub speech_db: f64,
    pub noise_db: f64,
    pub peak_db: f64,
    /// Share of samples at full scale.
    pub clipped: f64,
}

impl Health {
    /// Adds what was found by other means than measuring.
    pub(super) fn find(&mut self, verdict: Verdict, sentence: impl Into<String>) {
        self.verdict = self.verdict.max(verdict);
        self.findings.push(sentence.into());
    }
}

/// Looks at a recording; its words, if they are known, are compared with its length.
pub fn examine(samples: &[f32], rate: u32, transcript: Option<&str>) -> Health {
    let seconds = samples.len() as f64 / f64::from(rate.max(1));
    let peak = samples.iter().fold(0.0f32, |p, s| p.max(s.abs()));
    let clipped =
        samples.iter().filter(|s| s.abs() >= 0.999).count() as f64 / samples.len().max(1) as f64;
    let levels = levels(samples, rate);
    let at = |share: f64| levels.get((levels.len() as f64 * share) as usize).copied();
    let speech_db = at(0.8).unwrap_or(-120.0);
    let noise_db = at(0.1).unwrap_or(-120.0);
    let mut found = Vec::new();
    let mut say = |verdict, sentence: String| found.push((verdict, sentence));
    match seconds {
        s if s < SHORTEST => say(
            Verdict::Unusable,
            format!("It is {s:.1} s long; at least {SHORTEST:.0} s of speech are needed."),
        ),
        s if s > LONGEST => say(
            Verdict::Unusable,
            format!(
                "It is {s:.1} s long; more than {LONGEST:.0} s leave no room to speak. Cut out a part."
            ),
        ),
        s if s < GOOD => say(
            Verdict::Usable,
            format!("It is {s:.1} s long; ten seconds make a steadier voice."),
        ),
        _ => {}
    }
    match speech_db {
        db if db < FAINT => say(Verdict::Unusable, "It is silent or nearly so.".into()),
        db if db < QUIET => say(
            Verdict::Usable,
            "It is quiet: move closer to the microphone.".into(),
        ),
        _ => {}
    }
    if speech_db >= FAINT {
        match speech_db - noise_db {
            gap if gap < NOISY => say(
                Verdict::Unusable,
                "There is as much noise as speech, or no pause at all.".into(),
            ),
            gap if gap < HISSING => say(Verdict::Usable, "There is noise behind the voice.".into()),
            _ => {}
        }
    }
    match clipped {
        c if c > CLIPPED => say(
            Verdict::Unusable,
            "It is clipped: too loud for the microphone. Record it again, more quietly.".into(),
        ),
        c if c > TOUCHED => say(
            Verdict::Usable,
            "It touches full scale: a little too loud.".into(),
        ),
        _ => {}
    }
    if let Some(transcript) = transcript {
        let expected = expected_seconds(transcript);
        if expected > 2.5 * seconds || expected < seconds / 4.0 {
            say(
                Verdict::Usable,
                "The words and the length do not fit: check that they are exactly what is said."
                    .into(),
            );
        }
    }
    found.sort_by_key(|(verdict, _)| std::cmp::Reverse(*verdict));
    Health {
        verdict: found.first().map_or(Verdict::Good, |(verdict, _)| *verdict),
        findings: found.into_iter().map(|(_, sentence)| sentence).collect(),
        seconds,
        speech_db,
        noise_db,
        peak_db: decibels(f64::from(peak)),
        clipped,
    }
}

pub(super) fn decibels(amplitude: f64) -> f64 {
    20.0 * amplitude.max(1e-6).log10()
}

/// The loudness of every frame, in rising order.
fn levels(samples: &[f32], rate: u32) -> Vec<f64> {
    let mut levels = frame_levels(samples, rate);
    levels.sort_by(f64::total_cmp);
    levels
}

/// The loudness of every frame of 20 ms, in order.
pub(super) fn frame_levels(samples: &[f32], rate: u32) -> Vec<f64> {
    samples
        .chunks(frame(rate))
        .map(|frame| {
            let power: f64 = frame.iter().map(|s| f64::from(*s).powi(2)).sum();
            decibels((power / frame.len() as f64).sqrt())
        })
        .collect()
}

pub(super) fn frame(rate: u32) -> usize {
    ((f64::from(rate) * FRAME) as usize).max(1)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Words of a hum with pauses between, over noise: seconds, loudness of both.
    pub fn hum(seconds: f64, loud: f32, noise: f32) -> Vec<f32> {
        let mut random = 1u32;
        (0..(seconds * 24_000.0) as usize)
            .map(|i| {
                let t = i as f32 / 24_000.0;
                let word = if (t * 1.5).fract() < 0.7 { 1.0 } else { 0.0 };
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let hiss = (random >> 8) as f32 / (1u32 << 24) as f32 - 0.5;
                loud * word * (t * 150.0 * std::f32::consts::TAU).sin() + 2.0 * noise * hiss
            })
            .collect()
    }

    const WORDS: &str =
        "The sun was shining, and the birds were singing in the old garden behind the house.";

    fn verdict(samples: &[f32]) -> (Verdict, String) {
        let health = examine(samples, 24_000, Some(WORDS));
        (health.verdict, health.findings.join(" "))
    }

    #[test]
    fn every_fault_is_found_and_named() {
        for (samples, expected, part) in [
            (hum(8.0, 0.3, 0.001), Verdict::Good, ""),
            (hum(4.0, 0.3, 0.001), Verdict::Usable, "ten seconds"),
            (hum(2.0, 0.3, 0.001), Verdict::Unusable, "at least 3 s"),
            (hum(31.0, 0.3, 0.001), Verdict::Unusable, "Cut out"),
            (hum(8.0, 0.0, 0.0), Verdict::Unusable, "silent"),
            (hum(8.0, 0.015, 0.0001), Verdict::Usable, "quiet"),
            (hum(8.0, 0.3, 0.2), Verdict::Unusable, "noise as speech"),
            (hum(8.0, 0.3, 0.03), Verdict::Usable, "noise behind"),
        ] {
            let (verdict, findings) = verdict(&samples);
            assert!(
                verdict == expected && findings.contains(part),
                "{verdict:?} {findings}"
            );
        }
        let loud: Vec<f32> = hum(8.0, 3.0, 0.001)
            .iter()
            .map(|s| s.clamp(-1.0, 1.0))
            .collect();
        assert!(verdict(&loud).1.contains("clipped"));
        let health = examine(&hum(8.0, 0.3, 0.001), 24_000, Some("Hi."));
        assert!(health.findings[0].contains("do not fit"), "{health:?}");
        assert_eq!(examine(&[], 24_000, None).verdict, Verdict::Unusable);
    }
}
