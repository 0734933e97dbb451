//! Opening the database, for writing where that is safe and for reading where it is not.

use super::{damage, schema};
use crate::{Error, Result};
use rusqlite::{Connection, ErrorCode, OpenFlags};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Stands for a path in messages about a history without a file.
const PASSING: &str = "the history of this session";

/// The history of one home. Belongs to one thread; any number of processes may have their own.
#[derive(Debug)]
pub struct History {
    pub(super) path: PathBuf,
    pub(super) db: Connection,
    trouble: Option<Trouble>,
}

/// Why a history can be read and not written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    pub message: String,
    pub hint: String,
}

impl History {
    /// Opens the history at `path`, or begins one. What cannot be written safely is opened for reading, and
    /// [`History::trouble`] says why.
    pub fn open(path: &Path) -> Result<Self> {
        if !path.exists() {
            schema::create(path)?;
        }
        let trouble = match inspect(path) {
            Ok(version) if version <= schema::LATEST => None,
            Ok(version) => Some(Trouble {
                message: format!(
                    "it was written by a newer Myna (version {version} of its tables)"
                ),
                hint: "Use that Myna; here it can be read only.".into(),
            }),
            Err(e) if damage::is_damage(&e) => Some(damaged(path, &e)),
            Err(e) => return Err(failed(path, e)),
        };
        if let Some(trouble) = trouble {
            return Self::for_reading(path, trouble);
        }
        match Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE) {
            Ok(mut db) if !db.is_readonly("main").unwrap_or(true) => {
                schema::prepare(&db).map_err(|e| failed(path, e))?;
                schema::migrate(&mut db, path)?;
                Ok(Self {
                    path: path.to_owned(),
                    db,
                    trouble: None,
                })
            }
            _ => Self::for_reading(
                path,
                Trouble {
                    message: "it may not be written to".into(),
                    hint: "Check the permissions of the file and its folder.".into(),
                },
            ),
        }
    }

    /// A history that nobody wants kept: it is gone with the program.
    pub fn passing() -> Result<Self> {
        let path = PathBuf::from(PASSING);
        let mut db = Connection::open_in_memory().map_err(|e| failed(&path, e))?;
        schema::prepare(&db).map_err(|e| failed(&path, e))?;
        schema::set_up(&mut db, schema::LATEST).map_err(|e| failed(&path, e))?;
        Ok(Self {
            path,
            db,
            trouble: None,
        })
    }

    /// The history at `path`, if there is any.
    pub fn existing(path: &Path) -> Result<Option<Self>> {
        path.exists().then(|| Self::open(path)).transpose()
    }

    fn for_reading(path: &Path, trouble: Trouble) -> Result<Self> {
        let readable = looker(path).and_then(|db| {
            db.prepare("SELECT id FROM entry LIMIT 1")?.exists([])?;
            Ok(db)
        });
        match readable {
            Ok(db) => Ok(Self {
                path: path.to_owned(),
                db,
                trouble: Some(trouble),
            }),
            Err(_) => Err(Error::kept(path, trouble.message, trouble.hint)),
        }
    }

    /// Why nothing can be added or removed; None when all is well.
    pub fn trouble(&self) -> Option<&Trouble> {
        self.trouble.as_ref()
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Refuses when writing could make things worse.
    pub(super) fn writable(&mut self) -> Result<&mut Connection> {
        match &self.trouble {
            None => Ok(&mut self.db),
            Some(trouble) => Err(Error::kept(
                &self.path,
                format!("nothing is kept, because {}", trouble.message),
                trouble.hint.clone(),
            )),
        }
    }

    /// An error while working; damage that shows only now is treated as damage found at the door.
    pub(super) fn fail(&mut self, e: rusqlite::Error) -> Error {
        if !damage::is_damage(&e) {
            return failed(&self.path, e);
        }
        let trouble = self.trouble.get_or_insert_with(|| damaged(&self.path, &e));
        Error::kept(&self.path, trouble.message.clone(), trouble.hint.clone())
    }
}

/// A connection that changes nothing.
fn looker(path: &Path) -> rusqlite::Result<Connection> {
    let db = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    db.busy_timeout(Duration::from_secs(10))?;
    Ok(db)
}

/// The version of a sound database of ours. Looks without writing: opening a damaged one for writing may already change it.
fn inspect(path: &Path) -> rusqlite::Result<usize> {
    let db = looker(path)?;
    damage::check(&db)?;
    if schema::is_ours(&db)? {
        schema::version(&db)
    } else {
        Err(rusqlite::Error::SqliteFailure(
            rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_MISMATCH),
            Some("it is a database of another program".into()),
        ))
    }
}

fn damaged(path: &Path, e: &rusqlite::Error) -> Trouble {
    let copy = match damage::copy(path) {
        Ok(copy) => format!("an untouched copy is {}", copy.display()),
        Err(e) => format!("no copy could be made ({e})"),
    };
    Trouble {
        message: format!("the history is damaged ({e}); nothing in it was changed, and {copy}"),
        hint: format!(
            "What can be read is still shown. Move {} away to begin a new history.",
            path.display()
        ),
    }
}

pub(super) fn failed(path: &Path, e: rusqlite::Error) -> Error {
    match e.sqlite_error_code() {
        Some(ErrorCode::DiskFull) => Error::output(path, "the disk is full"),
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => Error::kept(
            path,
            "another process has been writing to the history for ten seconds",
            "Try again when it is done.",
        ),
        Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::ReadOnly) => {
            Error::output(path, e)
        }
        _ => Error::kept(
            path,
            format!("the history fails: {e}"),
            "`myna doctor` looks at it.",
        ),
    }
}

#[cfg(test)]
mod tests;
