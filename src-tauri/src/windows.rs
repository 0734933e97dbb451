//! The windows beside the popover: made when they are asked for, shown when their page is drawn, gone when they are closed.
//!
//! A window that is asked for again comes to the front. Its size and place are remembered across starts; a place that no
//! screen shows any more is not used. Fails with `no_window` for a name that the configuration does not have; what cannot
//! be remembered is only written to stderr.

use std::collections::{BTreeMap, HashSet};
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use myna_engine::home::Home;
use myna_engine::whole;
use serde::{Deserialize, Serialize};
use tauri::{
    AppHandle, LogicalSize, Manager, PhysicalPosition, Runtime, WebviewWindow,
    WebviewWindowBuilder, Window, WindowEvent,
};

use crate::keys::Keys;
use crate::place::{Area, visible};
use crate::work::Work;
use crate::{Error, actions, popover};

/// The window of transcripts, in the configuration and in its capability file.
pub const TRANSCRIPTS: &str = "transcripts";
/// The window of settings.
pub const SETTINGS: &str = "settings";
/// The window of the first start.
pub const WELCOME: &str = "welcome";
/// The window of voices.
pub const VOICES: &str = "voices";

/// What the app remembers of its windows.
pub struct Windows {
    /// The file of where they stood.
    file: PathBuf,
    /// Asked for, and their pages are not drawn yet.
    waiting: Mutex<HashSet<String>>,
}

impl Windows {
    pub fn of(home: &Home) -> Self {
        Self {
            file: home.windows(),
            waiting: Mutex::default(),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashSet<String>> {
        // A poisoned lock holds nothing worse than a window to wait for.
        self.waiting.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Nothing, where nothing can be read: windows then stand where the system puts them.
    fn stood(&self) -> BTreeMap<String, Stood> {
        let text = std::fs::read(&self.file).unwrap_or_default();
        serde_json::from_slice(&text).unwrap_or_default()
    }

    fn remember(&self, label: &str, stood: Stood) -> Result<(), Error> {
        let mut all = self.stood();
        all.insert(label.to_owned(), stood);
        let text = serde_json::to_vec(&all).map_err(std::io::Error::from);
        let text = text.map_err(|e| myna_engine::Error::output(&self.file, e))?;
        Ok(whole::write(&self.file, &text)?)
    }
}

/// Where a window stood: its size in the page's pixels, its corner in the screen's.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct Stood {
    width: f64,
    height: f64,
    x: i32,
    y: i32,
}

/// Brings a window to the front, making it where there is none. A second request does not wait for the page.
pub fn open<R: Runtime>(app: &AppHandle<R>, label: &'static str) -> Result<(), Error> {
    if let Some(window) = app.get_webview_window(label) {
        return front(&window);
    }
    let windows = &app.config().app.windows;
    let config = windows.iter().find(|w| w.label == label);
    let config = config.ok_or(Error::NoWindow(label))?;
    let memory = app.state::<Windows>();
    memory.waiting().insert(label.to_owned());
    let window = WebviewWindowBuilder::from_config(app, config)?.build()?;
    if let Some(stood) = memory.stood().get(label) {
        window.set_size(LogicalSize::new(stood.width, stood.height))?;
        let monitors = window.available_monitors()?;
        let screens = monitors.iter().map(|monitor| {
            let work = monitor.work_area();
            Area {
                x: work.position.x.into(),
                y: work.position.y.into(),
                width: work.size.width.into(),
                height: work.size.height.into(),
            }
        });
        if visible(stood.x.into(), stood.y.into(), screens) {
            window.set_position(PhysicalPosition::new(stood.x, stood.y))?;
        }
    }
    Ok(())
}

/// Welcomes a person who is here for the first time.
pub fn welcome<R: Runtime>(app: &AppHandle<R>) -> Result<(), Error> {
    let mark = app.state::<Work>().book().home().welcomed();
    if mark.exists() {
        return Ok(());
    }
    open(app, WELCOME)?;
    // Once is enough, whatever becomes of the window.
    Ok(whole::write(&mark, b"")?)
}

/// A page is drawn: its window may show.
pub fn ready<R: Runtime>(window: &WebviewWindow<R>) -> Result<(), Error> {
    let waiting = window.state::<Windows>().waiting().remove(window.label());
    if waiting { front(window) } else { Ok(()) }
}

/// Closes a window as its own button does.
pub fn close<R: Runtime>(window: &WebviewWindow<R>) -> Result<(), Error> {
    remember(&window.as_ref().window())?;
    left(window.app_handle(), window.label());
    Ok(window.destroy()?)
}

/// The events of every window but the popover.
pub fn on_event<R: Runtime>(window: &Window<R>, event: &WindowEvent) {
    if let WindowEvent::CloseRequested { .. } = event {
        if let Err(e) = remember(window) {
            eprintln!("myna-app: where the window stood is forgotten: {e}");
        }
        left(window.app_handle(), window.label());
    }
}

/// Nobody can bring back any more what was removed in this window.
fn left<R: Runtime>(app: &AppHandle<R>, label: &str) {
    app.state::<Windows>().waiting().remove(label);
    let work = app.state::<Work>();
    // A microphone that nobody sees being recorded is not recorded.
    if [VOICES, WELCOME].contains(&label) {
        work.cast().stop();
    }
    // Nor does a page that is gone listen for a key.
    if [SETTINGS, WELCOME].contains(&label) {
        let app = app.clone();
        // Keys are given out where events are handled, so that waiting for one here would never end.
        tauri::async_runtime::spawn_blocking(move || {
            actions::report(&app, app.state::<Keys>().rest(false));
        });
    }
    if label == TRANSCRIPTS
        && let Err(e) = work.book().settle()
    {
        eprintln!("myna-app: {e}");
    }
}

fn front<R: Runtime>(window: &WebviewWindow<R>) -> Result<(), Error> {
    window.unminimize()?;
    window.show()?;
    window.set_focus()?;
    // It would stand above the window, and a popover that never had the focus does not lose it.
    popover::left(window.app_handle())
}

fn remember<R: Runtime>(window: &Window<R>) -> Result<(), Error> {
    let size = window.inner_size()?.to_logical(window.scale_factor()?);
    let place = window.outer_position()?;
    let stood = Stood {
        width: size.width,
        height: size.height,
        x: place.x,
        y: place.y,
    };
    window.state::<Windows>().remember(window.label(), stood)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_stand_where_they_stood_and_a_broken_memory_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path().join("new"));
        let stood = Stood {
            width: 900.0,
            height: 620.0,
            x: -5,
            y: 40,
        };
        Windows::of(&home).remember("a", stood).unwrap();
        Windows::of(&home)
            .remember("b", Stood { x: 7, ..stood })
            .unwrap();
        let all = Windows::of(&home).stood();
        assert_eq!((all["a"], all["b"].x), (stood, 7));
        std::fs::write(home.windows(), "{half").unwrap();
        assert_eq!(Windows::of(&home).stood().len(), 0);
    }
}
