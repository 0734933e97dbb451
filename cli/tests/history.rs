//! `myna history`: what speak and transcribe keep, and what can be done with it.

mod common;
#[path = "../../models/tests/common/expand.rs"]
mod expand;

use common::*;
use std::process::Output;

const HF: &str = "tests/fixtures/csm-tiny/hf";
const RAIN: &str = "tests/fixtures/step-audio-tiny/audio/rain.wav";

/// Runs with a home of this test's own.
fn at(scratch: &Scratch, args: &[&str]) -> Output {
    let mut command = myna(args);
    command
        .env("MYNA_HOME", scratch.path("home"))
        .env("TZ", "UTC");
    command.output().unwrap()
}

fn answer(scratch: &Scratch, args: &[&str]) -> serde_json::Value {
    let output = at(scratch, &[args, &["--json"]].concat());
    assert!(
        output.status.success(),
        "{args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// With the day and the hour taken out.
fn undated(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8(text.to_vec()).unwrap();
    let digits: Vec<char> = text.chars().collect();
    let shape = |at: usize| {
        "dddd-dd-dd".chars().enumerate().all(|(i, p)| {
            digits.get(at + i).is_some_and(|c| {
                if p == 'd' {
                    c.is_ascii_digit()
                } else {
                    *c == p
                }
            })
        })
    };
    let (mut out, mut i) = (String::new(), 0);
    while i < digits.len() {
        if shape(i) {
            out.push_str("DATE");
            i += 10;
            let clock = |c: &char| c.is_ascii_digit() || ":.".contains(*c);
            if digits.get(i).is_some_and(|c| " T".contains(*c))
                && digits.get(i + 1).is_some_and(clock)
            {
                i += 1;
                while digits.get(i).is_some_and(clock) {
                    i += 1;
                }
            }
        } else {
            out.push(digits[i]);
            i += 1;
        }
    }
    out.into_bytes()
}

fn show(t: &mut Transcript, scratch: &Scratch, args: &[&str]) -> i32 {
    let mut output = at(scratch, args);
    output.stdout = undated(&output.stdout);
    output.stderr = undated(&output.stderr);
    t.add(args, &output);
    output.status.code().unwrap()
}

fn speak(scratch: &Scratch, text: &str, out: &str, more: &[&str]) {
    let args = [&["speak", text, "--model", HF, "-q", "-o", out], more].concat();
    let output = at(scratch, &args);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn the_verbs_read_as_agreed() {
    let scratch = Scratch::new();
    let mut t = Transcript::new(&scratch);
    show(&mut t, &scratch, &["history", "list"]);
    show(&mut t, &scratch, &["history", "search", "words", "--json"]);
    assert_eq!(show(&mut t, &scratch, &["history", "show", "1"]), 2);

    let out = scratch.path("a.wav");
    speak(&scratch, "Hello there.", &out, &["--seed", "7"]);
    speak(
        &scratch,
        "A second one, about Zürich.",
        &out,
        &["--seed", "8", "--greedy"],
    );
    speak(&scratch, "Not this one.", &out, &["--no-history"]);
    show(&mut t, &scratch, &["history", "list"]);
    show(
        &mut t,
        &scratch,
        &["history", "list", "-n", "1", "--kind", "spoken"],
    );
    show(&mut t, &scratch, &["history", "list", "--kind", "heard"]);
    show(&mut t, &scratch, &["history", "search", "zurich", "sec"]);
    show(&mut t, &scratch, &["history", "search", "nowhere"]);
    show(&mut t, &scratch, &["history", "show", "1"]);
    show(&mut t, &scratch, &["history", "export", "--format", "txt"]);
    show(
        &mut t,
        &scratch,
        &["history", "export", "2", "--format", "md"],
    );
    let file = scratch.path("all.jsonl");
    show(&mut t, &scratch, &["history", "export", "-o", &file]);
    assert_eq!(std::fs::read_to_string(&file).unwrap().lines().count(), 2);
    assert_eq!(
        show(&mut t, &scratch, &["history", "export", "-o", &file]),
        1
    );
    assert_eq!(
        show(
            &mut t,
            &scratch,
            &["history", "export", "1", "--format", "srt"]
        ),
        2
    );
    show(&mut t, &scratch, &["history", "remove", "1", "99"]);
    assert_eq!(show(&mut t, &scratch, &["history", "show", "1"]), 2);
    assert_eq!(show(&mut t, &scratch, &["history", "remove"]), 2);
    show(&mut t, &scratch, &["history", "remove", "--all", "--json"]);
    show(&mut t, &scratch, &["history", "list", "--json"]);
    t.check("history.txt");
}

#[test]
fn speaking_again_gives_the_same_samples() {
    let scratch = Scratch::new();
    let (first, again) = (scratch.path("first.wav"), scratch.path("again.wav"));
    let reference = fixture("mimi-tiny/golden/a.wav");
    let context = format!("{}=Some words.", reference.display());
    let recipes: [&[&str]; 3] = [
        // A seed that nobody chose.
        &[],
        &[
            "--temperature",
            "1.3",
            "--top-k",
            "20",
            "--codebooks",
            "3",
            "--chunk-frames",
            "2",
        ],
        &[
            "--context",
            &context,
            "--voice-match",
            "--speaker",
            "1",
            "--exclude-tokens",
            "0..1",
            "--max-seconds",
            "0.8",
        ],
    ];
    for (id, more) in (1..).zip(recipes) {
        speak(&scratch, "Hello again.", &first, more);
        let id = i32::to_string(&id);
        let output = at(&scratch, &["history", "speak", &id, "-o", &again]);
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_eq!(read_wav(&first), read_wav(&again), "{more:?}");
    }
    assert_eq!(
        answer(&scratch, &["history", "list"])
            .as_array()
            .unwrap()
            .len(),
        3,
        "again is not new"
    );
    // From elsewhere, too.
    let elsewhere = myna(&["history", "speak", "1", "-q", "-o", &again])
        .env("MYNA_HOME", scratch.path("home"))
        .current_dir(scratch.0.path())
        .output()
        .unwrap();
    assert!(
        elsewhere.status.success(),
        "{}",
        String::from_utf8_lossy(&elsewhere.stderr)
    );
}

#[test]
fn a_changed_model_or_reference_is_said() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let model = scratch.copy("csm-tiny/hf", "model");
    let reference = scratch.path("ref.wav");
    std::fs::copy(fixture("mimi-tiny/golden/a.wav"), &reference).unwrap();
    let args = [
        "speak",
        "Hello.",
        "-q",
        "--model",
        model.to_str().unwrap(),
        "-o",
        &out,
    ];
    let context = format!("{reference}=Some words.");
    assert!(
        at(&scratch, &[&args[..], &["--context", &context]].concat())
            .status
            .success()
    );

    let mut weights = std::fs::read(model.join("model.safetensors")).unwrap();
    *weights.last_mut().unwrap() ^= 1;
    std::fs::write(model.join("model.safetensors"), weights).unwrap();
    std::fs::copy(fixture("mimi-tiny/golden/b.wav"), &reference).unwrap();
    let again = at(&scratch, &["history", "speak", "1", "-o", &out]);
    let said = String::from_utf8_lossy(&again.stderr).into_owned();
    assert!(
        said.contains("is no longer the model that it was"),
        "{said}"
    );
    assert!(
        said.contains("is no longer the recording that it was"),
        "{said}"
    );
    std::fs::remove_dir_all(&model).unwrap();
    assert_eq!(
        at(&scratch, &["history", "speak", "1", "-o", &out])
            .status
            .code(),
        Some(3)
    );
}

#[test]
fn transcripts_are_kept_with_their_times() {
    let scratch = Scratch::new();
    let ear = expand::expanded("trained");
    let hear = ["transcribe", RAIN, "--model", ear.path().to_str().unwrap()];
    let heard = answer(&scratch, &hear);
    let listed = answer(&scratch, &["history", "list"]);
    assert_eq!(listed[0]["kind"], "heard");
    assert_eq!(listed[0]["file"], root().join(RAIN).to_str().unwrap());
    let shown = answer(&scratch, &["history", "show", "1"]);
    for field in ["text", "segments", "coverage", "model", "seconds"] {
        assert_eq!(shown[field], heard[field], "{field}");
    }
    let subtitles = at(&scratch, &["history", "export", "1", "--format", "srt"]);
    assert!(String::from_utf8_lossy(&subtitles.stdout).contains(" --> "));
    answer(&scratch, &[&hear[..], &["--no-history"]].concat());
    assert_eq!(
        answer(&scratch, &["history", "list"])
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let again = at(
        &scratch,
        &["history", "speak", "1", "-o", &scratch.path("a.wav")],
    );
    assert_eq!(again.status.code(), Some(2));
}

#[test]
fn processes_at_once_lose_nothing() {
    let scratch = Scratch::new();
    std::thread::scope(|scope| {
        for n in 0..4 {
            let scratch = &scratch;
            scope.spawn(move || {
                let out = scratch.path(&format!("{n}.wav"));
                speak(
                    scratch,
                    &format!("Number {n}."),
                    &out,
                    &["--max-seconds", "0.5"],
                );
            });
        }
    });
    assert_eq!(
        answer(&scratch, &["history", "list"])
            .as_array()
            .unwrap()
            .len(),
        4
    );
}

#[test]
fn a_damaged_history_never_costs_the_speech() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    std::fs::create_dir(scratch.path("home")).unwrap();
    let database = scratch.path("home/history.sqlite");
    std::fs::write(&database, "garbage ".repeat(1000)).unwrap();
    let output = at(&scratch, &["speak", "Hello.", "--model", HF, "-o", &out]);
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        said.contains("note: it is not in the history:") && said.contains("untouched copy"),
        "{said}"
    );
    assert!(!read_wav(&out).1.is_empty());
    assert_eq!(
        std::fs::read_to_string(&database).unwrap(),
        "garbage ".repeat(1000)
    );
    assert_eq!(at(&scratch, &["history", "list"]).status.code(), Some(1));
}
