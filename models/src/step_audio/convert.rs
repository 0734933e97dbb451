//! Making a smaller checkpoint: the language model's matrices in 4 or 8 bits, the audio parts as they are.

use super::open::{Opened, open};
use super::tokenizer::Tokenizer;
use crate::backend::Precision;
use crate::weights::quantize_checkpoint;
use crate::{Error, Result};
use std::path::Path;

/// Writes the checkpoint of `dir`, quantised, into the folder `out`: weights, config, tokenizer. Bits are 4 or 8, in
/// groups of 64; a matrix whose width is no multiple of 64 stays as it is. The source must be whole, and not
/// quantised already. One tensor is in memory at a time, and a file appears under its name when it is complete.
pub fn quantize(dir: &Path, bits: i32, out: &Path) -> Result<()> {
    if !matches!(bits, 4 | 8) {
        return Err(Error::input(
            format!("{bits} bits are not offered"),
            "Use 4 or 8.",
        ));
    }
    let Opened {
        config,
        weights: mut w,
        specs,
    } = open(dir, Precision::Stored)?;
    Tokenizer::load(dir, config.text.vocab_size)?;
    if w.names().any(|name| name.ends_with(".scales")) {
        return Err(Error::input(
            format!("{} is quantised already", dir.display()),
            "Quantise from the original in bf16; twice would cost quality.",
        ));
    }
    w.require(&specs)?;
    std::fs::create_dir_all(out).map_err(|e| Error::io(out, e))?;
    if same_folder(dir, out) {
        return Err(Error::input(
            "the result would replace its source",
            "Give another folder.",
        ));
    }

    // The weights come last: a folder that has them has everything.
    let path = dir.join("config.json");
    let text = std::fs::read(&path).map_err(|e| Error::io(&path, e))?;
    let mut json: serde_json::Value = serde_json::from_slice(&text)
        .map_err(|e| Error::refused(format!("{}: {e}", path.display()), "Download it again."))?;
    json["quantization"] = serde_json::json!({ "group_size": 64, "bits": bits });
    let path = out.join("config.json");
    std::fs::write(&path, format!("{json:#}\n")).map_err(|e| Error::io(&path, e))?;
    let path = out.join("tokenizer.json");
    std::fs::copy(dir.join("tokenizer.json"), &path).map_err(|e| Error::io(&path, e))?;
    quantize_checkpoint(&mut w, &specs, bits, &out.join("model.safetensors"), "")
}

fn same_folder(a: &Path, b: &Path) -> bool {
    match (a.canonicalize(), b.canonicalize()) {
        (Ok(a), Ok(b)) => a == b,
        _ => a == b,
    }
}
