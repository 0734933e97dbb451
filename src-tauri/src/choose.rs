//! The system's own dialogs to choose files and places. Only commands open them, and no path reaches a page. A closed
//! dialog chooses nothing, which is no failure.

use std::path::{Path, PathBuf};

use rfd::{AsyncFileDialog, FileHandle};
use tauri::{Runtime, WebviewWindow};

/// Several files of these kinds, which together are called `kind`.
pub async fn files<R: Runtime>(
    window: &WebviewWindow<R>,
    kind: &str,
    extensions: &[&str],
) -> Vec<PathBuf> {
    let dialog = dialog(window).add_filter(kind, extensions);
    paths(dialog.pick_files().await.unwrap_or_default())
}

pub async fn folder<R: Runtime>(window: &WebviewWindow<R>) -> Option<PathBuf> {
    let chosen = dialog(window).pick_folder().await?;
    Some(chosen.path().to_owned())
}

/// A place for something made of `source`: its folder and its name are offered, with the extension.
pub async fn place<R: Runtime>(
    window: &WebviewWindow<R>,
    source: &Path,
    extension: &str,
) -> Option<PathBuf> {
    let stem = source.file_stem().unwrap_or_default().to_string_lossy();
    let mut dialog = dialog(window)
        .set_file_name(format!("{stem}.{extension}"))
        .add_filter(extension, &[extension]);
    if let Some(folder) = source.parent().filter(|folder| folder.is_dir()) {
        dialog = dialog.set_directory(folder);
    }
    Some(dialog.save_file().await?.path().to_owned())
}

fn dialog<R: Runtime>(window: &WebviewWindow<R>) -> AsyncFileDialog {
    // Without the window's handle the dialog stands alone, which works as well.
    AsyncFileDialog::new().set_parent(window)
}

fn paths(chosen: Vec<FileHandle>) -> Vec<PathBuf> {
    chosen.iter().map(|one| one.path().to_owned()).collect()
}
