//! The folders whose new recordings are written down, as the settings show them: by their names, not by their paths.

use serde::Serialize;
use tauri::{Manager, Runtime, State, WebviewWindow};

use crate::work::{Work, name_of};
use crate::{Error, choose};

/// A folder that is looked at.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WatchedFolder {
    name: String,
    /// The name of the folder that it is in.
    within: String,
    there: bool,
}

#[tauri::command(async)]
pub fn watched_folders(work: State<Work>) -> Result<Vec<WatchedFolder>, Error> {
    let all = work.watched().folders()?;
    Ok(all
        .iter()
        .map(|folder| WatchedFolder {
            name: name_of(folder),
            within: folder.parent().map(name_of).unwrap_or_default(),
            there: folder.is_dir(),
        })
        .collect())
}

/// Lets the person choose a folder to look at.
#[tauri::command]
pub async fn watch_folder<R: Runtime>(window: WebviewWindow<R>) -> Result<(), Error> {
    match choose::folder(&window).await {
        Some(folder) => window.state::<Work>().watched().add(&folder),
        None => Ok(()),
    }
}

/// Looks no longer at the folder that stands there in the list, if it is the one of this name.
#[tauri::command(async)]
pub fn unwatch_folder(work: State<Work>, at: usize, name: String) -> Result<(), Error> {
    work.watched().remove(at, &name)
}
