//! What is read out in full, shortened, left out or spelled: a person's choice, stored with the settings.

use serde::{Deserialize, Serialize};

/// What happens to one kind of thing in a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Treatment {
    /// All of it, as words.
    Speak,
    /// What tells it apart: the host of an address, the last part of a path, the beginning of a hash, the size of a
    /// block of code. What has no shorter form is spoken.
    Shorten,
    /// Nothing of it.
    Skip,
    /// Letter by letter, digit by digit.
    Spell,
}

/// What the text is written in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Markup {
    #[default]
    Markdown,
    /// Paragraphs and lines; every sign stands for itself.
    Plain,
}

/// How `3/4/2025` is meant, when both readings are dates.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DateOrder {
    #[default]
    DayFirst,
    MonthFirst,
}

/// How a text becomes sentences. Numbers are words under every policy.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Policy {
    pub markup: Markup,
    pub date_order: DateOrder,
    /// Addresses of pages.
    pub url: Treatment,
    pub email: Treatment,
    pub phone: Treatment,
    /// Places of files.
    pub path: Treatment,
    /// Hashes, UUIDs, colours: digits that mean nothing to an ear.
    pub id: Treatment,
    /// `code` inside a sentence.
    pub code: Treatment,
    /// Code that stands by itself.
    pub code_block: Treatment,
    pub emoji: Treatment,
    /// The words that describe a picture.
    pub image: Treatment,
    /// `[12]` after a sentence, and marks of footnotes.
    pub citation: Treatment,
    pub table: Treatment,
    /// Capitals that are not known to be said as a word.
    pub acronym: Treatment,
    /// How long a piece may become.
    pub budget: Budget,
}

impl Default for Policy {
    fn default() -> Self {
        use Treatment::*;
        Self {
            markup: Markup::default(),
            date_order: DateOrder::default(),
            url: Shorten,
            email: Speak,
            phone: Speak,
            path: Speak,
            id: Shorten,
            code: Speak,
            code_block: Shorten,
            emoji: Shorten,
            image: Speak,
            citation: Skip,
            table: Speak,
            acronym: Spell,
            budget: Budget::default(),
        }
    }
}

/// Expected seconds of speech. A sentence above its budget is cut at a clause, at a word if it has none.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Budget {
    /// Of the first piece of a text, which somebody waits for; cut at clauses only.
    pub first: f64,
    pub most: f64,
}

impl Budget {
    /// Whole sentences, however long.
    pub const UNLIMITED: Self = Self {
        first: f64::INFINITY,
        most: f64::INFINITY,
    };
}

impl Default for Budget {
    fn default() -> Self {
        Self {
            first: 3.0,
            most: 8.0,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_settings_file_names_what_differs() {
        let policy: Policy =
            toml::from_str("url = \"skip\"\ndate-order = \"month-first\"\n[budget]\nmost = 20.0\n")
                .unwrap();
        assert_eq!(policy.url, Treatment::Skip);
        assert_eq!(policy.date_order, DateOrder::MonthFirst);
        assert_eq!((policy.budget.first, policy.budget.most), (3.0, 20.0));
        assert_eq!(policy.emoji, Policy::default().emoji);
        let round: Policy = toml::from_str(&toml::to_string(&policy).unwrap()).unwrap();
        assert_eq!(round, policy);
        assert!(toml::from_str::<Policy>("url = \"sing\"").is_err());
    }
}
