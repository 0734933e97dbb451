//! What a page may call. Each command is thin: it asks another module and answers with a type of its own.
//! The test below writes those types, and a typed call for each command, to `ui/src/lib/bindings.ts`.

use serde::Serialize;
use tauri::{AppHandle, Runtime};

use crate::Error;
use crate::popover::{self, Step};

/// Which parts are running, as the popover shows them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct About {
    /// The app's version.
    pub app: String,
    /// The speech engine's version; `myna --version` prints the same.
    pub engine: String,
    /// The web view that draws this page, where the system tells.
    pub web_view: Option<String>,
}

#[tauri::command]
pub fn about() -> About {
    About {
        app: env!("CARGO_PKG_VERSION").into(),
        engine: myna_engine::VERSION.into(),
        web_view: tauri::webview_version().ok(),
    }
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
    use ts_rs::{Config, TS};

    /// Command, what it answers with. None takes an argument yet.
    const COMMANDS: [(&str, &str); 4] = [
        ("about", "About"),
        ("popover_ready", "null"),
        ("hide_popover", "null"),
        ("quit", "null"),
    ];

    fn bindings() -> String {
        let config = Config::default();
        let mut text = String::from(
            "// Written by `./dev fixtures` from the types in src-tauri; do not edit.\n\
             import { invoke } from \"@tauri-apps/api/core\";\n\n",
        );
        for declaration in [About::decl(&config), crate::Problem::decl(&config)] {
            text += &format!("export {declaration}\n\n");
        }
        text += "/** Every command of the app. A refused call rejects with a `Problem`. */\nexport const commands = {\n";
        for (command, answer) in COMMANDS {
            let mut words = command.split('_');
            let mut name = words.next().unwrap_or_default().to_owned();
            for word in words {
                name += &word[..1].to_uppercase();
                name += &word[1..];
            }
            text += &format!("  {name}: () => invoke<{answer}>(\"{command}\"),\n");
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
