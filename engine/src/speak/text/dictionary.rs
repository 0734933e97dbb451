//! How a person wants words to be said: a list from words to respellings, in a TOML file of their own.
//!
//! ```toml
//! [words]
//! Siobhan = "shi vawn"
//! GIF = "jif"
//! "New Delhi" = "new dally"
//! ```
//!
//! A word in small letters means that word in any case; one with capitals means exactly that. The dictionary is asked
//! before every rule, and what it says is said as it is. Fails with `bad-input`, naming the line.

use super::token::{Here, Said};
use crate::{Error, Result};
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};

/// A file above this is no list of words.
pub const MAX_BYTES: u64 = 1 << 20;
const MAX_WORDS: usize = 20_000;
const MAX_LETTERS: usize = 200;

#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Dictionary {
    /// By the small letters of the first part of the word; the longest first.
    entries: HashMap<String, Vec<Entry>>,
    count: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    word: String,
    said: String,
    any_case: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    words: BTreeMap<String, String>,
}

impl Dictionary {
    /// From a file's text; `name` is for the message.
    pub fn parse(name: &str, text: &str) -> Result<Self> {
        let file: File = toml::from_str(text).map_err(|e| {
            let line = e.span().map_or(1, |span| {
                text.get(..span.start).unwrap_or(text).matches('\n').count() + 1
            });
            refusal(format!("{name}, line {line}: {}", e.message()))
        })?;
        Self::new(&file.words).map_err(|message| refusal(format!("{name}: {message}")))
    }

    /// From words and their respellings.
    pub fn new(words: &BTreeMap<String, String>) -> std::result::Result<Self, String> {
        if words.len() > MAX_WORDS {
            return Err(format!("{} words are more than {MAX_WORDS}", words.len()));
        }
        let mut dictionary = Self::default();
        for (word, said) in words {
            let (word, said) = (word.trim(), said.trim());
            check(word, said)?;
            let entry = Entry {
                word: word.to_owned(),
                said: said.split_whitespace().collect::<Vec<_>>().join(" "),
                any_case: !word.contains(char::is_uppercase),
            };
            let list = dictionary
                .entries
                .entry(head(word).to_lowercase())
                .or_default();
            list.push(entry);
            dictionary.count += 1;
        }
        for list in dictionary.entries.values_mut() {
            list.sort_by_key(|e| (std::cmp::Reverse(e.word.len()), e.any_case));
        }
        Ok(dictionary)
    }

    pub fn len(&self) -> usize {
        self.count
    }

    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// The respelling of what begins here.
    pub(super) fn find(&self, here: &Here) -> Option<Said> {
        if self.is_empty() || !here.fresh() {
            return None;
        }
        let list = self.entries.get(&head(here.rest()).to_lowercase())?;
        list.iter().find_map(|entry| {
            let len = matched(here.rest(), entry)?;
            if !here.closed(len) {
                return None;
            }
            // Somebody's is the same word with an s.
            match here
                .after(len)
                .strip_prefix("'s")
                .is_some_and(|r| !r.starts_with(char::is_alphanumeric))
            {
                true => Said::word(len + 2, format!("{}'s", entry.said)),
                false => Said::word(len, entry.said.clone()),
            }
        })
    }
}

/// The letters and figures a word begins with, or its first sign.
fn head(word: &str) -> &str {
    let end = word
        .find(|c: char| !c.is_alphanumeric())
        .unwrap_or(word.len());
    match word.chars().next() {
        Some(c) if end == 0 => &word[..c.len_utf8()],
        _ => &word[..end],
    }
}

/// Bytes of the text that are the entry's word.
fn matched(text: &str, entry: &Entry) -> Option<usize> {
    if !entry.any_case {
        return text.starts_with(&entry.word).then_some(entry.word.len());
    }
    let mut letters = text.char_indices();
    for wanted in entry.word.chars() {
        let (_, c) = letters.next()?;
        let same = c == wanted || c.to_lowercase().eq(wanted.to_lowercase());
        if !(same || wanted == ' ' && c.is_whitespace()) {
            return None;
        }
    }
    Some(letters.next().map_or(text.len(), |(at, _)| at))
}

fn check(word: &str, said: &str) -> std::result::Result<(), String> {
    if !word.contains(char::is_alphanumeric) {
        return Err(format!("{word:?} is no word"));
    }
    if !said.contains(char::is_alphabetic) {
        return Err(format!("{word:?} has no respelling in letters"));
    }
    if let Some(c) = said
        .chars()
        .find(|c| !(c.is_alphabetic() || c.is_whitespace() || "'-,".contains(*c)))
    {
        return Err(format!(
            "the respelling of {word:?} holds {c:?}: only letters, spaces, ' - and , are said"
        ));
    }
    if word.chars().count() > MAX_LETTERS || said.chars().count() > MAX_LETTERS {
        return Err(format!(
            "{:?}… is longer than {MAX_LETTERS} letters",
            word.chars().take(20).collect::<String>()
        ));
    }
    Ok(())
}

fn refusal(message: String) -> Error {
    Error::request(
        message,
        "Write one word a line below [words]: Siobhan = \"shi vawn\".",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_broken_file_is_refused_by_its_line() {
        for (text, part) in [
            ("[words]\nA = 1\n", "line 2"),
            ("[words]\nGIF = \"jif\"\nGIF = \"gif\"\n", "line 3"),
            ("[words\n", "line 1"),
            ("[word]\nA = \"b\"\n", "unknown field"),
            ("[words]\nTen = \"te 10\"\n", "only letters"),
            ("[words]\n\"--\" = \"dash\"\n", "no word"),
            ("[words]\nA = \"\"\n", "no respelling"),
        ] {
            let refusal = Dictionary::parse("p.toml", text).unwrap_err();
            assert!(refusal.to_string().contains(part), "{refusal}");
            assert!(refusal.to_string().starts_with("p.toml"), "{refusal}");
            assert_eq!(refusal.kind(), "bad-input");
        }
        assert!(Dictionary::parse("p.toml", "").unwrap().is_empty());
    }
}
