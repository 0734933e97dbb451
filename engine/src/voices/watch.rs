//! Notices when voices are changed from outside: another program, another Myna, a person with an editor.

use super::removed::REMOVED;
use crate::{Error, Result, home, whole};
use notify::{RecursiveMode, Watcher};
use std::path::Path;

/// Watches while it lives.
pub struct Watch {
    _watcher: notify::RecommendedWatcher,
}

impl Watch {
    /// Calls `changed` after every change of a voice below `folder`, from a thread of the watcher's own. Drafts, removed
    /// voices and codes that were made again are no change.
    pub fn start(folder: &Path, changed: impl Fn() + Send + 'static) -> Result<Self> {
        home::make(folder)?;
        // Watchers report full paths.
        let folder = folder.canonicalize().map_err(|e| failed(folder, &e))?;
        let root = folder.clone();
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                let counts = |event: &notify::Event| {
                    !event.kind.is_access() && event.paths.iter().any(|path| is_voice(&root, path))
                };
                // An error may hide a change: looking once more is cheap.
                if event.as_ref().map_or(true, counts) {
                    changed();
                }
            })
            .map_err(|e| failed(&folder, &e))?;
        watcher
            .watch(&folder, RecursiveMode::Recursive)
            .map_err(|e| failed(&folder, &e))?;
        Ok(Self { _watcher: watcher })
    }
}

fn is_voice(root: &Path, path: &Path) -> bool {
    let Ok(inside) = path.strip_prefix(root) else {
        return false;
    };
    let hidden = inside.components().any(|part| {
        let name = part.as_os_str().to_string_lossy();
        name.starts_with(whole::DRAFT) || name.starts_with("codes-") || name == REMOVED
    });
    !hidden && inside.components().next().is_some()
}

fn failed(folder: &Path, why: &dyn std::fmt::Display) -> Error {
    Error::request(
        format!("{} cannot be watched: {why}", folder.display()),
        "Changes from outside are seen when the list is opened again.",
    )
}

impl std::fmt::Debug for Watch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Watch")
    }
}
