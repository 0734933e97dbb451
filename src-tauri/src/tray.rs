//! The tray icon: a left click toggles the popover, a right click opens a menu of what works today.
//!
//! Linux draws it over D-Bus and has no tray at all on some desktops. Then [`build`] fails, the app says
//! so once and keeps the popover on screen instead (`popover` knows).

use std::time::Instant;

use tauri::image::Image;
use tauri::menu::{Menu, MenuEvent, MenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Runtime};

use crate::Error;
use crate::place::Area;
use crate::popover;

const OPEN: &str = "open";
const QUIT: &str = "quit";

/// Puts the icon into the menu bar. Dropping the app removes it.
pub fn build<R: Runtime>(app: &AppHandle<R>) -> Result<(), Error> {
    let open = MenuItem::with_id(app, OPEN, "Open Myna", true, None::<&str>)?;
    let quit = MenuItem::with_id(app, QUIT, "Quit Myna", true, None::<&str>)?;
    TrayIconBuilder::with_id("myna")
        .icon(icon(app)?)
        .icon_as_template(true)
        .tooltip("Myna")
        .menu(&Menu::with_items(app, &[&open, &quit])?)
        .show_menu_on_left_click(false)
        .on_tray_icon_event(on_click)
        .on_menu_event(on_menu)
        .build(app)?;
    Ok(())
}

/// A template image on macOS, which colours it for light and dark bars. Panels of Linux do not recolour,
/// and black on black is no icon, so they get the app's own.
fn icon<R: Runtime>(app: &AppHandle<R>) -> Result<Image<'_>, Error> {
    if cfg!(target_os = "macos") {
        return Ok(tauri::include_image!("icons/tray.png"));
    }
    app.default_window_icon().cloned().ok_or(Error::NoIcon)
}

fn on_click<R: Runtime>(tray: &TrayIcon<R>, event: TrayIconEvent) {
    let TrayIconEvent::Click {
        button: MouseButton::Left,
        button_state: MouseButtonState::Up,
        rect,
        ..
    } = event
    else {
        return;
    };
    let app = tray.app_handle();
    // The rectangle is in physical pixels on every system that gives one.
    let (position, size) = (
        rect.position.to_physical::<f64>(1.0),
        rect.size.to_physical::<f64>(1.0),
    );
    let area = Area {
        x: position.x,
        y: position.y,
        width: size.width,
        height: size.height,
    };
    let area = (area.width > 0.0).then_some(area);
    report(popover::act(app, area, |m, visible| {
        m.clicked(visible, Instant::now())
    }));
}

fn on_menu<R: Runtime>(app: &AppHandle<R>, event: MenuEvent) {
    match event.id().as_ref() {
        OPEN => report(popover::act(app, None, |m, _| m.asked())),
        QUIT => app.exit(0),
        other => eprintln!("tray: no such menu entry: {other}"),
    }
}

fn report(outcome: Result<(), Error>) {
    if let Err(error) = outcome {
        eprintln!("tray: {error}");
    }
}
