//! The clipboard: text to speak, files and sound to hear, results to paste elsewhere.
//!
//! On X11 what is copied lives as long as its owner, so the app keeps one clipboard open. Fails with `clipboard` when the
//! system gives none; a clipboard that holds something else is no failure but empty.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use crate::Error;

/// Sound as another program has copied it.
pub struct Sound {
    pub bytes: Vec<u8>,
    /// Of the file that it would be.
    pub extension: &'static str,
}

/// The kinds of sound that programs copy, the best first, and what their files are called.
#[cfg(target_os = "linux")]
const SOUNDS: [(&str, &str); 16] = [
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
/// The same as a Mac names them. The last one is any of the others: its bytes say which.
#[cfg(target_os = "macos")]
const SOUNDS: [(&str, &str); 11] = [
    ("org.xiph.flac", "flac"),
    ("com.microsoft.waveform-audio", "wav"),
    ("public.aiff-audio", "aiff"),
    ("public.aifc-audio", "aifc"),
    ("com.apple.coreaudio-format", "caf"),
    ("com.apple.m4a-audio", "m4a"),
    ("public.mpeg-4-audio", "m4a"),
    ("public.aac-audio", "aac"),
    ("public.mp3", "mp3"),
    ("org.xiph.ogg-audio", "ogg"),
    ("public.audio", ""),
];

/// How files of sound begin: from which byte on, with what, and what they are called.
const BEGINNINGS: [(usize, &[u8], &str); 7] = [
    (8, b"WAVE", "wav"),
    (8, b"AIFF", "aiff"),
    (8, b"AIFC", "aifc"),
    (0, b"fLaC", "flac"),
    (0, b"caff", "caf"),
    (0, b"OggS", "ogg"),
    (4, b"ftyp", "m4a"),
];

/// The best of the kinds that are offered, as it was offered, and what its file is called.
pub fn best(offered: &[String]) -> Option<(&str, &'static str)> {
    SOUNDS.iter().find_map(|(kind, extension)| {
        let found = offered.iter().find(|one| one.eq_ignore_ascii_case(kind));
        found.map(|found| (found.as_str(), *extension))
    })
}

impl Sound {
    /// Nothing is no sound. Without an extension, the bytes say what their file is called.
    pub fn new(bytes: Vec<u8>, extension: &'static str) -> Option<Self> {
        let begins = |at: usize, mark: &[u8]| bytes.get(at..).is_some_and(|b| b.starts_with(mark));
        let extension = match extension {
            "" => BEGINNINGS
                .iter()
                .find(|(at, mark, _)| begins(*at, mark))
                .map_or("mp3", |known| known.2),
            known => known,
        };
        (!bytes.is_empty()).then_some(Self { bytes, extension })
    }
}

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
        #[cfg(target_os = "macos")]
        let sound = crate::mac::sound();
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_kind_that_is_offered_is_taken_and_named() {
        let offered = |kinds: &[(&str, &str)]| -> Vec<String> {
            kinds.iter().map(|kind| kind.0.to_uppercase()).collect()
        };
        let (worst, first) = (offered(&SOUNDS[8..9]), offered(&SOUNDS[..1]));
        let all = [vec!["text/plain".to_owned()], worst, first.clone()].concat();
        assert_eq!(best(&all), Some((first[0].as_str(), SOUNDS[0].1)));
        assert_eq!(best(&["text/plain".into()]), None);
    }

    #[test]
    fn sound_of_no_kind_is_named_by_how_it_begins() {
        let named = |bytes: &[u8]| Sound::new(bytes.to_vec(), "").unwrap().extension;
        assert_eq!(named(b"RIFF....WAVEfmt "), "wav");
        assert_eq!(named(b"FORM....AIFFCOMM"), "aiff");
        assert_eq!(named(b"....ftypM4A "), "m4a");
        assert_eq!(named(b"ID3\x04"), "mp3");
        assert_eq!(
            Sound::new(b"fLaC".to_vec(), "wav").unwrap().extension,
            "wav"
        );
        assert!(Sound::new(Vec::new(), "wav").is_none());
    }
}
