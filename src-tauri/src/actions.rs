//! What can be asked from anywhere: the tray's menu, a key, a drop, a second start. Each is one line of `work` and a
//! place to say what went wrong, since nobody waits for an answer.

use std::path::PathBuf;

use tauri::{AppHandle, DragDropEvent, Manager, Runtime, Window};

use crate::clipboard::Clipboard;
use crate::desk::Desk;
use crate::front::{Front, Program};
use crate::work::Work;
use crate::{Error, Problem, link, popover, selection, windows};

/// Speaks what is marked in the program in front. Pressed again while it speaks, it stops.
pub fn speak_selection<R: Runtime>(app: &AppHandle<R>) -> Result<(), Error> {
    let work = app.state::<Work>();
    if work.speaking() {
        return work.stop();
    }
    with_selection(app, |work, from, text| work.speak_from(from, text));
    Ok(())
}

/// Speaks what is marked after what is being spoken.
pub fn queue_selection<R: Runtime>(app: &AppHandle<R>) -> Result<(), Error> {
    with_selection(app, |work, from, text| work.queue_from(from, text));
    Ok(())
}

/// Speaks a text that another program hands over.
#[cfg(target_os = "macos")]
pub fn speak_given<R: Runtime>(app: &AppHandle<R>, text: &str) -> Result<(), Error> {
    let from = app.state::<Front>().now();
    app.state::<Work>().speak_from(from.as_ref(), some(text)?)
}

pub fn speak_clipboard<R: Runtime>(app: &AppHandle<R>) -> Result<(), Error> {
    let text = app.state::<Clipboard>().text()?;
    if text.trim().is_empty() {
        return Err(Error::NothingCopied);
    }
    app.state::<Work>().speak(&text)
}

pub fn stop<R: Runtime>(app: &AppHandle<R>) -> Result<(), Error> {
    app.state::<Work>().stop()
}

/// Writes down what was copied, files in a file manager or sound in any program, and shows how far it is. Called where
/// the window system's events are.
pub fn transcribe_copied<R: Runtime>(app: &AppHandle<R>) -> Result<(), Error> {
    let clipboard = app.state::<Clipboard>();
    let files = clipboard.files()?;
    if !files.is_empty() {
        transcribe(app, &files)?;
    } else if let Some(sound) = clipboard.sound()? {
        app.state::<Work>().paste(&sound.bytes, sound.extension)?;
    } else {
        return Err(Error::NoFileCopied);
    }
    popover::act(app, None, |m, _| m.asked())
}

/// Records the microphone to write it down, and shows how loud it is. Asked again, it stops.
pub fn record<R: Runtime>(app: &AppHandle<R>) -> Result<(), Error> {
    let later = app.clone();
    let from = app.state::<Front>().program();
    // A device may take its time to open, and events must not wait for that.
    tauri::async_runtime::spawn_blocking(move || {
        let work = later.state::<Work>();
        let outcome = work
            .record(from)
            .and_then(|()| popover::act(&later, None, |m, _| m.asked()));
        report(&later, outcome);
    });
    Ok(())
}

/// A link was opened, or the app was started once more: either way the popover answers.
pub fn called<R: Runtime>(app: &AppHandle<R>, address: Option<&str>) -> Result<(), Error> {
    if let Some(address) = address {
        app.state::<Desk>().ask(&link::text(address)?);
    }
    popover::act(app, None, |m, _| m.asked())
}

pub fn transcribe<R: Runtime>(app: &AppHandle<R>, files: &[PathBuf]) -> Result<(), Error> {
    app.state::<Work>().transcribe(files)
}

/// Files are held over a window, or dropped on it: then they are written down, or taken for a new voice.
pub fn dragged<R: Runtime>(window: &Window<R>, drag: &DragDropEvent) {
    let app = window.app_handle();
    let over = match drag {
        DragDropEvent::Enter { .. } => Some(window.label().to_owned()),
        DragDropEvent::Over { .. } => return,
        _ => None,
    };
    app.state::<Desk>().change(|now| now.over = over);
    if let DragDropEvent::Drop { paths, .. } = drag {
        let (app, paths) = (app.clone(), paths.clone());
        let voice = window.label() == windows::VOICES;
        // Files are looked at, and events must not wait for that.
        tauri::async_runtime::spawn_blocking(move || match voice {
            true => {
                let work = app.state::<Work>();
                if let Err(e) = work.cast().take(&paths) {
                    app.state::<Desk>().trouble(Problem::from(&e));
                }
            }
            false => report(&app, transcribe(&app, &paths)),
        });
    }
}

/// Says what went wrong where it is seen: in the popover, which opens for it.
pub fn report<R: Runtime>(app: &AppHandle<R>, outcome: Result<(), Error>) {
    let Err(error) = outcome else {
        return;
    };
    eprintln!("myna-app: {error}");
    app.state::<Desk>().trouble(Problem::from(&error));
    if let Err(error) = popover::act(app, None, |m, _| m.asked()) {
        eprintln!("myna-app: {error}");
    }
}

/// Does something with what is marked. Other programs take their time to tell, and events must not wait for that.
fn with_selection<R: Runtime>(
    app: &AppHandle<R>,
    act: impl FnOnce(&Work, Option<&Program>, &str) -> Result<(), Error> + Send + 'static,
) {
    let app = app.clone();
    let from = app.state::<Front>().now();
    tauri::async_runtime::spawn_blocking(move || {
        let work = app.state::<Work>();
        let read = selection::selected_text(work.book().home());
        let outcome = read.and_then(|text| act(&work, from.as_ref(), some(&text)?));
        report(&app, outcome);
    });
}

fn some(text: &str) -> Result<&str, Error> {
    match text.trim().is_empty() {
        true => Err(Error::NothingSelected),
        false => Ok(text),
    }
}
