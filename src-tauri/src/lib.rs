//! The menu-bar app: tray, popover, windows, and the commands that pages may call. Thin on purpose: what speaks,
//! hears or stores belongs to `engine`; what only a Mac has stays in `mac/`.
//!
//! Promises: no panic outside tests, errors that carry a kind and a hint, and no page that can do more
//! than its capability file says. Fails by returning [`Error`] from [`run`]; a tray that cannot be had is
//! no failure (`tray` explains).
#![cfg_attr(
    not(test),
    deny(clippy::unwrap_used, clippy::expect_used, clippy::panic)
)]

mod actions;
mod app;
mod choose;
mod clipboard;
mod commands;
mod desk;
mod error;
mod front;
mod keys;
mod link;
#[cfg(target_os = "linux")]
mod linux;
mod loan;
mod login;
#[cfg(target_os = "macos")]
mod mac;
mod mood;
mod paste;
mod place;
mod popover;
mod reading;
mod selection;
mod start;
mod tray;
mod windows;
mod work;

pub use app::{builder, context, run};
pub use commands::Transport;
pub use desk::{Desk, Outcome, Snapshot};
pub use error::{Error, Problem};
pub use front::Program;
pub use keys::{Keyboard, claim_from as claim_keys_from};
pub use start::Start;
pub use work::{Book, Cast, Ear, Heard, Speech, Tape, Work};
