//! The window of settings as its page calls it.

use crate::commands::{Asked, app_at, window, with};
use myna_app::Desk;
use myna_engine::home::Home;
use serde_json::{Value, json};

#[test]
fn what_is_set_is_kept_and_every_page_is_told() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path());
    let (desk, asked) = (Desk::default(), Asked::default());
    let app = app_at(home.clone(), &desk, &asked);
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
    assert!(fresh["keys"].as_array().unwrap().len() == 2 && fresh["memory"].as_f64() > Some(0.0));

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
fn models_are_listed_with_what_they_cost_and_deleted_by_name() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path());
    let own = home.models().join("mine");
    std::fs::create_dir_all(&own).unwrap();
    std::fs::write(own.join("config.json"), "{}").unwrap();
    let (desk, asked) = (Desk::default(), Asked::default());
    let app = app_at(home, &desk, &asked);
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
    with(&page, "remove_model", json!({ "id": "mine" })).unwrap();
    assert_eq!(find("mine"), None);
    for id in ["mine", "../voices"] {
        assert!(with(&page, "remove_model", json!({ "id": id })).is_err());
    }
    let unknown = with(&page, "fetch_model", json!({ "id": "https://example.org" }));
    assert_eq!(unknown.unwrap_err()["kind"], "bad-input");
    assert_eq!(desk.snapshot().fetching, None);
    let popover = window(&app, "popover");
    assert!(with(&popover, "remove_model", json!({ "id": "mine" })).is_err());
}
