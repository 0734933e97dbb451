//! Bad input of every kind: what is said, and with which exit code.

#[path = "../common/mod.rs"]
mod common;
mod models;

use common::*;

const HF: &str = "tests/fixtures/csm-tiny/hf";

#[test]
fn text_that_cannot_be_spoken() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let mut t = Transcript::new(&scratch);
    t.run(&["speak", "", "--model", HF, "-o", &out]);
    t.run(&["speak", " \n\t", "--model", HF, "-o", &out]);
    t.run(&["speak", "?! … ◊", "--model", HF, "-o", &out]);
    t.run(&["speak", "?!", "--model", HF, "-o", &out, "--json"]);
    t.run(&[
        "speak",
        &"many words ".repeat(2000),
        "--plain",
        "--model",
        HF,
        "-o",
        &out,
    ]);
    t.run(&[
        "speak",
        "--file",
        &scratch.path("none.txt"),
        "--model",
        HF,
        "-o",
        &out,
    ]);
    std::fs::write(scratch.path("latin1.txt"), b"caf\xe9").unwrap();
    t.run(&[
        "speak",
        "--file",
        &scratch.path("latin1.txt"),
        "--model",
        HF,
        "-o",
        &out,
    ]);
    t.run(&["speak", "\n---\na: b\n---", "--model", HF, "-o", &out]);
    let own = scratch.path("own.toml");
    for words in ["[words]\nMyna = 5\n", "[words]\nMyna = \"m1na\"\n"] {
        std::fs::write(&own, words).unwrap();
        t.run(&[
            "speak",
            "Myna.",
            "--model",
            HF,
            "-o",
            &out,
            "--pronunciation",
            &own,
        ]);
    }
    let none = scratch.path("none.toml");
    t.run(&[
        "speak",
        "Myna.",
        "--model",
        HF,
        "-o",
        &out,
        "--pronunciation",
        &none,
    ]);
    let args = ["speak", "-", "--model", HF, "-o", &out];
    t.add(&args, &with_input(&args, b""));
    t.check("text.txt");
    assert!(
        !std::path::Path::new(&out).exists(),
        "a refusal leaves no file"
    );
}

#[test]
fn options_that_make_no_sense() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let mut t = Transcript::new(&scratch);
    for more in [
        &["--top-k", "0"][..],
        &["--top-k", "0", "--json"],
        &["--temperature", "-1"],
        &["--temperature", "nan"],
        &["--exclude-tokens", "5..5"],
        &["--exclude-tokens", "0..1000"],
        &["--codebooks", "1"],
        &["--codebooks", "6"],
        &["--max-seconds", "0"],
        &["--chunk-frames", "0"],
        &["--voice-match"],
        &["--context", "no equals sign"],
        &["--file", "also.txt"],
        &["--wobble"],
        &["--voice-match", "--json"],
    ] {
        t.run(&[&["speak", "Hello.", "--model", HF, "-o", &out], more].concat());
    }
    t.run(&["speak"]);
    t.run(&["sing"]);
    t.check("options.txt");
}

#[test]
fn more_top_k_than_vocabulary_keeps_everything_and_says_so() {
    let scratch = Scratch::new();
    let (a, b) = (scratch.path("a.wav"), scratch.path("b.wav"));
    let base = ["speak", "Hello.", "--model", HF, "--seed", "2"];
    let over = run(&[&base[..], &["--top-k", "1000", "-o", &a]].concat());
    assert!(over.status.success());
    let said = String::from_utf8(over.stderr).unwrap();
    assert!(
        said.contains("note: --top-k 1000 is more than the vocabulary of 67: every token is kept"),
        "{said}"
    );
    succeed(&[&base[..], &["--top-k", "67", "-q", "-o", &b]].concat());
    assert_eq!(std::fs::read(a).unwrap(), std::fs::read(b).unwrap());
}

#[test]
fn references_that_cannot_serve() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let mut t = Transcript::new(&scratch);
    let file = |name: &str, bytes: &[u8]| {
        let path = scratch.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let good = std::fs::read(fixture("mimi-tiny/golden/a.wav")).unwrap();
    let with_rate = |rate: u32| {
        let mut bytes = good.clone();
        bytes[24..28].copy_from_slice(&rate.to_le_bytes());
        bytes[28..32].copy_from_slice(&(rate * 2).to_le_bytes());
        bytes
    };
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 24_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let (empty, nan) = (scratch.path("empty.wav"), scratch.path("nan.wav"));
    write_wav(&empty, spec, &[]);
    write_wav(&nan, spec, &[0.0, f32::NAN, 0.0]);
    let mut audio = vec![
        file("zero-bytes.wav", b""),
        file("cut.wav", &good[..good.len() / 2]),
        file("cut-header.wav", &good[..30]),
        file("rate-1.wav", &with_rate(1)),
        file("rate-huge.wav", &with_rate(1_000_000_000)),
        file("rate-0.wav", &with_rate(0)),
        file(
            "text.wav",
            b"This is not a recording at all, it is a letter.\n",
        ),
        file(
            "song.mp3",
            b"ID3\x04\x00\x00\x00\x00\x00\x00 and so on and so on and so on and so on",
        ),
        scratch.path("absent.wav"),
        scratch.path(""),
    ];
    audio.extend([empty, nan]);
    for path in &audio {
        let output = t.run(&[
            "speak",
            "Hello.",
            "--model",
            HF,
            "-o",
            &out,
            "--context",
            &format!("{path}=Some words."),
        ]);
        assert_eq!(output.status.code(), Some(2), "{path}");
        assert_eq!(
            run(&["codec", "encode", path, "-o", &out, "--codec", HF])
                .status
                .code(),
            Some(2),
            "{path}"
        );
    }
    let good = fixture("mimi-tiny/golden/a.wav");
    t.run(&[
        "speak",
        "Hello.",
        "--model",
        HF,
        "-o",
        &out,
        "--context",
        &format!("{}=...", good.strip_prefix(root()).unwrap().display()),
    ]);
    t.check("references.txt");
}

#[test]
fn outputs_that_cannot_be_written() {
    let scratch = Scratch::new();
    let folder = scratch.path("folder");
    std::fs::create_dir(&folder).unwrap();
    let mut t = Transcript::new(&scratch);
    let absent = scratch.path("absent/a.wav");
    for out in [&absent, &folder] {
        let output = t.run(&["speak", "Hello.", "--model", HF, "-o", out]);
        assert_eq!(output.status.code(), Some(1));
    }
    if cfg!(target_os = "linux") {
        // A disk that is always full.
        let output = t.run(&[
            "speak",
            "Hello.",
            "--model",
            HF,
            "--greedy",
            "-o",
            "/dev/full",
        ]);
        assert_eq!(output.status.code(), Some(1));
    }
    t.run(&[
        "speak",
        "Hello.",
        "--model",
        HF,
        "-o",
        &scratch.path("a.wav"),
        "--trace",
        &scratch.path("absent/t.safetensors"),
    ]);
    t.run(&[
        "codec",
        "encode",
        "tests/fixtures/mimi-tiny/golden/a.wav",
        "--codec",
        HF,
        "-o",
        &scratch.path("absent/c.safetensors"),
    ]);
    t.run(&["models", "quantize", HF, "--bits", "4", "-o", HF]);
    t.check("outputs.txt");
}

#[test]
fn codes_and_prompts_that_do_not_fit() {
    let scratch = Scratch::new();
    let mut t = Transcript::new(&scratch);
    let out = scratch.path("a.wav");
    let codes = |name: &str, shape: Vec<usize>, values: &[i32]| {
        let data: Vec<u8> = values.iter().flat_map(|v| v.to_le_bytes()).collect();
        let view =
            safetensors::tensor::TensorView::new(safetensors::Dtype::I32, shape, &data).unwrap();
        let path = scratch.path(name);
        std::fs::write(
            &path,
            safetensors::serialize([("codes", view)], None).unwrap(),
        )
        .unwrap();
        path
    };
    for path in [
        codes("too-large.safetensors", vec![2, 2], &[0, 64, 0, 0]),
        codes("negative.safetensors", vec![2, 2], &[0, -1, 0, 0]),
        codes("none.safetensors", vec![5, 0], &[]),
        codes("too-many.safetensors", vec![6, 1], &[0; 6]),
        codes("flat.safetensors", vec![5], &[0; 5]),
        "tests/fixtures/mimi-tiny/golden/a.wav".into(),
        "nowhere.safetensors".into(),
    ] {
        let output = t.run(&[
            "codec",
            "decode",
            &path,
            "-o",
            &out,
            "--codec",
            "tests/fixtures/mimi-tiny/kyutai",
        ]);
        assert_eq!(output.status.code(), Some(2), "{path}");
    }
    let capture = |model: &'static str, prompt: &'static str| {
        [
            "tokens", "capture", "--model", model, "--prompt", prompt, "--frames", "2", "--greedy",
            "-o",
        ]
        .map(str::to_owned)
    };
    let trace = scratch.path("t.safetensors");
    for args in [
        capture(
            "tests/fixtures/csm-tiny/k32/sesame",
            "tests/fixtures/csm-tiny/golden/plain.safetensors",
        ),
        capture(
            "tests/fixtures/csm-tiny/mlx",
            "tests/fixtures/csm-tiny/golden/rope.safetensors",
        ),
    ] {
        let args: Vec<&str> = args
            .iter()
            .map(String::as_str)
            .chain([trace.as_str()])
            .collect();
        assert_eq!(t.run(&args).status.code(), Some(2));
    }
    t.check("files.txt");
}
