//! Keeping something as the settings want it: not at all, or for a while.

use super::History;
use crate::Result;
use crate::clock;
use crate::home::Home;
use crate::settings::SettingsFile;

/// Adds what `add` adds and lets go of what is too old; gives the entry's number, or None where nothing is to be kept.
pub fn keep(home: &Home, add: impl FnOnce(&mut History) -> Result<i64>) -> Result<Option<i64>> {
    let settings = SettingsFile::read(&home.settings())?;
    let settings = &settings.settings().history;
    if !settings.keep {
        return Ok(None);
    }
    let mut history = History::open(&home.history())?;
    let id = add(&mut history)?;
    let certain = clock::certain(&home.history().with_extension("clock"));
    history.prune(settings.retention(), certain)?;
    Ok(Some(id))
}
