//! What rules read and what they make: a place in a block's text, and the words said for a stretch of it.

use super::policy::Policy;
use regex::{Captures, Regex};
use std::ops::Range;

/// Words to say, or a rest, and the bytes of the flat text they stand for.
#[derive(Debug, Clone)]
pub(super) struct Token {
    pub say: String,
    pub at: Range<usize>,
    pub mark: Mark,
    /// Joined to the token before by a hyphen.
    pub joined: bool,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Mark {
    Word,
    /// What was written in figures; with its value if it was a plain whole number.
    Number(Option<u64>),
    /// An abbreviation whose dot may also be the sentence's.
    Dotted,
    /// A name's first letter, or a title: its dot ends nothing.
    Initial,
    /// `,` and dashes.
    Comma,
    /// `;` and `:`: a good place to cut a long sentence.
    Clause,
    /// `.`, `?` or `!`: the sentence's end, if what follows agrees.
    Stop(char),
    /// A line's end: the sentence's, unless it goes on in small letters.
    Line,
    /// The sentence's end, whatever follows.
    End,
    /// A bracket or a quote.
    Open(char),
    Close(char),
    /// A hyphen between parts of a word; becomes [`Token::joined`].
    Hyphen,
}

/// What a rule makes of the beginning of the rest.
#[derive(Debug, Clone)]
pub(super) struct Said {
    /// Bytes of the text.
    pub len: usize,
    pub words: String,
    pub mark: Mark,
}

impl Said {
    pub fn word(len: usize, words: impl Into<String>) -> Option<Self> {
        Self::of(len, words, Mark::Word)
    }

    pub fn number(len: usize, words: impl Into<String>) -> Option<Self> {
        Self::of(len, words, Mark::Number(None))
    }

    pub fn rest(len: usize, mark: Mark) -> Option<Self> {
        Self::of(len, "", mark)
    }

    /// Has no sound and makes no rest.
    pub fn nothing(len: usize) -> Option<Self> {
        Self::word(len, "")
    }

    pub fn of(len: usize, words: impl Into<String>, mark: Mark) -> Option<Self> {
        Some(Self {
            len,
            words: words.into(),
            mark,
        })
    }
}

/// A place in a block's text.
#[derive(Clone, Copy)]
pub(super) struct Here<'a> {
    pub text: &'a str,
    pub at: usize,
    /// What was made of the text before.
    pub done: &'a [Token],
    pub policy: &'a Policy,
    /// Most of the block is in capitals: they mean nothing.
    pub shouted: bool,
}

impl<'a> Here<'a> {
    pub fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub fn after(&self, len: usize) -> &'a str {
        &self.text[self.at + len..]
    }

    pub fn first(&self) -> char {
        self.rest().chars().next().unwrap_or(' ')
    }

    pub fn before(&self) -> Option<char> {
        self.text[..self.at].chars().next_back()
    }

    /// Whether a word or a number can begin here.
    pub fn fresh(&self) -> bool {
        !self.before().is_some_and(char::is_alphanumeric)
    }

    /// Whether no word or number goes on behind `len` bytes.
    pub fn closed(&self, len: usize) -> bool {
        !self
            .after(len)
            .starts_with(|c: char| c.is_alphanumeric() || c == '_')
    }

    /// The same, and no decimals or further groups of figures follow.
    pub fn closed_number(&self, len: usize) -> bool {
        let mut next = self.after(len).chars();
        let [first, second] = [next.next(), next.next()].map(|c| c.unwrap_or(' '));
        self.closed(len) && !(matches!(first, '.' | ',') && second.is_ascii_digit())
    }

    /// What a pattern finds, if it finds it right here.
    pub fn find(&self, pattern: &Regex) -> Option<Captures<'a>> {
        pattern.captures(self.rest())
    }

    /// As it is written, the word before this place; empty at the beginning of a sentence.
    pub fn last_word(&self) -> &'a str {
        match self.done.last() {
            Some(t)
                if matches!(
                    t.mark,
                    Mark::Word | Mark::Number(_) | Mark::Dotted | Mark::Initial
                ) =>
            {
                &self.text[t.at.clone()]
            }
            _ => "",
        }
    }

    /// Whether one of these words stands before, or is said there, in any case.
    pub fn follows(&self, words: &[&str]) -> bool {
        let last = self.last_word();
        let said = self.done.last().map_or("", |t| t.say.as_str());
        let is = |w: &&str| last.eq_ignore_ascii_case(w) || said.eq_ignore_ascii_case(w);
        !last.is_empty() && words.iter().any(is)
    }

    /// Whether what begins here and is `len` bytes long describes the noun behind it: a five kilometre run.
    pub fn describes(&self, len: usize) -> bool {
        const OTHERS: [&str; 28] = [
            "after", "ago", "and", "apart", "are", "as", "at", "away", "before", "below", "but",
            "by", "for", "from", "had", "has", "in", "is", "less", "more", "of", "off", "on", "or",
            "per", "to", "was", "were",
        ];
        let next = self.next_word(len);
        self.follows(&["a", "an"])
            || self.follows(&["the", "this", "that", "every"])
                && next.starts_with(char::is_lowercase)
                && OTHERS.binary_search(&next).is_err()
    }

    /// The word that follows `len` bytes and at least one space, without any stop between.
    pub fn next_word(&self, len: usize) -> &'a str {
        let rest = self.after(len);
        let start = rest.trim_start();
        if start.len() == rest.len() {
            return "";
        }
        let end = start
            .find(|c: char| !c.is_alphanumeric() && c != '\'')
            .unwrap_or(start.len());
        &start[..end]
    }
}

/// What a match holds.
pub(super) trait Found<'a> {
    /// Its length in bytes, since it begins here.
    fn end(&self) -> usize;
    /// A group's text; empty if it took no part.
    fn part(&self, group: usize) -> &'a str;
    fn value(&self, group: usize) -> Option<u64>;
}

impl<'a> Found<'a> for Captures<'a> {
    fn end(&self) -> usize {
        self.get(0).map_or(0, |m| m.end())
    }

    fn part(&self, group: usize) -> &'a str {
        self.get(group).map_or("", |m| m.as_str())
    }

    fn value(&self, group: usize) -> Option<u64> {
        self.part(group).parse().ok()
    }
}

/// A pattern that matches at the beginning only.
#[expect(
    clippy::expect_used,
    reason = "patterns are constants, and a test compiles every one of them"
)]
pub(super) fn anchored(parts: &[&str]) -> Regex {
    // Figures of other scripts have become these already.
    let pattern = format!(r"\A(?:{})", parts.concat()).replace(r"\d", "[0-9]");
    Regex::new(&pattern).expect("a pattern of this crate")
}

/// A pattern from constant parts, compiled once, matching at the beginning.
macro_rules! pattern {
    ($($part:expr),+ $(,)?) => {{
        static PATTERN: std::sync::LazyLock<regex::Regex> =
            std::sync::LazyLock::new(|| $crate::speak::text::token::anchored(&[$($part),+]));
        &*PATTERN
    }};
}
pub(super) use pattern;

/// The first letter a capital.
pub(super) fn capitalised(word: &str) -> bool {
    word.starts_with(char::is_uppercase)
}
