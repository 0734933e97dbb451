//! The commands as a page calls them, over Tauri's own message path but without a display.

use serde_json::Value;
use tauri::ipc::{CallbackFn, InvokeBody};
use tauri::test::{INVOKE_KEY, MockRuntime, get_ipc_response, mock_builder};
use tauri::webview::InvokeRequest;
use tauri::{App, WebviewWindow, WebviewWindowBuilder};

/// The app with its real configuration, pages and permissions.
fn app() -> App<MockRuntime> {
    myna_app::builder(mock_builder())
        .build(myna_app::context())
        .unwrap()
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
) -> Result<Value, Value> {
    let request = InvokeRequest {
        cmd: command.into(),
        callback: CallbackFn(0),
        error: CallbackFn(1),
        url: url.parse().unwrap(),
        body: InvokeBody::default(),
        headers: Default::default(),
        invoke_key: INVOKE_KEY.into(),
    };
    get_ipc_response(window, request).map(|body| body.deserialize().unwrap())
}

fn call(window: &WebviewWindow<MockRuntime>, command: &str) -> Result<Value, Value> {
    call_from("tauri://localhost", window, command)
}

#[test]
fn about_names_the_parts_that_run() {
    let app = app();
    let about = call(&popover(&app), "about").unwrap();
    assert_eq!(about["app"], env!("CARGO_PKG_VERSION"));
    assert_eq!(about["engine"], myna_engine::VERSION);
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
    for command in ["about", "quit"] {
        assert!(
            call_from("https://example.org", &window, command).is_err(),
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
    assert!(call(&stranger, "about").is_err());
}
