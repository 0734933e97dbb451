//! A microphone to a file, with a meter for people: what `transcribe --record` and `voices record` begin with.
//!
//! Ctrl-C ends the recording. From then on it is a file: whatever becomes of it, it stays, and its name is said.

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use indicatif::ProgressBar;
use myna_engine::sound::Existing;
use myna_engine::sound::record::{Event, Level, Microphone, Recorder, Signal, Take, record};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The bar of levels begins at −60 dB.
const QUIETEST: f32 = -60.0;
const BAR: usize = 24;

/// Records `device` into `path` until it is asked to stop, and gives the file. A device that vanishes is an error that is
/// told, and the file is given all the same.
pub fn run(
    path: &Path,
    existing: Existing,
    device: Option<&str>,
    interrupt: &Interrupt,
    console: &Console,
) -> Result<Recorded> {
    let microphone = Microphone::open(device)?;
    let name = microphone.name().to_owned();
    let recorder = Recorder::new(microphone, Duration::ZERO);
    console.note(format!(
        "recording {name} to {}; Ctrl-C ends it",
        path.display()
    ));
    let bar = console.bar(0, "{msg}");
    let stop = interrupt.gentle();
    let take = record(recorder, path, existing, stop, &mut |event| match event {
        Event::Level { seconds, level } => bar.set_message(meter(seconds, level)),
        Event::Signal(signal) => tell(signal, &name, &bar, console),
    });
    bar.finish_and_clear();
    interrupt.again();
    conclude(take?, console)
}

/// A recording that can be heard.
pub struct Recorded {
    pub path: PathBuf,
    /// It is shorter than it was meant to be; that has been told.
    pub troubled: bool,
}

fn conclude(take: Take, console: &Console) -> Result<Recorded> {
    let path = take.path;
    let troubled = take.trouble.is_some();
    if let Some(trouble) = take.trouble {
        let failure = Failure::from(trouble);
        if take.seconds == 0.0 {
            return Err(failure);
        }
        failure.report(console.json());
    }
    if take.seconds == 0.0 {
        return Err(Failure::new(
            "sound-device",
            "nothing was recorded",
            "Record for longer, or choose another microphone with --device.",
        ));
    }
    if take.lost_seconds > 0.0 {
        console.note(format!(
            "{}: {:.1} s are missing, the machine was too busy",
            path.display(),
            take.lost_seconds
        ));
    }
    console.note(format!(
        "{}: {:.1} s recorded",
        path.display(),
        take.seconds
    ));
    Ok(Recorded { path, troubled })
}

fn tell(signal: Signal, name: &str, bar: &ProgressBar, console: &Console) {
    let text = match signal {
        Signal::Sound => format!("{name} is heard now"),
        Signal::Silence => {
            format!(
                "no signal: {name} gives silence. Is it muted, or is Myna not allowed to use it?"
            )
        }
        Signal::Nothing => format!("no signal: nothing comes from {name}"),
    };
    bar.suspend(|| console.note(text));
}

/// `███████░░░░░░░░░ −23 dB 12 s`
fn meter(seconds: f64, level: Level) -> String {
    // Adding zero makes −0 a 0.
    let decibels = level.decibels().max(QUIETEST).round() + 0.0;
    let full = (BAR as f32 * (1.0 - decibels / QUIETEST)).round() as usize;
    let full = full.min(BAR);
    let clipped = if level.is_clipped() { " too loud" } else { "" };
    format!(
        "{}{} {decibels:>4.0} dB {seconds:.0} s{clipped}",
        "█".repeat(full),
        "░".repeat(BAR - full)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_meter_shows_loudness() {
        let level = |peak: f32, rms: f32| meter(12.4, Level { peak, rms });
        assert_eq!(level(0.0, 0.0), format!("{}  -60 dB 12 s", "░".repeat(BAR)));
        assert_eq!(
            level(0.1, 0.031_623),
            format!("{}{}  -30 dB 12 s", "█".repeat(12), "░".repeat(12))
        );
        assert_eq!(
            level(1.0, 1.0),
            format!("{}    0 dB 12 s too loud", "█".repeat(BAR))
        );
    }
}
