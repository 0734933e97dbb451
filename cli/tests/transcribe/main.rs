//! `myna transcribe`: words, sounds of every kind, long recordings, files, limits; and, on a desktop with a sound
//! server, a microphone.

#[path = "../common/mod.rs"]
mod common;
#[path = "../../../models/tests/common/expand.rs"]
mod expand;
mod files;
mod limits;
mod record;
mod sounds;
mod times;
mod words;

use common::*;
use serde_json::Value;

const RAIN: &str = "Rain fell on the old stone bridge.";
const AUDIO: &str = "tests/fixtures/step-audio-tiny/audio";
const MEDIA: &str = "tests/fixtures/media";

/// An ordinary model folder, made of a compact fixture.
struct Ear {
    dir: tempfile::TempDir,
}

impl Ear {
    fn new(checkpoint: &str) -> Self {
        Self {
            dir: expand::expanded(checkpoint),
        }
    }

    fn args<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let model = self.dir.path().to_str().unwrap();
        [&["transcribe", "--model", model], more].concat()
    }

    fn text(&self, more: &[&str]) -> String {
        succeed(&self.args(more))
    }

    fn json(&self, more: &[&str]) -> Value {
        serde_json::from_str(&succeed(&self.args(&[more, &["--json"]].concat()))).unwrap()
    }
}

fn clip(name: &str) -> String {
    format!("{AUDIO}/{name}.wav")
}

/// speech = transcribed + uncertain + failed, of one result.
fn adds_up(result: &Value) -> [f64; 4] {
    let parts = ["speech", "transcribed", "uncertain", "failed"]
        .map(|part| result["coverage"][part].as_f64().unwrap());
    assert!(
        (parts[0] - parts[1] - parts[2] - parts[3]).abs() < 1e-9,
        "{parts:?}"
    );
    assert!(parts[0] <= result["seconds"].as_f64().unwrap() + 1e-9);
    parts
}
