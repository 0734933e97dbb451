//! Mimi against its reference: every layout, every stage, whole and in pieces; and what it refuses.

mod common;

use common::{Golden, assert_close, fixture, relative_l2};
use mlx_rs::{Array, Dtype};
use myna_models::backend::Precision;
use myna_models::mimi::{Codes, Config, Mimi};
use myna_models::weights::{Checkpoint, write_random, write_safetensors};
use myna_models::{Error, Kind};
use proptest::prelude::*;
use std::path::{Path, PathBuf};

/// Everything on disk that is the same tiny codec.
const LAYOUTS: [&str; 6] = [
    "mimi-tiny/kyutai",
    "mimi-tiny/kyutai/tokenizer-tiny.safetensors",
    "mimi-tiny/transformers",
    "mimi-tiny/transformers/model.safetensors",
    "csm-tiny/hf",
    "csm-tiny/sesame",
];
const K: usize = 5;
const FRAME: usize = 1920;

fn load(path: &str) -> Mimi {
    Mimi::load(&fixture(path), Precision::F32).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn tiny() -> Mimi {
    load("mimi-tiny/kyutai")
}

fn golden() -> Golden {
    Golden::open("mimi-tiny/golden/mimi.safetensors")
}

fn codes(golden: &Golden, name: &str) -> Codes {
    let data = golden.ints(name).iter().map(|&c| c as i32).collect();
    Codes::new(golden.shape(name)[0], data).expect("codes of a golden")
}

fn frames(codes: &Codes, range: std::ops::Range<usize>) -> Codes {
    let frames: Vec<_> = range.map(|t| codes.frame(t)).collect();
    Codes::from_frames(&frames).expect("frames of valid codes")
}

/// 16-bit mono PCM.
fn wav(name: &str) -> Vec<f32> {
    let data = std::fs::read(fixture(&format!("mimi-tiny/golden/{name}.wav"))).expect("a clip");
    let at = data
        .windows(4)
        .position(|w| w == b"data")
        .expect("a data chunk")
        + 8;
    let samples = data[at..].as_chunks::<2>().0;
    samples
        .iter()
        .map(|&b| f32::from(i16::from_le_bytes(b)) / 32768.0)
        .collect()
}

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>, kind: Kind, word: &str) {
    let error = result.expect_err("should be refused");
    assert_eq!(error.kind(), kind, "{error}");
    assert!(
        error.to_string().contains(word),
        "{error} does not name {word}"
    );
    assert!(!error.hint().is_empty(), "{error} has no hint");
}

#[test]
fn every_layout_encodes_and_decodes_as_the_reference() {
    let golden = golden();
    for layout in LAYOUTS {
        let mut mimi = load(layout);
        assert_eq!(
            (mimi.codebooks(), mimi.codebook_size(), mimi.frame_samples()),
            (K, 64, FRAME)
        );
        assert_eq!(mimi.frame_rate(), 12.5);
        assert_eq!(mimi.config().context, 20);
        for clip in ["a", "b"] {
            let expected = codes(&golden, &format!("codes_{clip}"));
            let smallest = golden
                .f32(&format!("margin_{clip}"))
                .iter()
                .fold(f32::MAX, |a, &b| a.min(b));
            assert!(smallest > 1e-3, "every decision of the golden is clear");
            assert_eq!(
                mimi.encode(&wav(clip), K).expect("codes"),
                expected,
                "{layout}, clip {clip}"
            );
            let decoded = mimi.decode(&expected).expect("samples");
            assert_close(
                layout,
                &decoded,
                golden.f32(&format!("decoded_{clip}")),
                1e-4,
            );
        }
    }
}

#[test]
fn stages_agree() {
    let golden = golden();
    for layout in ["mimi-tiny/kyutai", "mimi-tiny/transformers"] {
        let mut mimi = load(layout);
        for clip in ["a", "b"] {
            let mut stages = mimi.encode_stages(&wav(clip)).expect("stages");
            stages.extend(
                mimi.decode_stages(&codes(&golden, &format!("codes_{clip}")))
                    .expect("stages"),
            );
            for (name, values) in stages {
                let key = if name == "decoded" {
                    format!("{name}_{clip}")
                } else {
                    format!("{clip}.{name}")
                };
                let (values, expected) = match name {
                    "dec_upsampled" => upsampled(&golden, &key, &values),
                    _ => (values, golden.f32(&key).to_vec()),
                };
                let off = relative_l2(&values, &expected);
                assert!(off < 1e-5, "{layout} {key}: {off}");
            }
        }
    }
}

/// This golden was stored from a view: its rows still have the two surplus steps of the transposed convolution,
/// and it ends, at its nominal size, inside the last rows. Returns ours and the golden's values of the whole rows.
fn upsampled(golden: &Golden, key: &str, ours: &[f32]) -> (Vec<f32>, Vec<f32>) {
    let time = golden.shape(key)[1];
    let rows = golden.f32(key).chunks_exact(time + 2);
    let expected: Vec<f32> = rows.flat_map(|row| &row[..time]).copied().collect();
    (ours[..expected.len()].to_vec(), expected)
}

#[test]
fn the_window_ends_after_twenty_steps() {
    let golden = golden();
    let decoded = tiny()
        .decode(&codes(&golden, "codes_rand"))
        .expect("samples");
    assert_close("codes_rand", &decoded, golden.f32("decoded_rand"), 1e-4);
}

#[test]
fn fewer_codebooks_are_valid() {
    let golden = golden();
    let mut mimi = tiny();
    let short = frames(&codes(&golden, "codes_rand"), 0..8);
    for (count, name) in [
        (2, "decoded_rand8_first2codebooks"),
        (1, "decoded_rand8_1codebook"),
    ] {
        let decoded = mimi
            .decode(&short.truncated(count).expect("codes"))
            .expect("samples");
        assert_close(name, &decoded, golden.f32(name), 1e-4);
    }
    for count in 1..=K {
        let some = mimi.encode(&wav("b"), count).expect("codes");
        assert_eq!(
            some,
            codes(&golden, "codes_b").truncated(count).expect("codes")
        );
    }
}

#[test]
fn chunks_of_any_size_equal_the_whole() {
    let golden = golden();
    let all = codes(&golden, "codes_rand");
    let mut mimi = tiny();
    let whole = mimi.decode(&all).expect("samples");
    for chunk in [1, 2, 3, 5, 8, 13] {
        mimi.reset_decoder();
        let mut streamed = Vec::new();
        for from in (0..all.frames()).step_by(chunk) {
            let part = frames(&all, from..all.frames().min(from + chunk));
            let samples = mimi.decode_step(&part).expect("samples");
            assert_eq!(samples.len(), part.frames() * FRAME);
            streamed.extend(samples);
        }
        assert_close(&format!("chunks of {chunk}"), &streamed, &whole, 1e-5);
        assert_close(
            &format!("chunks of {chunk}"),
            &streamed,
            golden.f32("decoded_rand"),
            1e-4,
        );
    }
}

#[test]
fn encoding_in_pieces_equals_encoding_at_once() {
    let mut mimi = tiny();
    // 13 s of the two clips: beyond the window, with a last frame that is not full.
    let samples: Vec<f32> = std::iter::repeat_n([wav("a"), wav("b")].concat(), 4)
        .flatten()
        .collect();
    let whole = mimi
        .encode_in_pieces(&samples, K, usize::MAX)
        .expect("codes");
    assert_eq!(whole.frames(), samples.len().div_ceil(FRAME));
    for piece in [1, 2, 3, 7, 8] {
        assert_eq!(
            mimi.encode_in_pieces(&samples, K, piece).expect("codes"),
            whole,
            "pieces of {piece}"
        );
    }
}

#[test]
fn every_length_gives_whole_frames() {
    let mut mimi = tiny();
    let clip = wav("a");
    for n in [1, 2, 7, 959, 960, 961, 1919, 1920, 1921, 3840, 3841] {
        let codes = mimi.encode(&clip[..n], K).expect("codes");
        assert_eq!(codes.frames(), n.div_ceil(FRAME), "{n} samples");
    }
}

#[test]
fn an_utterance_leaves_nothing_behind() {
    let golden = golden();
    let (all, mut mimi) = (codes(&golden, "codes_a"), tiny());
    mimi.decode_step(&codes(&golden, "codes_rand"))
        .expect("samples");
    mimi.reset_decoder();
    assert_close(
        "after reset",
        &mimi.decode_step(&all).expect("samples"),
        golden.f32("decoded_a"),
        1e-4,
    );
    assert_close(
        "whole",
        &mimi.decode(&all).expect("samples"),
        golden.f32("decoded_a"),
        1e-4,
    );
    assert_close(
        "after whole",
        &mimi.decode_step(&all).expect("samples"),
        golden.f32("decoded_a"),
        1e-4,
    );
}

#[test]
fn encoding_leaves_a_decoder_stream_alone() {
    let golden = golden();
    let (all, mut mimi) = (codes(&golden, "codes_a"), tiny());
    let mut streamed = mimi.decode_step(&frames(&all, 0..4)).expect("samples");
    mimi.encode(&wav("b"), K).expect("codes");
    streamed.extend(mimi.decode_step(&frames(&all, 4..11)).expect("samples"));
    assert_close("stream", &streamed, golden.f32("decoded_a"), 1e-4);
}

#[test]
fn codes_from_elsewhere_are_refused_and_the_stream_goes_on() {
    let golden = golden();
    let (all, mut mimi) = (codes(&golden, "codes_a"), tiny());
    let mut streamed = mimi.decode_step(&frames(&all, 0..3)).expect("samples");
    let with = |id: i32| {
        let mut data = all.data().to_vec();
        data[2 * all.frames() + 7] = id;
        Codes::new(K, data).expect("a table")
    };
    for id in [64, -1, i32::MAX, i32::MIN] {
        refusal(
            mimi.decode_step(&with(id)),
            Kind::BadInput,
            "codebook 2 in frame 7",
        );
    }
    refusal(
        mimi.decode_step(&Codes::new(6, vec![0; 6]).expect("a table")),
        Kind::BadInput,
        "6 codebooks",
    );
    streamed.extend(mimi.decode_step(&frames(&all, 3..11)).expect("samples"));
    assert_close("stream", &streamed, golden.f32("decoded_a"), 1e-4);
}

#[test]
fn codes_are_whole_frames() {
    refusal(Codes::new(5, vec![0; 7]), Kind::BadInput, "7 codes");
    refusal(Codes::new(0, vec![0; 7]), Kind::BadInput, "no codes");
    refusal(Codes::new(5, vec![]), Kind::BadInput, "no codes");
    refusal(Codes::from_frames(&[]), Kind::BadInput, "no codes");
    refusal(
        Codes::from_frames(&[vec![1, 2], vec![3]]),
        Kind::BadInput,
        "frame 1",
    );
    let codes = Codes::from_frames(&[vec![1, 2], vec![3, 4], vec![5, 6]]).expect("codes");
    assert_eq!((codes.codebooks(), codes.frames()), (2, 3));
    assert_eq!(
        (codes.row(0), codes.row(1), codes.row(2)),
        ([1, 3, 5].as_slice(), [2, 4, 6].as_slice(), [].as_slice())
    );
    assert_eq!((codes.frame(1), codes.frame(3)), (vec![3, 4], vec![]));
    assert_eq!(codes.truncated(1).expect("codes").data(), [1, 3, 5]);
    refusal(codes.truncated(3), Kind::BadInput, "3 of 2");
    refusal(codes.truncated(0), Kind::BadInput, "0 of 2");
}

#[test]
fn audio_that_is_none_is_refused() {
    let mut mimi = tiny();
    refusal(mimi.encode(&[], K), Kind::BadInput, "empty");
    refusal(mimi.encode(&[0.0, f32::NAN], K), Kind::BadInput, "sample 1");
    refusal(mimi.encode(&[f32::INFINITY], K), Kind::BadInput, "sample 0");
    refusal(mimi.encode(&[0.0; 100], 0), Kind::BadInput, "0 codebooks");
    refusal(mimi.encode(&[0.0; 100], 6), Kind::BadInput, "6 codebooks");
}

/// A copy of the tiny codec, changed, in a folder of its own.
struct Copy(tempfile::TempDir);

impl Copy {
    fn of(layout: &str, change: impl Fn(&str, Array) -> Vec<(String, Array)>) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let config = if layout.ends_with("kyutai") {
            "mimi_config.json"
        } else {
            "config.json"
        };
        std::fs::copy(fixture(layout).join(config), dir.path().join(config)).expect("a config");
        let stored = Checkpoint::open(&fixture(layout)).expect("a codec");
        let tensors: Vec<(String, Array)> = stored
            .names()
            .flat_map(|n| change(n, stored.read(n).expect("a tensor")))
            .collect();
        let named: Vec<(&str, Array)> = tensors
            .iter()
            .map(|(n, a)| (n.as_str(), a.clone()))
            .collect();
        write_safetensors(&dir.path().join("model.safetensors"), &named, &[]).expect("written");
        Self(dir)
    }

    fn load(&self) -> Result<Mimi, Error> {
        Mimi::load(self.0.path(), Precision::F32)
    }
}

fn keep(name: &str, tensor: Array) -> Vec<(String, Array)> {
    vec![(name.to_owned(), tensor)]
}

#[test]
fn missing_and_misshapen_tensors_are_named() {
    for (layout, name, reported) in [
        (
            "mimi-tiny/kyutai",
            "decoder.model.5.convtr.convtr.bias",
            "decoder.model.5.convtr.convtr.bias",
        ),
        (
            "mimi-tiny/kyutai",
            "quantizer.rvq_rest.vq.layers.2._codebook.cluster_usage",
            "layers.2._codebook.cluster_usage",
        ),
        (
            "mimi-tiny/transformers",
            "decoder_transformer.layers.1.self_attn.k_proj.weight",
            "layers.1.self_attn.in_proj_weight: part 2 of 3",
        ),
        (
            "mimi-tiny/transformers",
            "upsample.conv.weight",
            "upsample.convtr.convtr.convtr.weight",
        ),
    ] {
        let without = Copy::of(layout, |n, a| if n == name { vec![] } else { keep(n, a) });
        refusal(without.load(), Kind::ModelRefused, reported);
        let cut = Copy::of(layout, |n, a| {
            let mut shape = a.shape().to_vec();
            shape[0] += 1;
            keep(
                n,
                if n == name {
                    Array::zeros::<f32>(&shape).expect("zeros")
                } else {
                    a
                },
            )
        });
        refusal(
            cut.load(),
            Kind::ModelRefused,
            reported.split(':').next().expect("a name"),
        );
    }
    let integers = Copy::of("mimi-tiny/kyutai", |n, a| {
        keep(
            n,
            if n == "encoder.model.0.conv.conv.bias" {
                a.as_dtype(Dtype::Int32).expect("integers")
            } else {
                a
            },
        )
    });
    refusal(
        integers.load(),
        Kind::ModelRefused,
        "encoder.model.0.conv.conv.bias",
    );
    let nan = Copy::of("mimi-tiny/kyutai", |n, a| {
        let nan = Array::from_slice(&[f32::NAN; 3], &[3]);
        keep(
            n,
            if n == "encoder.model.0.conv.conv.bias" {
                nan
            } else {
                a
            },
        )
    });
    refusal(
        nan.load(),
        Kind::ModelRefused,
        "encoder.model.0.conv.conv.bias",
    );
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let whole =
        std::fs::read(fixture("mimi-tiny/kyutai/tokenizer-tiny.safetensors")).expect("a file");
    let dir = tempfile::tempdir().expect("a folder");
    let path = dir.path().join("tokenizer-cut.safetensors");
    for len in [0, 4, 8, 100, 20_000, whole.len() / 2, whole.len() - 1] {
        std::fs::write(&path, &whole[..len]).expect("written");
        refusal(
            Mimi::load(&path, Precision::F32),
            Kind::ModelRefused,
            "tokenizer-cut",
        );
    }
}

#[test]
fn folders_without_a_codec_say_so() {
    for model in ["csm-tiny/mlx", "csm-tiny/k32/sesame"] {
        refusal(
            Mimi::load(&fixture(model), Precision::F32),
            Kind::ModelMissing,
            "no Mimi codec",
        );
    }
    let nowhere = Mimi::load(Path::new("nowhere.safetensors"), Precision::F32);
    refusal(nowhere, Kind::ModelMissing, "nowhere");
}

#[test]
fn weight_norm_is_folded() {
    let golden = golden();
    // A weight w stands as direction 3·w and gain |w|, per first axis, in both spellings of PyTorch.
    for (g, v) in [
        ("weight_g", "weight_v"),
        (
            "parametrizations.weight.original0",
            "parametrizations.weight.original1",
        ),
    ] {
        let split = Copy::of("mimi-tiny/kyutai", |n, a| {
            let Some(stem) = n
                .strip_suffix("conv.weight")
                .filter(|_| n.starts_with("encoder.model"))
            else {
                return keep(n, a);
            };
            let rows = a.shape()[0];
            let squares = a
                .square()
                .and_then(|s| s.reshape(&[rows, -1]))
                .expect("squares");
            let gain = squares
                .sum_axis(1, true)
                .and_then(|s| s.sqrt())
                .and_then(|s| s.reshape(&[rows, 1, 1]));
            let direction = a.multiply(Array::from_f32(3.0)).expect("a multiple");
            vec![
                (format!("{stem}conv.{g}"), gain.expect("norms")),
                (format!("{stem}conv.{v}"), direction),
            ]
        });
        assert_eq!(
            split
                .load()
                .expect("a codec")
                .encode(&wav("a"), K)
                .expect("codes"),
            codes(&golden, "codes_a")
        );
        let lost = Copy::of("mimi-tiny/kyutai", |n, a| {
            if n == "encoder.model.3.conv.conv.weight" {
                vec![(format!("encoder.model.3.conv.conv.{v}"), a)]
            } else {
                keep(n, a)
            }
        });
        refusal(
            lost.load(),
            Kind::ModelRefused,
            "encoder.model.3.conv.conv.weight",
        );
    }
}

#[test]
fn half_precision_weights_come_close() {
    let golden = golden();
    let half = Copy::of("mimi-tiny/transformers", |n, a| {
        keep(n, a.as_dtype(Dtype::Bfloat16).expect("halves"))
    });
    for precision in [Precision::F32, Precision::Stored] {
        let mut mimi = Mimi::load(half.0.path(), precision).expect("a codec");
        let decoded = mimi.decode(&codes(&golden, "codes_a")).expect("samples");
        let off = relative_l2(&decoded, golden.f32("decoded_a"));
        assert!(off < 5e-2, "{precision:?}: {off}");
        assert_eq!(mimi.encode(&wav("b"), K).expect("codes").frames(), 7);
    }
}

fn config(json: &str) -> Result<Option<Config>, Error> {
    Config::parse(Path::new("config.json"), json.as_bytes())
}

#[test]
fn configs_are_taken_or_refused() {
    assert_eq!(
        config(r#"{"model_type": "mimi"}"#).expect("a config"),
        Some(Config::genuine())
    );
    let moved =
        r#"{"codec_config": {"model_type": "mimi", "rope_parameters": {"rope_theta": 5000.0}}}"#;
    assert_eq!(
        config(moved).expect("a config").map(|c| c.rope_base),
        Some(5000.0)
    );
    assert_eq!(
        config(r#"{"model_type": "csm", "hidden_size": 2048}"#).expect("another config"),
        None
    );
    for (field, word) in [
        (r#""sampling_rate": 16000"#, "ratios"),
        (r#""sampling_rate": 48000, "frame_rate": 25.0"#, "48000"),
        (r#""upsampling_ratios": [0]"#, "ratios"),
        (r#""upsampling_ratios": []"#, "ratios"),
        (r#""upsampling_ratios": [4294967296, 4294967296]"#, "ratios"),
        (r#""upsampling_ratios": 8"#, "upsampling_ratios"),
        (r#""hidden_size": -1"#, "hidden_size"),
        (r#""hidden_size": 513"#, "hidden_size"),
        (r#""hidden_size": 1e300"#, "hidden_size"),
        (r#""num_attention_heads": 0"#, "hidden_size"),
        (r#""codebook_size": 0"#, "codebook_size"),
        (r#""num_quantizers": 1"#, "num_quantizers"),
        (r#""num_residual_layers": 2"#, "num_residual_layers"),
        (r#""use_causal_conv": false"#, "use_causal_conv"),
        (r#""hidden_act": "gelu_pytorch_tanh""#, "hidden_act"),
        (r#""compress": 65"#, "compress"),
        (r#""sliding_window": 0"#, "sliding_window"),
    ] {
        refusal(
            config(&format!(r#"{{"model_type": "mimi", {field}}}"#)),
            Kind::ModelRefused,
            word,
        );
    }
    refusal(config("{"), Kind::ModelRefused, "config.json");
}

/// A codec with 64-wide heads, small enough to write in a moment.
fn narrow() -> Config {
    Config {
        filters: 4,
        ratios: vec![4, 3],
        downsample: 160,
        hidden: 128,
        heads: 2,
        layers: 2,
        mlp: 96,
        codebooks: 3,
        codebook_size: 16,
        codebook_dim: 8,
        ..Config::genuine()
    }
}

fn write_narrow(dir: &Path) -> PathBuf {
    let path = dir.join("tokenizer-narrow.safetensors");
    write_random(&path, &Mimi::specs(&narrow()), Dtype::Float32, None, "", 7).expect("written");
    path
}

#[test]
fn sizes_come_from_shapes_where_no_config_is() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = write_narrow(dir.path());
    assert_eq!(
        Mimi::load(&path, Precision::F32).expect("a codec").config(),
        &narrow()
    );
    // The language model's config that lies beside kyutai's codec says nothing about the codec.
    std::fs::write(
        dir.path().join("config.json"),
        r#"{"dim": 4096, "num_heads": 32}"#,
    )
    .expect("written");
    assert_eq!(
        Mimi::load(dir.path(), Precision::F32)
            .expect("a codec")
            .config(),
        &narrow()
    );
    // 24 channels cannot be told apart into heads.
    let bare = dir.path().join("bare.safetensors");
    std::fs::copy(
        fixture("mimi-tiny/kyutai/tokenizer-tiny.safetensors"),
        &bare,
    )
    .expect("copied");
    std::fs::remove_file(dir.path().join("config.json")).expect("removed");
    refusal(
        Mimi::load(&bare, Precision::F32),
        Kind::ModelRefused,
        "width 24",
    );
}

#[test]
fn the_genuine_codec_has_the_published_tensors() {
    let specs = Mimi::specs(&myna_models::mimi::genuine());
    let shape = |name: &str| {
        specs
            .iter()
            .find(|s| s.name == name)
            .map(|s| s.shape.clone())
    };
    assert_eq!(
        shape("decoder.model.2.convtr.convtr.weight"),
        Some(vec![1024, 512, 16])
    );
    assert_eq!(
        shape("encoder.model.12.conv.conv.weight"),
        Some(vec![1024, 512, 16])
    );
    assert_eq!(
        shape("encoder_transformer.transformer.layers.7.self_attn.in_proj_weight"),
        Some(vec![1536, 512])
    );
    assert_eq!(
        shape("quantizer.rvq_rest.vq.layers.30._codebook.embedding_sum"),
        Some(vec![2048, 256])
    );
    assert_eq!(
        shape("downsample.conv.conv.conv.weight"),
        Some(vec![512, 512, 4])
    );
    let bytes: usize = specs
        .iter()
        .map(|s| 4 * s.shape.iter().product::<usize>())
        .sum();
    assert!(
        (380_000_000..390_000_000).contains(&bytes),
        "{bytes} bytes, the published file has 0.385 GB"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_split_of_a_stream_equals_the_whole(cuts in prop::collection::btree_set(1usize..26, 0..10)) {
        let golden = golden();
        let all = codes(&golden, "codes_rand");
        let mut mimi = tiny();
        let (mut from, mut streamed) = (0, Vec::new());
        for to in cuts.into_iter().chain([all.frames()]) {
            streamed.extend(mimi.decode_step(&frames(&all, from..to)).expect("samples"));
            from = to;
        }
        assert_close("split", &streamed, golden.f32("decoded_rand"), 1e-4);
    }
}
