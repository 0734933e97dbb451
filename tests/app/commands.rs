//! The commands as a page calls them, over Tauri's own message path but without a display.

use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use myna_app::{Book, Cast, Desk, Ear, Error, Heard, Outcome, Speech, Tape, Transport, Work};
use myna_engine::hear::Transcript;
use myna_engine::home::Home;
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, Manager, WebviewWindow, WebviewWindowBuilder};

/// A voice and a tape that only remember what they were asked.
#[derive(Default, Clone)]
pub struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    fn note(&self, what: String) -> Result<(), Error> {
        self.0.lock().unwrap().push(what);
        Ok(())
    }

    pub fn all(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl Speech for Asked {
    fn busy(&self) -> bool {
        false
    }
    fn speak(&self, text: &str) -> Result<(), Error> {
        if text.trim().is_empty() {
            return Err(Error::NothingToSay);
        }
        self.note(format!("speak {text}"))
    }
    fn queue(&self, text: &str) -> Result<(), Error> {
        self.note(format!("queue {text}"))
    }
    fn try_voice(&self, id: &str, text: &str) -> Result<(), Error> {
        self.note(format!("try {id}: {text}"))
    }
    fn act(&self, action: Transport) -> Result<(), Error> {
        self.note(format!("{action:?}"))
    }
    fn go_to(&self, sentence: usize) -> Result<(), Error> {
        self.note(format!("go to {sentence}"))
    }
    fn set_voice(&self, id: &str) -> Result<(), Error> {
        self.note(format!("voice {id}"))
    }
    fn set_speed(&self, speed: f64) -> Result<(), Error> {
        self.note(format!("speed {speed}"))
    }
    fn set_volume(&self, volume: f64) -> Result<(), Error> {
        self.note(format!("volume {volume}"))
    }
    fn change_output(&self) {
        self.note("another output".into()).unwrap();
    }
}

impl Tape for Asked {
    fn play(&self, id: i64, file: PathBuf, _: &Transcript, segment: usize) -> Result<(), Error> {
        let name = file.file_name().unwrap().to_string_lossy().into_owned();
        self.note(format!("play {id} {name} {segment}"))
    }
    fn sample(&self, voice: &str, n: usize, file: PathBuf, seconds: f64) -> Result<(), Error> {
        assert!(file.is_file() && seconds > 0.0);
        self.note(format!("sample {voice} {n}"))
    }
    fn act(&self, action: Transport) {
        self.note(format!("tape {action:?}")).unwrap();
    }
    fn change_output(&self) {
        self.note("tape another output".into()).unwrap();
    }
}

/// An ear that understands nothing.
struct Deaf;

impl Ear for Deaf {
    fn hear(
        &mut self,
        _: &Path,
        _: &AtomicBool,
        _: &mut dyn FnMut(Heard),
    ) -> Result<Transcript, Error> {
        Err(Error::Gone)
    }
}

/// The app with its real configuration, pages and permissions, and a home of this test's own.
pub fn app_at(home: Home, desk: &Desk, asked: &Asked) -> App<MockRuntime> {
    let work = Work::new(
        desk.clone(),
        Box::new(asked.clone()),
        Box::new(Deaf),
        Book::new(home.clone()).unwrap(),
        Box::new(asked.clone()),
        Cast::start(home, desk.clone()).unwrap(),
    );
    myna_app::builder(mock_builder(), desk.clone(), work.unwrap())
        .build(myna_app::context())
        .unwrap()
}

/// A home of this test's own; it goes with the folder.
pub fn new_home() -> (tempfile::TempDir, Home) {
    let folder = tempfile::tempdir().unwrap();
    let home = Home::at(folder.path());
    (folder, home)
}

/// The app in this home, what it shows, and what it was asked.
pub fn app_in(home: &Home) -> (App<MockRuntime>, Desk, Asked) {
    let (desk, asked) = (Desk::default(), Asked::default());
    (app_at(home.clone(), &desk, &asked), desk, asked)
}

fn app_with(desk: &Desk, speech: &Asked) -> App<MockRuntime> {
    // Nobody writes into it.
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("home");
    app_at(Home::at(home), desk, speech)
}

fn app() -> App<MockRuntime> {
    app_with(&Desk::default(), &Asked::default())
}

fn popover(app: &App<MockRuntime>) -> WebviewWindow<MockRuntime> {
    window(app, "popover")
}

/// A configured window; the mock runtime opens none by itself.
pub fn window(app: &App<MockRuntime>, label: &str) -> WebviewWindow<MockRuntime> {
    if let Some(open) = app.get_webview_window(label) {
        return open;
    }
    let config = app
        .config()
        .app
        .windows
        .iter()
        .find(|w| w.label == label)
        .unwrap();
    WebviewWindowBuilder::from_config(app, config)
        .unwrap()
        .build()
        .unwrap()
}

/// What a page at `url` gets when it calls `command`. Tauri's test module is unstable: only this knows it.
fn call_from(
    url: &str,
    window: &WebviewWindow<MockRuntime>,
    command: &str,
    arguments: Value,
) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.into(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: url.parse().unwrap(),
        body: InvokeBody::Json(arguments),
        headers: Default::default(),
        invoke_key: INVOKE_KEY.into(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize().unwrap())
}

fn call(window: &WebviewWindow<MockRuntime>, command: &str) -> Result<Value, Value> {
    with(window, command, json!({}))
}

pub fn with(
    window: &WebviewWindow<MockRuntime>,
    command: &str,
    arguments: Value,
) -> Result<Value, Value> {
    call_from("tauri://localhost", window, command, arguments)
}

#[test]
fn what_a_page_asks_reaches_the_voice() {
    let speech = Asked::default();
    let home = tempfile::tempdir().unwrap();
    let app = app_at(Home::at(home.path()), &Desk::default(), &speech);
    let window = popover(&app);
    for (command, arguments, asked) in [
        ("speak", json!({ "text": "Hello." }), "speak Hello."),
        ("transport", json!({ "action": "pause" }), "Pause"),
        ("transport", json!({ "action": "previous" }), "Previous"),
        ("go_to", json!({ "sentence": 3 }), "go to 3"),
        (
            "set_voice",
            json!({ "id": "pocket-high" }),
            "voice pocket-high",
        ),
        ("set_speed", json!({ "speed": 1.5 }), "speed 1.5"),
    ] {
        assert_eq!(
            with(&window, command, arguments),
            Ok(Value::Null),
            "{command}"
        );
        assert_eq!(speech.all().last().unwrap(), asked);
    }
    assert!(with(&window, "transport", json!({ "action": "explode" })).is_err());
    let refused = with(&window, "speak", json!({ "text": " " })).unwrap_err();
    assert_eq!(refused["kind"], "nothing_to_say");
    assert!(refused["hint"].as_str().unwrap().ends_with('.'));
}

#[test]
fn a_recent_text_is_spoken_again_by_its_number_alone() {
    let (desk, speech) = (Desk::default(), Asked::default());
    let app = app_with(&desk, &speech);
    let window = popover(&app);
    let id = desk.finished(Outcome::Heard, "what was heard", Some("a.mp3"), None);
    assert_eq!(
        with(&window, "replay", json!({ "id": id })),
        Ok(Value::Null)
    );
    assert_eq!(speech.all(), ["tape Stop", "speak what was heard"]);
    let refused = with(&window, "replay", json!({ "id": id + 7 })).unwrap_err();
    assert_eq!(refused["kind"], "gone");
}

#[test]
fn a_ready_page_does_not_show_an_unasked_popover() {
    let app = app();
    let window = popover(&app);
    assert_eq!(call(&window, "popover_ready"), Ok(Value::Null));
    assert_eq!(call(&window, "hide_popover"), Ok(Value::Null));
}

#[test]
fn the_pin_is_remembered_over_a_restart() {
    let home = tempfile::tempdir().unwrap();
    for (before, after) in [(false, true), (true, false)] {
        let desk = Desk::default();
        let app = app_at(Home::at(home.path()), &desk, &Asked::default());
        app.state::<Work>().restore().unwrap();
        assert_eq!(desk.snapshot().pinned, before);
        let pinned = json!({ "pinned": after });
        assert_eq!(with(&popover(&app), "pin_popover", pinned), Ok(Value::Null));
        assert_eq!(desk.snapshot().pinned, after);
    }
}

#[test]
fn a_links_text_is_spoken_only_when_its_own_question_is_agreed_to() {
    let (desk, speech) = (Desk::default(), Asked::default());
    let app = app_with(&desk, &speech);
    let window = popover(&app);
    let answer = |id: u32, yes: bool| with(&window, "answer_link", json!({ "id": id, "yes": yes }));
    desk.ask("one");
    let old = desk.snapshot().asked.unwrap();
    desk.ask("two");
    let asked = desk.snapshot().asked.unwrap();
    assert_eq!(answer(old.id, true).unwrap_err()["kind"], "gone");
    assert_eq!(speech.all(), Vec::<String>::new());
    assert_eq!(answer(asked.id, true), Ok(Value::Null));
    assert_eq!(speech.all(), ["tape Stop", "speak two"]);
    assert_eq!(desk.snapshot().asked, None);
    assert_eq!(answer(asked.id, true).unwrap_err()["kind"], "gone");

    desk.ask("three");
    let asked = desk.snapshot().asked.unwrap();
    assert_eq!(answer(asked.id, false), Ok(Value::Null));
    assert_eq!((speech.all().len(), desk.snapshot().asked), (0, None));
}

#[test]
fn a_microphone_that_records_a_voice_is_not_taken_away_for_words() {
    let (desk, speech) = (Desk::default(), Asked::default());
    let home = tempfile::tempdir().unwrap();
    let app = app_at(Home::at(home.path()), &desk, &speech);
    let window = popover(&app);
    desk.change(|now| now.recording = Some(Default::default()));
    assert_eq!(call(&window, "record").unwrap_err()["kind"], "busy");
    assert_eq!(call(&window, "stop_dictation"), Ok(Value::Null));
    assert!(desk.snapshot().recording.is_some());
    let left = std::fs::read_dir(home.path().join("recordings")).unwrap();
    assert_eq!(left.count(), 0, "no mark is left of what was not begun");
}

#[test]
fn a_page_may_call_nothing_that_its_window_was_not_granted() {
    let app = app();
    let window = popover(&app);
    for command in [
        "plugin:window|set_title",
        "plugin:event|listen",
        "plugin:webview|create_webview_window",
        "nonsense",
    ] {
        let refusal = call(&window, command).unwrap_err();
        let words = refusal.to_string();
        assert!(
            words.contains("not allowed") || words.contains("not found"),
            "{command}: {words}"
        );
    }
}

#[test]
fn a_remote_page_may_call_nothing() {
    let app = app();
    let window = popover(&app);
    for command in ["dismiss_problem", "quit"] {
        assert!(
            call_from("https://example.org", &window, command, json!({})).is_err(),
            "{command}"
        );
    }
}

#[test]
fn a_window_without_a_capability_may_call_nothing() {
    let app = app();
    let stranger = WebviewWindowBuilder::new(&app, "stranger", Default::default())
        .build()
        .unwrap();
    assert!(call(&stranger, "quit").is_err());
}
