//! What `speak` is given: a text from anywhere, and references.

use super::Args;
use crate::failure::{Failure, Result};
use myna_engine::speak::Reference;
use std::io::Read;

/// Bounds what is read into memory: a thick book has less.
const MAX_TEXT: u64 = 1 << 20;

/// The text, without the spaces around it.
pub fn text(args: &Args) -> Result<String> {
    let text = match (&args.file, args.text.as_deref()) {
        (Some(path), _) => {
            let name = path.display().to_string();
            let file = std::fs::File::open(path);
            read_text(&name, file.map_err(|e| unreadable(&name, e))?)?
        }
        (None, Some("-")) => read_text("standard input", std::io::stdin().lock())?,
        (None, given) => given.unwrap_or_default().to_owned(),
    };
    // A file's last line break is not part of what is said.
    Ok(text.trim().to_owned())
}

fn read_text(name: &str, source: impl Read) -> Result<String> {
    let mut bytes = Vec::new();
    source
        .take(MAX_TEXT + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| unreadable(name, e))?;
    if bytes.len() as u64 > MAX_TEXT {
        return Err(unreadable(name, "more than a megabyte of text"));
    }
    String::from_utf8(bytes).map_err(|_| unreadable(name, "it is not text in UTF-8"))
}

fn unreadable(name: &str, why: impl std::fmt::Display) -> Failure {
    Failure::new(
        "bad-input",
        format!("{name} cannot be read: {why}"),
        "Give a text file in UTF-8.",
    )
}

/// `AUDIO=TRANSCRIPT`, cut at the first `=` that leaves an existing file, else at the first.
pub fn reference(text: &str) -> std::result::Result<Reference, String> {
    let cuts: Vec<usize> = text.match_indices('=').map(|(i, _)| i).collect();
    let cut = cuts
        .iter()
        .find(|&&i| std::path::Path::new(&text[..i]).is_file())
        .or(cuts.first())
        .ok_or("AUDIO=TRANSCRIPT is needed: a WAV file, `=`, and exactly its words")?;
    Ok(Reference {
        audio: text[..*cut].into(),
        transcript: text[cut + 1..].trim().to_owned(),
    })
}
