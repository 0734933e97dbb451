//! What `-h`, `--help`, the man page and the completions say.

mod common;

use common::*;

#[test]
fn help_reads_as_agreed() {
    let scratch = Scratch::new();
    let mut t = Transcript::new(&scratch);
    t.run(&["-h"]);
    t.run(&["--help"]);
    for verb in [
        &["speak"][..],
        &["transcribe"],
        &["codec", "encode"],
        &["codec", "decode"],
        &["tokens"],
        &["tokens", "capture"],
        &["tokens", "compare"],
        &["tokens", "replay"],
        &["tokens", "sweep"],
        &["tokens", "report"],
        &["models"],
        &["models", "pull"],
        &["models", "import"],
        &["models", "check"],
        &["models", "quantize"],
        &["models", "synth"],
        &["history"],
        &["history", "export"],
        &["bench", "speak"],
        &["bench", "transcribe"],
        &["bench", "codec"],
        &["doctor"],
        &["verify"],
    ] {
        t.run(&[verb, &["--help"]].concat());
    }
    t.check("help.txt");
}

#[test]
fn man_page_and_completions_come_from_the_same_definition() {
    let page = succeed(&["man"]);
    for option in [
        "exclude\\-tokens",
        "voice\\-match",
        "MYNA SPEAK",
        "MYNA TRANSCRIBE",
        "MYNA TOKENS CAPTURE",
    ] {
        assert!(page.contains(option), "{option}");
    }
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        assert!(
            succeed(&["completions", shell]).contains("exclude-tokens"),
            "{shell}"
        );
    }
}
