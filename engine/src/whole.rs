//! Files and folders that appear whole or not at all.
//!
//! Everything is written beside its place, brought to the disk, then renamed, and the rename itself is brought to the
//! disk: whatever happens before leaves what was there, whatever happens after leaves the new. A draft that a dead
//! process left has a name that begins with [`DRAFT`]; nothing reads it. Fails with `output`.

use crate::{Error, Result, home};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// How the names of unfinished files and folders begin.
pub const DRAFT: &str = ".draft-";

/// Puts bytes in a file's place, readable by the owner alone.
pub fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    write_with(path, |file| file.write_all(bytes))
}

/// The same with a writer, for what is too long to hold.
pub fn write_with(path: &Path, fill: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<()> {
    let folder = parent(path);
    home::make(&folder)?;
    let place = || -> io::Result<()> {
        let draft = tempfile::Builder::new()
            .prefix(DRAFT)
            .tempfile_in(&folder)?;
        let mut out = Counted(io::BufWriter::new(draft));
        fill(&mut out)?;
        let draft = out.0.into_inner().map_err(io::IntoInnerError::into_error)?;
        draft.as_file().sync_all()?;
        draft.persist(path).map_err(|e| e.error)?;
        sync(&folder)
    };
    place().map_err(|e| Error::output(path, describe(&e)))
}

/// Makes a new folder: `fill` writes into a draft of it. Fails, with nothing changed, when the place is taken.
pub fn folder(path: &Path, fill: impl FnOnce(&Path) -> Result<()>) -> Result<()> {
    let above = parent(path);
    home::make(&above)?;
    let failed = |e: io::Error| Error::output(path, describe(&e));
    let draft = tempfile::Builder::new()
        .prefix(DRAFT)
        .tempdir_in(&above)
        .map_err(failed)?;
    fill(draft.path())?;
    publish(draft.path(), path)?;
    // It has another name now; there is nothing left to tidy away.
    _ = draft.keep();
    Ok(())
}

/// Brings a finished folder to the disk and gives it its name, if nothing has that name already.
pub fn publish(draft: &Path, path: &Path) -> Result<()> {
    let failed = |e: io::Error| Error::output(path, describe(&e));
    sync_all(draft).map_err(failed)?;
    // An empty folder in its place would be replaced silently.
    if path.symlink_metadata().is_ok() {
        return Err(Error::output(path, "something is there already"));
    }
    std::fs::rename(draft, path).map_err(failed)?;
    sync(&parent(path)).map_err(failed)
}

/// Removes drafts below `folder` that nobody has touched for a day.
pub fn sweep(folder: &Path) {
    const OLD: std::time::Duration = std::time::Duration::from_secs(24 * 3600);
    // Best effort throughout: leftovers are no harm but their size.
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let old = entry
            .metadata()
            .and_then(|m| m.modified())
            .is_ok_and(|t| t.elapsed().is_ok_and(|age| age > OLD));
        if !old || !name.as_encoded_bytes().starts_with(DRAFT.as_bytes()) {
            continue;
        }
        let path = entry.path();
        _ = if entry.file_type().is_ok_and(|t| t.is_dir()) {
            std::fs::remove_dir_all(&path)
        } else {
            std::fs::remove_file(&path)
        };
    }
}

/// Brings a folder's list of names to the disk.
fn sync(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

fn sync_all(folder: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            sync_all(&path)?;
        } else {
            File::open(&path)?.sync_all()?;
        }
    }
    sync(folder)
}

fn parent(path: &Path) -> PathBuf {
    match path.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

pub(crate) fn describe(e: &io::Error) -> String {
    match e.kind() {
        io::ErrorKind::StorageFull => "the disk is full".into(),
        io::ErrorKind::PermissionDenied => "no permission".into(),
        io::ErrorKind::ReadOnlyFilesystem => "the disk is read-only".into(),
        _ => e.to_string(),
    }
}

/// Where tests let the disk run full.
pub(crate) struct Counted<W>(pub W);

impl<W: Write> Write for Counted<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        #[cfg(test)]
        let bytes = faults::room_for(bytes)?;
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// A disk that runs full at a byte of choice, for the tests of every room that keeps files.
#[cfg(test)]
pub(crate) mod faults {
    use std::cell::Cell;
    use std::io;

    thread_local! {
        static LEFT: Cell<Option<usize>> = const { Cell::new(None) };
    }

    /// On this thread, while `work` runs, files take `bytes` more bytes together.
    pub fn with_room<T>(bytes: usize, work: impl FnOnce() -> T) -> T {
        LEFT.set(Some(bytes));
        let result = work();
        LEFT.set(None);
        result
    }

    pub(super) fn room_for(bytes: &[u8]) -> io::Result<&[u8]> {
        let Some(left) = LEFT.get() else {
            return Ok(bytes);
        };
        let n = bytes.len().min(left);
        if n == 0 && !bytes.is_empty() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        LEFT.set(Some(left - n));
        Ok(&bytes[..n])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(folder).unwrap();
        entries
            .map(|e| e.unwrap().file_name().into_string().unwrap())
            .collect()
    }

    #[test]
    fn a_full_disk_leaves_what_was_there() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        write(&path, b"before").unwrap();
        for room in 0..5 {
            let refusal = faults::with_room(room, || write(&path, b"after")).unwrap_err();
            assert_eq!(refusal.kind(), "output");
            assert!(
                refusal.to_string().contains("the disk is full"),
                "{refusal}"
            );
            assert_eq!(std::fs::read(&path).unwrap(), b"before");
            assert_eq!(names(dir.path()), ["a"], "no draft stays behind");
        }
        faults::with_room(5, || write(&path, b"after")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"after");
    }

    #[test]
    fn folders_above_are_made() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("b/c");
        write(&path, b"x").unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"x");
    }

    #[test]
    fn a_folder_appears_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a");
        let half = |draft: &Path| {
            std::fs::write(draft.join("x"), "1").unwrap();
            Err(Error::cancelled())
        };
        assert_eq!(folder(&path, half).unwrap_err().kind(), "cancelled");
        assert!(names(dir.path()).is_empty());
        let full = |draft: &Path| write(&draft.join("deep/x"), b"1");
        folder(&path, full).unwrap();
        assert_eq!(std::fs::read(path.join("deep/x")).unwrap(), b"1");
        assert_eq!(folder(&path, full).unwrap_err().kind(), "output");
        assert_eq!(names(dir.path()), ["a"]);
    }

    #[test]
    fn old_drafts_are_swept_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let old = std::time::SystemTime::now() - std::time::Duration::from_secs(48 * 3600);
        for name in [".draft-old", ".draft-new", "kept"] {
            let path = dir.path().join(name);
            std::fs::write(&path, "").unwrap();
            if name != ".draft-new" {
                File::options()
                    .write(true)
                    .open(&path)
                    .unwrap()
                    .set_modified(old)
                    .unwrap();
            }
        }
        sweep(dir.path());
        let mut left = names(dir.path());
        left.sort();
        assert_eq!(left, [".draft-new", "kept"]);
    }
}
