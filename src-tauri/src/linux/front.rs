//! The program in front, as the window manager names it, and pasting into it. Without an X server nobody is in front.

use std::thread;

use tauri::{AppHandle, Runtime};

use super::x11::X11;
use crate::Error;
use crate::front::{Front, Program};

/// Follows the active window, waiting most of the time.
pub fn follow(front: Front) {
    let Some(server) = X11::open() else {
        return;
    };
    let watch = move || {
        let outcome = server.watch(|window| {
            let program = window.map(|window| {
                let class = server.class(window);
                let name = class.clone().or_else(|| server.title(window));
                Program {
                    id: class,
                    name: name.unwrap_or_default(),
                    handle: window,
                }
            });
            front.came(program);
        });
        if let Err(error) = outcome {
            eprintln!("myna-app: who is in front is not told any more: {error}");
        }
    };
    if let Err(error) = thread::Builder::new().name("front".into()).spawn(watch) {
        eprintln!("myna-app: nobody is followed to the front: {error}");
    }
}

/// What can type into other programs.
pub struct Hand(X11);

impl Hand {
    /// None where nothing can be typed.
    pub fn free() -> Option<Self> {
        X11::open().filter(X11::types).map(Self)
    }

    /// Gives the program the keys, and types Ctrl+V.
    pub fn paste_into<R: Runtime>(&self, _: &AppHandle<R>, program: &Program) -> Result<(), Error> {
        let refused = |_| Error::NoPaste;
        if !self.0.activate(program.handle).map_err(refused)? {
            return Err(Error::NothingInFront);
        }
        match self.0.type_paste().map_err(refused)? {
            true => Ok(()),
            false => Err(Error::NoPaste),
        }
    }
}
