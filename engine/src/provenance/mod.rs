//! Speech that says what it is: a mark in the files that Myna writes, and the reading of it.
//!
//! - [`Mark`]: who made it, with which model and voice, when
//! - [`verify`]: what a file says of itself, and whether its sound is still what was marked
//!
//! The mark is text in the file's own fields for such things (LIST/INFO in WAV, comments in FLAC), for people and programs to read; it
//! carries the SHA-256 of the samples. It tells honest listeners what they hear and finds changes; it is no signature:
//! who wants to can remove it. Fails with `bad-audio` on files that cannot be read.

mod mark;
mod riff;
mod tags;
mod verify;

pub use mark::Mark;
pub(crate) use riff::info_chunk;
pub(crate) use tags::vorbis_comment;
pub use verify::{Finding, verify};
