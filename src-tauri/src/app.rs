//! Puts the app together: state, commands, tray, first window. Generic over Tauri's runtime, so that tests
//! drive the same builder without a display.

use tauri::{Builder, Context, Manager, Runtime, Wry};

use crate::popover::{self, Popover};
use crate::{Error, Start, commands, tray};

/// Everything but the tray and the first showing, which need a real desktop.
pub fn builder<R: Runtime>(base: Builder<R>) -> Builder<R> {
    base.manage(Popover::default())
        .invoke_handler(tauri::generate_handler![
            commands::about,
            commands::popover_ready,
            commands::hide_popover,
            commands::quit,
        ])
        .on_window_event(|window, event| {
            if window.label() == popover::LABEL {
                popover::on_event(window.app_handle(), event);
            }
        })
}

/// The configuration and the pages, embedded at build time.
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Runs the app until it is quit.
pub fn run(start: Start) -> Result<(), Error> {
    let app = builder(Builder::<Wry>::default())
        .setup(move |app| {
            #[cfg(target_os = "macos")]
            crate::mac::live_in_menu_bar(app);
            let handle = app.handle();
            let tray = tray::build(handle);
            if let Err(error) = &tray {
                eprintln!("no tray on this desktop, the popover stays open instead ({error})");
            }
            popover::act(handle, None, |memory, _| {
                if tray.is_ok() {
                    memory.has_tray();
                }
                if start.show || tray.is_err() {
                    memory.asked()
                } else {
                    popover::Step::Nothing
                }
            })?;
            Ok(())
        })
        .build(context())?;
    app.run(|_app, _event| {
        // Started again while running (Finder, Spotlight): the answer is the popover.
        #[cfg(target_os = "macos")]
        if let tauri::RunEvent::Reopen { .. } = _event
            && let Err(error) = popover::act(_app, None, |memory, _| memory.asked())
        {
            eprintln!("popover: {error}");
        }
    });
    Ok(())
}
