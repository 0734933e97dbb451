//! Puts the app together: state, commands, tray, first window. Generic over Tauri's runtime, so that tests
//! drive the same builder without a display.

use tauri::{Builder, Context, Manager, RunEvent, Runtime, WindowEvent, Wry};

use crate::clipboard::Clipboard;
use crate::desk::Desk;
use crate::front::Front;
use crate::keys::Keys;
use crate::login::Login;
use crate::popover::{self, Popover};
use crate::windows::{self, Windows};
use crate::work::{self, Work};
use crate::{Error, Start, actions, commands, keys, link, paste, tray};

/// Everything but the tray, the keys and the first showing, which need a real desktop.
pub fn builder<R: Runtime>(base: Builder<R>, desk: Desk, work: Work) -> Builder<R> {
    base.manage(Popover::default())
        .manage(Windows::of(work.book().home()))
        .manage(Clipboard::default())
        .manage(Front::default())
        .manage(Keys::default())
        .manage(desk)
        .manage(work)
        .invoke_handler(tauri::generate_handler![
            commands::watch,
            commands::speak,
            commands::transport,
            commands::go_to,
            commands::set_voice,
            commands::set_speed,
            commands::cancel_job,
            commands::replay,
            commands::copy,
            commands::paste,
            commands::dismiss_problem,
            commands::popover_ready,
            commands::hide_popover,
            commands::pin_popover,
            commands::record,
            commands::stop_dictation,
            commands::answer_link,
            commands::watched::watched_folders,
            commands::watched::watch_folder,
            commands::watched::unwatch_folder,
            commands::quit,
            commands::window_ready,
            commands::close_window,
            commands::transcripts::transcripts,
            commands::transcripts::transcript,
            commands::transcripts::show_transcript,
            commands::transcripts::correct_passage,
            commands::transcripts::copy_transcript,
            commands::transcripts::paste_transcript,
            commands::transcripts::export_transcript,
            commands::transcripts::remove_transcript,
            commands::transcripts::restore_transcript,
            commands::transcripts::hear_again,
            commands::transcripts::play_passage,
            commands::transcripts::waveform,
            commands::transcripts::tape,
            commands::transcripts::choose_recordings,
            commands::transcripts::choose_folder,
            commands::transcripts::retry_job,
            commands::transcripts::forget_job,
            commands::voices::voices,
            commands::voices::show_voice,
            commands::voices::voice_health,
            commands::voices::try_voice,
            commands::voices::play_recording,
            commands::voices::rename_voice,
            commands::voices::duplicate_voice,
            commands::voices::correct_recording,
            commands::voices::vouch,
            commands::voices::remove_voice,
            commands::voices::restore_voice,
            commands::voices::export_voice,
            commands::voices::import_voices,
            commands::voices::takes,
            commands::voices::choose_takes,
            commands::voices::describe_take,
            commands::voices::drop_take,
            commands::voices::start_recording,
            commands::voices::stop_recording,
            commands::voices::make_voice,
            commands::programs::voices_for,
            commands::programs::set_voice_for,
            commands::settings::show_settings,
            commands::settings::settings,
            commands::settings::set_history,
            commands::settings::set_word,
            commands::settings::set_key,
            commands::settings::listen_for_key,
            commands::settings::set_device,
            commands::settings::set_login,
            commands::settings::set_model,
            commands::settings::set_reading,
            commands::settings::set_volume,
            commands::settings::set_dictation,
            commands::welcome::show_welcome,
            commands::welcome::welcome,
            commands::welcome::check_selection,
            commands::welcome::check_microphone,
            commands::settings::fetch_model,
            commands::settings::stop_fetching,
            commands::settings::remove_model,
        ])
        .on_window_event(|window, event| {
            if window.label() == popover::LABEL {
                popover::on_event(window.app_handle(), event);
            } else {
                windows::on_event(window, event);
            }
            if let WindowEvent::DragDrop(drag) = event {
                actions::dragged(window, drag);
            }
        })
}

/// The configuration and the pages, embedded at build time.
pub fn context<R: Runtime>() -> Context<R> {
    tauri::generate_context!()
}

/// Runs the app until it is quit.
pub fn run(start: Start) -> Result<(), Error> {
    let desk = Desk::default();
    let work = work::start(&desk)?;
    // First of all plugins: a second start must end before it does anything.
    let base = Builder::<Wry>::default().plugin(tauri_plugin_single_instance::init(
        |app, arguments, _| {
            let link = arguments.iter().find(|argument| link::is_link(argument));
            actions::report(app, actions::called(app, link.map(String::as_str)));
        },
    ));
    let app = builder(base, desk, work)
        .setup(move |app| {
            #[cfg(target_os = "macos")]
            crate::mac::live_in_menu_bar(app);
            let handle = app.handle();
            #[cfg(target_os = "macos")]
            crate::mac::offer_service(handle);
            handle.state::<Front>().follow();
            paste::give_pen(handle);
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
            keys::claim(handle);
            // Where there is no place for it, the settings do not offer it.
            if let Ok(login) = Login::here() {
                handle.manage(login);
            }
            actions::report(handle, windows::welcome(handle));
            if let Some(link) = &start.link {
                actions::report(handle, actions::called(handle, Some(link)));
            }
            Ok(())
        })
        .build(context())?;
    app.run(|app, event| match event {
        // Started again while running (Finder, Spotlight): the answer is the popover.
        #[cfg(target_os = "macos")]
        RunEvent::Reopen { .. } => {
            if let Err(error) = popover::act(app, None, |memory, _| memory.asked()) {
                eprintln!("popover: {error}");
            }
        }
        #[cfg(target_os = "macos")]
        RunEvent::Opened { urls } => {
            for url in urls {
                actions::report(app, actions::called(app, Some(url.as_str())));
            }
        }
        // What was removed and not brought back goes with the app.
        RunEvent::Exit => {
            if let Err(error) = app.state::<Work>().book().settle() {
                eprintln!("myna-app: {error}");
            }
        }
        _ => {}
    });
    Ok(())
}
