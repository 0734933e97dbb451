//! token2wav at the command line: codes and sound, reading aloud, speech in another language, checking and measuring.

mod common;
#[allow(dead_code, reason = "the folder has a name of its own here")]
#[path = "../../models/tests/common/expand.rs"]
mod expand;

use common::*;
use serde_json::Value;

const FIXTURE: &str = "token2wav-tiny";

fn clip() -> String {
    fixture(&format!("{FIXTURE}/audio/prompt_16k.wav"))
        .to_str()
        .unwrap()
        .to_owned()
}

/// The fixture's files under the names that are looked for.
fn token2wav(scratch: &Scratch, name: &str) -> String {
    let dir = scratch.path(name);
    std::fs::create_dir_all(&dir).unwrap();
    for (from, to) in [
        ("flow", "flow"),
        ("hift.mlx-layout", "hift"),
        ("s3tokenizer", "s3tokenizer"),
        ("campplus.mlx-layout", "campplus"),
    ] {
        let from = fixture(&format!("{FIXTURE}/model/{from}.safetensors"));
        std::fs::copy(from, format!("{dir}/{to}.safetensors")).unwrap();
    }
    dir
}

/// The random tiny model under a name, with token2wav in its folder: whatever it is asked, it babbles in words and codes.
fn step_audio(scratch: &Scratch, name: &str) -> String {
    let dir = scratch.path(name);
    std::fs::create_dir(&dir).unwrap();
    expand::expand_into("rand", std::path::Path::new(&dir));
    token2wav(scratch, &format!("{name}/token2wav"));
    dir
}

fn refused(args: &[&str], code: i32, word: &str) {
    let output = run(args);
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(code), "{args:?}: {stderr}");
    assert!(stderr.contains(word), "{args:?}: {stderr}");
    assert!(stderr.contains("hint: "), "{args:?}: {stderr}");
}

#[test]
fn a_recording_becomes_codes_and_codes_become_sound_in_its_voice() {
    let scratch = Scratch::new();
    let dir = token2wav(&scratch, "t2w");
    let (codes, clip) = (scratch.path("c.safetensors"), clip());
    succeed(&["codec", "encode", &clip, "-o", &codes, "--codec", &dir]);
    let facts = std::fs::read(fixture(&format!("{FIXTURE}/facts.json"))).unwrap();
    let facts: Value = serde_json::from_slice(&facts).unwrap();
    let expected: Vec<f64> = facts["s3_codes"]
        .as_array()
        .unwrap()
        .iter()
        .map(|c| c.as_f64().unwrap())
        .collect();
    assert_eq!(tensor(&codes, "codes"), (vec![1, 23], expected));

    let decode = |out: &str, more: &[&str]| {
        let args = ["codec", "decode", &codes, "-o", out, "--codec", &dir];
        succeed(&[&args[..], &["--voice", &clip], more].concat());
        let (spec, samples) = read_wav(out);
        assert_eq!((spec.sample_rate, samples.len()), (24_000, 23 * 960));
        samples
    };
    let wav = scratch.path("a.wav");
    let (one, two) = (decode(&wav, &[]), decode(&wav, &["--seed", "2"]));
    assert_eq!(
        one,
        decode(&wav, &["--seed", "1"]),
        "a seed names a waveform"
    );
    assert_ne!(one, two);
    decode(&wav, &["--stream", "1"]);

    let args = ["codec", "decode", &codes, "-o", &wav];
    refused(&[&args[..], &["--codec", &dir]].concat(), 2, "--voice");
    let mimi = fixture("mimi-tiny/kyutai");
    let mimi = mimi.to_str().unwrap();
    refused(
        &[&args[..], &["--codec", mimi, "--voice", &clip]].concat(),
        2,
        "Mimi",
    );
    let foreign = fixture("mimi-tiny/golden/mimi.safetensors");
    let (_, rows) = tensor(foreign.to_str().unwrap(), "codes_a");
    assert!(!rows.is_empty());
    let other = scratch.path("other.safetensors");
    let sound = fixture("mimi-tiny/golden/a.wav");
    succeed(&[
        "codec",
        "encode",
        sound.to_str().unwrap(),
        "-o",
        &other,
        "--codec",
        mimi,
    ]);
    refused(
        &[
            "codec", "decode", &other, "-o", &wav, "--codec", &dir, "--voice", &clip,
        ],
        2,
        "5 rows",
    );
}

#[test]
fn a_base_checkpoint_reads_aloud_and_others_say_why_not() {
    let scratch = Scratch::new();
    let (base, other) = (
        step_audio(&scratch, "tiny-Base"),
        step_audio(&scratch, "tiny"),
    );
    let (wav, voice) = (scratch.path("o.wav"), format!("{}=some words", clip()));
    let speak = |model: &str, more: &[&str]| -> Vec<String> {
        let args = [
            "speak",
            "Rain fell on the old stone bridge.",
            "--model",
            model,
            "-o",
            &wav,
        ];
        [&args[..], more]
            .concat()
            .iter()
            .map(|s| (*s).to_owned())
            .collect()
    };
    let context = ["--context", voice.as_str()];
    let said = |more: &[&str]| -> Value {
        let fixed = ["--max-seconds", "3", "--json"];
        let args = speak(&base, &[&context[..], &fixed, more].concat());
        serde_json::from_str(&succeed(&args)).unwrap()
    };
    let answer = said(&["--seed", "1"]);
    let frames = answer["frames"].as_u64().unwrap();
    assert!(frames > 0, "{answer}");
    let (_, samples) = read_wav(&wav);
    assert_eq!(samples.len() as u64, 960 * frames, "960 samples a code");
    assert!(answer["seconds"].as_f64().unwrap() <= 3.1, "{answer}");
    assert!(["eos", "length"].contains(&answer["stopped_by"].as_str().unwrap()));
    said(&["--seed", "1"]);
    assert_eq!(read_wav(&wav).1, samples, "a seed names a waveform");

    let refuse = |model: &str, more: &[&str], code, word: &str| {
        let args = speak(model, more);
        let args: Vec<&str> = args.iter().map(String::as_str).collect();
        refused(&args, code, word);
    };
    refuse(&other, &context, 3, "no prompt for reading aloud");
    refuse(&base, &[], 2, "--context");
    refuse(
        &base,
        &[&context[..], &["--codebooks", "2"]].concat(),
        2,
        "codebooks",
    );
    std::fs::remove_file(format!("{base}/token2wav/flow.safetensors")).unwrap();
    refuse(&base, &context, 3, "flow.safetensors");
}

#[test]
fn a_translation_is_spoken_while_it_is_made() {
    let scratch = Scratch::new();
    let (model, out) = (step_audio(&scratch, "tiny"), scratch.path("out"));
    let voice = clip();
    let rain = "tests/fixtures/step-audio-tiny/audio/rain.wav";
    let args = [
        "transcribe",
        rain,
        "--model",
        &model,
        "--task",
        "translate",
        "--language-target",
        "zh",
        "--speak",
        &voice,
        "-o",
        &out,
    ];
    let answer: Value = serde_json::from_str(&succeed(&[&args[..], &["--json"]].concat())).unwrap();
    assert_eq!(answer["segments"].as_array().unwrap().len(), 1);
    assert!(!answer["text"].as_str().unwrap().is_empty());
    let spoken = &answer["spoken"];
    let file = spoken["file"].as_str().unwrap();
    assert!(file.ends_with("out/rain.zh.wav"), "{file}");
    let (spec, samples) = read_wav(file);
    let seconds = samples.len() as f64 / f64::from(spec.sample_rate);
    assert!(seconds > 0.0 && samples.len().is_multiple_of(960));
    assert!((seconds - spoken["seconds"].as_f64().unwrap()).abs() < 1e-6);
    refused(&args, 1, "is there already");
    let without: Vec<&str> = args
        .iter()
        .filter(|a| !["--task", "translate"].contains(a))
        .copied()
        .collect();
    refused(&without, 2, "--task translate");
    refused(&[&args[..], &["--format", "srt"]].concat(), 2, "--format");
    let gone = scratch.path("gone.wav");
    let other: Vec<&str> = args
        .iter()
        .map(|a| if *a == voice { &gone } else { *a })
        .collect();
    refused(&other, 2, "gone.wav");
}

#[test]
fn folders_are_checked_and_measured() {
    let scratch = Scratch::new();
    let dir = token2wav(&scratch, "t2w");
    let report: Value =
        serde_json::from_str(&succeed(&["models", "check", &dir, "--json"])).unwrap();
    assert_eq!(report["ok"], true, "{report}");
    assert_eq!(
        report["kind"],
        "token2wav-flow+token2wav-hift+s3-tokenizer+campplus"
    );
    assert_eq!(report["surplus"], serde_json::json!([]));
    let args = [
        "bench",
        "token2wav",
        "--codec",
        &dir,
        "--seconds",
        "2",
        "--voice-seconds",
        "1",
        "--json",
    ];
    let answer: Value = serde_json::from_str(&succeed(&args)).unwrap();
    for figure in [
        "flow_ms_per_second",
        "vocoder_ms_per_second",
        "first_sound_ms",
        "remember_ms",
        "stream_bytes",
    ] {
        assert!(
            answer["figures"][figure].as_f64().unwrap() > 0.0,
            "{figure}"
        );
    }
    let nan = f32::NAN.to_le_bytes();
    let flow = std::path::Path::new(&dir).join("flow.safetensors");
    overwrite(&flow, "encoder_proj.bias", &nan);
    let output = run(&["models", "check", &dir]);
    assert_eq!(output.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&output.stdout).contains("encoder_proj.bias"));
}

/// Words of a hum with pauses between.
fn hum(path: &str, pitch: f32) {
    let samples: Vec<f32> = (0..8 * 24_000)
        .map(|i| {
            let t = i as f32 / 24_000.0;
            let word = if (t * 1.5).fract() < 0.7 { 0.3 } else { 0.0002 };
            word * (t * pitch * std::f32::consts::TAU).sin()
        })
        .collect();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 24_000,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    write_wav(path, spec, &samples);
}

#[test]
fn a_voices_recordings_are_compared_by_speaker_where_token2wav_is_there() {
    let scratch = Scratch::new();
    let shelf = scratch.path("models");
    token2wav(&scratch, "models/any");
    let [low, high] = ["low.wav", "high.wav"].map(|name| scratch.path(name));
    hum(&low, 110.0);
    hum(&high, 330.0);
    let home = scratch.path("home");
    let words = "The sun was shining, and the birds were singing in the old garden.";
    let add = |name: &str, takes: &[&str]| {
        let mut args = vec!["voices", "add", "--name", name];
        args.extend(["--kind", "own", "--statement", "Mine."]);
        args.extend(takes);
        takes
            .iter()
            .for_each(|_| args.extend(["--transcript", words]));
        assert!(
            myna(&args)
                .env("MYNA_HOME", &home)
                .status()
                .unwrap()
                .success()
        );
    };
    add("Same", &[&low, &low]);
    add("Three", &[&low, &low, &high]);
    add("Single", &[&low]);
    let check = |args: &[&str], shelf: &str| -> Value {
        let args = [&["voices", "check"], args, &["--json"]].concat();
        let output = myna(&args)
            .env("MYNA_HOME", &home)
            .env("MYNA_MODELS", shelf)
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    };
    let alike = |answer: &Value| -> Vec<Option<f64>> {
        let all = answer.as_array().unwrap();
        all.iter().map(|c| c["similarity"].as_f64()).collect()
    };
    for same in alike(&check(&["Same"], &shelf)) {
        assert!((same.unwrap() - 1.0).abs() < 1e-4, "{same:?}");
    }
    let [a, b, c] = alike(&check(&["Three"], &shelf))[..] else {
        panic!("three recordings")
    };
    let (a, b, c) = (a.unwrap(), b.unwrap(), c.unwrap());
    // The odd one is compared with twice the same; each of the two with its like and the odd one.
    assert!((a - b).abs() < 1e-5 && (a - f64::midpoint(1.0, c)).abs() < 1e-4);
    assert!(c < 0.9999, "{c}");
    assert_eq!(
        alike(&check(&["Single"], &shelf)),
        [None],
        "nothing to compare"
    );
    assert_eq!(alike(&check(&["Same"], "tests/none")), [None, None]);
    assert_eq!(
        alike(&check(
            &["Same", "--token2wav", &format!("{shelf}/any")],
            "tests/none"
        ))
        .len(),
        2
    );
    let nothing = scratch.path("home");
    refused(
        &["voices", "check", &low, "--token2wav", &nothing],
        3,
        "speaker encoder",
    );
}
