//! The text that is marked in whatever program is in front. Each system has its own way; both promise the same: the
//! marked text, or nothing, without touching the clipboard.

#[cfg(target_os = "linux")]
pub use crate::linux::selected_text;
#[cfg(target_os = "macos")]
pub use crate::mac::selected_text;
