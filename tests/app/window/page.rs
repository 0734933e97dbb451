//! The pages in their real windows, the popover's first, driven over WebDriver: WebKit's own driver starts the app.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use super::stage::*;

/// The name under which WebDriver hands elements over.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

type Answer = ureq::http::Response<ureq::Body>;

/// The app with its page; both end with this.
pub struct Page {
    agent: ureq::Agent,
    /// The session's address.
    session: String,
    driver: Process,
}

/// How the desktop is coloured.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

impl Theme {
    pub fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

impl Page {
    /// Starts the app with its popover open.
    pub fn open() -> Self {
        Self::coloured(Theme::Light)
    }

    pub fn coloured(theme: Theme) -> Self {
        let page = Self::start(theme, lived_in());
        until("the popover is on screen", || popover_on_screen().is_some());
        page.until_shown("textarea");
        page
    }

    /// As somebody sees it who has just installed it: the popover makes room for the welcome.
    pub fn first(theme: Theme) -> Self {
        Self::start(theme, home())
    }

    fn start(theme: Theme, home: PathBuf) -> Self {
        // Asked for and given back, so that it is free.
        let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr();
        let port = address.unwrap().port();
        let mut command = Command::new("WebKitWebDriver");
        command
            .arg(format!("--port={port}"))
            .env("MYNA_HOME", home)
            .env("TAURI_WEBVIEW_AUTOMATION", "true");
        if theme == Theme::Dark {
            command.env("GTK_THEME", "Adwaita:dark");
        }
        let mut page = Self {
            agent: ureq::Agent::config_builder()
                .http_status_as_error(false)
                .timeout_global(Some(PATIENCE))
                .build()
                .into(),
            session: format!("http://127.0.0.1:{port}/session"),
            driver: Process::start(&mut command),
        };
        until("the driver listens", || {
            std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
        });
        let app = Path::new(env!("CARGO_BIN_EXE_myna-app"));
        let options = json!({ "binary": app, "args": ["--show"] });
        let wanted = json!({ "alwaysMatch": { "webkitgtk:browserOptions": options } });
        let session = page.call("", json!({ "capabilities": wanted })).unwrap();
        let id = session["sessionId"].as_str().unwrap();
        page.session = format!("{}/{id}", page.session);
        page
    }

    /// A command of WebDriver; its error's message where it is refused.
    fn call(&self, path: &str, body: Value) -> Result<Value, String> {
        let request = self.agent.post(format!("{}{path}", self.session));
        let answer = request
            .header("content-type", "application/json")
            .send(body.to_string());
        Self::answer(answer)
    }

    /// A question to WebDriver.
    fn ask(&self, path: &str) -> Result<Value, String> {
        Self::answer(self.agent.get(format!("{}{path}", self.session)).call())
    }

    fn answer(answer: Result<Answer, ureq::Error>) -> Result<Value, String> {
        let mut answer = answer.map_err(|e| e.to_string())?;
        let good = answer.status().is_success();
        let text = answer.body_mut().read_to_string().unwrap();
        let mut value: Value = serde_json::from_str(&text).unwrap();
        match value["value"].take() {
            value if good => Ok(value),
            refusal => Err(refusal["message"].to_string()),
        }
    }

    /// Puts the popover away, as a person does before looking at another window. Needs a tray.
    pub fn put_away(&self) {
        self.script("dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape' }))");
        until("the popover is gone", || popover_on_screen().is_none());
    }

    /// Goes on in the window of this title, once it is there.
    pub fn enter(&self, title: &str) {
        until(title, || {
            let handles = self.ask("/window/handles").unwrap_or_default();
            let handles = handles.as_array().cloned().unwrap_or_default();
            handles.into_iter().any(|handle| {
                let there = self.call("/window", json!({ "handle": handle })).is_ok();
                there && self.ask("/title") == Ok(json!(title))
            })
        });
    }

    /// Goes on in the window of this title, and gives it the keys.
    pub fn look_at(&self, title: &str) {
        self.enter(title);
        until("it is on screen", || on_screen(title).is_some());
        let name = format!("^{title}$");
        xdotool(&[
            "search",
            "--onlyvisible",
            "--name",
            &name,
            "windowactivate",
            "--sync",
        ]);
    }

    /// What a function's body gives in the page.
    pub fn script(&self, body: &str) -> Value {
        self.call("/execute/sync", json!({ "script": body, "args": [] }))
            .unwrap()
    }

    /// The app's process.
    pub fn app(&self) -> u32 {
        self.started().expect("the driver has started the app")
    }

    fn started(&self) -> Option<u32> {
        let driver = self.driver.child.id();
        let processes = std::fs::read_dir("/proc").ok()?.map_while(Result::ok);
        let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse().ok());
        ids.into_iter().find(|id: &u32| {
            let line = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
            // After the name in brackets: state, parent.
            let rest = line.rsplit_once(')').map_or("", |(_, rest)| rest);
            rest.split_whitespace().nth(1) == Some(&driver.to_string())
        })
    }

    /// The text of every element that fits.
    pub fn texts(&self, css: &str) -> Vec<String> {
        let list = self.script(&format!(
            "return [...document.querySelectorAll({})].map((e) => e.textContent.trim())",
            json!(css)
        ));
        serde_json::from_value(list).unwrap()
    }

    pub fn shows(&self, css: &str) -> bool {
        !self.texts(css).is_empty()
    }

    pub fn until_shown(&self, css: &str) {
        until(css, || self.shows(css));
    }

    /// What the header says that the app is doing.
    pub fn doing(&self) -> String {
        self.texts("header [role=status]").concat()
    }

    pub fn until_doing(&self, what: &str) {
        until(what, || self.doing() == what);
    }

    /// Clicks with the mouse of the driver, which refuses what is hidden or covered.
    pub fn click(&self, css: &str) {
        let mut refusal = String::new();
        until(css, || {
            let found = self.call("/element", json!({ "using": "css selector", "value": css }));
            let clicked = found.and_then(|element| {
                let id = element[ELEMENT].as_str().unwrap_or_default();
                self.call(&format!("/element/{id}/click"), json!({}))
            });
            let ok = clicked.is_ok();
            if let Err(why) = clicked
                && why != refusal
            {
                eprintln!("| not clicked: {why}");
                refusal = why;
            }
            ok
        });
    }

    /// The button of this name.
    pub fn press(&self, name: &str) {
        self.click(&format!("button[aria-label=\"{name}\"]:not(:disabled)"));
    }

    /// The button that says this.
    pub fn press_words(&self, words: &str) {
        let marked = format!(
            "const all = [...document.querySelectorAll('button:not(:disabled)')];\
             const found = all.find((b) => b.textContent.trim() === {});\
             document.querySelector('[data-found]')?.removeAttribute('data-found');\
             found?.setAttribute('data-found', '');\
             return !!found",
            json!(words)
        );
        until(words, || self.script(&marked) == true);
        self.click("[data-found]");
    }

    /// Chooses from one of the lists.
    pub fn choose(&self, list: &str, entry: usize) {
        self.press(list);
        self.click(&format!("[role=option]:nth-of-type({entry})"));
    }

    /// Types a text and sends it off with Return.
    pub fn speak(&self, text: &str) {
        self.write("textarea", &format!("{text}\u{e007}"));
    }

    /// Types into a field.
    pub fn write(&self, css: &str, text: &str) {
        let found = self.call("/element", json!({ "using": "css selector", "value": css }));
        let id = found.unwrap()[ELEMENT].as_str().unwrap().to_owned();
        let typed = json!({ "text": text });
        self.call(&format!("/element/{id}/value"), typed).unwrap();
    }

    /// A picture of the window that is looked at as it is on screen, for people.
    pub fn picture(&self, other: &mut Process, name: &str) {
        // Two frames, so that what was said last is drawn.
        let drawn = "const done = arguments[arguments.length - 1];\
            requestAnimationFrame(() => requestAnimationFrame(() => done(true)))";
        let body = json!({ "script": drawn, "args": [] });
        self.call("/execute/async", body).unwrap();
        let title = self.ask("/title").unwrap();
        let title = title.as_str().unwrap();
        until(title, || on_screen(title).is_some());
        let [x, y, width, height] = on_screen(title).unwrap();
        let path = output().join(format!("{name}.png"));
        other.tell(&format!(
            "picture {x} {y} {width} {height} {}",
            path.display()
        ));
    }
}

impl Drop for Page {
    fn drop(&mut self) {
        // The driver ends the app; where it cannot, the app must not outlive the test.
        let app = self.started();
        let _ = self.agent.delete(&self.session).call();
        let end = std::time::Instant::now() + Duration::from_secs(10);
        while let Some(id) = app.filter(|id| Path::new(&format!("/proc/{id}")).exists()) {
            if std::time::Instant::now() > end {
                let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
                break;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}
