//! The single looks.

use super::{Line, Verdict};
use crate::history::History;
use crate::home::Home;
use crate::library;
use crate::machine::{Machine, free_space};
use crate::settings::SettingsFile;
use nix::unistd::{AccessFlags, access};
use rodio::cpal::traits::HostTrait;

const GB: f64 = 1e9;
/// Less memory than this holds the small voices only.
const MEMORY: u64 = 8_000_000_000;
/// Less space than this ends soon.
const SPACE: u64 = 2_000_000_000;

pub fn machine() -> Vec<Line> {
    let machine = match Machine::here() {
        Ok(machine) => machine,
        Err(e) => return vec![Line::new("machine", Verdict::Unknown, e.to_string())],
    };
    let memory = machine.memory_bytes;
    let here = format!(
        "{}, {} cores, {:.0} GB of memory, {}",
        machine.cpu,
        machine.cores,
        memory as f64 / GB,
        machine.os
    );
    let here = if memory < MEMORY {
        Line::new("machine", Verdict::Note, here)
            .hint("Large models will not fit; use quantised ones.")
    } else {
        Line::new("machine", Verdict::Good, here)
    };
    let program = format!("version {}, {} build", machine.myna, machine.build);
    let program = if machine.build == "debug" {
        Line::new("myna", Verdict::Note, program)
            .hint("A release build is faster: cargo build --release.")
    } else {
        Line::new("myna", Verdict::Good, program)
    };
    vec![here, program]
}

pub fn mlx() -> Line {
    let computed = myna_models::backend::check().and_then(|()| myna_models::backend::device_name());
    match computed {
        Ok(device) => Line::new("mlx", Verdict::Good, format!("computes on the {device}")),
        Err(e) => Line::new("mlx", Verdict::Bad, e.to_string()).hint(e.hint()),
    }
}

pub fn places(home: &Home) -> Vec<Line> {
    let mut lines = Vec::new();
    for (topic, folder) in [("data", home.data()), ("config", home.config())] {
        let name = folder.display();
        lines.push(match folder.ancestors().find(|p| p.exists()) {
            Some(there) if !there.is_dir() => Line::new(
                topic,
                Verdict::Bad,
                format!("{} is not a folder", there.display()),
            )
            .hint("Move it away, or set MYNA_HOME to another place."),
            Some(there) if access(there, AccessFlags::W_OK).is_err() => Line::new(
                topic,
                Verdict::Bad,
                format!("{} may not be written to", there.display()),
            )
            .hint("Change its permissions, or set MYNA_HOME to another place."),
            Some(there) if there == folder => Line::new(topic, Verdict::Good, format!("{name}")),
            _ => Line::new(
                topic,
                Verdict::Good,
                format!("{name}, made when it is needed"),
            ),
        });
    }
    lines.push(match free_space(home.data()) {
        None => Line::new(
            "disk",
            Verdict::Unknown,
            "the system does not say how much is free",
        ),
        Some(free) => {
            let message = format!("{:.1} GB free", free as f64 / GB);
            if free < SPACE {
                Line::new("disk", Verdict::Note, message)
                    .hint("Free some space before you fetch models.")
            } else {
                Line::new("disk", Verdict::Good, message)
            }
        }
    });
    lines
}

pub fn settings(home: &Home) -> Line {
    match SettingsFile::read(&home.settings()) {
        Ok(file) if file.is_newer() => {
            Line::new("settings", Verdict::Note, "written by a newer Myna")
                .hint("What this one does not know is ignored and kept.")
        }
        Ok(_) if home.settings().exists() => Line::new("settings", Verdict::Good, "in order"),
        Ok(_) => Line::new("settings", Verdict::Good, "none set, all defaults"),
        Err(e) => Line::new("settings", Verdict::Bad, e.to_string()).hint(e.hint()),
    }
}

pub fn history(home: &Home) -> Line {
    let path = home.history();
    let counted = History::existing(&path).and_then(|history| match history {
        None => Ok(Line::new("history", Verdict::Good, "none yet")),
        Some(mut history) => {
            if let Some(trouble) = history.trouble() {
                return Ok(Line::new("history", Verdict::Bad, &trouble.message).hint(&trouble.hint));
            }
            Ok(match history.count()? {
                1 => Line::new("history", Verdict::Good, "1 entry"),
                n => Line::new("history", Verdict::Good, format!("{n} entries")),
            })
        }
    });
    counted.unwrap_or_else(|e| Line::new("history", Verdict::Bad, e.to_string()).hint(e.hint()))
}

pub fn models(home: &Home) -> Vec<Line> {
    let mut lines = Vec::new();
    for (part, found) in [
        ("voice", library::find(None)),
        ("recogniser", library::find_ear(None)),
        ("codec", library::find_codec(None)),
    ] {
        lines.push(match found.and_then(|dir| library::mark(&dir)) {
            Ok(_) => Line::new(
                "models",
                Verdict::Good,
                format!("the built-in {part} is there"),
            ),
            Err(e) => Line::new("models", Verdict::Note, e.to_string()).hint(e.hint()),
        });
    }
    let kept = std::fs::read_dir(home.models())
        .into_iter()
        .flatten()
        .flatten();
    let mut folders: Vec<_> = kept
        .map(|entry| entry.path())
        .filter(|p| p.is_dir())
        .collect();
    folders.sort();
    for dir in folders {
        let name = dir
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        // Unfinished downloads.
        if name.starts_with('.') {
            continue;
        }
        lines.push(match library::mark(&dir) {
            Ok(_) => Line::new("models", Verdict::Good, name),
            Err(e) => Line::new("models", Verdict::Bad, format!("{name}: {e}"))
                .hint(format!("`myna models check {}` says more.", dir.display())),
        });
    }
    lines
}

/// Devices are counted, not named: names are often those of people.
pub fn sound() -> Vec<Line> {
    let host = rodio::cpal::default_host();
    let output = match host.default_output_device() {
        Some(_) => Line::new(
            "sound out",
            Verdict::Good,
            "a default device is listed (it was not opened)",
        ),
        None => Line::new("sound out", Verdict::Note, "no device to play on")
            .hint("Connect one; speaking to a file works without."),
    };
    let input = match host.default_input_device() {
        Some(_) => Line::new(
            "sound in",
            Verdict::Good,
            "a default microphone is listed (it was not opened)",
        ),
        None => Line::new("sound in", Verdict::Note, "no microphone")
            .hint("Connect one to record; transcribing files works without."),
    };
    vec![output, input]
}

pub fn permissions() -> Line {
    if cfg!(target_os = "macos") {
        Line::new(
            "permissions",
            Verdict::Unknown,
            "microphone and accessibility are asked for by the app when they are first needed",
        )
        .hint("System Settings, Privacy & Security, shows what was granted.")
    } else {
        Line::new(
            "permissions",
            Verdict::Good,
            "none are needed on this system",
        )
    }
}

/// What is set, not what answers: nothing is sent.
pub fn network() -> Line {
    let proxy = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
        .iter()
        .any(|name| std::env::var_os(name).is_some_and(|v| !v.is_empty()));
    let way = if proxy { "through a proxy" } else { "directly" };
    let message = format!("used by `myna models pull` alone, {way}");
    Line::new("network", Verdict::Good, message)
}
