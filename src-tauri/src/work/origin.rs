//! Where a file that is heard comes from, and what is done for it beside hearing it.

use std::path::Path;

use myna_engine::hear::export::{Format, Place, write};
use myna_engine::hear::{EXTENSIONS, Transcript};

use super::Pen;
use super::dictation;
use crate::Error;
use crate::front::Program;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A person gave it in.
    Given,
    /// It was recorded or pasted here: until it is written down, a mark beside it says so.
    Recorded,
    /// It was recorded here to be pasted into this program.
    Dictated(Program),
    /// It came into a folder that is looked at: its text is written beside it.
    Watched,
}

impl Origin {
    /// Refuses, before long work begins, what could not be done in the end.
    pub fn check(&self, file: &Path) -> Result<(), Error> {
        match self {
            Self::Watched => Ok(place(file).check(&[Format::Txt], false)?),
            Self::Given | Self::Recorded | Self::Dictated(_) => Ok(()),
        }
    }

    /// It was heard to its end.
    pub fn settle(&self, file: &Path, transcript: &Transcript, pen: &Pen) -> Result<(), Error> {
        match self {
            Self::Given => {}
            Self::Recorded => dictation::unmark(file),
            Self::Dictated(program) => {
                dictation::unmark(file);
                pen.write(program, transcript.text.trim());
            }
            Self::Watched => _ = write(transcript, Format::Txt, &place(file), false)?,
        }
        Ok(())
    }

    /// Nobody wants it written down any more.
    pub fn put_away(&self, file: &Path) {
        if let Self::Recorded | Self::Dictated(_) = self {
            dictation::unmark(file);
        }
    }

    /// The same, tried again later: nobody waits for the words in another program any more.
    pub fn again(self) -> Self {
        match self {
            Self::Dictated(_) => Self::Recorded,
            other => other,
        }
    }
}

/// Beside the file, as `myna transcribe` names it: with its extension where another recording differs in nothing else.
fn place(file: &Path) -> Place {
    let mut others = EXTENSIONS.iter().map(|one| file.with_extension(one));
    let twin = others.any(|other| other != file && other.exists());
    let place = Place::beside(file);
    if twin {
        place.with_full_name(file)
    } else {
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use myna_engine::hear::Coverage;

    fn transcript(text: &str) -> Transcript {
        Transcript {
            file: "a.wav".into(),
            text: text.into(),
            segments: Vec::new(),
            coverage: Coverage::default(),
            model: "pocket".into(),
            seconds: 1.0,
            complaints: Vec::new(),
            failures: Vec::new(),
            cancelled: false,
        }
    }

    #[test]
    fn a_watched_files_text_lies_beside_it_and_never_over_another() {
        let dir = tempfile::tempdir().unwrap();
        let of = |name: &str| dir.path().join(name);
        for name in ["talk.wav", "twin.wav", "twin.mp3", "twin.txt"] {
            std::fs::write(of(name), "mine").unwrap();
        }
        let heard = transcript("words");
        let settle = |origin: Origin, name: &str| origin.settle(&of(name), &heard, &Pen::default());
        Origin::Watched.check(&of("talk.wav")).unwrap();
        settle(Origin::Watched, "talk.wav").unwrap();
        assert!(of("talk.txt").exists());
        let refused = Origin::Watched.check(&of("talk.wav")).unwrap_err();
        assert_eq!(refused.kind(), "output");
        let refused = settle(Origin::Watched, "talk.wav").unwrap_err();
        assert_eq!(refused.kind(), "output");

        settle(Origin::Watched, "twin.mp3").unwrap();
        assert!(of("twin.mp3.txt").exists());
        assert_eq!(std::fs::read_to_string(of("twin.txt")).unwrap(), "mine");
        settle(Origin::Given, "twin.wav").unwrap();
        assert!(!of("twin.wav.txt").exists());
    }
}
