//! Watched folders as the settings show and change them. What is found in them is tested with the engine's lookout, and in a
//! real window.

use crate::commands::{Asked, app_at, window, with};
use myna_app::{Desk, Work};
use myna_engine::home::Home;
use serde_json::{Value, json};
use tauri::Manager;

#[test]
fn folders_are_listed_by_name_added_once_and_taken_out() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path().join("home"));
    let memos = dir.path().join("Memos");
    let stick = dir.path().join("Stick");
    for folder in [home.config(), &memos, &stick] {
        std::fs::create_dir(folder).unwrap();
    }
    std::fs::write(home.settings(), "# Mine.\n[watch]\ncolour = 1\n").unwrap();
    let desk = Desk::default();
    let app = app_at(home.clone(), &desk, &Asked::default());
    let page = window(&app, "settings");
    let call = |command: &str, arguments: Value| with(&page, command, arguments);
    let listed = || call("watched_folders", json!({})).unwrap();
    assert_eq!(listed(), json!([]));

    let watched = app.state::<Work>();
    let watched = watched.watched();
    watched.add(&memos).unwrap();
    watched.add(&stick).unwrap();
    assert_eq!(watched.add(&memos).unwrap_err().kind(), "folder_known");
    let nowhere = watched.add(&dir.path().join("nowhere"));
    assert_eq!(nowhere.unwrap_err().kind(), "folder_gone");
    std::fs::remove_dir(&stick).unwrap();
    let within = dir.path().file_name().unwrap().to_str().unwrap();
    let card = |name: &str, there: bool| json!({ "name": name, "within": within, "there": there });
    assert_eq!(listed(), json!([card("Memos", true), card("Stick", false)]));
    assert!(desk.snapshot().settings >= 2, "pages are told");
    let file = std::fs::read_to_string(home.settings()).unwrap();
    let kept = file.contains("# Mine.") && file.contains("colour = 1");
    assert!(kept && file.contains(memos.to_str().unwrap()), "{file}");

    let gone = call("unwatch_folder", json!({ "at": 0, "name": "Stick" })).unwrap_err();
    assert_eq!(gone["kind"], "gone");
    call("unwatch_folder", json!({ "at": 0, "name": "Memos" })).unwrap();
    assert_eq!(listed(), json!([card("Stick", false)]));
    let refused = with(&window(&app, "popover"), "watched_folders", Value::Null);
    assert!(refused.is_err(), "another window may not ask");
}
