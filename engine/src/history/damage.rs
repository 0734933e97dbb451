//! Whether a database is sound, and what is done when it is not: an untouched copy, and no writing.

use crate::{Result, library, whole};
use rusqlite::Connection;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Fails as a damaged database does.
pub(super) fn check(db: &Connection) -> rusqlite::Result<()> {
    let verdict: String = db.query_row("PRAGMA quick_check(1)", [], |row| row.get(0))?;
    if verdict == "ok" {
        return Ok(());
    }
    Err(rusqlite::Error::SqliteFailure(
        rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_CORRUPT),
        Some(verdict),
    ))
}

/// Whether an error says that the file itself is broken.
pub(super) fn is_damage(e: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, Utf8Error};
    use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
    let broken = matches!(e.sqlite_error_code(), Some(DatabaseCorrupt | NotADatabase));
    // A value that cannot have been written by us.
    broken || matches!(e, FromSqlConversionFailure(..) | Utf8Error(..))
}

/// Copies a damaged database, byte by byte, with what was not yet merged into it. The copy's name comes from its
/// content: looking again makes no second one.
pub(super) fn copy(path: &Path) -> Result<PathBuf> {
    let hash = library::file_hash(path).map_err(|e| crate::Error::output(path, e))?;
    let name = |ending: &str| {
        let mut name = path.file_stem().unwrap_or_default().to_owned();
        name.push(format!(".damaged-{}.sqlite{ending}", &hash[..12]));
        path.with_file_name(name)
    };
    for ending in ["-wal", ""] {
        let mut from = path.as_os_str().to_owned();
        from.push(ending);
        let to = name(ending);
        if to.exists() {
            continue;
        }
        match File::open(&from) {
            Ok(mut from) => {
                whole::write_with(&to, |out| std::io::copy(&mut from, out).map(drop))?;
            }
            Err(_) if !ending.is_empty() => {}
            Err(e) => return Err(crate::Error::output(path, e)),
        }
    }
    Ok(name(""))
}
