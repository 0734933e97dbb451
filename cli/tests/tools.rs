//! The verbs around speaking: codec, tokens, models, bench.

mod common;

use common::*;

fn path(name: &str) -> String {
    fixture(name).to_str().unwrap().to_owned()
}

#[test]
fn codes_equal_the_reference_and_come_back_as_sound() {
    let scratch = Scratch::new();
    let (codes, whole, stream) = (
        scratch.path("c.safetensors"),
        scratch.path("w.wav"),
        scratch.path("s.wav"),
    );
    let golden = path("mimi-tiny/golden/mimi.safetensors");
    for (clip, frames) in [("a", 11), ("b", 7)] {
        let wav = path(&format!("mimi-tiny/golden/{clip}.wav"));
        succeed(&[
            "codec",
            "encode",
            &wav,
            "-o",
            &codes,
            "--codec",
            &path("mimi-tiny/kyutai"),
        ]);
        assert_eq!(
            tensor(&codes, "codes"),
            tensor(&golden, &format!("codes_{clip}"))
        );
        assert_eq!(tensor(&codes, "codes").0, [5, frames]);

        succeed(&[
            "codec",
            "decode",
            &codes,
            "-o",
            &whole,
            "--codec",
            &path("mimi-tiny/transformers"),
        ]);
        let (spec, samples) = read_wav(&whole);
        assert_eq!(
            (spec.sample_format, spec.bits_per_sample),
            (hound::SampleFormat::Float, 32)
        );
        let (_, expected) = tensor(&golden, &format!("decoded_{clip}"));
        assert_eq!(samples.len(), expected.len());
        let worst = samples
            .iter()
            .zip(&expected)
            .map(|(a, b)| (f64::from(*a) - b).abs())
            .fold(0.0, f64::max);
        assert!(worst < 1e-4, "{worst}");

        for n in ["1", "3", "8"] {
            succeed(&[
                "codec",
                "decode",
                &codes,
                "-o",
                &stream,
                "--stream",
                n,
                "--codec",
                &path("mimi-tiny/kyutai"),
            ]);
            let (_, pieces) = read_wav(&stream);
            let worst = samples
                .iter()
                .zip(&pieces)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(
                pieces.len() == samples.len() && worst < 1e-5,
                "{n}: {worst}"
            );
        }
    }
    succeed(&[
        "codec",
        "encode",
        &path("mimi-tiny/golden/a.wav"),
        "-o",
        &codes,
        "--codebooks",
        "2",
        "--codec",
        &path("csm-tiny/hf"),
    ]);
    assert_eq!(tensor(&codes, "codes").0, [2, 11]);
}

#[test]
fn traces_equal_the_reference() {
    let scratch = Scratch::new();
    let out = scratch.path("t.safetensors");
    let plain = path("csm-tiny/golden/plain.safetensors");
    let model = path("csm-tiny/mlx");
    let args = [
        "tokens", "capture", "--model", &model, "--prompt", &plain, "--frames", "30", "--greedy",
        "-o", &out,
    ];
    succeed(&args);
    compare(&out, &plain);

    let (prompt, sampled) = (
        path("csm-tiny/golden/ctx.safetensors"),
        path("csm-tiny/golden/sampled_k20.safetensors"),
    );
    let args = [
        "tokens", "capture", "--model", &model, "--prompt", &prompt, "--noise", &sampled,
        "--top-k", "20", "--frames", "10", "-o", &out,
    ];
    succeed(&args);
    compare(&out, &sampled);
    assert_eq!(tensor(&out, "noise"), tensor(&sampled, "noise"));
    let data = std::fs::read(&out).unwrap();
    let (_, header) = safetensors::SafeTensors::read_metadata(&data).unwrap();
    let metadata = header.metadata().clone().unwrap();
    for key in ["model_hash", "seed", "temperature", "top_k", "myna"] {
        assert!(metadata.contains_key(key), "{key}");
    }
    assert_eq!(
        (metadata["top_k"].as_str(), metadata["temperature"].as_str()),
        ("20", "0.9")
    );
}

fn compare(got: &str, expected: &str) {
    assert_eq!(tensor(got, "frames"), tensor(expected, "frames"));
    for name in ["c0_logits", "depth_logits", "hidden"] {
        // Sampled goldens are kept without hidden states.
        if name == "hidden" && expected.contains("sampled") {
            continue;
        }
        let ((shape, got), (expected_shape, expected)) =
            (tensor(got, name), tensor(expected, name));
        assert_eq!(shape, expected_shape, "{name}");
        let worst = got
            .iter()
            .zip(&expected)
            .map(|(a, b)| (a - b).abs())
            .fold(0.0, f64::max);
        assert!(worst < 2e-4, "{name}: {worst}");
    }
}

#[test]
fn a_seed_can_be_replayed_from_its_trace() {
    let scratch = Scratch::new();
    let (first, second) = (scratch.path("1.safetensors"), scratch.path("2.safetensors"));
    let (model, prompt) = (
        path("csm-tiny/sesame"),
        path("csm-tiny/golden/ctx.safetensors"),
    );
    let base = [
        "tokens", "capture", "--model", &model, "--prompt", &prompt, "--frames", "6",
    ];
    succeed(&[&base[..], &["--seed", "11", "-o", &first]].concat());
    succeed(&[&base[..], &["--noise", &first, "-o", &second]].concat());
    assert_eq!(tensor(&first, "frames"), tensor(&second, "frames"));
    let wav = scratch.path("a.wav");
    let trace = scratch.path("s.safetensors");
    succeed(&[
        "speak", "Hello.", "--model", &model, "--seed", "1", "-o", &wav, "--trace", &trace,
    ]);
    assert_eq!(tensor(&trace, "frames").0[0] * 1920, read_wav(&wav).1.len());
}

#[test]
fn check_describes_every_fixture() {
    let scratch = Scratch::new();
    let mut transcript = Transcript::new(&scratch);
    for dir in [
        "csm-tiny/hf",
        "csm-tiny/sesame",
        "csm-tiny/mlx-4bit",
        "csm-tiny/k32/sesame",
        "mimi-tiny/kyutai",
        "mimi-tiny/transformers",
        "step-audio-tiny/trained",
    ] {
        transcript.run(&["models", "check", &format!("tests/fixtures/{dir}")]);
    }
    transcript.run(&["models", "check", "tests/fixtures/csm-tiny/mlx", "--json"]);
    transcript.run(&["models", "check", "tests/fixtures/csm-tiny/golden"]);
    transcript.check("check.txt");
}

#[test]
fn a_quantised_copy_speaks() {
    let scratch = Scratch::new();
    let (copy, wav) = (scratch.path("q"), scratch.path("a.wav"));
    for (bits, source) in [("4", "hf"), ("8", "sesame")] {
        succeed(&[
            "models",
            "quantize",
            &path(&format!("csm-tiny/{source}")),
            "--bits",
            bits,
            "-o",
            &copy,
        ]);
        let report: serde_json::Value =
            serde_json::from_str(&succeed(&["models", "check", &copy, "--json"])).unwrap();
        assert_eq!(report["networks"][0]["bits"].to_string(), bits);
        assert_eq!(report["ok"], true);
        succeed(&[
            "speak",
            "Hello.",
            "--model",
            &copy,
            "--codec",
            &path("mimi-tiny/kyutai"),
            "-o",
            &wav,
            "--greedy",
        ]);
        assert_eq!(
            run(&[
                "models",
                "quantize",
                &copy,
                "--bits",
                "4",
                "-o",
                &scratch.path("twice")
            ])
            .status
            .code(),
            Some(3)
        );
    }
}

#[test]
fn bench_names_every_figure_with_its_unit() {
    let answer: serde_json::Value = serde_json::from_str(&succeed(&[
        "bench",
        "speak",
        "--model",
        &path("csm-tiny/hf"),
        "--frames",
        "4",
        "--exclude-tokens",
        "0..1",
        "--capture",
        "--json",
    ]))
    .unwrap();
    for key in [
        "first_sound_ms",
        "real_time_factor",
        "frame_ms",
        "backbone_ms",
        "depth_ms",
        "sampling_ms",
        "noise_ms",
        "building_ms",
        "codec_ms",
        "weight_bytes",
        "graph_nodes",
        "floor_ms",
        "peak_memory_bytes",
    ] {
        assert!(
            answer["figures"][key].as_f64().is_some_and(|x| x > 0.0),
            "{key}: {answer}"
        );
    }
    assert_eq!(answer["figures"]["host_reads"], 1.0);
    let capture = &answer["figures"]["capture"];
    assert!(
        capture["cost"].as_f64().is_some()
            && capture["frame_ms_recorded"]
                .as_f64()
                .is_some_and(|x| x > 0.0)
    );
    assert!(
        capture["bytes_per_frame"]
            .as_f64()
            .is_some_and(|x| x > 1000.0)
    );
    assert_eq!(
        answer["figures"]["frame_ms_each"].as_array().map(Vec::len),
        Some(4)
    );
    assert!(answer["machine"]["cpu"].is_string());
    succeed(&[
        "bench",
        "codec",
        "--codec",
        &path("mimi-tiny/kyutai"),
        "--frames",
        "8",
    ]);
}

/// Its tokenizer says where its control tokens are; big random checkpoints come without one.
#[test]
fn bench_measures_the_small_recogniser_too() {
    let ear = "models/pocket/ear";
    let answer = succeed(&[
        "bench",
        "transcribe",
        "--model",
        ear,
        "--seconds",
        "1",
        "--tokens",
        "5",
        "--json",
    ]);
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    for key in [
        "encoder_ms",
        "prefill_ms",
        "token_ms",
        "building_ms",
        "graph_nodes",
    ] {
        assert!(
            answer["figures"][key].as_f64().is_some_and(|x| x > 0.0),
            "{key}: {answer}"
        );
    }
}
