//! From any text to sentences that a voice can say: only words, and `.`, `?`, `!`, `,`, `'`, `-`.
//!
//! - [`plan`]: a text, a policy and a dictionary give sentences in order
//! - [`Policy`]: what is said in full, shortened, left out, spelled
//! - [`Dictionary`], [`DictionaryFile`]: how a person wants words to be said; [`read_words`], [`set_word`]: one by one
//! - [`expected_seconds`], [`longest_seconds`]: how long words take
//!
//! Inside: `blocks` parses the markup, `flat` holds a block's text and where it came from, `normalise` asks the rules
//! (`dates`, `money`, `names` …) place by place, `sentences` finds the ends and cuts what is too long. Plain functions of
//! the text: the same text gives the same sentences, nothing fails, no word is dropped that no policy leaves out,
//! and every word knows the bytes it stands for. The language is English; words of others are passed on as they are.

mod addresses;
mod blocks;
mod capitals;
mod clock;
mod code;
mod dates;
mod dictionary;
mod entries;
mod figures;
mod flat;
mod length;
mod money;
mod names;
mod normalise;
mod numbers;
mod policy;
mod sentences;
mod signs;
mod token;
mod units;
mod watch;

pub use dictionary::Dictionary;
pub use entries::{read_words, set_word};
pub use length::{expected_seconds, longest_seconds};
pub use policy::{Budget, DateOrder, Markup, Policy, Treatment};
pub use watch::{DictionaryFile, read_dictionary};

use blocks::Block;
use std::ops::Range;

/// A sentence, or a piece of a long one: what is generated, played, highlighted, skipped and said again by itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Sentence {
    /// What the voice says.
    pub spoken: String,
    /// The bytes of the text that it says; sentences follow each other and do not overlap.
    pub source: Range<usize>,
    pub words: Vec<Word>,
    /// Silence to leave after it, in seconds.
    pub pause: f64,
    /// How long it will take to say, in seconds.
    pub seconds: f64,
}

/// Some words of a sentence, and what they stand for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// Bytes of [`Sentence::spoken`].
    pub spoken: Range<usize>,
    /// Bytes of the text.
    pub source: Range<usize>,
}

/// The sentences of a text.
pub fn plan(text: &str, policy: &Policy, dictionary: &Dictionary) -> Vec<Sentence> {
    let mut sentences = Vec::new();
    for block in blocks::blocks(text, policy.markup) {
        let (flat, tokens) = match block {
            Block::Row(_) if policy.table == Treatment::Skip => continue,
            Block::Prose(flat) | Block::Row(flat) => {
                let tokens = normalise::tokens(&flat, policy, dictionary);
                (flat, tokens)
            }
            Block::Code { language, text } => {
                let tokens = code::block(&language, &text, policy.code_block);
                (text, tokens)
            }
        };
        sentences::plan(&tokens, &flat, &policy.budget, &mut sentences);
    }
    sentences
}
