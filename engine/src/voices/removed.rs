//! Removed voices: they wait in `.removed` for [`KEPT_DAYS`] and can be brought back; then they are really deleted.
//!
//! When a voice was removed, its folder's name says; how much time has passed since, [`clock`]. Fails with `bad-input` and `output`.

use super::store::{Store, Voice, folders, read};
use crate::{Error, Result, clock, home, whole};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// Where removed voices wait.
pub(super) const REMOVED: &str = ".removed";
pub const KEPT_DAYS: u64 = 7;
/// What the clock said, among them.
const CLOCK: &str = ".clock";

impl Store {
    /// Takes a voice away; it can be restored until it is swept.
    pub fn remove(&self, name: &str) -> Result<Voice> {
        let (voice, folder) = self.own(name)?;
        let removed = self.folder().join(REMOVED);
        home::make(&removed)?;
        whole::publish(
            &folder,
            &removed.join(format!("{}.{}", voice.id, clock::now())),
        )?;
        Ok(voice)
    }

    /// Brings the last removed voice of that name back.
    pub fn restore(&self, name: &str) -> Result<Voice> {
        let lower = name.trim().to_lowercase();
        let mut waiting: Vec<(u128, PathBuf, Voice)> = folders(&self.folder().join(REMOVED))?
            .into_iter()
            .filter_map(|folder| Some((removed_at(&folder)?, folder.clone(), read(&folder).ok()?)))
            .filter(|(_, folder, voice)| {
                voice.profile.name.to_lowercase() == lower || removed_id(folder) == name.trim()
            })
            .collect();
        waiting.sort_by_key(|(at, ..)| *at);
        let Some((_, folder, voice)) = waiting.pop() else {
            return Err(Error::request(
                format!("no voice {name:?} was removed in the last {KEPT_DAYS} days"),
                "What has been removed for longer is deleted.",
            ));
        };
        self.check_free(&voice.profile.name)?;
        let place = self.new_folder(&voice.profile.name)?;
        whole::publish(&folder, &place)?;
        read(&place)
    }

    /// Deletes for good what was removed, all of it or one voice.
    pub fn forget(&self, name: Option<&str>) -> Result<usize> {
        let mut count = 0;
        for folder in folders(&self.folder().join(REMOVED))? {
            let named = name.is_none_or(|name| {
                removed_id(&folder) == name.trim()
                    || read(&folder)
                        .is_ok_and(|v| v.profile.name.to_lowercase() == name.trim().to_lowercase())
            });
            if named {
                std::fs::remove_dir_all(&folder).map_err(|e| Error::output(&folder, e))?;
                count += 1;
            }
        }
        self.tidy();
        Ok(count)
    }

    /// Deletes what was removed longer ago. What cannot be deleted now will be another time.
    pub fn sweep(&self, age: Duration) {
        let removed = self.folder().join(REMOVED);
        if removed.is_dir() {
            self.sweep_at(age, u128::from(clock::certain(&removed.join(CLOCK))));
        }
    }

    pub(super) fn sweep_at(&self, age: Duration, now: u128) {
        for folder in folders(&self.folder().join(REMOVED)).unwrap_or_default() {
            // What was removed while a clock stood ahead waits until that time has come.
            if removed_at(&folder).is_some_and(|at| at < now && now - at > age.as_millis()) {
                _ = std::fs::remove_dir_all(&folder);
            }
        }
        self.tidy();
    }

    /// Nothing waits: nothing is left. What another program takes away meanwhile keeps the folder.
    fn tidy(&self) {
        let removed = self.folder().join(REMOVED);
        if folders(&removed).is_ok_and(|waiting| waiting.is_empty()) {
            _ = std::fs::remove_file(removed.join(CLOCK));
            _ = std::fs::remove_dir(removed);
        }
    }
}

/// When a voice was removed, in milliseconds, as its folder's name says.
fn removed_at(folder: &Path) -> Option<u128> {
    folder
        .file_name()?
        .to_str()?
        .rsplit_once('.')?
        .1
        .parse()
        .ok()
}

fn removed_id(folder: &Path) -> &str {
    let name = folder
        .file_name()
        .and_then(|n| n.to_str())
        .unwrap_or_default();
    name.rsplit_once('.').map_or(name, |(id, _)| id)
}
