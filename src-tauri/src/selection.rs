//! The text that is marked in whatever program is in front. Each system has its own way; both promise the same: the
//! marked text, or nothing, and a clipboard that is as it was.
//!
//! What a Mac decides on the way (`ladder`, `memory`, and the clipboard's [`loan`](crate::loan)) needs no Mac to be tested; `mac/` only carries it out.

#[cfg(any(target_os = "macos", test))]
pub mod ladder;
#[cfg(any(target_os = "macos", test))]
pub mod memory;

#[cfg(target_os = "linux")]
pub use crate::linux::selected_text;
#[cfg(target_os = "macos")]
pub use crate::mac::selected_text;
