//! `myna verify`: what Myna writes is marked, and changes are noticed.

mod common;

use common::*;

#[test]
fn the_verdicts_read_as_agreed() {
    let scratch = Scratch::new();
    let [spoken, changed, foreign] =
        ["spoken.wav", "changed.wav", "foreign.wav"].map(|n| scratch.path(n));
    let model = scratch.copy("csm-tiny/hf", "a-model");
    let model = model.to_str().unwrap();
    succeed(&[
        "speak", "Hello.", "--model", model, "--seed", "1", "-q", "-o", &spoken,
    ]);
    let mut bytes = std::fs::read(&spoken).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&changed, bytes).unwrap();
    std::fs::copy(fixture("mimi-tiny/golden/a.wav"), &foreign).unwrap();
    let mut t = Transcript::new(&scratch);
    let mut verify = |args: &[&str], code: i32| {
        let args = [&["verify"], args].concat();
        let mut output = run(&args);
        let text = String::from_utf8(output.stdout).unwrap();
        // Days and hashes differ; the rest is agreed.
        let day = first_day(&text);
        let text = day.map_or(text.clone(), |day| text.replace(&day, "DAY"));
        let hash = text.split('"').find(|s| s.len() == 64).map(str::to_owned);
        let text = hash.map_or(text.clone(), |hash| text.replace(&hash, "HASH"));
        output.stdout = text.into_bytes();
        t.add(&args, &output);
        assert_eq!(output.status.code(), Some(code), "{args:?}");
    };
    verify(&[&spoken], 0);
    verify(&[&spoken, "--json"], 0);
    verify(&[&changed], 1);
    verify(&[&changed, "--json"], 1);
    verify(&[&foreign], 1);
    verify(&[&foreign, "--json"], 1);
    let flac = scratch.path("spoken.flac");
    succeed(&[
        "speak", "Hello.", "--model", model, "--seed", "1", "-q", "-o", &flac,
    ]);
    verify(&[&flac], 0);
    verify(&["README.md"], 2);
    verify(&["tests"], 2);
    verify(&[&scratch.path("absent.wav")], 2);
    t.check("verify.txt");
}

/// The first `dddd-dd-dd`.
fn first_day(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let day = bytes.windows(10).find(|w| {
        w.iter().enumerate().all(|(i, b)| {
            if i == 4 || i == 7 {
                *b == b'-'
            } else {
                b.is_ascii_digit()
            }
        })
    })?;
    String::from_utf8(day.to_vec()).ok()
}

#[test]
fn an_interrupted_file_is_marked_all_the_same() {
    use nix::sys::signal::{Signal, kill};
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let mut child = myna(&[
        "speak",
        "Hello there.",
        "--model",
        "tests/fixtures/csm-tiny/hf",
        "-q",
        "-o",
        &out,
        "--exclude-tokens",
        "0..1",
        "--max-seconds",
        "60",
    ])
    .spawn()
    .unwrap();
    // Killed, not asked, as soon as some sound is there.
    while std::fs::metadata(&out).map_or(0, |m| m.len()) < 20_000 {
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    kill(
        nix::unistd::Pid::from_raw(child.id() as i32),
        Signal::SIGKILL,
    )
    .unwrap();
    child.wait().unwrap();
    assert!(!read_wav(&out).1.is_empty());
    let verdict = run(&["verify", &out]);
    assert!(
        verdict.status.success(),
        "{}",
        String::from_utf8_lossy(&verdict.stdout)
    );
}
