//! The window of transcripts as its page calls it: what is kept is listed, read, corrected, played, taken away and
//! brought back.

use crate::commands::{Asked, app_at, window, with};
use myna_app::Desk;
use myna_engine::hear::{Coverage, Segment, Transcript};
use myna_engine::history::History;
use myna_engine::home::Home;
use serde_json::{Value, json};
use std::path::Path;

fn heard(file: &Path, words: [&str; 2]) -> Transcript {
    let segment = |n: u32, text: &str, finish_reason| Segment {
        start: f64::from(n),
        end: f64::from(n) + 0.5,
        text: text.into(),
        finish_reason,
        uncertain: finish_reason != "stop",
    };
    Transcript {
        file: file.display().to_string(),
        text: words.join(" "),
        segments: vec![segment(0, words[0], "stop"), segment(3, words[1], "failed")],
        coverage: Coverage {
            speech: 3.0,
            transcribed: 2.0,
            uncertain: 0.0,
            failed: 1.0,
        },
        model: "pocket".into(),
        seconds: 4.0,
        complaints: Vec::new(),
        failures: Vec::new(),
        cancelled: false,
    }
}

#[test]
fn transcripts_are_listed_read_corrected_played_and_taken_away() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path());
    let file = dir.path().join("talk.mp3");
    let mut history = History::open(&home.history()).unwrap();
    let lost = history
        .add_transcript(&heard(Path::new("/nowhere/lost.wav"), ["good", "night"]))
        .unwrap();
    let id = history
        .add_transcript(&heard(&file, ["hello", ""]))
        .unwrap();
    drop(history);
    std::fs::write(&file, "").unwrap();

    let (desk, asked) = (Desk::default(), Asked::default());
    let app = app_at(home.clone(), &desk, &asked);
    let page = window(&app, "transcripts");
    let list = |words: &str| -> Vec<Value> {
        let found = with(&page, "transcripts", json!({ "words": words })).unwrap();
        found.as_array().unwrap().clone()
    };
    let names: Vec<_> = list("").iter().map(|one| one["name"].clone()).collect();
    assert_eq!(names, ["talk.mp3", "lost.wav"], "names, and no path");
    assert_eq!(list("night")[0]["id"], lost);

    let of = |id: i64| with(&page, "transcript", json!({ "id": id })).unwrap();
    let read = of(id);
    assert_eq!(read["passages"][0]["text"], "hello");
    assert_eq!(read["passages"][1]["doubt"], "failed");
    assert_eq!(
        (&read["sound"], &read["failed"]),
        (&json!(true), &json!(1.0))
    );
    assert_eq!(of(lost)["sound"], false);

    let changed = desk.snapshot().transcripts;
    let correction = json!({ "id": id, "passage": 1, "text": "world" });
    with(&page, "correct_passage", correction).unwrap();
    assert_eq!(of(id)["passages"][1]["doubt"], "none");
    assert_eq!(list("world").len(), 1);
    assert!(desk.snapshot().transcripts > changed, "pages are told");

    with(&page, "play_passage", json!({ "id": id, "passage": 1 })).unwrap();
    assert_eq!(asked.all(), [format!("play {id} talk.mp3 1")]);
    let refused = with(&page, "play_passage", json!({ "id": lost, "passage": 0 }));
    assert_eq!(refused.unwrap_err()["kind"], "no_sound");

    let columns = |id: i64| with(&page, "waveform", json!({ "id": id, "columns": 50 }));
    assert_eq!(columns(lost).unwrap_err()["kind"], "no_sound");
    // The file is there, but holds no sound.
    assert_eq!(columns(id).unwrap_err()["kind"], "bad-audio");

    with(&page, "remove_transcript", json!({ "id": id })).unwrap();
    assert_eq!(list("").len(), 1);
    with(&page, "restore_transcript", json!({})).unwrap();
    assert_eq!(desk.snapshot().showing, Some(id));
    assert_eq!(list("").len(), 2);
    let refused = with(&page, "restore_transcript", json!({})).unwrap_err();
    assert_eq!(refused["kind"], "gone");

    with(&page, "remove_transcript", json!({ "id": id })).unwrap();
    with(&page, "close_window", json!({})).unwrap();
    let mut history = History::open(&home.history()).unwrap();
    assert!(history.entry(id).is_err(), "closing the window settles it");
}

#[test]
fn the_popover_may_open_a_transcript_and_not_change_one() {
    let dir = tempfile::tempdir().unwrap();
    let (desk, asked) = (Desk::default(), Asked::default());
    let app = app_at(Home::at(dir.path()), &desk, &asked);
    let popover = window(&app, "popover");
    with(&popover, "show_transcript", json!({ "id": 7 })).unwrap();
    assert_eq!(desk.snapshot().showing, Some(7));
    for command in ["remove_transcript", "transcript", "hear_again"] {
        assert!(with(&popover, command, json!({ "id": 7 })).is_err());
    }
    let page = window(&app, "transcripts");
    assert!(with(&page, "quit", json!({})).is_err());
}
