//! Transcripts as files: text, subtitles, JSON, Markdown.
//!
//! A file appears under its name only when complete, and never takes the place of another unless that is wanted.
//! Fails with `output`.

mod cues;
mod place;
mod render;

pub use cues::{Cue, cues};
pub use place::{Place, write};
pub use render::render;

/// Kinds of files.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Format {
    Txt,
    Srt,
    Vtt,
    Json,
    Md,
}

impl Format {
    pub const ALL: [Format; 5] = [
        Format::Txt,
        Format::Srt,
        Format::Vtt,
        Format::Json,
        Format::Md,
    ];

    /// As it is asked for, and the file's extension.
    pub fn name(self) -> &'static str {
        match self {
            Format::Txt => "txt",
            Format::Srt => "srt",
            Format::Vtt => "vtt",
            Format::Json => "json",
            Format::Md => "md",
        }
    }
}
