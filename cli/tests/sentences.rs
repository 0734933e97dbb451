//! `myna speak` with texts of more than one sentence: one after another, the same again, bounded, listened to, played.

mod common;
#[path = "../../models/tests/common/expand.rs"]
mod expand;

use common::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

const HF: &str = "tests/fixtures/csm-tiny/hf";
const FIRST: &str = "Hello there.";
const TEXT: &str = "Hello there. It is **5 km** to the station, e.g. by bus. Really? Yes!";
/// Code 0 is part of the end frame: without it the model never ends.
const ENDLESS: [&str; 2] = ["--exclude-tokens", "0..1"];
/// Bound for every wait; a debug build on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(120);

fn speak(text: &str, out: &str, more: &[&str]) -> Value {
    let args = ["speak", text, "--model", HF, "--json", "-o", out];
    serde_json::from_str(&succeed(&[&args[..], more].concat())).unwrap()
}

fn samples(path: &str) -> Vec<f32> {
    read_wav(path).1
}

/// Some hundred words, no two sentences alike.
fn long() -> String {
    let sentence = |n: usize| {
        format!(
            "This is sentence number {n}, and after it comes another one, as far as anybody knows. "
        )
    };
    (1..=15).map(sentence).collect()
}

#[test]
fn the_first_sentence_sounds_as_it_does_alone_and_the_others_follow() {
    let scratch = Scratch::new();
    let (one, all) = (scratch.path("one.wav"), scratch.path("all.wav"));
    let alone = speak(FIRST, &one, &["--seed", "3"]);
    let report = speak(TEXT, &all, &["--seed", "3"]);
    let (one, all) = (samples(&one), samples(&all));
    assert!(all.len() > one.len() && all.starts_with(&one));
    // What follows is a pause, and sound after it.
    let pause = &all[one.len()..one.len() + 2400];
    assert!(pause.iter().all(|s| *s == 0.0));
    assert!(all[one.len()..].iter().any(|s| *s != 0.0));
    assert_eq!(report["text"], TEXT);
    assert_eq!(report["seed"], 3);
    assert!(report["frames"].as_u64() > alone["frames"].as_u64());
    let seconds = report["seconds"].as_f64().unwrap();
    assert!((seconds - all.len() as f64 / 24_000.0).abs() < 1e-9);
    assert!(report.get("underruns").is_none(), "nothing was played");
}

#[test]
fn the_same_text_voice_and_seed_are_the_same_samples() {
    let scratch = Scratch::new();
    let (a, b) = (scratch.path("a.wav"), scratch.path("b.wav"));
    speak(TEXT, &a, &["--seed", "3"]);
    let a = std::fs::read(&a).unwrap();
    for more in [
        &[][..],
        &["--chunk-frames", "1"],
        &["--chunk-frames", "5"],
        &["--in-process"],
    ] {
        // The tests may ask for the same by themselves.
        let more = match in_process() {
            true => more
                .iter()
                .filter(|m| **m != "--in-process")
                .copied()
                .collect(),
            false => more.to_vec(),
        };
        speak(TEXT, &b, &[&["--seed", "3"], &more[..]].concat());
        assert!(std::fs::read(&b).unwrap() == a, "{more:?}");
    }
    speak(TEXT, &b, &["--seed", "4"]);
    assert!(std::fs::read(&b).unwrap() != a);
}

#[test]
fn equal_sentences_of_a_text_are_different_takes_and_follow_on() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    speak(FIRST, &out, &["--seed", "3"]);
    let one = samples(&out);
    speak(&[FIRST; 2].join(" "), &out, &["--seed", "3"]);
    let two = samples(&out);
    let rest = &two[one.len() + 3600..];
    assert!(!rest.is_empty() && !rest.starts_with(&one[..1920]));
}

#[test]
fn a_length_bounds_the_whole_and_is_no_fault_of_a_sentence() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let args = [
        "speak", TEXT, "--model", HF, "--seed", "3", "--json", "-o", &out,
    ];
    let more = ["--max-seconds", "12", ENDLESS[0], ENDLESS[1]];
    let output = run(&[&args[..], &more].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["stopped_by"], "length");
    let seconds = report["seconds"].as_f64().unwrap();
    assert!((11.8..12.1).contains(&seconds), "{seconds}");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(said.contains("stopped at the limit of 12.0 s"), "{said}");
}

#[test]
fn a_voice_that_finds_no_end_is_cut_off_by_its_words_and_named() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let args = [
        "speak", "Hi. Ho.", "--model", HF, "--seed", "3", "--json", "-o", &out,
    ];
    let output = run(&[&args[..], &ENDLESS].concat());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["stopped_by"], "length");
    // Two seconds and some more for every word, though nobody named a length.
    let seconds = report["seconds"].as_f64().unwrap();
    assert!((4.0..10.0).contains(&seconds), "{seconds}");
    let said = String::from_utf8(output.stderr).unwrap();
    for number in [1, 2] {
        let words = format!("sentence {number}: the voice did not find its end");
        assert!(said.contains(&words), "{said}");
    }
}

#[test]
fn some_hundred_words_are_spoken_and_again_from_the_history() {
    let scratch = Scratch::new();
    let (first, again) = (scratch.path("first.wav"), scratch.path("again.wav"));
    let text = scratch.path("text.md");
    std::fs::write(&text, long()).unwrap();
    let at_home = |args: &[&str]| {
        let mut command = myna(args);
        let output = command
            .env("MYNA_HOME", scratch.path("home"))
            .output()
            .unwrap();
        assert!(output.status.success(), "{args:?}");
        output.stdout
    };
    let args = [
        "speak", "--file", &text, "--model", HF, "-q", "--json", "-o", &first,
    ];
    let report: Value = serde_json::from_slice(&at_home(&args)).unwrap();
    assert!(report["seconds"].as_f64().unwrap() > 10.0, "{report}");
    assert_eq!(report["stopped_by"], "eos");
    at_home(&["history", "speak", "1", "-q", "-o", &again]);
    assert!(samples(&first) == samples(&again));
}

#[test]
fn an_interrupt_in_a_later_sentence_keeps_all_before_it() {
    let scratch = Scratch::new();
    let (whole, cut) = (scratch.path("whole.wav"), scratch.path("cut.wav"));
    let text = long();
    let args = [
        "speak", &text, "--model", HF, "--seed", "3", "--json", "-o", &cut,
    ];
    let mut child = myna(&args).stdout(Stdio::piped()).spawn().unwrap();
    let begin = Instant::now();
    while std::fs::metadata(&cut).map_or(0, |m| m.len()) < 6 * 48_000 {
        assert!(begin.elapsed() < PATIENCE, "nothing is spoken");
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["stopped_by"], "cancelled");
    let spoken = samples(&cut);
    let seconds = report["seconds"].as_f64().unwrap();
    assert_eq!(seconds, spoken.len() as f64 / 24_000.0);
    let limit = seconds.to_string();
    speak(&text, &whole, &["--seed", "3", "--max-seconds", &limit]);
    // The last frames of the one may be decoded in other portions.
    let all = &spoken[..spoken.len() - 8 * 1920];
    assert!(samples(&whole).starts_with(all));
}

#[test]
fn a_check_lays_what_was_heard_beside_what_was_said() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let ear = expand::expanded("trained");
    let dir = ear.path().to_str().unwrap();
    // What this voice says is noise: the ear hears anything but the words.
    let report = speak(TEXT, &out, &["--seed", "3", "--check", "--ear", dir]);
    let check = &report["check"];
    assert_eq!(check["ear"], dir);
    assert_eq!(check["sentences"], 4, "{check}");
    assert!(
        check["usual_letter_errors"].as_f64().unwrap() > 0.5,
        "{check}"
    );
    assert!(check["retried"].as_u64().unwrap() >= 1, "{check}");
    for doubt in check["doubtful"].as_array().unwrap() {
        assert!(doubt["letter_errors"].as_f64() > check["usual_letter_errors"].as_f64());
        assert!(doubt["text"].is_string() && doubt["heard"].is_string());
    }
    // A choice of takes is kept, so that the samples can be made again without listening.
    let seconds = report["seconds"].as_f64().unwrap();
    assert_eq!(seconds, samples(&out).len() as f64 / 24_000.0);
    let refused = run(&[
        "speak", TEXT, "--model", HF, "-o", &out, "--check", "--ear", HF,
    ]);
    assert_eq!(refused.status.code(), Some(3));
    let refused = run(&["speak", TEXT, "--model", HF, "-o", &out, "--ear", dir]);
    assert_eq!(refused.status.code(), Some(2));
}

/// The loudest of every hundredth of a second.
fn envelope(samples: &[f32]) -> Vec<f32> {
    let loudest = |block: &[f32]| block.iter().fold(0.0f32, |a, b| a.max(b.abs()));
    samples.chunks(240).map(loudest).collect()
}

/// From the first loud hundredth to the last one.
fn sounding(samples: &[f32]) -> Vec<f32> {
    let envelope = envelope(samples);
    let loud = |e: &&f32| **e > 0.02;
    let from = envelope.iter().take_while(|e| !loud(e)).count();
    let to = envelope.iter().rev().take_while(|e| !loud(e)).count();
    envelope[from..envelope.len() - to].to_vec()
}

/// The loudspeaker of `tools/with-desktop.sh`, recorded while something is played.
fn recorded(play: impl FnOnce() -> Value) -> (Value, Vec<f32>) {
    let raw = tempfile::NamedTempFile::new().unwrap();
    let mut recorder = Command::new("parec")
        .args([
            "-d",
            "speaker.monitor",
            "--format=s16le",
            "--rate=24000",
            "--channels=1",
            "--latency-msec=50",
        ])
        .stdout(raw.reopen().unwrap())
        .spawn()
        .unwrap();
    let length = || raw.as_file().metadata().unwrap().len();
    let grows_by = |more: u64| {
        let (begin, from) = (Instant::now(), length());
        while length() < from + more {
            assert!(begin.elapsed() < PATIENCE, "nothing is recorded");
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    grows_by(4800);
    let answer = play();
    grows_by(48_000);
    recorder.kill().unwrap();
    recorder.wait().unwrap();
    let bytes = std::fs::read(raw.path()).unwrap();
    let samples = bytes
        .chunks_exact(2)
        .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0);
    (answer, samples.collect())
}

/// Run by `./dev test` on its private desktop. Says what it measured: `-- --ignored --nocapture`.
#[test]
#[ignore = "needs the sound server of tools/with-desktop.sh"]
fn a_text_is_played_as_it_was_written_and_gaps_are_counted() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let text =
        "The river is wide here, and nobody hurries. It was half past seven. Why did they leave?";
    let args = ["speak", text, "--seed", "3", "--play", "--json", "-o", &out];
    let mut command = myna(&args);
    // The voice that comes with it.
    command.env_remove("MYNA_MODELS");
    let (report, heard) = recorded(|| {
        let output = command.output().unwrap();
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        serde_json::from_slice(&output.stdout).unwrap()
    });
    let underruns = report["underruns"].as_u64().unwrap();
    let first = report["first_sound_ms"].as_f64().unwrap();
    let factor = report["real_time_factor"].as_f64().unwrap();
    let (written, heard) = (sounding(&samples(&out)), sounding(&heard));
    println!(
        "first sound after {first:.0} ms, {underruns} underruns, {factor:.2} s of work a second; {:.2} s written, {:.2} s heard",
        written.len() as f64 / 100.0,
        heard.len() as f64 / 100.0
    );
    assert!(first > 0.0);
    if underruns == 0 {
        // Hundredth by hundredth the same sound: nothing missing, nothing between.
        assert!(
            written.len().abs_diff(heard.len()) <= 3,
            "{} {}",
            written.len(),
            heard.len()
        );
        let off = written
            .iter()
            .zip(&heard)
            .filter(|(a, b)| (**a - **b).abs() > 0.15);
        assert!(off.count() * 20 < written.len());
    } else {
        // A machine too busy for it: whatever was heard in between is more, never less.
        assert!(heard.len() + 3 > written.len());
    }
}
