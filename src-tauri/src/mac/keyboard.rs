//! Keys that work in every program, as the system gives them out.

use tauri::{AppHandle, Runtime};
use tauri_plugin_global_shortcut::{Builder, GlobalShortcutExt, Shortcut, ShortcutState};

use crate::keys::{self, Keyboard, NoKeyboard};

struct System<R: Runtime>(AppHandle<R>);

/// The system's keys.
pub fn keyboard<R: Runtime>(app: &AppHandle<R>) -> Box<dyn Keyboard> {
    match app.plugin(Builder::new().build()) {
        Ok(()) => Box::new(System(app.clone())),
        Err(e) => {
            eprintln!("myna-app: no keys in other programs: {e}");
            Box::new(NoKeyboard)
        }
    }
}

impl<R: Runtime> Keyboard for System<R> {
    fn take(&self, key: Shortcut, does: &'static str) -> bool {
        let taken = self
            .0
            .global_shortcut()
            .on_shortcut(key, move |app, _, event| {
                if event.state == ShortcutState::Pressed {
                    keys::press(app, does);
                }
            });
        taken.is_ok()
    }

    fn release(&self, key: Shortcut) {
        // What is not held any more need not be given back.
        _ = self.0.global_shortcut().unregister(key);
    }
}
