//! The window of the first start as its page calls it.

use crate::commands::{Asked, app_at, window, with};
use myna_app::Desk;
use myna_engine::home::Home;
use serde_json::json;

#[test]
fn the_first_window_says_what_there_is_and_may_do_little() {
    let dir = tempfile::tempdir().unwrap();
    let (desk, asked) = (Desk::default(), Asked::default());
    let app = app_at(Home::at(dir.path()), &desk, &asked);
    let page = window(&app, "welcome");
    let welcome = with(&page, "welcome", json!({})).unwrap();
    assert_eq!(welcome["keys"][0]["does"], "speak");
    assert_eq!(welcome["asks"], cfg!(target_os = "macos"));
    let voice = welcome["voice"].as_str().unwrap();
    let built_in = desk.snapshot().voices.into_iter().find(|one| one.built_in);
    assert_eq!(Some(voice), built_in.as_ref().map(|one| one.id.as_str()));

    let hello = json!({ "id": voice, "text": "Hello." });
    with(&page, "try_voice", hello).unwrap();
    assert_eq!(asked.all(), ["tape Stop", &format!("try {voice}: Hello.")]);
    let key = json!({ "does": "speak", "key": "alt+F8" });
    with(&page, "set_key", key).unwrap();
    let welcome = with(&page, "welcome", json!({})).unwrap();
    assert_eq!(welcome["keys"][0]["usual"], false);
    for command in ["settings", "speak", "start_recording", "transcripts"] {
        let refusal = with(&page, command, json!({ "text": "x", "words": "" })).unwrap_err();
        assert!(refusal.to_string().contains("not allowed"), "{refusal}");
    }
}
