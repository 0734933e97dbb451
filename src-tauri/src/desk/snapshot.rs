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
    /// Files that were given up or stopped, newest first, until they are tried again or put away.
    pub unfinished: Vec<Unfinished>,
    /// What was finished last, newest first; at most [`RECENT`].
    pub recent: Vec<Recent>,
    /// Grows with every transcript that is kept, changed or removed, so that pages know when to look again.
    pub transcripts: u32,
    /// The transcript that is looked at.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub showing: Option<i64>,
    /// A transcript's sound, while it is played or paused.
    pub tape: Option<Tape>,
    /// A voice's own recording, while it is played.
    pub sample: Option<Sample>,
    /// The window that files are held over, ready to be dropped.
    pub over: Option<String>,
    /// Those that can be spoken in.
    pub voices: Vec<Voice>,
    /// Grows with every change of a voice, or of the recordings for a new one.
    pub cast: u32,
    /// The voice that is looked at; none is the making of a new one, or nobody has looked yet.
    pub voice_shown: Option<String>,
    /// Grows with every change of what is set, and of the models.
    pub settings: u32,
    /// A model on its way here.
    pub fetching: Option<Fetching>,
    /// The microphone, while it is listened to.
    pub recording: Option<Recording>,
    /// The popover stays when another window takes the focus.
    pub pinned: bool,
    /// What a link wants spoken, until a person has said yes or no.
    pub asked: Option<Asked>,
    /// The program whose text was spoken last.
    pub app: Option<App>,
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
    /// How long it will still take, once that can be told.
    pub seconds_left: Option<f64>,
    /// The words so far.
    pub heard: String,
}

/// A file that was not written down to its end.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Unfinished {
    /// The job's.
    pub id: u32,
    pub name: String,
    /// Why; none where somebody stopped it.
    pub problem: Option<Problem>,
}

/// How many unfinished files are remembered.
pub const UNFINISHED: usize = 50;

/// The sound beside a transcript.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Tape {
    #[cfg_attr(test, ts(type = "number"))]
    pub transcript: i64,
    /// Which of its segments sounds.
    pub segment: usize,
    pub state: Pace,
}

/// One of the recordings that a voice is made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Sample {
    /// The voice's id.
    pub voice: String,
    pub recording: usize,
}

/// A download.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Fetching {
    /// The model's.
    pub id: String,
    /// 0 to 1, once the server has told how much there is.
    pub progress: Option<f64>,
    /// How long it will still take, once that can be told.
    pub seconds_left: Option<f64>,
}

/// The microphone, while it is listened to.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Recording {
    pub purpose: Purpose,
    /// Whole ones.
    pub seconds: f64,
    /// Loudness just now, 0 to 1.
    pub level: f64,
    /// It was too loud at some time.
    pub clipped: bool,
    /// The microphone gives nothing to hear.
    pub silent: bool,
}

/// What is recorded for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A new voice.
    #[default]
    Voice,
    /// To be written down.
    Words,
    /// Nothing: it only shows that it hears.
    Check,
}

/// A text that came from outside, and is not spoken before somebody has agreed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Asked {
    pub id: u32,
    pub text: String,
}

/// Another program.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct App {
    /// Its own name for itself, and what people call it.
    pub id: String,
    pub name: String,
    /// The id of the voice that reads there, where it is not the chosen one.
    pub voice: Option<String>,
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
    /// The number of its transcript.
    #[cfg_attr(test, ts(type = "number | null"))]
    pub transcript: Option<i64>,
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
