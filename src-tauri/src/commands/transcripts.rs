//! What the window of transcripts may call. All of it waits for the disk or for a person, so none runs where events do.

use std::path::Path;

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager, Runtime, State, WebviewWindow};

use myna_engine::hear::export::{Format as File, Place, write};
use myna_engine::hear::{Coverage, EXTENSIONS, Segment, outline};

use super::Transport;
use crate::clipboard::Clipboard;
use crate::desk::Desk;
use crate::work::Work;
use crate::{Error, actions, choose, paste, windows};

/// A transcript in the list.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TranscriptLine {
    #[cfg_attr(test, ts(type = "number"))]
    id: i64,
    /// The recording's name without its folder.
    name: String,
    /// Milliseconds since 1970.
    #[cfg_attr(test, ts(type = "number"))]
    at: i64,
    /// Length of the recording.
    seconds: f64,
    /// How it begins, or where the words that were looked for stand.
    excerpt: String,
}

/// A transcript as it is read and corrected.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TranscriptPage {
    #[cfg_attr(test, ts(type = "number"))]
    id: i64,
    name: String,
    #[cfg_attr(test, ts(type = "number"))]
    at: i64,
    seconds: f64,
    /// Seconds of speech that were found, …
    speech: f64,
    /// … that were written down with doubts, …
    uncertain: f64,
    /// … and that were not understood.
    failed: f64,
    passages: Vec<Passage>,
    /// Whether the recording is still where it was.
    sound: bool,
}

/// Words and when they were said, in seconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Passage {
    start: f64,
    end: f64,
    text: String,
    doubt: Doubt,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    None,
    Uncertain,
    /// The model gave an error instead of words.
    Failed,
}

/// The kinds of files that a transcript can be written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Format {
    Txt,
    Srt,
    Vtt,
    Json,
    Md,
}

impl From<Format> for File {
    fn from(format: Format) -> Self {
        match format {
            Format::Txt => File::Txt,
            Format::Srt => File::Srt,
            Format::Vtt => File::Vtt,
            Format::Json => File::Json,
            Format::Md => File::Md,
        }
    }
}

/// The newest first; with words, those that hold all of them.
#[tauri::command(async)]
pub fn transcripts(work: State<Work>, words: String) -> Result<Vec<TranscriptLine>, Error> {
    let lines = work.book().list(&words)?.into_iter();
    Ok(lines
        .map(|line| TranscriptLine {
            id: line.summary.id,
            name: name_of(line.summary.file.as_deref()),
            at: line.summary.at.as_millisecond(),
            seconds: line.summary.seconds,
            excerpt: line.excerpt,
        })
        .collect())
}

#[tauri::command(async)]
pub fn transcript(work: State<Work>, id: i64) -> Result<TranscriptPage, Error> {
    let entry = work.book().entry(id)?;
    let heard = entry.transcript().ok_or(Error::Gone)?;
    let Coverage {
        speech,
        uncertain,
        failed,
        ..
    } = heard.coverage;
    Ok(TranscriptPage {
        id,
        name: name_of(entry.summary.file.as_deref()),
        at: entry.summary.at.as_millisecond(),
        seconds: heard.seconds,
        speech,
        uncertain,
        failed,
        passages: heard.segments.iter().map(Passage::from).collect(),
        sound: work.book().sound(id).is_ok(),
    })
}

/// Looks at a transcript, or at none; from the popover this opens the window.
#[tauri::command(async)]
pub fn show_transcript<R: Runtime>(
    app: AppHandle<R>,
    desk: State<Desk>,
    id: Option<i64>,
) -> Result<(), Error> {
    desk.change(|now| now.showing = id);
    windows::open(&app, windows::TRANSCRIPTS)
}

/// Puts other words in a passage's place.
#[tauri::command(async)]
pub fn correct_passage(
    work: State<Work>,
    desk: State<Desk>,
    id: i64,
    passage: usize,
    text: String,
) -> Result<(), Error> {
    work.book().correct(id, passage, &text)?;
    desk.transcripts_changed();
    Ok(())
}

#[tauri::command(async)]
pub fn copy_transcript(
    work: State<Work>,
    clipboard: State<Clipboard>,
    id: i64,
) -> Result<(), Error> {
    clipboard.copy(&work.book().transcript(id)?.text)
}

/// Pastes a transcript's words into the program that was in front before.
#[tauri::command(async)]
pub fn paste_transcript<R: Runtime>(
    app: AppHandle<R>,
    work: State<Work>,
    id: i64,
) -> Result<(), Error> {
    paste::paste(&app, &work.book().transcript(id)?.text)
}

/// Writes a transcript to a file that the person chooses, and gives the file's name; nothing, where none is chosen. The
/// file is what `myna transcribe --format` writes.
#[tauri::command]
pub async fn export_transcript<R: Runtime>(
    window: WebviewWindow<R>,
    id: i64,
    format: Format,
) -> Result<Option<String>, Error> {
    let transcript = window.state::<Work>().book().transcript(id)?;
    let format = File::from(format);
    let source = Path::new(&transcript.file);
    let Some(path) = choose::place(&window, source, format.name()).await else {
        return Ok(None);
    };
    let (place, chosen) = place_of(&path, format);
    // The dialog has asked whether to replace what has the chosen name, and no other.
    let written = write(&transcript, format, &place, chosen)?;
    let name = written.file_name().unwrap_or_default();
    Ok(Some(name.to_string_lossy().into_owned()))
}

/// A place for a file of this kind, and whether its name is the chosen one: an extension that is missing is added.
fn place_of(path: &Path, format: File) -> (Place, bool) {
    let mut place = Place::beside(path);
    if path.extension().is_none_or(|e| e != format.name()) {
        place = place.with_full_name(path);
    }
    let chosen = place.path(format) == path;
    (place, chosen)
}

/// Takes a transcript away; [`restore_transcript`] brings it back while the window is open and no other is removed.
#[tauri::command(async)]
pub fn remove_transcript(work: State<Work>, desk: State<Desk>, id: i64) -> Result<(), Error> {
    if desk
        .snapshot()
        .tape
        .is_some_and(|tape| tape.transcript == id)
    {
        work.tape(Transport::Stop);
    }
    work.book().remove(id)?;
    desk.change(|now| {
        if now.showing == Some(id) {
            now.showing = None;
        }
    });
    desk.transcripts_changed();
    Ok(())
}

#[tauri::command(async)]
pub fn restore_transcript(work: State<Work>, desk: State<Desk>) -> Result<(), Error> {
    let id = work.book().restore().ok_or(Error::Gone)?;
    desk.change(|now| now.showing = Some(id));
    desk.transcripts_changed();
    Ok(())
}

/// Hears a transcript's recording once more.
#[tauri::command(async)]
pub fn hear_again(work: State<Work>, id: i64) -> Result<(), Error> {
    let file = work.book().sound(id)?;
    work.transcribe(&[file])
}

/// Plays the recording from a passage on.
#[tauri::command(async)]
pub fn play_passage(work: State<Work>, id: i64, passage: usize) -> Result<(), Error> {
    work.play(id, passage)
}

/// What a transcript's recording looks like: the loudest moment of each of so many columns, 0 to 1.
#[tauri::command(async)]
pub fn waveform(work: State<Work>, id: i64, columns: usize) -> Result<Vec<f32>, Error> {
    let book = work.book();
    let seconds = book.transcript(id)?.seconds;
    Ok(outline(&book.sound(id)?, seconds, columns)?)
}

#[tauri::command]
pub fn tape(work: State<Work>, action: Transport) {
    work.tape(action);
}

/// Lets the person choose recordings to write down.
#[tauri::command]
pub async fn choose_recordings<R: Runtime>(window: WebviewWindow<R>) -> Result<(), Error> {
    let files = choose::files(&window, "Audio and video", &EXTENSIONS).await;
    actions::transcribe(window.app_handle(), &files)
}

#[tauri::command]
pub async fn choose_folder<R: Runtime>(window: WebviewWindow<R>) -> Result<(), Error> {
    let folder = choose::folder(&window).await;
    actions::transcribe(window.app_handle(), folder.as_slice())
}

/// Tries an unfinished file again.
#[tauri::command]
pub fn retry_job(work: State<Work>, id: u32) -> Result<(), Error> {
    work.retry(id)
}

/// Puts an unfinished file away.
#[tauri::command]
pub fn forget_job(work: State<Work>, id: u32) {
    work.forget(id);
}

fn name_of(file: Option<&str>) -> String {
    let file = Path::new(file.unwrap_or_default());
    let name = file.file_name().unwrap_or(file.as_os_str());
    name.to_string_lossy().into_owned()
}

impl From<&Segment> for Passage {
    fn from(segment: &Segment) -> Self {
        Self {
            start: segment.start,
            end: segment.end,
            text: segment.text.clone(),
            doubt: match (segment.finish_reason, segment.uncertain) {
                ("failed", _) => Doubt::Failed,
                (_, true) => Doubt::Uncertain,
                _ => Doubt::None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_that_is_missing_is_added_and_nothing_else_is_replaced() {
        let of = |path: &str| {
            let (place, chosen) = place_of(Path::new(path), File::Srt);
            (place.path(File::Srt).display().to_string(), chosen)
        };
        assert_eq!(of("/a/talk.srt"), ("/a/talk.srt".into(), true));
        assert_eq!(of("/a/talk"), ("/a/talk.srt".into(), false));
        assert_eq!(of("/a/talk.2026"), ("/a/talk.2026.srt".into(), false));
    }
}
