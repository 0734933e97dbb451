//! Strict loading: what must be refused is refused by name, and every quantised format multiplies rightly.

mod common;

use common::{assert_close, fixture};
use mlx_rs::{Array, Dtype, ops};
use myna_models::backend::Precision;
use myna_models::csm::{Config, Csm, keys, specs};
use myna_models::nn::Linear;
use myna_models::weights::{Checkpoint, Mapped, Problem, Weights, parse_header, write_safetensors};
use myna_models::{Error, Kind};
use proptest::prelude::*;
use std::path::Path;

fn refused(error: Error, says: &str) {
    assert_eq!(error.kind(), Kind::ModelRefused, "{error}");
    assert!(
        error.to_string().contains(says),
        "{error:?} does not say {says:?}"
    );
    assert!(!error.hint().is_empty(), "{error} has no hint");
}

fn matrix(rows: usize, columns: usize, seed: usize) -> Array {
    let values: Vec<f32> = (0..rows * columns)
        .map(|i| (((i * 7919 + seed * 104_729) % 2003) as f32 / 1001.0) - 1.0)
        .collect();
    Array::from_slice(&values, &[rows as i32, columns as i32])
}

fn values(array: &Array) -> Vec<f32> {
    array.contiguous().unwrap().to_vec_exact().unwrap()
}

fn open(path: &Path) -> Weights {
    Weights::new(Checkpoint::open(path).unwrap(), Precision::F32, |name| {
        Mapped::To(name.into())
    })
}

/// A quantised layer as MLX stores it, and its dequantised matrix.
fn quantised(path: &str, w: &Array, group: i32, bits: i32) -> (Vec<(String, Array)>, Array) {
    let (q, scales, biases) = ops::quantize(w, group, bits).unwrap();
    let plain = ops::dequantize(&q, &scales, &biases, group, bits).unwrap();
    let named = [("weight", q), ("scales", scales), ("biases", biases)];
    (
        named
            .into_iter()
            .map(|(part, a)| (format!("{path}.{part}"), a))
            .collect(),
        plain,
    )
}

fn write(path: &Path, tensors: &[(String, Array)]) {
    let borrowed: Vec<(&str, Array)> = tensors
        .iter()
        .map(|(n, a)| (n.as_str(), a.clone()))
        .collect();
    write_safetensors(path, &borrowed, &[]).unwrap();
}

#[test]
fn every_quantised_format_multiplies_like_its_dequantised_matrix() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.safetensors");
    let x = matrix(3, 128, 5);
    for bits in [2, 3, 4, 5, 6, 8] {
        for group in [32, 64, 128] {
            let (tensors, plain) = quantised("layer", &matrix(64, 128, 1), group, bits);
            write(&file, &tensors);
            let layer = Linear::load(&mut open(&file), "layer", 64, 128).unwrap();
            let expected = values(&x.matmul(plain.t()).unwrap());
            assert_close(
                &format!("{bits} bits, groups of {group}"),
                &values(&layer.forward(&x).unwrap()),
                &expected,
                1e-3,
            );
        }
    }
}

#[test]
fn layers_of_different_formats_stand_side_by_side() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.safetensors");
    let (mut tensors, q) = quantised("q", &matrix(64, 128, 1), 64, 4);
    let (more, k) = quantised("k", &matrix(32, 128, 2), 64, 8);
    let v = matrix(32, 128, 3);
    tensors.extend(more);
    tensors.push(("v.weight".into(), v.clone()));
    write(&file, &tensors);
    let fused =
        Linear::load_fused(&mut open(&file), &[("q", 64), ("k", 32), ("v", 32)], 128).unwrap();
    let x = matrix(2, 128, 4);
    let expected = x
        .matmul(ops::concatenate(&[q, k, v], 0).unwrap().t())
        .unwrap();
    assert_close(
        "mixed recipe",
        &values(&fused.forward(&x).unwrap()),
        &values(&expected),
        1e-3,
    );
}

#[test]
fn shards_load_by_an_index_of_any_name() {
    let dir = tempfile::tempdir().unwrap();
    let source = Checkpoint::open(&fixture("csm-tiny/hf")).unwrap();
    let names: Vec<String> = source.names().map(str::to_owned).collect();
    let mut map = serde_json::Map::new();
    for (i, half) in names.chunks(names.len().div_ceil(2)).enumerate() {
        let shard = format!("transformers-0000{}-of-00002.safetensors", i + 1);
        let tensors: Vec<_> = half
            .iter()
            .map(|n| (n.clone(), source.read(n).unwrap()))
            .collect();
        write(&dir.path().join(&shard), &tensors);
        map.extend(half.iter().map(|n| (n.clone(), shard.clone().into())));
    }
    let index = serde_json::json!({ "weight_map": map });
    std::fs::write(
        dir.path().join("transformers.safetensors.index.json"),
        index.to_string(),
    )
    .unwrap();
    for file in ["config.json", "tokenizer.json"] {
        std::fs::copy(fixture("csm-tiny/hf").join(file), dir.path().join(file)).unwrap();
    }
    assert!(
        Csm::load(dir.path(), Precision::F32)
            .unwrap()
            .surplus()
            .is_empty()
    );

    std::fs::remove_file(dir.path().join("transformers-00002-of-00002.safetensors")).unwrap();
    let error = Csm::load(dir.path(), Precision::F32).unwrap_err();
    assert_eq!(error.kind(), Kind::ModelMissing);
    assert!(
        error.to_string().contains("transformers-00002-of-00002"),
        "{error}"
    );
}

#[test]
fn an_index_may_not_reach_outside_its_folder() {
    let dir = tempfile::tempdir().unwrap();
    for bad in [
        "../secret.safetensors",
        "/etc/passwd",
        ".hidden.safetensors",
        "a/b.safetensors",
    ] {
        let index = serde_json::json!({ "weight_map": { "x": bad } });
        std::fs::write(
            dir.path().join("model.safetensors.index.json"),
            index.to_string(),
        )
        .unwrap();
        refused(Checkpoint::open(dir.path()).unwrap_err(), "names the shard");
    }
}

#[test]
fn a_tensor_in_two_shards_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let files = [
        dir.path().join("a.safetensors"),
        dir.path().join("b.safetensors"),
    ];
    for file in &files {
        write(file, &[("twice".into(), matrix(1, 1, 0))]);
    }
    refused(
        Checkpoint::open_files(&files).unwrap_err(),
        "twice stands in both",
    );
}

#[test]
fn every_missing_or_misshapen_tensor_is_named() {
    let config = Config::read(&fixture("csm-tiny/sesame")).unwrap();
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.safetensors");
    let source = Checkpoint::open(&fixture("csm-tiny/sesame/model.safetensors")).unwrap();
    let mut tensors: Vec<_> = source
        .names()
        .map(|n| (n.to_owned(), source.read(n).unwrap()))
        .collect();
    tensors.retain(|(name, _)| name != "projection.weight");
    for (name, array) in &mut tensors {
        match name.as_str() {
            "backbone.norm.scale" => *array = matrix(1, 7, 0),
            "decoder.norm.scale" => *array = Array::from_slice(&[1i32; 64], &[64]),
            _ => {}
        }
    }
    tensors.push(("lost.luggage".into(), matrix(1, 1, 0)));
    write(&file, &tensors);
    let mut weights = Weights::new(Checkpoint::open(&file).unwrap(), Precision::F32, |name| {
        keys::map(name, &config)
    });
    let all = specs(&config);
    let problems = weights.problems(&all);
    let about = |wanted: &str| {
        problems
            .iter()
            .filter(|p| p.to_string().contains(wanted))
            .count()
    };
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert_eq!(
        (
            about("missing: projection.weight"),
            about("backbone.norm.scale"),
            about("decoder.norm.scale")
        ),
        (1, 1, 1)
    );
    assert!(matches!(
        problems
            .iter()
            .find(|p| matches!(p, Problem::Missing { .. })),
        Some(Problem::Missing { .. })
    ));
    assert_eq!(weights.surplus(), ["lost.luggage"]);
    refused(weights.require(&all).unwrap_err(), "projection.weight");
}

#[test]
fn half_a_quantised_layer_is_a_problem_not_a_crash() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.safetensors");
    let (tensors, _) = quantised("layer", &matrix(64, 128, 1), 64, 4);
    for leave_out in ["layer.biases", "layer.weight"] {
        write(
            &file,
            &tensors
                .iter()
                .filter(|(n, _)| n != leave_out)
                .cloned()
                .collect::<Vec<_>>(),
        );
        refused(
            Linear::load(&mut open(&file), "layer", 64, 128).unwrap_err(),
            "layer",
        );
    }
    // Sizes that do not belong together.
    write(&file, &tensors);
    for (rows, columns) in [(64, 512), (32, 128), (64, 96)] {
        refused(
            Linear::load(&mut open(&file), "layer", rows, columns).unwrap_err(),
            "layer",
        );
    }
}

#[test]
fn values_that_are_no_numbers_are_refused_in_every_float_type() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("model.safetensors");
    for dtype in [Dtype::Float32, Dtype::Float16, Dtype::Bfloat16] {
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let array = Array::from_slice(&[1.0, bad, 2.0], &[3])
                .as_dtype(dtype)
                .unwrap();
            write(&file, &[("poisoned".into(), array)]);
            refused(
                Checkpoint::open(&file)
                    .unwrap()
                    .read("poisoned")
                    .unwrap_err(),
                "element 1",
            );
        }
    }
}

#[test]
fn a_written_file_appears_whole_or_not_at_all() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("out.safetensors");
    let entries = vec![myna_models::weights::Entry::new(
        "a",
        Dtype::Float32,
        &[2, 2],
    )];
    let writer = myna_models::weights::SafetensorsWriter::create(&file, entries, &[]).unwrap();
    drop(writer);
    assert_eq!(
        std::fs::read_dir(dir.path()).unwrap().count(),
        0,
        "a broken-off write leaves nothing"
    );
    write(&file, &[("a".into(), matrix(2, 2, 0))]);
    assert_eq!(
        values(&Checkpoint::open(&file).unwrap().read("a").unwrap()),
        values(&matrix(2, 2, 0))
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_header_gets_an_answer(mut json in ".{0,300}", file_len in 0u64..10_000) {
        _ = parse_header(Path::new("any"), json.as_bytes(), file_len);
        json.insert_str(0, r#"{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"#);
        _ = parse_header(Path::new("any"), json.as_bytes(), file_len);
    }

    #[test]
    fn accepted_tensors_lie_inside_the_file(dims in prop::collection::vec(0u64..1 << 33, 0..4), begin: u32, len: u32, file_len in 0u64..1 << 33) {
        let json = serde_json::json!({ "a": { "dtype": "F32", "shape": dims, "data_offsets": [begin, u64::from(begin) + u64::from(len)] } }).to_string();
        if let Ok(header) = parse_header(Path::new("any"), json.as_bytes(), file_len) {
            let tensor = &header.tensors["a"];
            prop_assert_eq!(tensor.offset + tensor.bytes, file_len);
            prop_assert_eq!(tensor.shape.iter().product::<usize>() as u64 * 4, tensor.bytes);
        }
    }

    #[test]
    fn one_flipped_byte_is_found_or_harmless(at in 0usize..600, bit in 0u8..8) {
        // The header of a real file with one bit wrong either is refused or still describes tensors inside it.
        let data = std::fs::read(fixture("csm-tiny/k32/sesame/model.safetensors")).unwrap();
        let len = u64::from_le_bytes(data[..8].try_into().unwrap()) as usize;
        let mut json = data[8..8 + len].to_vec();
        json[at] ^= 1 << bit;
        if let Ok(header) = parse_header(Path::new("any"), &json, data.len() as u64) {
            prop_assert!(header.tensors.values().all(|t| t.offset + t.bytes <= data.len() as u64));
        }
    }
}
