//! `myna voices`: what it says, and that a kept voice speaks as its recordings would.

mod common;
#[allow(dead_code, reason = "the folder has a name of its own here")]
#[path = "../../models/tests/common/expand.rs"]
mod expand;

use common::*;
use serde_json::Value;
use std::path::Path;

const HF: &str = "tests/fixtures/csm-tiny/hf";
const WORDS: &str = "The sun was shining, and the birds were singing in the old garden.";

/// A recording that a voice can come from: words of a hum with pauses.
fn recording(path: &str, seconds: f32) {
    let samples: Vec<f32> = (0..(seconds * 24_000.0) as usize)
        .map(|i| {
            let t = i as f32 / 24_000.0;
            let word = if (t * 1.5).fract() < 0.7 { 0.3 } else { 0.0002 };
            word * (t * 150.0 * std::f32::consts::TAU).sin()
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

/// The program with a home of the test's own.
fn at_home<S: AsRef<std::ffi::OsStr>>(home: &Path, args: &[S]) -> std::process::Output {
    myna(args).env("MYNA_HOME", home).output().unwrap()
}

fn add<'a>(name: &'a str, takes: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    let words = ["--name", name, "--transcript", WORDS];
    [&["voices", "add"], takes, &words, more].concat()
}

#[test]
fn voices_are_made_shown_shared_and_removed() {
    let scratch = Scratch::new();
    let home = scratch.0.path().join("home");
    let [take, short, archive] =
        ["take.wav", "short.wav", "anna.mynavoice"].map(|n| scratch.path(n));
    recording(&take, 8.0);
    recording(&short, 2.0);
    let mut t = Transcript::new(&scratch);
    let vouched = ["--kind", "own", "--statement", "My own voice."];
    for args in [
        &["voices", "list"][..],
        &[
            "voices",
            "check",
            &take,
            "--transcript",
            WORDS,
            "--no-recogniser",
        ],
        &["voices", "check", &short, "--no-recogniser"],
        &add("Short", &[&short], &[]),
        &["voices", "add", "--name", "Anna"],
        &add("Anna", &[&take, &take], &[]),
        &add("Anna", &[&take], &["--kind", "own"]),
        &add("Anna", &[&take], &[]),
        &add("anna", &[&take], &[]),
        &[
            "speak", "Hello.", "--voice", "Anna", "--model", HF, "-o", "x.wav",
        ],
        &["voices", "export", "Anna", "-o", &archive],
        &[&["voices", "consent", "Anna"], &vouched[..]].concat(),
        &["voices", "show", "Nobody"],
        &["voices", "check", "Anna", "--no-recogniser"],
        &["voices", "edit", "Anna", "--transcript", WORDS],
        &[
            "voices",
            "edit",
            "Anna",
            "--transcript",
            WORDS,
            "--segment",
            "2",
        ],
        &["voices", "export", "Anna", "-o", &archive],
        &["voices", "rename", "Anna", "Berta"],
        &["voices", "import", &archive],
        &["voices", "import", &archive],
        &["voices", "import", &take],
        &["voices", "duplicate", "Anna", "Clara"],
        &["voices", "remove", "Clara"],
        &["voices", "restore", "Clara"],
        &["voices", "remove", "Clara", "--now"],
        &["voices", "restore", "Clara"],
        &["voices", "remove", "Pocket Low"],
        &["voices", "list"],
        &["voices", "show", "Nobody", "--json"],
    ] {
        let output = at_home(&home, args);
        t.add(args, &output);
    }
    t.check("voices.txt");
    let shown = at_home(&home, &["voices", "show", "Berta", "--json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["segments"][0]["transcript"], WORDS);
    assert_eq!(shown["consent"]["kind"], "own");
    assert_eq!(shown["bundled"], false);
}

#[test]
fn a_kept_voice_speaks_as_its_recording_does_again_and_again() {
    let scratch = Scratch::new();
    let home = scratch.0.path().join("home");
    let take = scratch.path("take.wav");
    recording(&take, 8.0);
    let made = at_home(
        &home,
        &[
            "voices",
            "add",
            &take,
            "--name",
            "Anna",
            "--transcript",
            WORDS,
            "--kind",
            "own",
            "--statement",
            "Mine.",
            "--seed",
            "3",
            "--model",
            HF,
        ],
    );
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
    let folder = home.join("voices/anna");
    let say = |more: &[&str]| {
        let out = scratch.path("a.wav");
        let base = [
            "speak",
            "Hello.",
            "--json",
            "--no-history",
            "--max-seconds",
            "2",
            "-o",
            &out,
        ];
        let output = at_home(&home, &[&base[..], more].concat());
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (report, read_wav(&out).1)
    };
    let codes = || {
        let files = std::fs::read_dir(&folder)
            .unwrap()
            .map(|e| e.unwrap().path());
        files
            .filter(|p| p.extension().is_some_and(|e| e == "safetensors"))
            .collect::<Vec<_>>()
    };
    let context = format!("{}={WORDS}", folder.join("segment-1.wav").display());
    let (report, first) = say(&["--voice", "anna"]);
    assert_eq!(
        (report["voice"].as_str(), report["seed"].as_u64()),
        (Some("Anna"), Some(3))
    );
    let [kept] = &codes()[..] else {
        panic!("codes are kept once a codec has read them")
    };
    assert_eq!(say(&["--voice", "Anna"]).1, first, "from kept codes");
    assert_eq!(
        say(&["--context", &context, "--model", HF, "--seed", "3"]).1,
        first,
        "the same recording by hand"
    );
    // Kept codes of something else are not believed.
    std::fs::write(kept, b"no codes at all").unwrap();
    assert_eq!(say(&["--voice", "Anna"]).1, first);
    let before = std::fs::metadata(kept).unwrap().len();
    assert!(before > 100, "made again");
}

const RAIN: &str = "Rain fell on the old stone bridge.";

#[test]
fn a_recogniser_writes_the_words_down_and_a_person_corrects_them() {
    let scratch = Scratch::new();
    let home = scratch.0.path().join("home");
    // The clip that the fixture's recogniser knows; it is shorter than a voice should be.
    let take = fixture("step-audio-tiny/audio/rain.wav");
    let take = take.to_str().unwrap();
    // What is bundled may change; here it is the fixture.
    let shelf = scratch.path("models");
    let ear = format!("{shelf}/pocket/ear");
    std::fs::create_dir_all(&ear).unwrap();
    expand::expand_into("trained", Path::new(&ear));
    let run = |args: &[&str]| {
        let output = myna(args)
            .env("MYNA_HOME", &home)
            .env("MYNA_MODELS", &shelf)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        (output, said)
    };
    let add = ["voices", "add", take, "--name", "Rain", "--anyway"];
    let (output, said) = run(&add);
    assert!(output.status.success(), "{said}");
    assert!(
        said.contains("voices edit") && said.contains(RAIN),
        "{said}"
    );
    let segment = || -> Value {
        let (output, said) = run(&["voices", "show", "Rain", "--json"]);
        assert!(output.status.success(), "{said}");
        let voice: Value = serde_json::from_slice(&output.stdout).unwrap();
        voice["segments"][0].clone()
    };
    let made = segment();
    assert_eq!(made["transcript"], RAIN);
    assert_eq!(made["heard_by"], "pocket");
    let edit = ["voices", "edit", "Rain", "--transcript", WORDS];
    assert!(run(&edit).0.status.success());
    let corrected = segment();
    assert_eq!(corrected["transcript"], WORDS);
    assert_eq!(corrected["heard_by"], Value::Null);

    // Held against the words that are given for it.
    let check = |more: &[&str]| -> Value {
        let (output, said) = run(&[&["voices", "check", take, "--json"], more].concat());
        assert_eq!(output.status.code(), Some(1), "too short: {said}");
        let all: Value = serde_json::from_slice(&output.stdout).unwrap();
        all[0].clone()
    };
    let right = check(&["--transcript", "rain fell on the old stone bridge"]);
    assert_eq!(right["heard"]["text"], RAIN);
    assert_eq!(right["heard"]["agreement"], 1.0);
    assert!(
        !right["health"]["findings"]
            .to_string()
            .contains("hears other words")
    );
    let wrong = check(&["--transcript", WORDS, "--recogniser", &ear]);
    assert!(
        wrong["heard"]["agreement"].as_f64().unwrap() < 0.3,
        "{wrong}"
    );
    assert!(
        wrong["health"]["findings"]
            .to_string()
            .contains("hears other words")
    );
    assert_eq!(check(&[])["heard"]["agreement"], Value::Null);
    assert_eq!(check(&["--no-recogniser"])["heard"], Value::Null);
    let nowhere = run(&[&add[..], &["--recogniser", "nowhere"]].concat());
    assert_eq!(
        nowhere.0.status.code(),
        Some(2),
        "the name is taken: {}",
        nowhere.1
    );
    let nowhere = [
        "voices",
        "add",
        take,
        "--name",
        "X",
        "--recogniser",
        "nowhere",
    ];
    assert_eq!(run(&nowhere).0.status.code(), Some(3));
}

#[test]
fn an_utterance_of_the_history_becomes_a_voice() {
    let scratch = Scratch::new();
    let home = scratch.0.path().join("home");
    let out = scratch.path("said.wav");
    // Seed 5 ends by itself after three seconds, unless it is stopped before.
    for most in ["2", "5"] {
        let say = [
            "speak",
            WORDS,
            "--model",
            HF,
            "--seed",
            "5",
            "--max-seconds",
            most,
        ];
        let said = at_home(&home, &[&say[..], &["-o", &out]].concat());
        assert!(said.status.success());
    }
    let add = |id: &str, name: &str, more: &[&str]| {
        let args = ["voices", "add", "--utterance", id, "--name", name];
        let made = at_home(&home, &[&args[..], more].concat());
        let said = String::from_utf8_lossy(&made.stderr).into_owned();
        (made.status.code(), said)
    };
    let (code, said) = add("1", "Echo", &[]);
    assert!(code == Some(2) && said.contains("cut off"), "{said}");
    let (code, said) = add("7", "Echo", &[]);
    assert!(code == Some(2) && said.contains("no entry 7"), "{said}");
    let samples = |name: &str| {
        // Noise is no voice, but --anyway takes it.
        let (code, said) = add("2", name, &["--anyway"]);
        assert_eq!(code, Some(0), "{said}");
        let shown = at_home(&home, &["voices", "show", name, "--json"]);
        let shown: Value = serde_json::from_slice(&shown.stdout).unwrap();
        assert_eq!(shown["source"], "history");
        assert_eq!(shown["segments"][0]["transcript"], WORDS);
        assert_eq!(shown["segments"][0]["heard_by"], Value::Null);
        let file = home.join(format!("voices/{}/segment-1.wav", name.to_lowercase()));
        read_wav(file.to_str().unwrap()).1
    };
    let from_file = samples("Echo");
    // Without its file the utterance is spoken again: the same samples.
    std::fs::remove_file(&out).unwrap();
    assert!(samples("Again") == from_file);
}
