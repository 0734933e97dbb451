//! The voice to speak in: a short recording as codes, mel and speaker vector.

use super::speaker::{SPEAKER_WIDTH, SpeakerEncoder};
use super::tokenizer::SpeechTokenizer;
use crate::audio::{VOICE_BANDS, voice_mel};
use crate::backend::Precision;
use crate::{Error, Result};
use std::path::Path;

/// Mel frames of a code.
const STRIDE: usize = 2;
/// The longest recording that makes sense: every stream remembers all of it, ten times.
const MOST_CODES: usize = 750;

/// Whether every sample is a number of a size that sound has; louder ones overflow when squared.
pub(super) fn is_sound(samples: &[f32]) -> bool {
    const LOUDEST: f32 = 1e4;
    samples.iter().all(|s| s.abs() <= LOUDEST)
}

/// What the flow needs to know of a voice.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    codes: Vec<u32>,
    /// `[2 · codes, 80]`
    mel: Vec<f32>,
    speaker: Vec<f32>,
}

impl Prompt {
    /// `mel` is `[frames, 80]` row-major; its last frame is repeated, or frames are left out, so that every code has two.
    /// `speaker` has 192 values of any length, as CAM++ gives them.
    pub fn new(codes: Vec<u32>, mut mel: Vec<f32>, speaker: Vec<f32>) -> Result<Self> {
        if codes.is_empty() || mel.len() < VOICE_BANDS {
            return Err(Error::input(
                "the recording of the voice is too short",
                "Give three to ten seconds of clear speech.",
            ));
        }
        if codes.len() > MOST_CODES {
            return Err(Error::input(
                format!(
                    "the recording of the voice has {:.0} s, at most {} are used",
                    codes.len() as f64 / 25.0,
                    MOST_CODES / 25
                ),
                "Cut out three to ten seconds of clear speech.",
            ));
        }
        if speaker.len() != SPEAKER_WIDTH || !mel.len().is_multiple_of(VOICE_BANDS) {
            return Err(Error::input(
                format!(
                    "a voice of {} mel values and a speaker vector of {} fits no flow",
                    mel.len(),
                    speaker.len()
                ),
                "Make the voice again from its recording.",
            ));
        }
        if mel.iter().chain(&speaker).any(|v| !v.is_finite()) {
            return Err(Error::input(
                "the voice holds values that are not numbers",
                "The recording is damaged; convert it again.",
            ));
        }
        let last = mel[mel.len() - VOICE_BANDS..].to_vec();
        let wanted = STRIDE * codes.len() * VOICE_BANDS;
        while mel.len() < wanted {
            mel.extend(&last);
        }
        mel.truncate(wanted);
        Ok(Self {
            codes,
            mel,
            speaker,
        })
    }

    pub fn codes(&self) -> &[u32] {
        &self.codes
    }

    /// `[frames, 80]`, row-major.
    pub fn mel(&self) -> &[f32] {
        &self.mel
    }

    pub fn frames(&self) -> usize {
        STRIDE * self.codes.len()
    }

    /// As CAM++ gave it.
    pub fn speaker(&self) -> &[f32] {
        &self.speaker
    }

    /// Of length one; a vector of zeros stays one.
    pub(super) fn unit_speaker(&self) -> Vec<f32> {
        let length = self.speaker.iter().map(|v| v * v).sum::<f32>().sqrt();
        self.speaker.iter().map(|v| v / length.max(1e-12)).collect()
    }
}

/// The networks that listen to a recording; needed once per voice.
#[derive(Debug)]
pub struct PromptEncoder {
    tokenizer: SpeechTokenizer,
    speaker: SpeakerEncoder,
}

impl PromptEncoder {
    /// Loads the S3 tokenizer and CAM++ from a token2wav folder.
    pub fn load(dir: &Path, precision: Precision) -> Result<Self> {
        Ok(Self {
            tokenizer: SpeechTokenizer::load(dir, precision)?,
            speaker: SpeakerEncoder::load(dir, precision)?,
        })
    }

    /// The same recording twice, mono, at 16 and at 24 kHz. `BadInput` if it is too short, too long or damaged.
    pub fn encode(&mut self, at_16k: &[f32], at_24k: &[f32]) -> Result<Prompt> {
        if !is_sound(at_24k) {
            return Err(Error::input(
                "the recording of the voice holds samples that are not numbers",
                "It is damaged; convert it again.",
            ));
        }
        let codes = self.tokenizer.encode(at_16k)?;
        let speaker = self.speaker.embed(at_16k)?;
        Prompt::new(codes, voice_mel(at_24k), speaker)
    }

    /// CAM++ alone.
    pub fn speaker(&mut self) -> &mut SpeakerEncoder {
        &mut self.speaker
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_has_two_frames() {
        let prompt = |codes: usize, frames: usize| {
            let mel = (0..frames * VOICE_BANDS)
                .map(|v| (v / VOICE_BANDS) as f32)
                .collect();
            Prompt::new(vec![1; codes], mel, vec![2.0; SPEAKER_WIDTH])
        };
        let longer = prompt(3, 4).expect("a prompt");
        assert_eq!(longer.mel().len(), 6 * VOICE_BANDS);
        assert_eq!(
            longer.mel().last(),
            Some(&3.0),
            "the last frame is repeated"
        );
        let shorter = prompt(3, 9).expect("a prompt");
        assert_eq!(shorter.mel().last(), Some(&5.0));
        let length: f32 = longer.unit_speaker().iter().map(|v| v * v).sum();
        assert!((length - 1.0).abs() < 1e-5);
        for (codes, frames) in [(0, 4), (3, 0), (751, 1502)] {
            assert!(
                prompt(codes, frames).is_err(),
                "{codes} codes, {frames} frames"
            );
        }
    }
}
