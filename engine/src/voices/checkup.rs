//! A voice's recordings judged one by one: by measurement always, and by networks where there are any.
//!
//! What the networks find is added to what was measured: a recording may sound well and still be of somebody else. They
//! advise; only measurement refuses a recording. Fails with `bad-audio` on files that cannot be read, and as the networks do.

use super::health::{Health, Verdict, examine};
use super::prepare::{read, trimmed};
use crate::hear::{self, Media, Recogniser, agreement};
use crate::sound::RATE;
use crate::speak::{Speakers, similarity};
use crate::{Error, Result};
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Two recordings whose vectors are less alike are taken for two people's: the threshold that the published CAM++ is used
/// with.
const STRANGER: f32 = 0.31;
/// Fewer words in common than this are other words. Far below what a poor recogniser gets right, so that its own mistakes
/// are not taken for a wrong transcript.
const OTHER_WORDS: f64 = 0.3;

/// One recording and what is to be said of it.
#[derive(Debug, Clone, Serialize)]
pub struct Checkup {
    /// Its name in reports.
    pub file: String,
    #[serde(skip)]
    path: PathBuf,
    #[serde(skip)]
    transcript: Option<String>,
    pub health: Health,
    /// How alike its speaker is to that of the others, −1 to 1; None where nothing was compared.
    pub similarity: Option<f32>,
    /// What a recogniser made of it; None where none listened.
    pub heard: Option<Heard>,
}

/// The words that a recogniser heard.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Heard {
    pub text: String,
    /// The share that agrees with the transcript, 0 to 1; None without one.
    pub agreement: Option<f64>,
}

impl Checkup {
    /// Measures a file as it is.
    pub fn measure(file: &str, path: &Path, transcript: Option<&str>) -> Result<Self> {
        Ok(Self {
            file: file.to_owned(),
            health: examine(trimmed(&read(path)?), RATE, transcript),
            path: path.to_owned(),
            transcript: transcript.map(str::to_owned),
            similarity: None,
            heard: None,
        })
    }
}

/// Compares the recordings' speakers, with the CAM++ of a token2wav folder; each with all others. A single one is left as
/// it is.
pub fn compare_speakers(all: &mut [Checkup], token2wav: &Path) -> Result<()> {
    if all.len() < 2 {
        return Ok(());
    }
    let mut speakers = Speakers::load(token2wav)?;
    let vectors: Vec<Vec<f32>> = all
        .iter()
        .map(|one| speakers.vector_of(trimmed(&read(&one.path)?), RATE))
        .collect::<Result<_>>()?;
    for (i, one) in all.iter_mut().enumerate() {
        let others = vectors.iter().enumerate().filter(|(j, _)| *j != i);
        let sum: f32 = others.map(|(_, v)| similarity(&vectors[i], v)).sum();
        one.compared(sum / (vectors.len() - 1) as f32);
    }
    Ok(())
}

/// Holds the recordings' transcripts against what a recogniser hears.
pub fn compare_words(
    all: &mut [Checkup],
    recogniser: &mut dyn Recogniser,
    cancel: &AtomicBool,
) -> Result<()> {
    for one in all {
        let text = hear(&one.path, recogniser, cancel)?;
        one.heard(text);
    }
    Ok(())
}

/// The words of a recording that has no transcript yet; refused where none can be made out.
pub fn transcribe(
    path: &Path,
    recogniser: &mut dyn Recogniser,
    cancel: &AtomicBool,
) -> Result<String> {
    let text = hear(path, recogniser, cancel)?;
    if text.contains(char::is_alphanumeric) {
        return Ok(text);
    }
    Err(Error::audio(
        path,
        "holds no words that the recogniser can make out",
        "Write them down yourself, with --transcript.",
    ))
}

fn hear(path: &Path, recogniser: &mut dyn Recogniser, cancel: &AtomicBool) -> Result<String> {
    let request = hear::Request::default();
    let mut media = Media::open(path)?;
    let transcript = hear::listen(&mut media, recogniser, &request, cancel, &mut |_| {})?;
    if transcript.cancelled {
        return Err(Error::cancelled());
    }
    Ok(transcript.text.trim().to_owned())
}

impl Checkup {
    fn heard(&mut self, text: String) {
        let agreement = self.transcript.as_deref().map(|t| agreement(t, &text));
        if text.is_empty() {
            let sentence = "The recogniser hears no words in it.";
            self.health.find(Verdict::Usable, sentence);
        } else if agreement.is_some_and(|share| share < OTHER_WORDS) {
            self.health.find(
                Verdict::Usable,
                format!("The recogniser hears other words: {text:?}. Check the transcript."),
            );
        }
        self.heard = Some(Heard { text, agreement });
    }

    fn compared(&mut self, similarity: f32) {
        self.similarity = Some(similarity);
        if similarity < STRANGER {
            self.health.find(
                Verdict::Usable,
                "It seems to be another person than in the other recordings.",
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::health::tests::hum;
    use super::*;

    fn checkup(transcript: Option<&str>) -> Checkup {
        Checkup {
            file: "a.wav".into(),
            path: "a.wav".into(),
            transcript: transcript.map(str::to_owned),
            health: examine(&hum(8.0, 0.3, 0.001), RATE, None),
            similarity: None,
            heard: None,
        }
    }

    #[test]
    fn other_words_than_the_transcripts_are_told() {
        let heard = |transcript, text: &str| {
            let mut one = checkup(transcript);
            one.heard(text.into());
            one
        };
        let words = "the sun was shining on the garden";
        let poor = heard(Some(words), "the son was shine in the garden");
        assert_eq!(poor.health.verdict, Verdict::Good, "{poor:?}");
        let share = poor.heard.unwrap().agreement.unwrap();
        assert!((0.5..0.7).contains(&share), "{share}");
        let other = heard(Some(words), "good morning everybody");
        assert_eq!(other.health.verdict, Verdict::Usable);
        assert!(other.health.findings[0].contains("good morning everybody"));
        assert_eq!(other.heard.unwrap().agreement, Some(0.0));
        assert!(heard(Some(words), "").health.findings[0].contains("no words"));
        let unknown = heard(None, "good morning");
        assert_eq!(unknown.health.verdict, Verdict::Good);
        assert_eq!(unknown.heard.unwrap().agreement, None);
    }

    #[test]
    fn a_stranger_among_the_recordings_is_told() {
        let one = |similarity: f32| {
            let mut one = checkup(None);
            one.compared(similarity);
            one
        };
        let friend = one(0.6);
        assert_eq!(friend.health.verdict, Verdict::Good);
        assert_eq!(friend.similarity, Some(0.6));
        let stranger = one(0.1);
        assert_eq!(stranger.health.verdict, Verdict::Usable);
        assert!(stranger.health.findings[0].contains("another person"));
    }
}
