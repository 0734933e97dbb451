//! The tiny Step-Audio 2 checkpoints keep only the vocabulary rows that are not zero; this makes ordinary folders of
//! them (tests/fixtures/README.md, "Compact vocabulary").

use super::fixture;
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;
use std::collections::BTreeMap;
use std::path::Path;

pub const FIXTURES: &str = "step-audio-tiny";

/// An ordinary checkpoint folder with the tokenizer, in a temporary place.
pub fn expanded(checkpoint: &str) -> tempfile::TempDir {
    let out = tempfile::tempdir().expect("a temporary folder");
    expand_into(checkpoint, out.path());
    out
}

pub fn expand_into(checkpoint: &str, out: &Path) {
    let dir = fixture(&format!("{FIXTURES}/{checkpoint}"));
    let read = |name: &str| std::fs::read(dir.join(name)).expect("the fixture is there");
    let config: serde_json::Value = serde_json::from_slice(&read("config.json")).expect("a config");
    let vocab = config["text_config"]["vocab_size"]
        .as_u64()
        .expect("a size") as usize;
    let (model, rows) = (read("model.safetensors"), read("vocab-rows.safetensors"));
    let (model, rows) = (
        SafeTensors::deserialize(&model).expect("a checkpoint"),
        SafeTensors::deserialize(&rows).expect("rows"),
    );
    let ids: Vec<usize> = rows
        .tensor("row_ids")
        .expect("row ids")
        .data()
        .as_chunks::<4>()
        .0
        .iter()
        .map(|b| i32::from_le_bytes(*b) as usize)
        .collect();
    let full: Vec<_> = rows
        .iter()
        .filter(|(name, _)| *name != "row_ids")
        .map(|(name, view)| {
            let width = view.data().len() / ids.len();
            let mut data = vec![0u8; vocab * width];
            for (row, &id) in view.data().chunks_exact(width).zip(&ids) {
                data[id * width..][..width].copy_from_slice(row);
            }
            (
                name.to_owned(),
                view.dtype(),
                vec![vocab, view.shape()[1]],
                data,
            )
        })
        .collect();
    let mut tensors: BTreeMap<String, TensorView<'_>> = model
        .iter()
        .map(|(name, view)| (name.to_owned(), view))
        .collect();
    for (name, dtype, shape, data) in &full {
        let view = TensorView::new(*dtype, shape.clone(), data).expect("a table");
        tensors.insert(name.clone(), view);
    }
    safetensors::serialize_to_file(tensors, None, &out.join("model.safetensors")).expect("written");
    for name in ["config.json", "../tokenizer.json"] {
        let from = dir.join(name);
        std::fs::copy(&from, out.join(from.file_name().expect("a name"))).expect("copied");
    }
}
