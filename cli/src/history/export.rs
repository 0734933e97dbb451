//! `myna history export`: entries as JSON lines, Markdown, plain text or subtitles.

use crate::console::Console;
use crate::failure::{Failure, Result};
use myna_engine::hear::export as heard;
use myna_engine::history::{Entry, History, export};
use myna_engine::whole;
use serde_json::json;
use std::io::Write as _;
use std::path::PathBuf;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// Numbers of entries; without any, everything, oldest first
    ids: Vec<i64>,
    /// What to write
    #[arg(long, value_enum, default_value_t = Kind::Json)]
    format: Kind,
    /// Write into this file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Replace a file that is there
    #[arg(long, requires = "output")]
    force: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    /// An object per line, with everything that is known
    Json,
    /// To be read: a section per entry
    Md,
    /// The words alone
    Txt,
    /// Subtitles of one transcript
    Srt,
    /// Web subtitles of one transcript
    Vtt,
}

pub fn run(args: &Args, history: Option<History>, console: &Console) -> Result<()> {
    if let Some(path) = &args.output
        && !args.force
        && path.exists()
    {
        return Err(Failure::new(
            "output",
            format!("{} is there already", path.display()),
            "--force replaces it.",
        ));
    }
    let mut entries = Vec::new();
    if let Some(mut history) = history {
        let ids = if args.ids.is_empty() {
            history.ids()?
        } else {
            args.ids.clone()
        };
        for id in ids {
            entries.push(history.entry(id)?);
        }
    }
    let mut text = String::new();
    match args.format {
        Kind::Json => add(&mut text, &entries, export::Format::Json)?,
        Kind::Md => add(&mut text, &entries, export::Format::Md)?,
        Kind::Txt => add(&mut text, &entries, export::Format::Txt)?,
        Kind::Srt => text = subtitles(&entries, heard::Format::Srt)?,
        Kind::Vtt => text = subtitles(&entries, heard::Format::Vtt)?,
    }
    match &args.output {
        None => {
            let mut out = std::io::stdout().lock();
            out.write_all(text.as_bytes())
                .map_err(|e| Failure::new("output", format!("stdout: {e}"), ""))
        }
        Some(path) => {
            whole::write(path, text.as_bytes())?;
            console.done(format!("{}: {} entries", path.display(), entries.len()));
            let answer = json!({ "file": path.display().to_string(), "entries": entries.len() });
            console.answer(&answer, "")
        }
    }
}

fn add(text: &mut String, entries: &[Entry], format: export::Format) -> Result<()> {
    for entry in entries {
        text.push_str(&export::render(entry, format)?);
    }
    Ok(())
}

/// Subtitles have one clock.
fn subtitles(entries: &[Entry], format: heard::Format) -> Result<String> {
    match entries {
        [one] => match one.transcript() {
            Some(transcript) => Ok(heard::render(&transcript, format)?),
            None => Err(wrong(format!(
                "entry {} was spoken, not heard",
                one.summary.id
            ))),
        },
        _ => Err(wrong("subtitles are made of one transcript".into())),
    }
}

fn wrong(message: String) -> Failure {
    Failure::new(
        "usage",
        message,
        "Give the number of one transcript: `myna history list --kind heard`.",
    )
}
