//! The window of settings as its page calls it.

use crate::commands::{app_in, new_home, window, with};
use myna_app::{Keyboard, claim_keys_from};
use serde_json::{Value, json};
use tauri_plugin_global_shortcut::{Code, Shortcut};

/// A keyboard without the letter E.
struct Board;

impl Keyboard for Board {
    fn take(&self, key: Shortcut, _: &'static str) -> bool {
        key.key != Code::KeyE
    }
    fn release(&self, _: Shortcut) {}
}

#[test]
fn what_is_set_is_kept_and_every_page_is_told() {
    let (_dir, home) = new_home();
    let (app, desk, _) = app_in(&home);
    let page = window(&app, "settings");
    let call = |command: &str, arguments: Value| with(&page, command, arguments);
    let now = || call("settings", json!({})).unwrap();
    let fresh = now();
    assert_eq!(
        (
            &fresh["keep"],
            &fresh["days"],
            &fresh["kept"],
            &fresh["words"]
        ),
        (&json!(true), &Value::Null, &json!(0), &json!([]))
    );
    assert!(fresh["keys"].as_array().unwrap().len() == 3 && fresh["memory"].as_f64() > Some(0.0));

    let before = desk.snapshot().settings;
    let history = json!({ "keep": false, "days": 30, "entries": null });
    call("set_history", history).unwrap();
    call("set_word", json!({ "word": "Siobhan", "said": "shi vawn" })).unwrap();
    assert_eq!(
        (&now()["keep"], &now()["days"]),
        (&json!(false), &json!(30))
    );
    assert_eq!(
        now()["words"],
        json!([{ "word": "Siobhan", "said": "shi vawn" }])
    );
    assert_eq!(desk.snapshot().settings, before + 2);
    let file = std::fs::read_to_string(home.settings()).unwrap();
    assert!(
        file.contains("keep = false") && file.contains("days = 30"),
        "{file}"
    );

    let wrong = call("set_word", json!({ "word": "x", "said": "2" })).unwrap_err();
    assert_eq!(wrong["kind"], "bad-input");
    call("set_word", json!({ "word": "Siobhan", "said": null })).unwrap();
    assert_eq!(now()["words"], json!([]));
}

#[test]
fn keys_are_set_refused_and_given_back() {
    let (_dir, home) = new_home();
    std::fs::write(home.settings(), "[keys]\nqueue = \"q\"\n").unwrap();
    let (app, desk, _) = app_in(&home);
    claim_keys_from(app.handle(), Box::new(Board));
    assert_eq!(desk.snapshot().problem.unwrap().kind, "bare_key");
    let page = window(&app, "settings");
    let call = |command: &str, arguments: Value| with(&page, command, arguments);
    let keys = || call("settings", json!({})).unwrap()["keys"].clone();
    assert_eq!(keys()[0]["does"], "speak");
    assert_eq!(
        (&keys()[0]["usual"], &keys()[1]["key"]),
        (&json!(true), &Value::Null)
    );
    let set = |does: &str, key: Value| call("set_key", json!({ "does": does, "key": key }));

    let before = desk.snapshot().settings;
    call("listen_for_key", json!({ "on": true })).unwrap();
    set("speak", json!("ctrl+alt+KeyX")).unwrap();
    call("listen_for_key", json!({ "on": false })).unwrap();
    assert_eq!(desk.snapshot().settings, before + 1);
    let shown = keys()[0]["key"].as_str().unwrap().to_owned();
    assert!(shown.ends_with('X'), "{shown}");
    let file = || std::fs::read_to_string(home.settings()).unwrap();
    assert!(file().contains("speak = \"ctrl+alt+x\""), "{}", file());
    for (key, kind) in [
        ("ctrl+alt+KeyE", "shortcut"),
        ("KeyX", "bare_key"),
        ("ctrl+alt", "no_key"),
    ] {
        let refusal = set("speak", json!(key)).unwrap_err();
        assert_eq!(refusal["kind"], kind);
        assert!(refusal["hint"].as_str().unwrap().ends_with('.'));
        assert_eq!(keys()[0]["key"], json!(shown));
    }
    let taken = set("queue", json!("ctrl+alt+x")).unwrap_err();
    assert_eq!(taken["kind"], "key_shared");
    set("speak", Value::Null).unwrap();
    set("queue", Value::Null).unwrap();
    assert!(
        keys()
            .as_array()
            .unwrap()
            .iter()
            .all(|key| key["usual"] == true)
    );
    assert!(
        !file().contains("speak") && !file().contains("queue"),
        "{}",
        file()
    );

    // Other windows set no keys.
    let popover = window(&app, "popover");
    assert!(with(&popover, "set_key", json!({ "does": "speak", "key": null })).is_err());
}

#[test]
fn devices_are_chosen_by_name_and_what_sounds_goes_there() {
    let (_dir, home) = new_home();
    let (app, _, asked) = app_in(&home);
    let page = window(&app, "settings");
    let set = |device: &str, name: Value| {
        with(
            &page,
            "set_device",
            json!({ "device": device, "name": name }),
        )
        .unwrap();
        asked.all()
    };
    let chosen = || {
        let page = with(&page, "settings", json!({})).unwrap();
        (page["speaker"].clone(), page["microphone"].clone())
    };
    assert_eq!(chosen(), (Value::Null, Value::Null));
    let moved = ["another output", "tape another output"];
    assert_eq!(set("speaker", json!("USB")), moved);
    assert_eq!(set("microphone", json!("Desk")), [""; 0]);
    assert_eq!(chosen(), (json!("USB"), json!("Desk")));
    assert_eq!(set("speaker", Value::Null), moved);
    assert_eq!(chosen(), (Value::Null, json!("Desk")));
    let file = std::fs::read_to_string(home.settings()).unwrap();
    assert!(
        file.contains("microphone = \"Desk\"") && !file.contains("speaker"),
        "{file}"
    );
}

#[test]
fn what_is_read_and_how_loud_is_set_and_kept() {
    let (_dir, home) = new_home();
    let (app, _, asked) = app_in(&home);
    let page = window(&app, "settings");
    let call = |command: &str, arguments: Value| with(&page, command, arguments);
    let now = || call("settings", json!({})).unwrap();
    let of = |kind: &str| {
        let all = now()["reading"].as_array().cloned().unwrap();
        all.into_iter().find(|one| one["kind"] == kind).unwrap()
    };
    assert_eq!(
        (&of("url")["set"], &of("url")["usual"]),
        (&json!("shorten"), &json!("shorten"))
    );
    call("set_reading", json!({ "kind": "url", "treatment": "skip" })).unwrap();
    assert_eq!(
        (&of("url")["set"], &of("url")["usual"]),
        (&json!("skip"), &json!("shorten"))
    );
    let file = std::fs::read_to_string(home.settings()).unwrap();
    assert!(file.contains("[text]\nurl = \"skip\"\n"), "{file}");
    for (kind, treatment) in [("url", "sing"), ("budget", "skip")] {
        let wrong = call(
            "set_reading",
            json!({ "kind": kind, "treatment": treatment }),
        );
        assert_eq!(wrong.unwrap_err()["kind"], "gone");
    }
    assert_eq!(now()["volume"], 1.0);
    call("set_volume", json!({ "volume": 0.25 })).unwrap();
    assert_eq!(
        (&now()["volume"], asked.all()),
        (&json!(0.25), vec!["volume 0.25".to_owned()])
    );
}

#[test]
fn damaged_pronunciations_are_told_and_cost_nothing_else() {
    let (_dir, home) = new_home();
    std::fs::write(home.pronunciation(), "[words").unwrap();
    let (app, _, _) = app_in(&home);
    let now = with(&window(&app, "settings"), "settings", json!({})).unwrap();
    assert_eq!(now["words"], json!([]));
    assert!(
        now["words_problem"]["message"]
            .as_str()
            .is_some_and(|why| !why.is_empty())
    );
    assert_eq!(now["keep"], true);
}

#[test]
fn a_system_without_a_login_says_so() {
    let (_dir, home) = new_home();
    let (app, _, _) = app_in(&home);
    let page = window(&app, "settings");
    assert_eq!(
        with(&page, "settings", json!({})).unwrap()["login"],
        Value::Null
    );
    let refusal = with(&page, "set_login", json!({ "on": true })).unwrap_err();
    assert_eq!(refusal["kind"], "login");
}

#[test]
fn models_are_listed_with_what_they_cost_and_deleted_by_name() {
    let (_dir, home) = new_home();
    let own = home.models().join("mine");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("config.json"), "{}").unwrap();
    let (app, desk, _) = app_in(&home);
    let page = window(&app, "settings");
    let models = || with(&page, "settings", json!({})).unwrap()["models"].clone();
    let find = |id: &str| {
        models()
            .as_array()
            .unwrap()
            .iter()
            .find(|m| m["id"] == id)
            .cloned()
    };
    let known = find("marvis-250m-4bit").unwrap();
    assert_eq!(
        (&known["size"], &known["disk"]),
        (&json!(0.5), &Value::Null)
    );
    assert!(known["memory"].as_f64() > Some(0.0) && known["runs"] != "unknown");
    assert!(find("mine").unwrap()["disk"].as_f64().is_some());

    let chosen = || {
        let page = with(&page, "settings", json!({})).unwrap();
        (page["speaks"].clone(), page["hears"].clone())
    };
    let choose =
        |part: &str, id: Value| with(&page, "set_model", json!({ "part": part, "id": id }));
    assert_eq!(chosen(), (Value::Null, Value::Null));
    choose("speak", json!("mine")).unwrap();
    choose("hear", json!("mine")).unwrap();
    choose("hear", Value::Null).unwrap();
    assert_eq!(chosen(), (json!("mine"), Value::Null));
    // Known, and not here.
    let absent = choose("hear", json!("step-audio-2-mini")).unwrap_err();
    assert_eq!(absent["kind"], "gone");
    assert_eq!(
        (&known["can_speak"], &known["can_hear"]),
        (&json!(true), &json!(false))
    );
    with(&page, "remove_model", json!({ "id": "mine" })).unwrap();
    assert_eq!(find("mine"), None);
    assert_eq!(chosen(), (Value::Null, Value::Null));
    for id in ["mine", "../voices"] {
        assert!(with(&page, "remove_model", json!({ "id": id })).is_err());
    }
    let unknown = with(&page, "fetch_model", json!({ "id": "https://example.org" }));
    assert_eq!(unknown.unwrap_err()["kind"], "bad-input");
    assert_eq!(desk.snapshot().fetching, None);
    let popover = window(&app, "popover");
    assert!(with(&popover, "remove_model", json!({ "id": "mine" })).is_err());
}

#[test]
fn what_is_said_is_pasted_only_where_somebody_switched_that_on() {
    let (_dir, home) = new_home();
    let (app, _, _) = app_in(&home);
    let page = window(&app, "settings");
    let pastes = || with(&page, "settings", json!({})).unwrap()["paste"].clone();
    assert_eq!(pastes(), false);
    for on in [true, false] {
        with(&page, "set_dictation", json!({ "paste": on })).unwrap();
        assert_eq!(pastes(), on);
    }
    with(&page, "set_dictation", json!({ "paste": true })).unwrap();
    let file = std::fs::read_to_string(home.settings()).unwrap();
    assert!(file.contains("[dictation]\npaste = true\n"), "{file}");
}
