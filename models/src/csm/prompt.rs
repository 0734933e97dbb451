//! Prompts: rows of K codes and one text id, with a mask that says which columns count.
//!
//! A text row has only its text column, an audio row only its K codes. A context segment is its text, its audio and
//! one row of zeros (the end frame); the new text follows. Voice match instead writes one text block of the
//! reference's words and the new ones, then the reference audio without an end, and lets the model go on.

use super::{Config, Csm};
use crate::mimi::Codes;
use crate::{Error, Result};

/// Something said before, by whom, and how it sounded.
#[derive(Debug, Clone)]
pub struct Segment {
    pub speaker: u32,
    /// Exactly the words of the audio.
    pub text: String,
    pub codes: Codes,
}

/// `[rows, K + 1]` ids and mask, checked against a model's sizes.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    columns: usize,
    tokens: Vec<i32>,
    mask: Vec<bool>,
}

impl Prompt {
    /// From rows as a file holds them; every id that counts must be within its vocabulary.
    pub fn from_rows(tokens: Vec<i32>, mask: Vec<bool>, config: &Config) -> Result<Self> {
        let columns = config.codebooks + 1;
        let refuse = |what: String| Error::input(what, "The prompt was made for another model.");
        if tokens.is_empty() || !tokens.len().is_multiple_of(columns) || tokens.len() != mask.len()
        {
            return Err(refuse(format!(
                "a prompt of {} ids and {} mask values is not rows of {columns}",
                tokens.len(),
                mask.len()
            )));
        }
        for (i, (&id, &counts)) in tokens.iter().zip(&mask).enumerate() {
            let (row, column) = (i / columns, i % columns);
            let vocab = if column == config.codebooks {
                config.text_vocab
            } else {
                config.audio_vocab
            };
            if counts && !(0..vocab as i64).contains(&i64::from(id)) {
                return Err(refuse(format!(
                    "id {id} in row {row}, column {column} is outside 0..{vocab}"
                )));
            }
        }
        Ok(Self {
            columns,
            tokens,
            mask,
        })
    }

    pub fn rows(&self) -> usize {
        self.tokens.len() / self.columns
    }

    /// K + 1.
    pub fn columns(&self) -> usize {
        self.columns
    }

    pub fn tokens(&self) -> &[i32] {
        &self.tokens
    }

    pub fn mask(&self) -> &[bool] {
        &self.mask
    }
}

impl Csm {
    /// The prompt for saying `text` after `context`. With `voice_match` there must be exactly one segment.
    pub fn prompt(
        &self,
        context: &[Segment],
        speaker: u32,
        text: &str,
        voice_match: bool,
    ) -> Result<Prompt> {
        let text = text.trim();
        if !text.chars().any(char::is_alphanumeric) {
            let what = if text.is_empty() {
                "there is no text to speak"
            } else {
                "the text has no letter or digit to speak"
            };
            return Err(Error::input(what, "Give a word or a sentence."));
        }
        let mut rows = Rows::new(self.config());
        if voice_match {
            let [segment] = context else {
                return Err(Error::input(
                    format!(
                        "voice match needs exactly one reference, {} are given",
                        context.len()
                    ),
                    "Give one --context AUDIO=TRANSCRIPT, or leave --voice-match away.",
                ));
            };
            let joined = format!("{} {text}", segment.text.trim());
            rows.text(&self.tokenizer()?.encode(segment.speaker, joined.trim())?);
            rows.audio(&segment.codes)?;
        } else {
            for segment in context {
                rows.text(&self.tokenizer()?.encode(segment.speaker, &segment.text)?);
                rows.audio(&segment.codes)?;
                rows.end();
            }
            rows.text(&self.tokenizer()?.encode(speaker, text)?);
        }
        Prompt::from_rows(rows.tokens, rows.mask, self.config())
    }
}

struct Rows<'a> {
    config: &'a Config,
    tokens: Vec<i32>,
    mask: Vec<bool>,
}

impl<'a> Rows<'a> {
    fn new(config: &'a Config) -> Self {
        Self {
            config,
            tokens: Vec::new(),
            mask: Vec::new(),
        }
    }

    fn text(&mut self, ids: &[u32]) {
        let k = self.config.codebooks;
        for &id in ids {
            self.tokens.extend(std::iter::repeat_n(0, k));
            self.tokens.push(id as i32);
            self.mask.extend(std::iter::repeat_n(false, k));
            self.mask.push(true);
        }
    }

    fn frame(&mut self, codes: &[i32]) {
        self.tokens.extend(codes);
        self.tokens.push(0);
        self.mask.extend(std::iter::repeat_n(true, codes.len()));
        self.mask.push(false);
    }

    fn audio(&mut self, codes: &Codes) -> Result<()> {
        if codes.codebooks() != self.config.codebooks {
            return Err(Error::input(
                format!(
                    "the reference has {} codebooks, the model {}",
                    codes.codebooks(),
                    self.config.codebooks
                ),
                "Use the codec that belongs to the model.",
            ));
        }
        for t in 0..codes.frames() {
            self.frame(&codes.frame(t));
        }
        Ok(())
    }

    /// The row of zeros that ends a context utterance.
    fn end(&mut self) {
        self.frame(&vec![0; self.config.codebooks]);
    }
}
