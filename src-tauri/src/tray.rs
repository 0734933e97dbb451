//! The tray icon: a left click toggles the popover, a right click opens a menu of what can be done from anywhere; its
//! picture and words say what the app is doing ([`Mood`]).
//!
//! Linux draws it over D-Bus and has no tray at all on some desktops. Then [`build`] fails, the app says
//! so once and keeps the popover on screen instead (`popover` knows).

use std::time::Instant;

use tauri::menu::{Menu, MenuEvent, MenuItem, PredefinedMenuItem};
use tauri::tray::{MouseButton, MouseButtonState, TrayIcon, TrayIconBuilder, TrayIconEvent};
use tauri::{AppHandle, Manager, Runtime};

use crate::desk::{Desk, Purpose};
use crate::mood::Mood;
use crate::place::Area;
use crate::{Error, actions, popover, windows};

/// What the menu offers, and what each entry does.
const ENTRIES: [(&str, &str); 10] = [
    ("selection", "Speak Selection"),
    ("clipboard", "Speak Clipboard"),
    ("stop", "Stop Speaking"),
    ("files", "Transcribe Clipboard"),
    (RECORD, "Record"),
    ("transcripts", "Transcripts…"),
    ("voices", "Voices…"),
    ("settings", "Settings…"),
    ("open", "Open Myna"),
    ("quit", "Quit Myna"),
];

/// The entry that records, and what it says while it does.
const RECORD: &str = "record";
const STOP_RECORDING: &str = "Stop Recording";

/// Entries before which a line is drawn.
const LINES: [&str; 2] = ["files", "open"];

/// Puts the icon into the menu bar. Dropping the app removes it.
pub fn build<R: Runtime>(app: &AppHandle<R>) -> Result<(), Error> {
    let menu = Menu::new(app)?;
    for (id, label) in ENTRIES {
        if LINES.contains(&id) {
            menu.append(&PredefinedMenuItem::separator(app)?)?;
        }
        let item = MenuItem::with_id(app, id, label, true, None::<&str>)?;
        menu.append(&item)?;
        if id == RECORD {
            follow_recording(app, item, label);
        }
    }
    let tray = TrayIconBuilder::with_id("myna")
        .icon(Mood::Idle.picture())
        .icon_as_template(true)
        .tooltip(Mood::Idle.words())
        .menu(&menu)
        .show_menu_on_left_click(false)
        .on_tray_icon_event(on_click)
        .on_menu_event(on_menu)
        .build(app)?;
    follow(app, tray);
    Ok(())
}

/// Keeps the icon and its words at what the app is doing.
fn follow<R: Runtime>(app: &AppHandle<R>, tray: TrayIcon<R>) {
    let (handle, mut shown) = (app.clone(), Mood::Idle);
    app.state::<Desk>().follow(move |now| {
        let mood = Mood::of(now);
        if mood != std::mem::replace(&mut shown, mood) {
            let tray = tray.clone();
            // The window system's thread does it, so that whoever changed the desk need not wait. With the app gone, so is
            // the icon.
            _ = handle.run_on_main_thread(move || {
                let changed = tray
                    .set_icon_with_as_template(Some(mood.picture()), true)
                    .and_then(|()| tray.set_tooltip(Some(mood.words())));
                if let Err(error) = changed {
                    eprintln!("tray: {error}");
                }
            });
        }
    });
}

/// Keeps the entry that records at what it would do.
fn follow_recording<R: Runtime>(app: &AppHandle<R>, item: MenuItem<R>, idle: &'static str) {
    let (handle, mut shown) = (app.clone(), false);
    app.state::<Desk>().follow(move |now| {
        let purpose = now.recording.as_ref().map(|recording| recording.purpose);
        let runs = purpose == Some(Purpose::Words);
        if runs != std::mem::replace(&mut shown, runs) {
            let item = item.clone();
            _ = handle.run_on_main_thread(move || {
                if let Err(error) = item.set_text(if runs { STOP_RECORDING } else { idle }) {
                    eprintln!("tray: {error}");
                }
            });
        }
    });
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
    actions::report(
        app,
        popover::act(app, area, |m, visible| m.clicked(visible, Instant::now())),
    );
}

fn on_menu<R: Runtime>(app: &AppHandle<R>, event: MenuEvent) {
    let outcome = match event.id().as_ref() {
        "selection" => actions::speak_selection(app),
        "clipboard" => actions::speak_clipboard(app),
        "stop" => actions::stop(app),
        "files" => actions::transcribe_copied(app),
        RECORD => actions::record(app),
        "transcripts" => windows::open(app, windows::TRANSCRIPTS),
        "voices" => windows::open(app, windows::VOICES),
        "settings" => windows::open(app, windows::SETTINGS),
        "open" => popover::act(app, None, |m, _| m.asked()),
        "quit" => popover::act(app, None, |_, _| popover::Step::Quit),
        _ => Ok(()),
    };
    actions::report(app, outcome);
}
