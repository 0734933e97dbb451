//! Text to ids and back, with the checkpoint's own tokenizer.json.
//!
//! What people type never becomes a control token: their text goes through the plain byte-pair model, without the
//! added tokens, so that a typed `<audio_start>` is nine ordinary characters more and cannot shift the audio's
//! place. (The `encode_special_tokens` switch of the tokenizers crate would not do: `<audio_N>` are added tokens,
//! but not flagged special.) Control tokens enter a prompt by id alone. A missing tokenizer is `ModelMissing`, a
//! broken or foreign one `ModelRefused`.

use super::ids;
use super::rows::Rows;
use crate::{Error, Result};
use std::path::Path;

#[derive(Debug)]
pub struct Tokenizer {
    full: tokenizers::Tokenizer,
    /// Model, normaliser and splitting of `full`, none of its added tokens.
    plain: tokenizers::Tokenizer,
    rows: Rows,
}

/// A vocabulary this short has letters and no words.
const LETTERS: usize = 1000;

impl Tokenizer {
    /// Reads `tokenizer.json` of a checkpoint folder; every id it gives must be below `vocab`.
    pub fn load(dir: &Path, vocab: usize) -> Result<Self> {
        let path = dir.join("tokenizer.json");
        let data = std::fs::read(&path).map_err(|e| match e.kind() {
            std::io::ErrorKind::NotFound => Error::missing(
                format!("{} is not there", path.display()),
                "Download tokenizer.json of this model into its folder; without it there are ids and no words.",
            ),
            _ => Error::io(&path, e),
        })?;
        Self::parse(&data, vocab)
            .map_err(|(why, hint)| Error::refused(format!("{}: {why}", path.display()), hint))
    }

    fn parse(data: &[u8], vocab: usize) -> Result<Self, (String, &'static str)> {
        let again = "Download tokenizer.json of this model again.";
        if data.starts_with(b"version https://git-lfs") {
            return Err((
                "is a Git LFS pointer, not the tokenizer itself".into(),
                "Run `git lfs pull` in its folder, or download the file itself.",
            ));
        }
        let full = tokenizers::Tokenizer::from_bytes(data)
            .map_err(|e| (format!("is not a tokenizer ({e})"), again))?;
        let rows = rows(&full, vocab).map_err(|why| {
            let hint =
                "This tokenizer belongs to another model; use the one published with Step-Audio 2.";
            (why, hint)
        })?;
        let largest = full.get_vocab(true).into_values().max().unwrap_or(0);
        if largest as usize >= vocab {
            return Err((
                format!("has token {largest}, the model has {vocab} rows"),
                "This tokenizer belongs to another model.",
            ));
        }
        let mut plain = tokenizers::Tokenizer::new(full.get_model().clone());
        plain
            .with_normalizer(full.get_normalizer().cloned())
            .with_pre_tokenizer(full.get_pre_tokenizer().cloned());
        Ok(Self { full, plain, rows })
    }

    /// Where this checkpoint keeps the control tokens.
    pub(super) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Whether a token is a letter (or a byte of one), so that text takes many of them.
    pub fn spells(&self) -> bool {
        self.full.get_vocab_size(false) < LETTERS
    }

    /// Ids of text as typed; never a control token.
    pub fn encode(&self, text: &str) -> Result<Vec<u32>> {
        let encoding = self.plain.encode(text, false).map_err(|e| {
            Error::input(
                format!("the text cannot be encoded: {e}"),
                "Use other characters.",
            )
        })?;
        Ok(encoding.get_ids().to_vec())
    }

    /// The words among generated ids: no control tokens, no audio codes. Bytes that are no text yet (a character
    /// cut in half) come out as U+FFFD.
    pub fn decode(&self, generated: &[u32]) -> Result<String> {
        let (text, _) = ids::split(generated);
        self.full
            .decode(&text, true)
            .map_err(|e| Error::Compute(format!("ids {text:?} cannot be decoded: {e}")))
    }

    /// Whether a token carries letters (of any script). Digits, punctuation, spaces and fragments of characters
    /// do not, nor do single letters where all text is spelt.
    pub fn is_word(&self, id: u32) -> bool {
        id < ids::END_OF_TEXT
            && !self.spells()
            && self
                .full
                .decode(&[id], true)
                .is_ok_and(|text| text.chars().any(char::is_alphabetic))
    }
}

/// Where the control tokens are: at their ids in the genuine vocabulary, or by their names in a short one.
fn rows(full: &tokenizers::Tokenizer, vocab: usize) -> Result<Rows, String> {
    let short = vocab < LETTERS;
    let mut pairs = Vec::new();
    for (name, id) in ids::NAMED {
        match full.token_to_id(name) {
            Some(row) if short => pairs.push((id, row)),
            Some(row) if row == id => {}
            // A small model need not speak.
            None if short && id == ids::FIRST_CODE => {}
            None => return Err(format!("has no token {name}")),
            Some(_) => return Err(format!("{name} is not token {id}")),
        }
    }
    Ok(Rows::new(pairs))
}
