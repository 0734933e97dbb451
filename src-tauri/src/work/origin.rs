//! Where a file that is heard comes from, and what is done for it beside hearing it.

use std::path::Path;

use myna_engine::hear::export::{Format, Place, write};
use myna_engine::hear::{EXTENSIONS, Transcript};

use super::dictation;
use crate::Error;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// A person gave it in.
    Given,
    /// It was recorded or pasted here: until it is written down, a mark beside it says so.
    Recorded,
    /// It came into a folder that is looked at: its text is written beside it.
    Watched,
}

impl Origin {
    /// Refuses, before long work begins, what could not be done in the end.
    pub fn check(self, file: &Path) -> Result<(), Error> {
        match self {
            Self::Watched => Ok(place(file).check(&[Format::Txt], false)?),
            Self::Given | Self::Recorded => Ok(()),
        }
    }

    /// It was heard to its end.
    pub fn settle(self, file: &Path, transcript: &Transcript) -> Result<(), Error> {
        match self {
            Self::Given => {}
            Self::Recorded => dictation::unmark(file),
            Self::Watched => _ = write(transcript, Format::Txt, &place(file), false)?,
        }
        Ok(())
    }

    /// Nobody wants it written down any more.
    pub fn put_away(self, file: &Path) {
        if self == Self::Recorded {
            dictation::unmark(file);
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
        Origin::Watched.check(&of("talk.wav")).unwrap();
        Origin::Watched.settle(&of("talk.wav"), &heard).unwrap();
        assert!(of("talk.txt").exists());
        let refused = Origin::Watched.check(&of("talk.wav")).unwrap_err();
        assert_eq!(refused.kind(), "output");
        let refused = Origin::Watched.settle(&of("talk.wav"), &heard).unwrap_err();
        assert_eq!(refused.kind(), "output");

        Origin::Watched.settle(&of("twin.mp3"), &heard).unwrap();
        assert!(of("twin.mp3.txt").exists());
        assert_eq!(std::fs::read_to_string(of("twin.txt")).unwrap(), "mine");
        Origin::Given.settle(&of("twin.wav"), &heard).unwrap();
        assert!(!of("twin.wav.txt").exists());
    }
}
