//! The selection of X11 and Wayland: whatever is marked, in any program, without a copy.

use arboard::{Clipboard, GetExtLinux, LinuxClipboardKind};
use myna_engine::home::Home;

use crate::Error;

/// The marked text; empty when nothing is marked, or no text.
pub fn selected_text(_: &Home) -> Result<String, Error> {
    let mut clipboard = Clipboard::new().map_err(Error::clipboard)?;
    match clipboard
        .get()
        .clipboard(LinuxClipboardKind::Primary)
        .text()
    {
        Ok(text) => Ok(text),
        Err(arboard::Error::ContentNotAvailable) => Ok(String::new()),
        Err(e) => Err(Error::clipboard(e)),
    }
}
