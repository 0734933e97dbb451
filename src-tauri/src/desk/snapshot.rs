//! What a page shows, whole: every change sends all of it anew, so that a page can never be half out of date.
//! It is small (texts of one reading, a handful of jobs), and pages draw only what differs.

use serde::Serialize;

use crate::Problem;

#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Snapshot {
    /// What is being read aloud, or was last.
    pub reading: Option<Reading>,
    /// Files being written down or waiting for it, oldest first.
    pub jobs: Vec<Job>,
    /// What was finished last, newest first; at most [`RECENT`].
    pub recent: Vec<Recent>,
    pub voices: Vec<Voice>,
    /// The chosen voice's id.
    pub voice: String,
    /// How fast speech is played: 1 is as it was spoken.
    pub speed: f64,
    /// What went wrong last, until it is put away.
    pub problem: Option<Problem>,
}

/// How many finished things the popover offers again.
pub const RECENT: usize = 3;

/// A text in time.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Reading {
    /// The text as it was given, cut where it is spoken: joined, the pieces are the text.
    pub sentences: Vec<String>,
    /// Which of them sounds.
    pub current: usize,
    pub state: Pace,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    /// The voice is being loaded, or the first sentence made.
    Preparing,
    Speaking,
    Paused,
    Finished,
}

/// A file on its way to words.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Job {
    pub id: u32,
    /// The file's name without its folder.
    pub name: String,
    /// Waiting until listening begins.
    pub started: bool,
    /// 0 to 1, where the file tells its length.
    pub progress: Option<f64>,
    /// The words so far.
    pub heard: String,
}

/// Something finished that can be had again.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Recent {
    pub id: u32,
    pub kind: Outcome,
    /// What was spoken, or what was heard.
    pub text: String,
    /// The file that was heard.
    pub name: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    Spoken,
    Heard,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Voice {
    pub id: String,
    pub name: String,
    /// The small one that comes with the app.
    pub built_in: bool,
}
