//! The real app on a private desktop: a window, a tray, a keyboard, a sound device that is recorded, the engine's process and
//! the bundled models. These tests need what `tools/with-desktop.sh` starts, so they are ignored by a plain `cargo test`;
//! `./dev test` runs them inside it, one at a time. Pictures go to `test-output/window/`.
//!
//! - [`stage`]: the desktop's parts, and waiting; [`page`]: the popover by WebDriver; [`sound`]: what is heard
//! - [`showing`], [`speaking`], [`hearing`], [`recording`], [`pasting`], [`links`], [`setting`], [`welcoming`], [`looks`], [`package`]: the
//!   tests

mod hearing;
mod links;
mod looks;
mod package;
mod page;
mod pasting;
mod recording;
mod setting;
mod showing;
mod sound;
mod speaking;
mod stage;
mod welcoming;
