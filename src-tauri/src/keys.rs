//! The keys that work in every program. A key that another program holds is told once and costs nothing else: the menu
//! does the same.

use tauri::{AppHandle, Runtime};
use tauri_plugin_global_shortcut::{Builder, GlobalShortcutExt, ShortcutState};

use crate::{Error, actions};

/// Chosen not to clash with what systems and large programs use: Control and Option (Alt) together are nearly free.
const SPEAK: &str = "ctrl+alt+KeyS";
const QUEUE: &str = "ctrl+alt+shift+KeyS";

type Action<R> = fn(&AppHandle<R>) -> Result<(), Error>;

fn keys<R: Runtime>() -> [(&'static str, Action<R>); 2] {
    [
        (SPEAK, actions::speak_selection),
        (QUEUE, actions::queue_selection),
    ]
}

/// Every key as people read it, and what it does.
pub fn listed() -> impl Iterator<Item = (String, &'static str)> {
    [(SPEAK, "speak"), (QUEUE, "queue")]
        .into_iter()
        .map(|(key, does)| (named(key), does))
}

/// Must come before [`claim`].
pub fn plugin<R: Runtime>() -> tauri::plugin::TauriPlugin<R> {
    Builder::new().build()
}

/// Takes every key; each that cannot be had is reported, the others work.
pub fn claim<R: Runtime>(app: &AppHandle<R>) {
    for (key, action) in keys::<R>() {
        let taken = app
            .global_shortcut()
            .on_shortcut(key, move |app, _, event| {
                if event.state == ShortcutState::Pressed {
                    actions::report(app, action(app));
                }
            });
        if let Err(e) = taken {
            actions::report(
                app,
                Err(Error::Shortcut {
                    key: named(key),
                    why: e.to_string(),
                }),
            );
        }
    }
}

/// A key as people read it.
fn named(key: &str) -> String {
    let mac = cfg!(target_os = "macos");
    key.split('+')
        .map(|part| match part {
            "ctrl" if mac => "⌃",
            "alt" if mac => "⌥",
            "shift" if mac => "⇧",
            "ctrl" => "Ctrl+",
            "alt" => "Alt+",
            "shift" => "Shift+",
            letter => letter.trim_start_matches("Key"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_named_as_people_read_it() {
        let expected = if cfg!(target_os = "macos") {
            "⌃⌥⇧S"
        } else {
            "Ctrl+Alt+Shift+S"
        };
        assert_eq!(named(QUEUE), expected);
    }

    #[test]
    fn every_key_can_be_parsed() {
        for (key, _) in keys::<tauri::Wry>() {
            key.parse::<tauri_plugin_global_shortcut::Shortcut>()
                .unwrap();
        }
    }
}
