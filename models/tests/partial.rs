//! Loading what does not fit, on explicit demand: what is missing is zeros, and every one of them is told.

mod common;

use common::expand::expanded;
use common::fixture;
use mlx_rs::Array;
use myna_models::Kind;
use myna_models::backend::Precision;
use myna_models::csm::{Config, Csm, specs};
use myna_models::mimi::Mimi;
use myna_models::step_audio::StepAudio;
use myna_models::weights::{Checkpoint, Loading, write_safetensors};
use std::path::Path;

const PARTIAL: Loading = Loading {
    precision: Precision::F32,
    partial: true,
};

/// A copy of the CSM fixture without its first `count` tensors.
fn without(count: usize, dir: &Path) {
    let from = fixture("csm-tiny/sesame");
    let source = Checkpoint::open(&from).unwrap();
    let kept: Vec<(&str, Array)> = source
        .names()
        .skip(count)
        .map(|name| (name, source.read(name).unwrap()))
        .collect();
    write_safetensors(&dir.join("model.safetensors"), &kept, &[]).unwrap();
    for file in ["config.json", "tokenizer.json"] {
        std::fs::copy(from.join(file), dir.join(file)).unwrap();
    }
}

/// Puts another array in the place of a stored tensor.
fn replace(file: &Path, name: &str, with: &Array) {
    let source = Checkpoint::open(file).unwrap();
    let all: Vec<(&str, Array)> = source
        .names()
        .map(|n| {
            let array = if n == name {
                with.clone()
            } else {
                source.read(n).unwrap()
            };
            (n, array)
        })
        .collect();
    write_safetensors(file, &all, &[]).unwrap();
}

#[test]
fn what_is_missing_is_told_and_half_is_needed() {
    let dir = tempfile::tempdir().unwrap();
    let needed = specs(&Config::read(&fixture("csm-tiny/sesame")).unwrap()).len();
    for missing in [1, needed / 5, needed / 2, needed / 2 + 1] {
        without(missing, dir.path());
        let strict = Csm::load(dir.path(), Precision::F32).unwrap_err();
        assert_eq!(strict.kind(), Kind::ModelRefused);
        let loaded = Csm::load(dir.path(), PARTIAL);
        if missing > needed / 2 {
            let refusal = loaded.unwrap_err();
            assert_eq!(refusal.kind(), Kind::ModelRefused);
            assert!(refusal.to_string().contains("less than half"), "{refusal}");
            continue;
        }
        let csm = loaded.unwrap();
        let fit = csm.fit();
        assert_eq!((fit.needed, fit.matched), (needed, needed - missing));
        assert_eq!(fit.problems.len(), missing);
        assert_eq!(fit.is_poor(), missing > needed / 10, "{missing}");
        for problem in &fit.problems {
            assert!(problem.to_string().starts_with("missing: "), "{problem}");
        }
    }
}

#[test]
fn a_whole_checkpoint_is_the_same_either_way() {
    let dir = fixture("csm-tiny/sesame");
    let csm = Csm::load(&dir, PARTIAL).unwrap();
    assert!(csm.fit().is_whole() && csm.fit().problems.is_empty());
    let codec = Mimi::load(&fixture("mimi-tiny/kyutai"), PARTIAL).unwrap();
    assert!(codec.fit().is_whole());
}

#[test]
fn a_tensor_of_another_shape_is_zeros_in_plain_and_quantised_checkpoints() {
    let odd = Array::from_slice(&[1.0f32; 7], &[7]);
    for checkpoint in ["trained", "trained-4bit"] {
        let dir = expanded(checkpoint);
        let file = dir.path().join("model.safetensors");
        let wrong = if checkpoint == "trained" {
            "model.layers.0.mlp.up_proj.weight"
        } else {
            "model.layers.0.mlp.up_proj.scales"
        };
        replace(&file, wrong, &odd);
        let strict = StepAudio::load(dir.path(), Precision::F32).unwrap_err();
        assert!(strict.to_string().contains("up_proj"), "{strict}");
        let mut model = StepAudio::load(dir.path(), PARTIAL).unwrap();
        let problems = &model.fit().problems;
        assert_eq!(problems.len(), 1, "{problems:?}");
        assert!(problems[0].to_string().contains("layers.0.mlp.up_proj"));
        // It computes: the layer without its matrix adds nothing.
        assert!(model.encode_audio(&[0.1; 16_000]).is_ok());
        let prompt = myna_models::step_audio::Prompt::transcription(13).unwrap();
        let audio = [model.encode_audio(&[0.1; 16_000]).unwrap()];
        let states = model.prompt_states(&prompt, &audio).unwrap();
        assert!(states.first_logits.values.iter().all(|v| v.is_finite()));
    }
}

#[test]
fn values_that_are_no_numbers_are_refused_even_then() {
    let dir = expanded("trained");
    let file = dir.path().join("model.safetensors");
    let width = Checkpoint::open(&file)
        .unwrap()
        .info("model.norm.weight")
        .unwrap()
        .shape[0];
    let mut values = vec![1.0f32; width];
    values[3] = f32::NAN;
    replace(
        &file,
        "model.norm.weight",
        &Array::from_slice(&values, &[width as i32]),
    );
    let refusal = StepAudio::load(dir.path(), PARTIAL).unwrap_err();
    assert!(refusal.to_string().contains("element 3"), "{refusal}");
}
