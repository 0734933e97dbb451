//! What the icon in the menu bar says at a glance: one of five moods, read off the snapshot. A message that nobody has
//! read wins, since it is the only one that wants something; then a microphone that is open, what sounds, what is heard.

use tauri::image::Image;
use tauri::include_image;

use crate::desk::{Pace, Snapshot};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mood {
    Idle,
    Speaking,
    Listening,
    /// Something is being got ready.
    Busy,
    /// A message waits in the popover.
    Problem,
}

impl Mood {
    pub fn of(now: &Snapshot) -> Self {
        let pace = now.reading.as_ref().map(|reading| reading.state);
        if now.problem.is_some() {
            Self::Problem
        } else if now.recording.is_some() {
            Self::Listening
        } else if pace == Some(Pace::Speaking) {
            Self::Speaking
        } else if pace == Some(Pace::Preparing) {
            Self::Busy
        } else if now.jobs.iter().any(|job| job.started) {
            Self::Listening
        } else if !now.jobs.is_empty() {
            Self::Busy
        } else {
            Self::Idle
        }
    }

    pub fn words(self) -> &'static str {
        match self {
            Self::Idle => "Myna",
            Self::Speaking => "Myna is speaking",
            Self::Listening => "Myna is listening",
            Self::Busy => "Myna is getting ready",
            Self::Problem => "Myna has a message for you",
        }
    }

    /// A template image on macOS, which colours it for light and dark bars. Panels of Linux do not recolour, and black on
    /// black is no icon, so they get the same shapes on a ground of their own.
    #[cfg(target_os = "macos")]
    pub fn picture(self) -> Image<'static> {
        match self {
            Self::Idle => include_image!("icons/tray/idle.png"),
            Self::Speaking => include_image!("icons/tray/speaking.png"),
            Self::Listening => include_image!("icons/tray/listening.png"),
            Self::Busy => include_image!("icons/tray/busy.png"),
            Self::Problem => include_image!("icons/tray/problem.png"),
        }
    }

    #[cfg(not(target_os = "macos"))]
    pub fn picture(self) -> Image<'static> {
        match self {
            Self::Idle => include_image!("icons/tray/idle-panel.png"),
            Self::Speaking => include_image!("icons/tray/speaking-panel.png"),
            Self::Listening => include_image!("icons/tray/listening-panel.png"),
            Self::Busy => include_image!("icons/tray/busy-panel.png"),
            Self::Problem => include_image!("icons/tray/problem-panel.png"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Problem;
    use crate::desk::{Desk, Reading, Recording};

    fn with_reading(state: Pace) -> Snapshot {
        Snapshot {
            reading: Some(Reading {
                sentences: vec!["One.".into()],
                current: 0,
                state,
            }),
            ..Snapshot::default()
        }
    }

    #[test]
    fn a_reading_shows_while_it_lasts() {
        assert_eq!(Mood::of(&Snapshot::default()), Mood::Idle);
        for (state, mood) in [
            (Pace::Preparing, Mood::Busy),
            (Pace::Speaking, Mood::Speaking),
            (Pace::Paused, Mood::Idle),
            (Pace::Finished, Mood::Idle),
        ] {
            assert_eq!(Mood::of(&with_reading(state)), mood);
        }
    }

    #[test]
    fn a_file_shows_behind_a_voice_and_a_message_before_everything() {
        let desk = Desk::default();
        let id = desk.add_job("a.mp3");
        assert_eq!(Mood::of(&desk.snapshot()), Mood::Busy);
        desk.job(id, |job| job.started = true);
        assert_eq!(Mood::of(&desk.snapshot()), Mood::Listening);
        desk.change(|now| now.reading = with_reading(Pace::Speaking).reading);
        assert_eq!(Mood::of(&desk.snapshot()), Mood::Speaking);
        desk.trouble(Problem {
            kind: "gone".into(),
            message: String::new(),
            hint: String::new(),
        });
        assert_eq!(Mood::of(&desk.snapshot()), Mood::Problem);
    }

    #[test]
    fn an_open_microphone_shows_before_everything_but_a_message() {
        let mut now = with_reading(Pace::Speaking);
        now.recording = Some(Recording::default());
        assert_eq!(Mood::of(&now), Mood::Listening);
    }

    #[test]
    fn every_mood_has_words_and_a_picture_of_its_own() {
        let all = [
            Mood::Idle,
            Mood::Speaking,
            Mood::Listening,
            Mood::Busy,
            Mood::Problem,
        ];
        for (i, one) in all.iter().enumerate() {
            for other in &all[i + 1..] {
                assert_ne!(one.words(), other.words());
                assert_ne!(one.picture().rgba(), other.picture().rgba());
            }
        }
    }
}
