//! `myna tokens`: Myna's traces against PyTorch's, found differences, replays, sweeps and reports.
//!
//! `tests/fixtures/traces/torch-seed42.safetensors` was recorded by `tools/reference/capture_torch.py` (tests/fixtures/README.md).

#[path = "../common/mod.rs"]
mod common;
#[path = "../../../models/tests/common/expand.rs"]
mod expand;
mod report;

use common::*;
use serde_json::Value;
use std::path::Path;

const TORCH: &str = "tests/fixtures/traces/torch-seed42.safetensors";
const HF: &str = "tests/fixtures/csm-tiny/hf";
/// A tensor of which a percent turns a token.
const DEPTH: &str = "depth_decoder.model.layers.1.self_attn.v_proj.weight";
const PROMPT: &str = "tests/fixtures/csm-tiny/golden/ctx.safetensors";

/// Myna's trace of what the reference trace holds.
fn myna_trace(out: &str, model: &str, more: &[&str]) {
    let args = [
        "tokens", "capture", "--model", model, "--prompt", PROMPT, "--frames", "40", "--seed",
        "42", "-o", out,
    ];
    succeed(&[&args[..], more].concat());
}

fn compare(a: &str, b: &str) -> Value {
    let answer = succeed(&["tokens", "compare", a, b, "--json"]);
    serde_json::from_str::<Value>(&answer).unwrap()["comparison"].take()
}

#[test]
fn the_same_seed_says_the_same_as_pytorch() {
    let scratch = Scratch::new();
    let mine = scratch.path("m.safetensors");
    // Every layout of the same weights, and the candidates alone.
    for (model, more) in [("hf", &[][..]), ("sesame", &[]), ("mlx", &["--top", "60"])] {
        myna_trace(&mine, &format!("tests/fixtures/csm-tiny/{model}"), more);
        let c = compare(TORCH, &mine);
        assert_eq!(
            (&c["match"], &c["frames"]),
            (&1.0.into(), &19.into()),
            "{model}: {c}"
        );
        let shared = |name: &str| c["shared"][name].as_f64().unwrap();
        assert_eq!(shared("draws"), 95.0);
        assert!(
            shared("similarity") > 1.0 - 1e-5,
            "{model}: {}",
            shared("similarity")
        );
        assert!(
            shared("kl") < 1e-6 && shared("jensen_shannon") < 1e-6,
            "{model}"
        );
        assert!(shared("logit_distance") < 2e-4, "{model}");
        assert!(
            c["divergence"].is_null() && c["beyond_rounding"].is_null(),
            "{model}"
        );
        for side in ["a", "b"] {
            assert_eq!(c[side]["contradictions"]["found"], 0, "{model}");
            assert_eq!(c[side]["contradictions"]["checked"], 95, "{model}");
        }
        let met = run(&[
            "tokens",
            "compare",
            TORCH,
            &mine,
            "--require",
            "match>=1",
            "--require",
            "kl<=0.000001",
            "--require",
            "contradictions<=0",
        ]);
        assert_eq!(met.status.code(), Some(0));
    }
}

/// A copy of the model with one tensor scaled by 1.01, in f32 so that all of the percent arrives.
fn changed(scratch: &Scratch, name: &str, tensor: &str) -> String {
    let dir = scratch.copy("csm-tiny/hf", name);
    let file = dir.join("model.safetensors");
    let data = std::fs::read(&file).unwrap();
    let all = safetensors::SafeTensors::deserialize(&data).unwrap();
    let scaled: Vec<u8> = all
        .tensor(tensor)
        .unwrap()
        .data()
        .chunks_exact(2)
        .map(|b| f32::from_bits(u32::from(u16::from_le_bytes([b[0], b[1]])) << 16) * 1.01)
        .flat_map(f32::to_le_bytes)
        .collect();
    let views = all.iter().map(|(name, view)| {
        let view = if name == tensor {
            let shape = view.shape().to_vec();
            safetensors::tensor::TensorView::new(safetensors::Dtype::F32, shape, &scaled).unwrap()
        } else {
            view
        };
        (name.to_owned(), view)
    });
    std::fs::write(&file, safetensors::serialize(views, None).unwrap()).unwrap();
    dir.to_str().unwrap().to_owned()
}

#[test]
fn one_changed_weight_is_found_and_told() {
    let scratch = Scratch::new();
    let mine = scratch.path("m.safetensors");
    // The tensor; where numbers and then tokens first differ, and what is to be looked at.
    for (i, (tensor, place, parting, suspect)) in [
        (
            "backbone_model.layers.0.input_layernorm.weight",
            Value::Null,
            Some([2, 3]),
            "look at the backbone, its embeddings",
        ),
        (
            DEPTH,
            1.into(),
            Some([12, 4]),
            "look at the depth decoder or the head of codebook 1",
        ),
        // Every logit of codebook 0 alike, by a percent: here no token turns on it, and it is found all the same.
        ("lm_head.weight", 0.into(), None, ""),
    ]
    .into_iter()
    .enumerate()
    {
        myna_trace(&mine, &changed(&scratch, &i.to_string(), tensor), &[]);
        let c = compare(TORCH, &mine);
        let beyond = &c["beyond_rounding"];
        assert_eq!(beyond["frame"], 0, "{tensor}: {beyond}");
        assert_eq!(beyond["codebook"], place, "{tensor}: {beyond}");
        let d = &c["divergence"];
        if let Some(parting) = parting {
            assert_eq!(
                serde_json::json!([d["frame"], d["codebook"]]),
                serde_json::json!(parting),
                "{tensor}: {d}"
            );
            assert_eq!(d["cause"], "model", "{tensor}: {d}");
            let explanation = d["explanation"].as_str().unwrap();
            assert!(explanation.contains(suspect), "{tensor}: {explanation}");
            assert!(d["margin_a"]["choice"].as_f64().unwrap() > 0.0);
            assert!(d["logit_distance"].as_f64().unwrap() > 1e-2);
        } else {
            assert!(d.is_null() && c["match"] == 1.0, "{tensor}: {d}");
        }
        let require = ["--require", "logit-distance<=0.001"];
        let refused = run(&[&["tokens", "compare", TORCH, &mine][..], &require].concat());
        assert_eq!(refused.status.code(), Some(1), "{tensor}");
    }
}

#[test]
fn a_sampler_that_rewrites_tokens_is_named() {
    let scratch = Scratch::new();
    let biased = scratch.path("b.safetensors");
    let (shape, frames) = tensor(root().join(TORCH).to_str().unwrap(), "frames");
    let rewritten: Vec<u8> = frames
        .iter()
        .map(|&t| {
            if (1.0..32.0).contains(&t) {
                0
            } else {
                t as i32
            }
        })
        .flat_map(i32::to_le_bytes)
        .collect();
    std::fs::copy(root().join(TORCH), &biased).unwrap();
    overwrite(Path::new(&biased), "frames", &rewritten);
    assert_eq!(shape, [18, 5]);
    let c = compare(TORCH, &biased);
    assert_eq!(c["divergence"]["cause"], "sampler-b", "{c}");
    assert_eq!(c["a"]["contradictions"]["found"], 0);
    assert!(c["b"]["contradictions"]["found"].as_u64().unwrap() > 5);
    assert_eq!(c["ranges"][0]["b"]["drawn"], 0);
    assert!(
        c["ranges"][0]["b"]["p"].as_f64().unwrap() < 1e-3,
        "{}",
        c["ranges"]
    );
    assert!(
        c["ranges"][0]["a"]["p"].as_f64().unwrap() > 1e-3,
        "{}",
        c["ranges"]
    );
}

#[test]
fn excluded_tokens_are_recorded_as_they_would_have_been() {
    let scratch = Scratch::new();
    let (plain, excluded) = (scratch.path("p.safetensors"), scratch.path("e.safetensors"));
    myna_trace(&plain, HF, &[]);
    myna_trace(&excluded, HF, &["--exclude-tokens", "1..32"]);
    let (_, unexcluded) = tensor(&excluded, "unexcluded");
    let (_, frames) = tensor(&excluded, "frames");
    let (_, before) = tensor(&plain, "frames");
    assert!(
        frames.iter().all(|t| !(1.0..32.0).contains(t)),
        "{frames:?}"
    );
    // Until an exclusion first changes a token, both were drawn alike.
    let first = frames
        .iter()
        .zip(&unexcluded)
        .position(|(a, b)| a != b)
        .unwrap();
    assert_eq!(unexcluded[..=first], before[..=first]);
    let c = compare(&plain, &excluded);
    assert_eq!(c["divergence"]["cause"], "setting", "{}", c["divergence"]);
    let names: Vec<&str> = c["ranges"]
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["name"].as_str().unwrap())
        .collect();
    assert_eq!(names, ["low"], "the same range is told once");
}

#[test]
fn replays_end_where_the_model_changed() {
    let scratch = Scratch::new();
    let replay = |trace: &str, model: &str| {
        let output = run(&["tokens", "replay", trace, "--model", model, "--json"]);
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), answer)
    };
    // PyTorch's noise, recorded; then Myna's seed, without noise.
    let (code, answer) = replay(TORCH, HF);
    assert_eq!(
        (code, &answer["match"], &answer["noise"]),
        (Some(0), &1.0.into(), &"recorded".into())
    );
    assert_eq!(answer["same_model"], true);
    let mine = scratch.path("m.safetensors");
    myna_trace(&mine, HF, &["--stages", "logits,prompt", "--top", "8"]);
    let (code, answer) = replay(&mine, "tests/fixtures/csm-tiny/sesame");
    assert_eq!(
        (code, &answer["match"], &answer["noise"]),
        (Some(0), &1.0.into(), &"seed".into())
    );
    let other = changed(&scratch, "other", DEPTH);
    let (code, answer) = replay(TORCH, &other);
    assert_eq!((code, &answer["same_model"]), (Some(1), &false.into()));
    assert_eq!(answer["comparison"]["divergence"]["cause"], "model");
}

#[test]
fn sweeps_rank_every_setting() {
    let base = [
        "tokens",
        "sweep",
        "--model",
        HF,
        "--text",
        "Hello there.",
        "--max-seconds",
        "1",
        "--seeds",
        "2",
    ];
    let answer = succeed(
        &[
            &base[..],
            &[
                "--temperature",
                "0.6..1.2:0.3",
                "--top-k",
                "5,50",
                "--no-ear",
                "--json",
            ],
        ]
        .concat(),
    );
    let answer: Value = serde_json::from_str(&answer).unwrap();
    let rows = answer["settings"].as_array().unwrap();
    assert_eq!(rows.len(), 6);
    for (i, row) in rows.iter().enumerate() {
        assert_eq!(row["rank"], i + 1);
        assert_eq!(row["utterances"], 2);
    }
    let find = |t: f64, k: u64| {
        let near = |row: &&Value| {
            (row["temperature"].as_f64().unwrap() - t).abs() < 1e-6 && row["top_k"] == k
        };
        rows.iter().find(near).unwrap()
    };
    let figure = |t: f64, k: u64, name: &str| find(t, k)[name].as_f64().unwrap();
    // The reference is no distance from itself; more heat and more candidates leave more choice.
    assert!(figure(0.9, 50, "distance") < 1e-6);
    assert!(figure(0.6, 50, "distance") > 1e-3);
    assert!(figure(1.2, 50, "entropy") > figure(0.6, 50, "entropy"));
    assert!(figure(0.9, 5, "unreachable") > figure(0.9, 50, "unreachable"));
    assert!(
        rows.iter().all(|row| row["word_error_rate"].is_null()),
        "nobody listens"
    );
    let odd = run(&[&base[..], &["--temperature", "2..1:1"]].concat());
    assert_eq!(odd.status.code(), Some(2));
}

#[test]
fn a_round_trip_through_a_recogniser_counts_words() {
    let ear = expand::expanded("trained");
    let answer = succeed(&[
        "tokens",
        "sweep",
        "--model",
        HF,
        "--text",
        "Hello there.",
        "--max-seconds",
        "1",
        "--seeds",
        "1",
        "--temperature",
        "0.9",
        "--top-k",
        "50",
        "--ear",
        ear.path().to_str().unwrap(),
        "--json",
    ]);
    let answer: Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["recogniser"], true);
    // Noise of a random voice: whatever is heard, it is not what was said.
    assert!(
        answer["settings"][0]["word_error_rate"].as_f64().unwrap() > 0.0,
        "{answer}"
    );
}

#[test]
fn texts_read_as_agreed() {
    let scratch = Scratch::new();
    let mut t = Transcript::new(&scratch);
    let biased = scratch.path("biased.safetensors");
    std::fs::copy(root().join(TORCH), &biased).unwrap();
    overwrite(Path::new(&biased), "frames", &9i32.to_le_bytes());
    t.run(&["tokens", "compare", TORCH, TORCH]);
    t.run(&[
        "tokens",
        "compare",
        TORCH,
        &biased,
        "--require",
        "match>=0.999",
    ]);
    t.run(&["tokens", "compare", TORCH, TORCH, "--require", "wobble>=1"]);
    t.run(&["tokens", "compare", TORCH, "none.safetensors"]);
    t.run(&[
        "tokens",
        "compare",
        TORCH,
        "tests/fixtures/csm-tiny/k32/golden/ctx.safetensors",
    ]);
    t.run(&[
        "tokens",
        "compare",
        TORCH,
        "tests/fixtures/csm-tiny/hf/model.safetensors",
    ]);
    t.run(&[
        "tokens",
        "replay",
        "tests/fixtures/csm-tiny/golden/ctx.safetensors",
        "--model",
        HF,
    ]);
    t.run(&[
        "tokens",
        "replay",
        TORCH,
        "--model",
        "tests/fixtures/csm-tiny/k32/sesame",
    ]);
    t.run(&["tokens", "sweep", "--model", HF, "--temperature", "0..1:0"]);
    t.run(&["tokens", "report", TORCH, "-o", &biased]);
    t.check("tokens.txt");
}
