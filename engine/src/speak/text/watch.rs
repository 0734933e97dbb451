//! The dictionary's file, read again whenever it changes on the disk.
//!
//! Owns a watcher on the file's folder, because editors replace files instead of writing into them. Promises that the
//! dictionary in use is always a whole one: a file that cannot be read or understood leaves the last good one in place and
//! is reported by [`DictionaryFile::problem`] until it is mended. A file that is not there is an empty dictionary.

use super::dictionary::{Dictionary, MAX_BYTES};
use crate::{Error, Result};
use notify::{RecursiveMode, Watcher};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// A file that did not change for so long is finished, and how often that is looked at.
const STILL: Duration = Duration::from_millis(100);
const LOOKS: u32 = 10;

pub struct DictionaryFile {
    shared: Arc<Shared>,
    /// Ends when dropped; None when the folder cannot be watched.
    _watcher: Option<notify::RecommendedWatcher>,
}

struct Shared {
    path: PathBuf,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    dictionary: Arc<Dictionary>,
    problem: Option<String>,
}

impl DictionaryFile {
    /// Reads a file and goes on watching it. A broken file is a [`Self::problem`], not an error: nobody should lose
    /// their voice over a spelling.
    pub fn open(path: &Path) -> Result<Self> {
        let path = std::path::absolute(path).map_err(|e| unreadable(path, &e))?;
        let shared = Arc::new(Shared {
            path,
            state: Mutex::default(),
        });
        // Watching first: a change while the file is read is not missed.
        let watcher = watch(&shared);
        shared.reload();
        let file = Self {
            _watcher: watcher.ok(),
            shared,
        };
        Ok(file)
    }

    /// The last good one.
    pub fn dictionary(&self) -> Arc<Dictionary> {
        self.shared.lock().dictionary.clone()
    }

    /// What is wrong with the file as it is now.
    pub fn problem(&self) -> Option<String> {
        self.shared.lock().problem.clone()
    }
}

/// Reads a file once. One that is not there is an empty dictionary.
pub fn read_dictionary(path: &Path) -> Result<Dictionary> {
    Dictionary::parse(&path.display().to_string(), &read_text(path)?)
}

/// A dictionary's text; empty where there is none.
pub(super) fn read_text(path: &Path) -> Result<String> {
    let file = match std::fs::File::open(path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(String::new()),
        other => other.map_err(|e| unreadable(path, &e))?,
    };
    let mut text = String::new();
    file.take(MAX_BYTES + 1)
        .read_to_string(&mut text)
        .map_err(|e| unreadable(path, &e))?;
    if text.len() as u64 > MAX_BYTES {
        return Err(unreadable(path, &"more than a megabyte"));
    }
    Ok(text)
}

fn watch(shared: &Arc<Shared>) -> notify::Result<notify::RecommendedWatcher> {
    let target = Arc::clone(shared);
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let ours = |e: &notify::Event| {
            !e.kind.is_access()
                && e.paths
                    .iter()
                    .any(|p| p.file_name() == target.path.file_name())
        };
        // An error of the watcher may hide a change: reading once more is cheap.
        if event.as_ref().map_or(true, ours) {
            settle(&target.path);
            target.reload();
        }
    })?;
    let folder = shared.path.parent().unwrap_or(&shared.path);
    watcher.watch(folder, RecursiveMode::NonRecursive)?;
    Ok(watcher)
}

/// Waits until a file stands still: many programs empty it first and fill it then, and what is between the two is no
/// dictionary.
fn settle(path: &Path) {
    let look = || std::fs::metadata(path).and_then(|m| Ok((m.len(), m.modified()?)));
    settled(|| look().ok(), || std::thread::sleep(STILL));
}

/// Looks until two looks are equal, a second long at most; whatever changes later is an event of its own.
fn settled<T: PartialEq>(mut look: impl FnMut() -> T, mut wait: impl FnMut()) {
    let mut before = look();
    for _ in 0..LOOKS {
        wait();
        let now = look();
        if now == before {
            return;
        }
        before = now;
    }
}

impl Shared {
    fn reload(&self) {
        let read = read_dictionary(&self.path);
        let mut state = self.lock();
        match read {
            Ok(dictionary) => {
                state.dictionary = Arc::new(dictionary);
                state.problem = None;
            }
            Err(e) => state.problem = Some(e.to_string()),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        // Whoever panicked left a whole state behind: it is replaced, never changed in part.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn unreadable(path: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::request(
        format!("{} cannot be read: {why}", path.display()),
        "A pronunciation dictionary is a TOML file in UTF-8.",
    )
}

impl std::fmt::Debug for DictionaryFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "DictionaryFile({})", self.shared.path.display())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Instant;

    fn until(what: impl Fn() -> bool) -> bool {
        let begin = Instant::now();
        while begin.elapsed() < Duration::from_secs(20) {
            if what() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        false
    }

    #[test]
    fn a_changed_file_is_read_and_a_broken_one_leaves_the_last_good() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pronunciation.toml");
        let file = DictionaryFile::open(&path).unwrap();
        assert!(file.dictionary().is_empty() && file.problem().is_none());

        std::fs::write(&path, "[words]\nGIF = \"jif\"\n").unwrap();
        assert!(until(|| file.dictionary().len() == 1));

        std::fs::write(&path, "[words]\nGIF = 1\n").unwrap();
        assert!(until(|| file.problem().is_some()));
        assert!(
            file.problem().unwrap().contains("line 2"),
            "{:?}",
            file.problem()
        );
        assert_eq!(file.dictionary().len(), 1);

        // As editors do it.
        let draft = dir.path().join("draft");
        std::fs::write(&draft, "[words]\nGIF = \"jif\"\nMyna = \"miner\"\n").unwrap();
        std::fs::rename(&draft, &path).unwrap();
        assert!(until(|| file.dictionary().len() == 2));
        assert!(until(|| file.problem().is_none()));
    }

    #[test]
    fn a_file_that_is_emptied_and_filled_is_waited_for_but_not_for_ever() {
        // Its length at one look after another.
        let looks = |lengths: &[u64]| {
            let (mut at, mut waits) = (0, 0);
            let look = || {
                at += 1;
                lengths[(at - 1).min(lengths.len() - 1)]
            };
            settled(look, || waits += 1);
            waits
        };
        assert_eq!(looks(&[30]), 1);
        assert_eq!(looks(&[0, 8, 25, 25, 99]), 3);
        assert_eq!(looks(&(0..99).collect::<Vec<_>>()), LOOKS);
    }

    #[test]
    fn a_file_that_was_torn_anywhere_is_told_or_read_and_costs_no_voice() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pronunciation.toml");
        let whole = "[words]\nGIF = \"jif\"\nMyna = \"miner\"\n";
        let mut told = 0;
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            let file = DictionaryFile::open(&path).unwrap();
            let lines = whole[..length].matches("\"\n").count();
            match file.problem() {
                Some(problem) => {
                    assert!(problem.contains("line"), "{length}: {problem}");
                    told += 1;
                }
                // A last line without its end is a line.
                None => assert!(file.dictionary().len().abs_diff(lines) <= 1, "{length}"),
            }
        }
        eprintln!("torn dictionaries: {} states, {told} told", whole.len());
        assert!(told > whole.len() / 2);
    }

    #[test]
    fn a_file_that_is_no_text_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p.toml");
        std::fs::write(&path, [0xff, 0xfe]).unwrap();
        assert_eq!(read_dictionary(&path).unwrap_err().kind(), "bad-input");
        std::fs::write(&path, "#".repeat(MAX_BYTES as usize + 1)).unwrap();
        assert!(
            read_dictionary(&path)
                .unwrap_err()
                .to_string()
                .contains("megabyte")
        );
        assert_eq!(read_dictionary(dir.path()).unwrap_err().kind(), "bad-input");
    }
}
