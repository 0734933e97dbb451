//! Mimi against its reference: every layout, every stage, whole and in pieces; and what it refuses.

mod checkpoints;
#[path = "../common/mod.rs"]
mod common;
mod refusals;
mod streams;

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
