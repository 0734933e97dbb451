//! token2wav against the public Step-Audio2 repository: features, codes, speaker vectors, every stage of the flow, the
//! vocoder, streams; both layouts; and what is refused.

#[path = "../common/mod.rs"]
mod common;
mod layouts;
mod parity;
mod refusals;
mod streams;

use common::{Golden, assert_close, fixture, pcm16, relative_l2};
use myna_models::audio::{MelFrontEnd, fbank, voice_mel};
use myna_models::backend::Precision;
use myna_models::token2wav::*;
use myna_models::{Kind, Result};
use std::path::Path;

const DIR: &str = "token2wav-tiny";
/// The largest relative L2 error of any stage; the goldens allow 2e-3, computing in f32 gives this.
const CLOSE: f64 = 1e-4;
/// Of a waveform, after ten steps and the vocoder.
const WAVE: f64 = 1e-2;

fn golden(name: &str) -> Golden {
    Golden::open(&format!("{DIR}/golden/{name}.safetensors"))
}

fn clip(name: &str) -> Vec<f32> {
    pcm16(&format!("{DIR}/audio/{name}.wav"))
}

/// A token2wav folder, its files under the names that are looked for.
fn folder(layout: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().expect("a folder");
    let of = |name: &str| match layout {
        "mlx" => format!("{name}.mlx-layout.safetensors"),
        _ => format!("{name}.safetensors"),
    };
    for (from, to) in [
        (of("flow"), "flow.safetensors"),
        (of("hift"), "hift.safetensors"),
        ("s3tokenizer.safetensors".into(), "s3tokenizer.safetensors"),
        (
            "campplus.mlx-layout.safetensors".into(),
            "campplus.safetensors",
        ),
    ] {
        std::fs::copy(fixture(&format!("{DIR}/model/{from}")), dir.path().join(to))
            .expect("a copy");
    }
    dir
}

fn load(layout: &str) -> Token2Wav {
    let dir = folder(layout);
    Token2Wav::load(dir.path(), Precision::F32).unwrap_or_else(|e| panic!("{layout}: {e}"))
}

fn codes(golden: &Golden, name: &str) -> Vec<u32> {
    golden.ints(name).iter().map(|&c| c as u32).collect()
}

/// `[bands, frames]` of a golden as `[frames, bands]`.
fn frames_first(values: &[f32], bands: usize) -> Vec<f32> {
    let frames = values.len() / bands;
    (0..frames)
        .flat_map(|t| values.iter().skip(t).step_by(frames))
        .copied()
        .collect()
}

/// The prompt and the noise of flow_offline, without randomness in the vocoder.
fn voice() -> Voice {
    let g = golden("flow_offline");
    let prompt = Prompt::new(
        codes(&g, "prompt_token"),
        g.f32("prompt_mel").to_vec(),
        g.f32("spk_emb").to_vec(),
    )
    .expect("a prompt");
    Voice::new(prompt, Noise::given(g.f32("noise")).expect("noise"))
}

fn close(what: &str, got: &[f32], expected: &[f32], tolerance: f64) {
    assert_eq!(got.len(), expected.len(), "{what}: lengths differ");
    let error = relative_l2(got, expected);
    println!("{what}: relative L2 {error:.2e}");
    assert!(error <= tolerance, "{what}: relative L2 {error:.2e}");
}

fn refusal<T>(result: Result<T>, kind: Kind, word: &str) {
    match result {
        Ok(_) => panic!("should be refused for {word}"),
        Err(e) => {
            assert_eq!(e.kind(), kind, "{e}");
            assert!(e.to_string().contains(word), "{e} does not name {word}");
            assert!(!e.hint().is_empty(), "{e} has no hint");
        }
    }
}
