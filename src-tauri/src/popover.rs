//! The popover: when it shows, where, and when it goes away.
//!
//! [`Memory`] decides, with the time handed in, so that every rule is a plain test. The functions below it
//! carry the decision out on the window. Rules: never shown blank (it waits for its page, unless asked
//! twice); closes on blur unless it is pinned; a click on the tray icon toggles it, and the blur which that same click causes
//! does not open it again; without a tray it stays, and closing it ends the app.

use std::sync::Mutex;
use std::time::{Duration, Instant};

use tauri::{AppHandle, Manager, Runtime, WebviewWindow, WindowEvent};

use crate::Error;
use crate::desk::Desk;
use crate::place::{Area, beside};

/// The window's label in `tauri.conf.json` and in its capability file.
pub const LABEL: &str = "popover";

/// A tray click takes the focus away before it is delivered; within this time it counts as the cause.
const SAME_CLICK: Duration = Duration::from_millis(250);

/// What is to be done with the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Show,
    Hide,
    Quit,
    Nothing,
}

/// What the popover remembers between events.
#[derive(Debug, Default)]
pub struct Memory {
    page_ready: bool,
    wanted: bool,
    has_tray: bool,
    blurred: Option<Instant>,
}

impl Memory {
    /// Someone asks for the popover. A second request does not wait for the page any more.
    pub fn asked(&mut self) -> Step {
        if self.page_ready || self.wanted {
            return Step::Show;
        }
        self.wanted = true;
        Step::Nothing
    }

    /// The page has drawn itself.
    pub fn page_ready(&mut self) -> Step {
        self.page_ready = true;
        if std::mem::take(&mut self.wanted) {
            Step::Show
        } else {
            Step::Nothing
        }
    }

    /// The tray icon was clicked.
    pub fn clicked(&mut self, visible: bool, now: Instant) -> Step {
        let same_click = self
            .blurred
            .take()
            .is_some_and(|at| now.duration_since(at) < SAME_CLICK);
        match (visible, same_click) {
            (true, _) => Step::Hide,
            (false, true) => Step::Nothing,
            (false, false) => self.asked(),
        }
    }

    /// Another window took the focus.
    pub fn lost_focus(&mut self, visible: bool, pinned: bool, now: Instant) -> Step {
        if !self.has_tray || !visible || pinned {
            return Step::Nothing;
        }
        self.blurred = Some(now);
        Step::Hide
    }

    /// Escape. Without a tray nothing could fetch the popover back, so it stays.
    pub fn dismissed(&self) -> Step {
        if self.has_tray {
            Step::Hide
        } else {
            Step::Nothing
        }
    }

    /// The window manager closes it.
    pub fn closed(&self) -> Step {
        if self.has_tray {
            Step::Hide
        } else {
            Step::Quit
        }
    }

    /// A tray icon exists, so the popover can be fetched back.
    pub fn has_tray(&mut self) {
        self.has_tray = true;
    }
}

/// The memory as Tauri keeps it for the app's life.
#[derive(Default)]
pub struct Popover(Mutex<Memory>);

/// Lets `decide` look at the memory, then does what it says.
pub fn act<R: Runtime>(
    app: &AppHandle<R>,
    icon: Option<Area>,
    decide: impl FnOnce(&mut Memory, bool) -> Step,
) -> Result<(), Error> {
    let window = app
        .get_webview_window(LABEL)
        .ok_or(Error::NoWindow(LABEL))?;
    let visible = window.is_visible()?;
    let popover = app.state::<Popover>();
    // A poisoned lock holds nothing worse than a stale flag.
    let step = decide(
        &mut popover.0.lock().unwrap_or_else(|e| e.into_inner()),
        visible,
    );
    match step {
        Step::Show => show(&window, icon),
        Step::Hide => Ok(window.hide()?),
        Step::Quit => {
            app.exit(0);
            Ok(())
        }
        Step::Nothing => Ok(()),
    }
}

/// The window's own events. Errors are reported, not returned: nobody waits for an event's answer.
pub fn on_event<R: Runtime>(app: &AppHandle<R>, event: &WindowEvent) {
    let outcome = match event {
        WindowEvent::Focused(false) => left(app),
        WindowEvent::CloseRequested { api, .. } => {
            api.prevent_close();
            act(app, None, |m, _| m.closed())
        }
        _ => Ok(()),
    };
    if let Err(error) = outcome {
        eprintln!("popover: {error}");
    }
}

/// Somebody went on to another window. A popover that is not there is in nobody's way.
pub fn left<R: Runtime>(app: &AppHandle<R>) -> Result<(), Error> {
    if app.get_webview_window(LABEL).is_none() {
        return Ok(());
    }
    let pinned = app.state::<Desk>().snapshot().pinned;
    act(app, None, |m, visible| {
        m.lost_focus(visible, pinned, Instant::now())
    })
}

fn show<R: Runtime>(window: &WebviewWindow<R>, icon: Option<Area>) -> Result<(), Error> {
    let monitor = match icon {
        Some(icon) => window.monitor_from_point(icon.x, icon.y)?,
        None => None,
    };
    let mut place = None;
    if let Some(monitor) = monitor.or(window.primary_monitor()?) {
        let work = monitor.work_area();
        let work = Area {
            x: work.position.x.into(),
            y: work.position.y.into(),
            width: work.size.width.into(),
            height: work.size.height.into(),
        };
        // The configured size: GTK does not know the window's own before it was on screen once.
        let windows = &window.app_handle().config().app.windows;
        if let Some(config) = windows.iter().find(|w| w.label == LABEL) {
            let scale = monitor.scale_factor();
            let (x, y) = beside(icon, config.width * scale, config.height * scale, work);
            place = Some(tauri::PhysicalPosition::new(x, y));
        }
    }
    if let Some(place) = place {
        window.set_position(place)?;
    }
    window.show()?;
    // Once more, because a window manager that is slow to show the window can leave GTK believing that it stands in the
    // corner of the screen; then nothing can be dropped on it. Asked on screen, it is told where the window is.
    #[cfg(target_os = "linux")]
    if let Some(place) = place {
        window.set_position(place)?;
    }
    Ok(window.set_focus()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready_with_tray() -> Memory {
        let mut memory = Memory::default();
        memory.has_tray();
        assert_eq!(memory.page_ready(), Step::Nothing);
        memory
    }

    #[test]
    fn waits_for_its_page_before_it_shows() {
        let mut memory = Memory::default();
        assert_eq!(memory.asked(), Step::Nothing);
        assert_eq!(memory.page_ready(), Step::Show);
    }

    #[test]
    fn shows_at_the_second_request_even_if_the_page_never_comes() {
        let mut memory = Memory::default();
        assert_eq!(memory.asked(), Step::Nothing);
        assert_eq!(memory.asked(), Step::Show);
    }

    #[test]
    fn a_click_toggles() {
        let mut memory = ready_with_tray();
        let now = Instant::now();
        assert_eq!(memory.clicked(false, now), Step::Show);
        assert_eq!(memory.clicked(true, now), Step::Hide);
    }

    #[test]
    fn the_click_that_took_the_focus_does_not_open_it_again() {
        let mut memory = ready_with_tray();
        let now = Instant::now();
        assert_eq!(memory.lost_focus(true, false, now), Step::Hide);
        assert_eq!(
            memory.clicked(false, now + Duration::from_millis(80)),
            Step::Nothing
        );
        assert_eq!(
            memory.clicked(false, now + Duration::from_millis(160)),
            Step::Show
        );
    }

    #[test]
    fn a_later_click_opens_it_again() {
        let mut memory = ready_with_tray();
        let now = Instant::now();
        assert_eq!(memory.lost_focus(true, false, now), Step::Hide);
        assert_eq!(
            memory.clicked(false, now + Duration::from_secs(1)),
            Step::Show
        );
    }

    #[test]
    fn a_pinned_one_stays_until_it_is_closed() {
        let mut memory = ready_with_tray();
        let now = Instant::now();
        assert_eq!(memory.asked(), Step::Show);
        assert_eq!(memory.lost_focus(true, true, now), Step::Nothing);
        assert_eq!(memory.clicked(true, now), Step::Hide);
        assert_eq!(memory.clicked(false, now), Step::Show);
        assert_eq!(memory.dismissed(), Step::Hide);
    }

    #[test]
    fn stays_when_there_is_no_tray_to_fetch_it_from() {
        let mut memory = Memory::default();
        assert_eq!(
            memory.lost_focus(true, false, Instant::now()),
            Step::Nothing
        );
        assert_eq!(memory.dismissed(), Step::Nothing);
        assert_eq!(memory.closed(), Step::Quit);
        memory.has_tray();
        assert_eq!(memory.dismissed(), Step::Hide);
        assert_eq!(memory.closed(), Step::Hide);
    }
}
