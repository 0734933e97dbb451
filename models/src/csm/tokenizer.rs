//! Text to ids: `[speaker]text` between exactly one begin and one end token.
//!
//! Saved tokenizers differ in what they add by themselves (both ends, one, none), so nothing is left to them: text
//! is encoded without specials and the two ids are added here. Specials written in the text are plain text.

use crate::{Error, Result};
use std::path::Path;
use tokenizers::Tokenizer;

#[derive(Debug, Clone)]
pub struct TextTokenizer {
    tokenizer: Tokenizer,
    begin: u32,
    end: u32,
}

/// Begin and end tokens of the published models: Llama 3 (CSM), SmolLM2 (Marvis).
const ENDS: [(&str, &str); 2] = [
    ("<|begin_of_text|>", "<|end_of_text|>"),
    ("<|im_start|>", "<|im_end|>"),
];

impl TextTokenizer {
    /// Reads `tokenizer.json` in a model's folder. Ids must be below `vocab`.
    pub fn load(dir: &Path, vocab: usize) -> Result<Self> {
        let path = dir.join("tokenizer.json");
        if !path.is_file() {
            return Err(Error::missing(
                format!("{} is not there", path.display()),
                "The model needs its tokenizer; put tokenizer.json beside the weights.",
            ));
        }
        let mut tokenizer = Tokenizer::from_file(&path).map_err(|e| {
            Error::refused(
                format!("{}: {e}", path.display()),
                "Download tokenizer.json again.",
            )
        })?;
        tokenizer.set_encode_special_tokens(true);
        let (begin, end) = ENDS
            .iter()
            .find_map(|(b, e)| Some((tokenizer.token_to_id(b)?, tokenizer.token_to_id(e)?)))
            .ok_or_else(|| {
                Error::refused(
                    format!(
                        "{} has no begin and end tokens of a known kind",
                        path.display()
                    ),
                    "Use the tokenizer that was published with the model.",
                )
            })?;
        let size = tokenizer.get_vocab_size(true);
        if begin.max(end) as usize >= vocab {
            return Err(Error::refused(
                format!("{} has {size} tokens, the model {vocab}", path.display()),
                "Use the tokenizer that was published with the model.",
            ));
        }
        Ok(Self {
            tokenizer,
            begin,
            end,
        })
    }

    /// Ids of one text block.
    pub fn encode(&self, speaker: u32, text: &str) -> Result<Vec<u32>> {
        let encoding = self
            .tokenizer
            .encode(format!("[{speaker}]{text}"), false)
            .map_err(|e| {
                Error::input(
                    format!("the text could not be tokenised: {e}"),
                    "Check the text for unusual characters.",
                )
            })?;
        let mut ids = vec![self.begin];
        ids.extend(encoding.get_ids());
        ids.push(self.end);
        Ok(ids)
    }
}
