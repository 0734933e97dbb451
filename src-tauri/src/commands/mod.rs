//! What a page may call. Each command is thin: it asks another module and answers with a type of its own.
//!
//! - here: what the popover may call, and what all pages may
//! - [`transcripts`], [`voices`], [`settings`], [`welcome`]: the windows of that name; [`watched`]: the folders in the settings; [`programs`]:
//!   those with a voice of their own
//! - [`bindings`]: a test that writes the types, and a typed call for each command, to `ui/src/lib/bindings.ts`

#[cfg(test)]
mod bindings;
pub mod programs;
pub mod settings;
pub mod transcripts;
pub mod voices;
pub mod watched;
pub mod welcome;

use serde::Deserialize;
use tauri::ipc::Channel;
use tauri::{AppHandle, Runtime, State, WebviewWindow};

use crate::Error;
use crate::clipboard::Clipboard;
use crate::desk::{Desk, Snapshot};
use crate::popover::{self, Step};
use crate::work::Work;
use crate::{paste, windows};

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

/// Pastes a recent text into the program that was in front before; where that fails, the popover is there again to say so.
#[tauri::command(async)]
pub fn paste<R: Runtime>(app: AppHandle<R>, desk: State<Desk>, id: u32) -> Result<(), Error> {
    let text = desk.recent_text(id).ok_or(Error::Gone)?;
    let outcome = paste::paste(&app, &text);
    if outcome.is_err() {
        popover::act(&app, None, |m, _| m.asked())?;
    }
    outcome
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

/// The popover stays when another window takes the focus, or does not.
#[tauri::command(async)]
pub fn pin_popover(work: State<Work>, pinned: bool) -> Result<(), Error> {
    work.pin(pinned)
}

/// Records the microphone to write it down; while it does, stops.
#[tauri::command(async)]
pub fn record(work: State<Work>) -> Result<(), Error> {
    work.record(None)
}

/// Ends what [`record`] began; nothing, where nothing was begun.
#[tauri::command]
pub fn stop_dictation(work: State<Work>) {
    work.stop_recording();
}

/// Speaks what a link has asked for, or does not. The page hands over no text: it can agree to what was shown, and to
/// nothing else.
#[tauri::command(async)]
pub fn answer_link(work: State<Work>, id: u32, yes: bool) -> Result<(), Error> {
    work.answer(id, yes)
}

#[tauri::command]
pub fn quit<R: Runtime>(app: AppHandle<R>) -> Result<(), Error> {
    popover::act(&app, None, |_, _| Step::Quit)
}

/// Any other window's page has drawn itself; from now on it may show.
#[tauri::command]
pub fn window_ready<R: Runtime>(window: WebviewWindow<R>) -> Result<(), Error> {
    windows::ready(&window)
}

/// Escape in any other window.
#[tauri::command]
pub fn close_window<R: Runtime>(window: WebviewWindow<R>) -> Result<(), Error> {
    windows::close(&window)
}
