//! Words into the program in front: it gets the focus back, is told to paste, and the clipboard is as it was.
//!
//! Whatever cannot be done is told, and leaves the words on the clipboard: with `nothing_in_front`, `no_paste`, `untaken`.
//! Only a clipboard that could not be put back is left alone (`unheld`).

use std::sync::Mutex;

use tauri::{AppHandle, Manager, Runtime};

use crate::clipboard::Clipboard;
use crate::front::{Front, Program};
use crate::loan::Loan;
use crate::work::Work;
use crate::{Error, actions, popover};

#[cfg(target_os = "linux")]
use crate::linux::{board::General, front::Hand};
#[cfg(target_os = "macos")]
use crate::mac::{General, front::Hand};

/// Into the program that was in front before Myna. Waits for other programs, so it must not be called where events are.
pub fn paste<R: Runtime>(app: &AppHandle<R>, text: &str) -> Result<(), Error> {
    paste_into(app, text, app.state::<Front>().program())
}

/// Dictated words are pasted as well, from here on.
pub fn give_pen<R: Runtime>(app: &AppHandle<R>) {
    let handle = app.clone();
    app.state::<Work>().pen().give(move |program, text| {
        let (app, program, text) = (handle.clone(), program.clone(), text.to_owned());
        tauri::async_runtime::spawn_blocking(move || {
            actions::report(&app, paste_into(&app, &text, Some(program)));
        });
    });
}

/// Into this program, wherever a person is by now.
pub fn paste_into<R: Runtime>(
    app: &AppHandle<R>,
    text: &str,
    program: Option<Program>,
) -> Result<(), Error> {
    // There is one clipboard, and one focus.
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(|e| e.into_inner());
    let stays = |why: Error| app.state::<Clipboard>().copy(text).and(Err(why));
    let Some(program) = program else {
        return stays(Error::NothingInFront);
    };
    let Some(hand) = Hand::free() else {
        return stays(Error::NoPaste);
    };
    popover::act(app, None, |memory, _| memory.dismissed())?;
    Loan::of(General::new()).pasted(text, || hand.paste_into(app, &program))
}
