//! The app from outside: its commands on Tauri's mock runtime, its configuration, and (on Linux, inside
//! `tools/with-desktop.sh`) the real binary with a real window and a real tray.

mod commands;
mod config;
mod settings;
mod transcripts;
mod voices;
mod watched;
mod welcome;
#[cfg(target_os = "linux")]
mod window;
