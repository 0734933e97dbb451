//! The clipboard: text to speak, files and sound to hear, results to paste elsewhere.
//!
//! On X11 what is copied lives as long as its owner, so the app keeps one clipboard open. Fails with `clipboard` when the
//! system gives none; a clipboard that holds something else is no failure but empty.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use crate::Error;

/// Sound as another program has copied it.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub struct Sound {
    pub bytes: Vec<u8>,
    /// Of the file that it would be.
    pub extension: &'static str,
}

/// The kinds of sound that programs copy, the best first, and what their files are called.
#[cfg_attr(not(target_os = "linux"), allow(dead_code))]
pub const SOUNDS: [(&str, &str); 16] = [
    ("audio/flac", "flac"),
    ("audio/x-flac", "flac"),
    ("audio/wav", "wav"),
    ("audio/x-wav", "wav"),
    ("audio/wave", "wav"),
    ("audio/vnd.wave", "wav"),
    ("audio/aiff", "aiff"),
    ("audio/x-aiff", "aiff"),
    ("audio/ogg", "ogg"),
    ("application/ogg", "ogg"),
    ("audio/opus", "opus"),
    ("audio/mp4", "m4a"),
    ("audio/x-m4a", "m4a"),
    ("audio/aac", "aac"),
    ("audio/mpeg", "mp3"),
    ("audio/webm", "webm"),
];

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

    /// Sound that was copied as such. Must be asked for where the window system's events are.
    pub fn sound(&self) -> Result<Option<Sound>, Error> {
        #[cfg(target_os = "linux")]
        let sound = crate::linux::clipboard::sound();
        // The pasteboard's types are in docs/mac-checklist.md; until somebody has tried them, there is none.
        #[cfg(not(target_os = "linux"))]
        let sound = None;
        Ok(sound)
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
