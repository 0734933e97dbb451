//! What a page may call. Each command is thin: it asks another module and answers with a type of its own.
//! The test below writes those types, and a typed call for each command, to `ui/src/lib/bindings.ts`.

use serde::Deserialize;
use tauri::ipc::Channel;
use tauri::{AppHandle, Runtime, State};

use crate::Error;
use crate::clipboard::Clipboard;
use crate::desk::{Desk, Snapshot};
use crate::popover::{self, Step};
use crate::work::Work;

/// What the buttons under a reading do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    Pause,
    /// After the end: speaks it again from the beginning.
    Resume,
    Stop,
    Previous,
    Next,
}

/// Tells the page the state, now and after every change.
#[tauri::command]
pub fn watch(desk: State<Desk>, channel: Channel<Snapshot>) {
    desk.watch(channel);
}

/// Speaks a text in the chosen voice, instead of what is being spoken.
#[tauri::command]
pub fn speak(work: State<Work>, text: String) -> Result<(), Error> {
    work.speak(&text)
}

#[tauri::command]
pub fn transport(work: State<Work>, action: Transport) -> Result<(), Error> {
    work.transport(action)
}

/// Goes on with this sentence of the reading.
#[tauri::command]
pub fn go_to(work: State<Work>, sentence: usize) -> Result<(), Error> {
    work.go_to(sentence)
}

#[tauri::command]
pub fn set_voice(work: State<Work>, id: String) -> Result<(), Error> {
    work.set_voice(&id)
}

#[tauri::command]
pub fn set_speed(work: State<Work>, speed: f64) -> Result<(), Error> {
    work.set_speed(speed)
}

/// Stops writing a file down, or takes it out of the queue.
#[tauri::command]
pub fn cancel_job(work: State<Work>, id: u32) {
    work.cancel(id);
}

/// Speaks a recent text again.
#[tauri::command]
pub fn replay(work: State<Work>, id: u32) -> Result<(), Error> {
    work.replay(id)
}

/// Copies a recent text to the clipboard.
#[tauri::command]
pub fn copy(desk: State<Desk>, clipboard: State<Clipboard>, id: u32) -> Result<(), Error> {
    clipboard.copy(&desk.recent_text(id).ok_or(Error::Gone)?)
}

/// The message was read.
#[tauri::command]
pub fn dismiss_problem(desk: State<Desk>) {
    desk.change(|now| now.problem = None);
}

/// The page has drawn itself; from now on the popover may show.
#[tauri::command]
pub fn popover_ready<R: Runtime>(app: AppHandle<R>) -> Result<(), Error> {
    popover::act(&app, None, |m, _| m.page_ready())
}

/// Escape in the popover.
#[tauri::command]
pub fn hide_popover<R: Runtime>(app: AppHandle<R>) -> Result<(), Error> {
    popover::act(&app, None, |m, _| m.dismissed())
}

#[tauri::command]
pub fn quit<R: Runtime>(app: AppHandle<R>) -> Result<(), Error> {
    popover::act(&app, None, |_, _| Step::Quit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::desk::{Job, Outcome, Pace, Reading, Recent, Voice};
    use ts_rs::{Config, TS};

    /// Command, and what it takes. All answer with nothing.
    const COMMANDS: [(&str, &[(&str, &str)]); 13] = [
        ("watch", &[("channel", "Channel<Snapshot>")]),
        ("speak", &[("text", "string")]),
        ("transport", &[("action", "Transport")]),
        ("go_to", &[("sentence", "number")]),
        ("set_voice", &[("id", "string")]),
        ("set_speed", &[("speed", "number")]),
        ("cancel_job", &[("id", "number")]),
        ("replay", &[("id", "number")]),
        ("copy", &[("id", "number")]),
        ("dismiss_problem", &[]),
        ("popover_ready", &[]),
        ("hide_popover", &[]),
        ("quit", &[]),
    ];

    fn bindings() -> String {
        let config = Config::default();
        let mut text = String::from(
            "// Written by `./dev fixtures` from the types in src-tauri; do not edit.\n\
             import { type Channel, invoke } from \"@tauri-apps/api/core\";\n\n",
        );
        for declaration in [
            crate::Problem::decl(&config),
            Pace::decl(&config),
            Reading::decl(&config),
            Job::decl(&config),
            Outcome::decl(&config),
            Recent::decl(&config),
            Voice::decl(&config),
            Snapshot::decl(&config),
            Transport::decl(&config),
        ] {
            text += &format!("export {declaration}\n\n");
        }
        text += "/** Every command of the app. A refused call rejects with a `Problem`. */\nexport const commands = {\n";
        for (command, takes) in COMMANDS {
            let mut words = command.split('_');
            let mut name = words.next().unwrap_or_default().to_owned();
            for word in words {
                name += &word[..1].to_uppercase();
                name += &word[1..];
            }
            let typed: Vec<_> = takes.iter().map(|(n, t)| format!("{n}: {t}")).collect();
            let names: Vec<_> = takes.iter().map(|(n, _)| *n).collect();
            let handed = match names.join(", ") {
                none if none.is_empty() => none,
                some => format!(", {{ {some} }}"),
            };
            text += &format!(
                "  {name}: ({}) => invoke<null>(\"{command}\"{handed}),\n",
                typed.join(", ")
            );
        }
        text + "};\n"
    }

    #[test]
    fn the_pages_bindings_are_current() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/ui/src/lib/bindings.ts");
        if std::env::var_os("MYNA_UPDATE").is_some() {
            std::fs::write(path, bindings()).unwrap();
        }
        let found = std::fs::read_to_string(path).unwrap_or_default();
        assert_eq!(found, bindings(), "run ./dev fixtures");
    }

    #[test]
    fn every_command_has_a_permission_of_its_own() {
        let permissions = include_str!("../permissions/commands.toml");
        for (command, _) in COMMANDS {
            assert!(
                permissions.contains(&format!("commands.allow = [\"{command}\"]")),
                "{command}"
            );
        }
    }
}
