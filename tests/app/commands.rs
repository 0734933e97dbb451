//! The commands as a page calls them, over Tauri's own message path but without a display.

use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use myna_app::{Desk, Ear, Error, Heard, Hearing, Outcome, Speech, Transport, Work};
use serde_json::{Value, json};
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewWindow, WebviewWindowBuilder};

/// A voice that only remembers what it was asked.
#[derive(Default, Clone)]
struct Asked(Arc<Mutex<Vec<String>>>);

impl Asked {
    fn note(&self, what: String) -> Result<(), Error> {
        self.0.lock().unwrap().push(what);
        Ok(())
    }

    fn all(&self) -> Vec<String> {
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
}

/// An ear that hears nothing.
struct Deaf;

impl Ear for Deaf {
    fn hear(
        &mut self,
        _: &Path,
        _: &AtomicBool,
        _: &mut dyn FnMut(Heard),
    ) -> Result<String, Error> {
        Ok(String::new())
    }
}

/// The app with its real configuration, pages and permissions.
fn app_with(desk: &Desk, speech: &Asked) -> App<MockRuntime> {
    let hearing = Hearing::start(desk.clone(), Box::new(Deaf)).unwrap();
    let work = Work::new(desk.clone(), Box::new(speech.clone()), hearing);
    myna_app::builder(mock_builder(), desk.clone(), work)
        .build(myna_app::context())
        .unwrap()
}

fn app() -> App<MockRuntime> {
    app_with(&Desk::default(), &Asked::default())
}

/// The configured popover; the mock runtime opens no window by itself.
fn popover(app: &App<MockRuntime>) -> WebviewWindow<MockRuntime> {
    let config = app
        .config()
        .app
        .windows
        .iter()
        .find(|w| w.label == "popover")
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

fn with(
    window: &WebviewWindow<MockRuntime>,
    command: &str,
    arguments: Value,
) -> Result<Value, Value> {
    call_from("tauri://localhost", window, command, arguments)
}

#[test]
fn what_a_page_asks_reaches_the_voice() {
    let speech = Asked::default();
    let app = app_with(&Desk::default(), &speech);
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
        assert_eq!(speech.all(), [asked]);
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
    let id = desk.finished(Outcome::Heard, "what was heard", Some("a.mp3"));
    assert_eq!(
        with(&window, "replay", json!({ "id": id })),
        Ok(Value::Null)
    );
    assert_eq!(speech.all(), ["speak what was heard"]);
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
