//! `myna voices`: what it says, and that a kept voice speaks as its recordings would.

mod common;

use common::*;
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
        &["voices", "check", &take, "--transcript", WORDS],
        &["voices", "check", &short],
        &[
            "voices",
            "add",
            &short,
            "--name",
            "Short",
            "--transcript",
            WORDS,
        ],
        &["voices", "add", &take, "--name", "Anna"],
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
        ],
        &[
            "voices",
            "add",
            &take,
            "--name",
            "Anna",
            "--transcript",
            WORDS,
        ],
        &[
            "voices",
            "add",
            &take,
            "--name",
            "anna",
            "--transcript",
            WORDS,
        ],
        &[
            "speak", "Hello.", "--voice", "Anna", "--model", HF, "-o", "x.wav",
        ],
        &["voices", "export", "Anna", "-o", &archive],
        &[&["voices", "consent", "Anna"], &vouched[..]].concat(),
        &["voices", "show", "Nobody"],
        &["voices", "check", "Anna"],
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
