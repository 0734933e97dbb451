//! How texts are to be read, as a person has set it: the policy of the settings and the pronunciations, as they are now.
//!
//! The settings are read with every text, the pronunciations whenever their file changes, so that nothing has to be started
//! anew. A broken pronunciation leaves the last good ones in use; broken settings are an error, as everywhere.

use super::text::{Dictionary, DictionaryFile, Policy, Sentence, plan};
use crate::home::{self, Home};
use crate::settings::SettingsFile;
use crate::{Error, Result};
use std::path::PathBuf;
use std::sync::Arc;

pub struct Wording {
    /// None on a system that names no home: then everything is as usual.
    own: Option<(PathBuf, DictionaryFile)>,
}

impl Wording {
    /// What is set in this home.
    pub fn of(home: &Home) -> Result<Self> {
        // A folder that is not there cannot be watched. Where none can be made, there will be no file in it either.
        _ = home::make(home.config());
        let dictionary = DictionaryFile::open(&home.pronunciation())?;
        Ok(Self {
            own: Some((home.settings(), dictionary)),
        })
    }

    /// What is set for whoever runs this.
    pub fn here() -> Result<Self> {
        match Home::find() {
            Ok(home) => Self::of(&home),
            Err(_) => Ok(Self { own: None }),
        }
    }

    /// The sentences of a text.
    pub fn plan(&self, text: &str) -> Result<Vec<Sentence>> {
        Ok(plan(text, &self.policy()?, &self.dictionary()))
    }

    fn policy(&self) -> Result<Policy> {
        match &self.own {
            Some((settings, _)) => Ok(SettingsFile::read(settings)?.settings().text.clone()),
            None => Ok(Policy::default()),
        }
    }

    fn dictionary(&self) -> Arc<Dictionary> {
        match &self.own {
            Some((_, dictionary)) => dictionary.dictionary(),
            None => Arc::default(),
        }
    }

    /// What is wrong with the pronunciations, while the last good ones are in use.
    pub fn problem(&self) -> Option<Error> {
        let (_, dictionary) = self.own.as_ref()?;
        let why = dictionary.problem()?;
        Some(Error::request(
            why,
            "Mend the file; until then what it said before holds.",
        ))
    }
}

impl std::fmt::Debug for Wording {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Wording")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    fn said(wording: &Wording, text: &str) -> String {
        let sentences = wording.plan(text).unwrap();
        let spoken: Vec<&str> = sentences.iter().map(|s| s.spoken.as_str()).collect();
        spoken.join(" ")
    }

    #[test]
    fn what_is_set_is_heard_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path().join("deep"));
        let wording = Wording::of(&home).unwrap();
        let text = "Siobhan waves 🙂.";
        let usual = said(&wording, text);
        assert!(
            usual.contains("Siobhan") && usual.contains("smil"),
            "{usual}"
        );

        std::fs::write(home.settings(), "[text]\nemoji = \"skip\"\n").unwrap();
        assert!(!said(&wording, text).contains("smil"));
        std::fs::write(home.settings(), "[text]\nemoji = \"sing\"\n").unwrap();
        assert_eq!(wording.plan(text).unwrap_err().kind(), "storage");
        std::fs::remove_file(home.settings()).unwrap();

        // The watcher takes its time.
        std::fs::write(home.pronunciation(), "[words]\nSiobhan = \"shi vawn\"\n").unwrap();
        let begin = Instant::now();
        while !said(&wording, text).contains("shi vawn") {
            assert!(begin.elapsed() < Duration::from_secs(60), "never noticed");
            std::thread::sleep(Duration::from_millis(10));
        }
        // At once, as editors do: a file that is emptied first says for a moment that there are no words.
        let beside = dir.path().join("beside.toml");
        std::fs::write(&beside, "[words").unwrap();
        std::fs::rename(&beside, home.pronunciation()).unwrap();
        while wording.problem().is_none() {
            assert!(begin.elapsed() < Duration::from_secs(120), "never noticed");
            std::thread::sleep(Duration::from_millis(10));
        }
        assert!(
            said(&wording, text).contains("shi vawn"),
            "the last good one"
        );
    }
}
