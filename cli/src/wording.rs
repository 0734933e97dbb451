//! What of a text is said, and how: shared by the verbs that speak.

use crate::failure::{Failure, Result};
use myna_engine::home::Home;
use myna_engine::settings::SettingsFile;
use myna_engine::speak::session::{Piece, pieces};
use myna_engine::speak::text::{Budget, Dictionary, Policy, Sentence, plan, read_dictionary};
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct WordingArgs {
    /// Say the text exactly as it is
    ///
    /// Say the text exactly as it is. Without it Markdown is read as it looks, and numbers, dates, prices, addresses,
    /// abbreviations and signs become words.
    #[arg(long, help_heading = "Wording")]
    plain: bool,

    /// How words are said: a TOML file of respellings
    ///
    /// A TOML file with a table [words]: Siobhan = "shi vawn". Without it pronunciation.toml in Myna's settings, if there is
    /// one.
    #[arg(
        long,
        value_name = "F.toml",
        conflicts_with = "plain",
        help_heading = "Wording"
    )]
    pronunciation: Option<PathBuf>,
}

impl WordingArgs {
    /// Every letter is to be said.
    pub fn as_it_is() -> Self {
        Self {
            plain: true,
            pronunciation: None,
        }
    }

    /// Whether every letter is to be said as it stands.
    pub fn is_plain(&self) -> bool {
        self.plain
    }

    /// The words of the whole text, for one utterance.
    pub fn words(&self, text: &str) -> Result<String> {
        if self.plain {
            return Ok(text.to_owned());
        }
        let sentences = self.sentences(text, Budget::UNLIMITED)?;
        let spoken: Vec<&str> = sentences.iter().map(|s| s.spoken.as_str()).collect();
        // Without any word the request itself says what is missing.
        Ok(if spoken.is_empty() {
            text.to_owned()
        } else {
            spoken.join(" ")
        })
    }

    /// Sentence by sentence. A text of a single one stays whole while it is no longer than a piece may be.
    pub fn pieces(&self, text: &str) -> Result<Vec<Piece>> {
        let budget = policy()?.budget;
        let sentences = match self.sentences(text, Budget::UNLIMITED)? {
            one if one.len() == 1 && one.iter().all(|s| s.seconds <= budget.most) => one,
            _ => self.sentences(text, budget)?,
        };
        Ok(pieces(&sentences))
    }

    fn sentences(&self, text: &str, budget: Budget) -> Result<Vec<Sentence>> {
        let mut policy = policy()?;
        policy.budget = budget;
        let sentences = plan(text, &policy, &self.dictionary()?);
        if sentences.is_empty() && text.contains(char::is_alphanumeric) {
            return Err(Failure::new(
                "bad-input",
                "the text holds nothing that is said aloud",
                "With --plain it is said as it is.",
            ));
        }
        Ok(sentences)
    }

    fn dictionary(&self) -> Result<Dictionary> {
        if let Some(path) = &self.pronunciation {
            if !path.is_file() {
                return Err(Failure::new(
                    "bad-input",
                    format!("{} is not a file", path.display()),
                    "Give the TOML file that holds your pronunciations.",
                ));
            }
            return Ok(read_dictionary(path)?);
        }
        // Without a home there is no dictionary either.
        match Home::find() {
            Ok(home) => Ok(read_dictionary(&home.pronunciation())?),
            Err(_) => Ok(Dictionary::default()),
        }
    }
}

/// What the settings say of texts; the usual where there is no home for settings.
fn policy() -> Result<Policy> {
    match Home::find() {
        Ok(home) => Ok(SettingsFile::read(&home.settings())?
            .settings()
            .text
            .clone()),
        Err(_) => Ok(Policy::default()),
    }
}
