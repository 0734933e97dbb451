//! What the window of the first start may call beside what other windows may.

use serde::Serialize;
use tauri::{AppHandle, Runtime, State};

use super::settings::{KeyCard, key_cards};
use crate::desk::Desk;
use crate::keys::Keys;
use crate::work::Work;
use crate::{Error, selection, windows};

/// What there is to know at the beginning.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WelcomePage {
    keys: Vec<KeyCard>,
    /// The voice that is always there.
    voice: String,
    /// The system asks before the text of other programs is read.
    asks: bool,
}

#[tauri::command(async)]
pub fn show_welcome<R: Runtime>(app: AppHandle<R>) -> Result<(), Error> {
    windows::open(&app, windows::WELCOME)
}

#[tauri::command]
pub fn welcome(keys: State<Keys>, desk: State<Desk>) -> WelcomePage {
    let voices = desk.snapshot().voices;
    let built_in = voices.into_iter().find(|voice| voice.built_in);
    WelcomePage {
        keys: key_cards(&keys),
        voice: built_in.map(|voice| voice.id).unwrap_or_default(),
        asks: cfg!(target_os = "macos"),
    }
}

/// Whether the text of other programs may be read. Where it may not, the system asks.
#[tauri::command(async)]
pub fn check_selection(work: State<Work>) -> Result<(), Error> {
    selection::selected_text(work.book().home()).map(drop)
}

/// Shows how loud the microphone is, until it is stopped or the window is closed.
#[tauri::command(async)]
pub fn check_microphone(work: State<Work>) -> Result<(), Error> {
    work.cast().listen()
}
