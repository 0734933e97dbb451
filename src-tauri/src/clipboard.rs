//! The clipboard: text to speak, files to hear, results to paste elsewhere.
//!
//! On X11 what is copied lives as long as its owner, so the app keeps one clipboard open. Fails with `clipboard` when the
//! system gives none; a clipboard that holds something else is no failure but empty.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use crate::Error;

/// Opened at the first use.
#[derive(Default)]
pub struct Clipboard(Mutex<Option<arboard::Clipboard>>);

impl Clipboard {
    pub fn text(&self) -> Result<String, Error> {
        self.with(|clipboard| or_empty(clipboard.get_text()))
    }

    /// Files that were copied in a file manager.
    pub fn files(&self) -> Result<Vec<PathBuf>, Error> {
        self.with(|clipboard| or_empty(clipboard.get().file_list()))
    }

    pub fn copy(&self, text: &str) -> Result<(), Error> {
        self.with(|clipboard| clipboard.set_text(text))
    }

    fn with<T>(
        &self,
        use_it: impl FnOnce(&mut arboard::Clipboard) -> Result<T, arboard::Error>,
    ) -> Result<T, Error> {
        let mut guard: MutexGuard<_> = self.0.lock().unwrap_or_else(|e| e.into_inner());
        let clipboard = match &mut *guard {
            Some(open) => open,
            closed => closed.insert(arboard::Clipboard::new().map_err(Error::clipboard)?),
        };
        use_it(clipboard).map_err(Error::clipboard)
    }
}

fn or_empty<T: Default>(found: Result<T, arboard::Error>) -> Result<T, arboard::Error> {
    match found {
        Err(arboard::Error::ContentNotAvailable) => Ok(T::default()),
        other => other,
    }
}
