//! Making a smaller copy of a model: matrices in 4 or 8 bits, in MLX's own format.
//!
//! The copy is in the MLX layout whatever the source's was. A codec inside the checkpoint is not copied: it stays as it is,
//! and is given with `--codec`. Of Step-Audio 2 the language model alone is quantised. The folder is complete when the function returns: weights, config, tokenizer.

use crate::{Error, Result};
use myna_models::backend::Precision;
use myna_models::weights::{Checkpoint, Weights, quantize_checkpoint};
use myna_models::{Error as ModelError, csm, step_audio};
use std::path::Path;

pub fn quantize(model: &Path, bits: u8, out: &Path) -> Result<()> {
    let checkpoint = Checkpoint::open(model)?;
    if step_audio::is_step_audio(checkpoint.names()) {
        return step_audio::quantize(model, i32::from(bits), out).map_err(Error::writing);
    }
    let config = csm::Config::read(model)?;
    if csm::keys::Layout::detect(checkpoint.names()).is_none() {
        return Err(ModelError::refused(
            format!(
                "{} is not a CSM, Marvis or Step-Audio 2 model",
                model.display()
            ),
            "Only these are quantised; the codec stays as it is.",
        )
        .into());
    }
    if checkpoint.names().any(|n| n.ends_with(".scales")) {
        return Err(ModelError::refused(
            format!("{} is quantised already", model.display()),
            "Quantise the original: rounding twice loses more than it saves.",
        )
        .into());
    }
    let specs = csm::specs(&config);
    let mut w = Weights::new(checkpoint, Precision::Stored, |name| {
        csm::keys::map(name, &config)
    });
    w.require(&specs)?;

    let same = std::fs::canonicalize(out).ok();
    if same.is_some() && same == std::fs::canonicalize(model).ok() {
        return Err(Error::request(
            "the copy would replace the original",
            "Choose another folder with -o.",
        ));
    }
    std::fs::create_dir_all(out).map_err(|e| Error::output(out, e))?;
    let weights = out.join("model.safetensors");
    quantize_checkpoint(&mut w, &specs, i32::from(bits), &weights, "model.")
        .map_err(Error::writing)?;

    let mut json = config.to_json();
    json["quantization"] = serde_json::json!({ "group_size": 64, "bits": bits });
    write_json(&out.join("config.json"), &json)?;
    for name in ["tokenizer.json", "tokenizer_config.json"] {
        let from = model.join(name);
        if from.is_file() {
            let to = out.join(name);
            std::fs::copy(&from, &to).map_err(|e| Error::output(&to, e))?;
        }
    }
    Ok(())
}

pub(super) fn write_json(path: &Path, json: &serde_json::Value) -> Result<()> {
    let text = serde_json::to_string_pretty(json).map_err(|e| Error::output(path, e))?;
    std::fs::write(path, text + "\n").map_err(|e| Error::output(path, e))
}
