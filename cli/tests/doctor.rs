//! `myna doctor`: a verdict per line, and nobody's name.

mod common;

use common::*;
use serde_json::Value;

/// Runs at a person's home; gives the answer, everything printed, and the exit code.
fn examine(scratch: &Scratch, more: &[&str]) -> (Value, String, i32) {
    let run = |args: &[&str]| {
        let mut command = myna(args);
        let home = scratch.path("homes/wilhelmina");
        command.env("HOME", &home).env("USER", "wilhelmina");
        command.env("MYNA_HOME", format!("{home}/myna"));
        command.output().unwrap()
    };
    let json = run(&[&["doctor", "--json"], more].concat());
    let text = run(&[&["doctor"], more].concat());
    let all = [&json.stdout[..], &text.stdout].concat();
    let answer = serde_json::from_slice(&json.stdout).unwrap();
    (
        answer,
        String::from_utf8(all).unwrap(),
        text.status.code().unwrap(),
    )
}

fn verdict<'a>(answer: &'a Value, topic: &str) -> &'a str {
    let lines = answer["lines"].as_array().unwrap();
    let line = lines.iter().find(|line| line["topic"] == topic);
    line.unwrap_or_else(|| panic!("no {topic}: {answer}"))["verdict"]
        .as_str()
        .unwrap()
}

#[test]
fn a_sound_house_gets_a_clean_bill() {
    let scratch = Scratch::new();
    let (answer, text, code) = examine(&scratch, &[]);
    for topic in [
        "machine", "mlx", "data", "config", "disk", "settings", "history", "network",
    ] {
        assert!(
            ["good", "note"].contains(&verdict(&answer, topic)),
            "{topic}: {answer}"
        );
    }
    assert_eq!(verdict(&answer, "mlx"), "good");
    for topic in ["myna", "models", "sound out", "sound in", "permissions"] {
        verdict(&answer, topic);
    }
    assert_eq!((answer["ok"].as_bool(), code), (Some(true), 0), "{text}");
    assert!(
        text.contains("~/myna") && !text.contains("wilhelmina"),
        "{text}"
    );
    assert!(
        !std::path::Path::new(&scratch.path("homes")).exists(),
        "looking makes nothing"
    );
}

#[test]
fn what_is_broken_is_named_with_a_way_out() {
    let scratch = Scratch::new();
    let home = scratch.path("homes/wilhelmina/myna");
    std::fs::create_dir_all(format!("{home}/models/half")).unwrap();
    std::fs::write(format!("{home}/models/half/model.safetensors"), "no").unwrap();
    std::fs::write(format!("{home}/settings.toml"), "[history\n").unwrap();
    std::fs::write(format!("{home}/history.sqlite"), "garbage ".repeat(1000)).unwrap();
    let (answer, text, code) = examine(&scratch, &[]);
    for topic in ["settings", "history"] {
        assert_eq!(verdict(&answer, topic), "bad", "{answer}");
    }
    assert!(text.contains("BAD   models       half: "), "{text}");
    assert_eq!((answer["ok"].as_bool(), code), (Some(false), 1));
    assert!(!text.contains("wilhelmina"), "{text}");
    for line in answer["lines"].as_array().unwrap() {
        assert!(line["verdict"] != "bad" || line["hint"] != "", "{line}");
    }
}
