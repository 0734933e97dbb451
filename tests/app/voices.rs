//! The window of voices as its page calls it. What the store promises is tested with the store; here, that the commands
//! reach it, that every page is told, and that no path crosses.

use crate::commands::{Asked, app_at, app_in, new_home, window, with};
use myna_app::{Desk, Program, Work};
use myna_engine::home::Home;
use myna_engine::voices::{Profile, Store, Take};
use serde_json::{Value, json};
use std::path::Path;
use tauri::Manager;

const RAIN: &str = "tests/fixtures/step-audio-tiny/audio/long.wav";

/// A voice of the fixture's recording, for which nobody has vouched.
fn stored(home: &Home, name: &str) -> String {
    let take = Take {
        audio: Path::new(env!("CARGO_MANIFEST_DIR")).join(RAIN),
        transcript: "Harbour lights fade slowly. After midnight. Good night.".into(),
        heard_by: None,
    };
    let profile = Profile::new(name, "file").unwrap();
    let store = Store::at(home.voices());
    store.add(profile, &[take], true).unwrap().0.id
}

#[test]
fn voices_are_listed_vouched_for_changed_and_taken_away() {
    let (dir, home) = new_home();
    let id = stored(&home, "Anna");
    let (app, desk, asked) = app_in(&home);
    let page = window(&app, "voices");
    let call = |command: &str, arguments: Value| with(&page, command, arguments);
    let card = |id: &str| -> Option<Value> {
        let all = call("voices", json!({})).unwrap();
        let mut all = all.as_array().unwrap().iter();
        all.find(|one| one["id"] == id).cloned()
    };
    let anna = card(&id).unwrap();
    assert_eq!(
        (&anna["name"], &anna["built_in"]),
        (&json!("Anna"), &json!(false))
    );
    assert_eq!(anna["vouched"], Value::Null);
    assert!(
        anna["problem"]["hint"]
            .as_str()
            .is_some_and(|hint| !hint.is_empty())
    );
    assert!(
        !anna.to_string().contains(dir.path().to_str().unwrap()),
        "no path"
    );
    let chosen = || desk.snapshot().voices.iter().any(|voice| voice.id == id);
    assert!(!chosen(), "nothing is spoken in it yet");

    let empty = call("vouch", json!({ "id": id, "why": "own", "statement": " " }));
    assert_eq!(empty.unwrap_err()["kind"], "bad-input");
    call(
        "vouch",
        json!({ "id": id, "why": "own", "statement": "It is mine." }),
    )
    .unwrap();
    assert!(chosen());
    assert_eq!(card(&id).unwrap()["problem"], Value::Null);
    assert_eq!(card(&id).unwrap()["vouched"]["statement"], "It is mine.");
    let health = call("voice_health", json!({ "id": id })).unwrap();
    assert_eq!(health.as_array().unwrap().len(), 1);

    call("rename_voice", json!({ "id": id, "name": "Anne" })).unwrap();
    call(
        "correct_recording",
        json!({ "id": id, "recording": 0, "transcript": "Other words." }),
    )
    .unwrap();
    let anne = card(&id).unwrap();
    assert_eq!(
        (&anne["name"], &anne["recordings"][0]["transcript"]),
        (&json!("Anne"), &json!("Other words."))
    );
    call("duplicate_voice", json!({ "id": id, "name": "Berta" })).unwrap();
    let copy = desk.snapshot().voice_shown.unwrap();
    assert_eq!(card(&copy).unwrap()["name"], "Berta");

    call("try_voice", json!({ "id": id, "text": "Hello." })).unwrap();
    assert_eq!(
        asked.all(),
        ["tape Stop".to_owned(), format!("try {id}: Hello.")]
    );

    call("remove_voice", json!({ "id": id })).unwrap();
    assert_eq!(card(&id), None);
    assert!(!chosen());
    call("restore_voice", json!({ "id": id })).unwrap();
    assert!(
        desk.snapshot()
            .voice_shown
            .is_some_and(|id| card(&id).is_some())
    );
    assert_eq!(
        call("remove_voice", json!({ "id": "pocket-low" })).unwrap_err()["kind"],
        "bad-input"
    );
}

#[test]
fn takes_are_put_away_by_number_and_nobody_else_may() {
    let (_dir, home) = new_home();
    let (app, _, _) = app_in(&home);
    let page = window(&app, "voices");
    assert_eq!(with(&page, "takes", json!({})), Ok(json!([])));
    let gone = with(&page, "drop_take", json!({ "id": 3 })).unwrap_err();
    assert_eq!(gone["kind"], "gone");
    let arguments = json!({ "name": "Anna", "why": "own", "statement": "Mine.", "anyway": false });
    let none = with(&page, "make_voice", arguments).unwrap_err();
    assert_eq!(none["kind"], "bad-input");
    for label in ["popover", "transcripts"] {
        let other = window(&app, label);
        assert!(with(&other, "start_recording", json!({ "words": "" })).is_err());
    }
}

#[test]
fn voice_and_speed_are_chosen_again_after_a_restart() {
    let (_dir, home) = new_home();
    let (id, asked) = (stored(&home, "Anna"), Asked::default());
    let start = || app_at(home.clone(), &Desk::default(), &asked);
    let restored = || {
        start().state::<Work>().restore().unwrap();
        asked.all()
    };
    assert_eq!(restored(), [""; 0], "nothing was chosen yet");
    let app = start();
    let popover = window(&app, "popover");
    with(&popover, "set_voice", json!({ "id": id })).unwrap();
    with(&popover, "set_speed", json!({ "speed": 1.5 })).unwrap();
    asked.all();
    assert_eq!(restored(), ["speed 1.5".to_owned(), format!("voice {id}")]);
    Store::at(home.voices()).remove(&id).unwrap();
    assert_eq!(restored(), ["speed 1.5"], "it is not there any more");
}

#[test]
fn a_voices_own_recordings_are_played_by_number() {
    let (_dir, home) = new_home();
    let id = stored(&home, "Anna");
    let (app, desk, asked) = app_in(&home);
    let page = window(&app, "voices");
    let play =
        |id: &str, n: usize| with(&page, "play_recording", json!({ "id": id, "recording": n }));
    play(&id, 0).unwrap();
    assert_eq!(asked.all(), [format!("sample {id} 0")]);
    assert_eq!(play(&id, 1).unwrap_err()["kind"], "gone");
    assert_eq!(play("nobody", 0).unwrap_err()["kind"], "no_voice");
    let built_in = desk.snapshot().voices[0].id.clone();
    assert_eq!(play(&built_in, 0).unwrap_err()["kind"], "gone");
    assert!(asked.all().is_empty());
}

#[test]
fn a_program_is_read_in_a_voice_of_its_own_until_that_is_gone() {
    let (_dir, home) = new_home();
    let id = stored(&home, "Anna");
    let (app, desk, asked) = app_in(&home);
    let voices = window(&app, "voices");
    let settings = window(&app, "settings");
    let consent = json!({ "id": id, "why": "own", "statement": "It is mine." });
    with(&voices, "vouch", consent).unwrap();
    let program = |id: Option<&str>, name: &str| Program {
        id: id.map(str::to_owned),
        name: name.into(),
        handle: 1,
    };
    let reader = program(Some("org.example.reader"), "Reader");
    let others = [
        program(Some("org.example.mail"), "Mail"),
        program(None, "?"),
    ];
    let spoken = |from: &Program, text: &str| {
        app.state::<Work>().speak_from(Some(from), text).unwrap();
        asked.all().pop().unwrap()
    };
    let set = |app: &str, voice: Value| {
        with(
            &voices,
            "set_voice_for",
            json!({ "app": app, "voice": voice }),
        )
    };
    let listed = || with(&settings, "voices_for", json!({})).unwrap();

    // Nobody was told of it yet.
    let unknown = set("org.example.reader", json!(id)).unwrap_err();
    assert_eq!(unknown["kind"], "gone");
    assert_eq!(spoken(&reader, "One."), "speak One.");
    assert_eq!(desk.snapshot().app.unwrap().name, "Reader");
    let absent = set("org.example.reader", json!("nobody")).unwrap_err();
    assert_eq!(absent["kind"], "no_voice");
    set("org.example.reader", json!(id)).unwrap();
    assert_eq!(desk.snapshot().app.unwrap().voice, Some(id.clone()));

    assert_eq!(spoken(&reader, "Two."), format!("try {id}: Two."));
    for other in &others {
        assert_eq!(spoken(other, "Three."), "speak Three.");
    }
    app.state::<Work>().speak_from(None, "Four.").unwrap();
    assert_eq!(asked.all().pop().unwrap(), "speak Four.");
    app.state::<Work>()
        .queue_from(Some(&reader), "Five.")
        .unwrap();
    assert_eq!(asked.all().pop().unwrap(), format!("try {id}: Five."));
    let pair = json!([{ "app": "org.example.reader", "name": "Reader", "voice": "Anna" }]);
    assert_eq!(listed(), pair);

    Store::at(home.voices()).remove(&id).unwrap();
    assert_eq!(spoken(&reader, "Six."), "speak Six.");
    let broken = json!([{ "app": "org.example.reader", "name": "Reader", "voice": null }]);
    assert_eq!(listed(), broken);

    set("org.example.reader", Value::Null).unwrap();
    assert_eq!(listed(), json!([]));
    assert_eq!(desk.snapshot().app.unwrap().voice, None);
    let file = std::fs::read_to_string(home.settings()).unwrap();
    assert!(!file.contains("Reader"), "{file}");
    let popover = window(&app, "popover");
    let arguments = json!({ "app": "org.example.reader", "voice": null });
    assert!(with(&popover, "set_voice_for", arguments).is_err());
}
