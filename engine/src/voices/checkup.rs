//! A voice's recordings judged one by one: by measurement always, and by networks where there are any.
//!
//! What the networks find is added to what was measured: a recording may sound well and still be of somebody else. They
//! advise; only measurement refuses a recording. Fails with `bad-audio` on files that cannot be read, and as the networks do.

use super::health::{Health, Verdict, examine};
use super::prepare::{read, trimmed};
use crate::Result;
use crate::sound::RATE;
use crate::speak::{Speakers, similarity};
use serde::Serialize;
use std::path::{Path, PathBuf};

/// Two recordings whose vectors are less alike are taken for two people's: the threshold that the published CAM++ is used
/// with.
const STRANGER: f32 = 0.31;

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
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The words that are kept for it.
    pub fn transcript(&self) -> Option<&str> {
        self.transcript.as_deref()
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

impl Checkup {
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

    #[test]
    fn a_stranger_among_the_recordings_is_told() {
        let one = |similarity: f32| {
            let mut one = Checkup {
                file: "a.wav".into(),
                path: "a.wav".into(),
                transcript: None,
                health: examine(&hum(8.0, 0.3, 0.001), RATE, None),
                similarity: None,
            };
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
