//! The database's tables, and the way from every earlier version to this one.
//!
//! A step is never changed once it has been published: databases out there were made by it. A new need is a new step.

use super::store::failed;
use crate::{Error, Result, home, whole};
use rusqlite::{Connection, TransactionBehavior};
use std::path::Path;
use std::time::Duration;

/// `myna`, in the header of every database of ours.
const APPLICATION: i64 = 0x6d79_6e61;

/// What leads from version n to n + 1.
const STEPS: [&str; 2] = [
    // 1: what was spoken and heard. Numbers are never used twice, so that one that was written down stays true.
    "CREATE TABLE entry (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        at INTEGER NOT NULL,            -- milliseconds since 1970, UTC
        kind TEXT NOT NULL CHECK (kind IN ('spoken', 'heard')),
        text TEXT NOT NULL,
        model TEXT NOT NULL,
        seconds REAL NOT NULL,          -- of sound
        file TEXT,                      -- spoken: where the sound went; heard: where it came from
        myna TEXT NOT NULL              -- the version that made it
    ) STRICT;
    CREATE TABLE utterance (
        entry INTEGER PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE,
        voice TEXT,
        stopped_by TEXT NOT NULL,
        recipe TEXT NOT NULL            -- JSON
    ) STRICT;
    CREATE TABLE transcript (
        entry INTEGER PRIMARY KEY REFERENCES entry (id) ON DELETE CASCADE,
        speech REAL NOT NULL,           -- seconds, as the next three
        transcribed REAL NOT NULL,
        uncertain REAL NOT NULL,
        failed REAL NOT NULL
    ) STRICT;
    CREATE TABLE segment (
        entry INTEGER NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
        n INTEGER NOT NULL,
        start REAL NOT NULL,
        end REAL NOT NULL,
        text TEXT NOT NULL,
        finish_reason TEXT NOT NULL,
        uncertain INTEGER NOT NULL,
        PRIMARY KEY (entry, n)
    ) STRICT, WITHOUT ROWID;",
    // 2: full-text search over all of it; what is removed leaves no trace in the index.
    "CREATE VIRTUAL TABLE words USING fts5 (text, content = 'entry', content_rowid = 'id',
        tokenize = 'unicode61 remove_diacritics 2');
    INSERT INTO words (words, rank) VALUES ('secure-delete', 1);
    CREATE TRIGGER entry_added AFTER INSERT ON entry BEGIN
        INSERT INTO words (rowid, text) VALUES (new.id, new.text);
    END;
    CREATE TRIGGER entry_removed AFTER DELETE ON entry BEGIN
        INSERT INTO words (words, rowid, text) VALUES ('delete', old.id, old.text);
    END;
    INSERT INTO words (words) VALUES ('rebuild');",
];

/// The version that this program writes.
pub const LATEST: usize = STEPS.len();

/// Makes a new database, complete before it has its name; one that somebody else made meanwhile is as good.
pub(super) fn create(path: &Path) -> Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    home::make(folder)?;
    let draft = draft(path, folder)?;
    let mut db = Connection::open(&draft).map_err(|e| failed(path, e))?;
    set_up(&mut db, LATEST).map_err(|e| failed(path, e))?;
    // Closing writes everything into the one file that is about to be renamed.
    db.close().map_err(|(_, e)| failed(path, e))?;
    match draft.persist_noclobber(path) {
        Err(e) if e.error.kind() != std::io::ErrorKind::AlreadyExists => {
            Err(Error::output(path, e.error))
        }
        _ => Ok(()),
    }
}

/// An empty database of some version.
pub(super) fn set_up(db: &mut Connection, version: usize) -> rusqlite::Result<()> {
    db.pragma_update(None, "application_id", APPLICATION)?;
    db.pragma_update(None, "journal_mode", "wal")?;
    climb(db, version)
}

/// Settings of a connection that writes.
pub(super) fn prepare(db: &Connection) -> rusqlite::Result<()> {
    db.busy_timeout(Duration::from_secs(10))?;
    db.pragma_update(None, "foreign_keys", true)?;
    db.pragma_update(None, "secure_delete", true)?;
    // A finished utterance outlives a power cut; one sync per utterance is nothing.
    db.pragma_update(None, "synchronous", "full")
}

pub(super) fn version(db: &Connection) -> rusqlite::Result<usize> {
    db.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
        .map(|v| usize::try_from(v).unwrap_or(usize::MAX))
}

/// Whether this is a history at all, and not another program's database.
pub(super) fn is_ours(db: &Connection) -> rusqlite::Result<bool> {
    let application: i64 = db.pragma_query_value(None, "application_id", |row| row.get(0))?;
    let tables: i64 = db.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0))?;
    Ok(application == APPLICATION || tables == 0)
}

/// Brings an older database up to date, all steps or none; two processes at once do it once. Until the new version has
/// proved sound there is a copy of the old, which stays if it does not.
pub(super) fn migrate(db: &mut Connection, path: &Path) -> Result<()> {
    let before = version(db).map_err(|e| failed(path, e))?;
    if before >= LATEST {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    let copy = draft(path, folder)?;
    let silent: Option<fn(rusqlite::backup::Progress)> = None;
    db.backup("main", &copy, silent)
        .map_err(|e| failed(path, e))?;
    let climbed = if before == 0 {
        set_up(db, LATEST)
    } else {
        climb(db, LATEST)
    };
    // On success the copy goes: it holds what may be removed from the history later.
    climbed
        .and_then(|()| super::damage::check(db))
        .map_err(|e| {
            let name = path.with_extension(format!("before-{LATEST}.sqlite"));
            let hint = match copy.persist(&name) {
                Ok(()) => format!("Nothing is lost: {} is a copy of it.", name.display()),
                Err(e) => format!("Nothing was changed. No copy could be made: {}.", e.error),
            };
            let why = format!("the history cannot be brought up to date: {e}");
            Error::kept(path, why, hint)
        })
}

fn draft(path: &Path, folder: &Path) -> Result<tempfile::TempPath> {
    let draft = tempfile::Builder::new()
        .prefix(whole::DRAFT)
        .tempfile_in(folder);
    let draft = draft.map_err(|e| Error::output(path, e))?;
    Ok(draft.into_temp_path())
}

fn climb(db: &mut Connection, to: usize) -> rusqlite::Result<()> {
    let step = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Read again inside: another process may have been faster.
    let from = version(&step)?;
    for sql in STEPS.iter().take(to).skip(from) {
        step.execute_batch(sql)?;
    }
    if from < to {
        step.pragma_update(None, "user_version", i64::try_from(to).unwrap_or(i64::MAX))?;
    }
    step.commit()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A database as version `version` of it was, at rest.
    pub fn old(path: &Path, version: usize) -> Connection {
        let mut db = Connection::open(path).unwrap();
        set_up(&mut db, version).unwrap();
        db
    }
}
