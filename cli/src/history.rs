//! `myna history`: what was spoken and heard, found again; and the writing of it for the other verbs.

mod again;
mod export;

pub use again::utterance;

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::speak;
use myna_engine::hear::Transcript;
use myna_engine::history::{Entry, History, Hit, Kind, Recipe, Summary, Utterance, What};
use myna_engine::home::Home;
use myna_engine::speak::Report;
use serde_json::json;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Find again what was spoken and heard
///
/// `speak` and `transcribe` keep what they did, on this machine only: words, voice, model, seed, times. Sound is not kept:
/// `history speak` makes the same samples again. `--no-history` keeps nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// The newest entries
    List {
        /// Only what was spoken, or only what was heard
        #[arg(long, value_enum)]
        kind: Option<Wish>,
        /// At most N
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
    /// Entries that hold all of the words
    ///
    /// Case and accents do not matter; the last word may be the beginning of one.
    Search {
        /// What to look for
        #[arg(required = true)]
        words: Vec<String>,
        /// At most N
        #[arg(short = 'n', long, value_name = "N", default_value_t = 20)]
        limit: usize,
    },
    /// Everything about one entry
    Show {
        /// Its number
        id: i64,
    },
    /// Entries as text, to stdout or a file
    Export(export::Args),
    /// Speak an utterance again: the same samples
    ///
    /// With the same model, references and kind of machine the samples are the same as the first time; says so where they
    /// may differ.
    Speak {
        /// Its number
        id: i64,
        /// Write a WAV, or a FLAC by its name (16-bit, mono, 24 kHz)
        #[arg(short, long, value_name = "OUT.wav|OUT.flac")]
        output: Option<PathBuf>,
        /// Play it, in addition to writing
        #[arg(long)]
        play: bool,
    },
    /// Remove entries for good
    ///
    /// The words are overwritten in the database; they cannot be brought back. Sound files are left alone.
    Remove {
        /// Their numbers
        #[arg(value_name = "ID", required_unless_present = "all")]
        ids: Vec<i64>,
        /// Everything
        #[arg(long, conflicts_with = "ids")]
        all: bool,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Wish {
    Spoken,
    Heard,
}

pub fn run(args: Args, console: &Console) -> Result {
    if let Verb::Speak { id, output, play } = args.verb {
        return speak_again(id, output, play, console);
    }
    _ = Interrupt::install()?;
    let history = History::existing(&Home::find()?.history())?;
    if let Some(trouble) = history.as_ref().and_then(History::trouble) {
        console.note(&trouble.message);
        console.note(&trouble.hint);
    }
    match args.verb {
        Verb::List { kind, limit } => {
            let kind = kind.map(|wish| match wish {
                Wish::Spoken => Kind::Spoken,
                Wish::Heard => Kind::Heard,
            });
            let list = history.map_or(Ok(Vec::new()), |mut h| h.list(kind, limit))?;
            if list.is_empty() {
                console.done("nothing to show");
            }
            let lines: Vec<String> = list.iter().map(|s| line(s, &s.text)).collect();
            console.answer(&list, &lines.join("\n"))?;
        }
        Verb::Search { words, limit } => {
            let words = words.join(" ");
            let hits = history.map_or(Ok(Vec::new()), |mut h| h.search(&words, limit))?;
            if hits.is_empty() {
                console.done("nothing was found");
            }
            let lines = hits
                .iter()
                .map(|Hit { summary, excerpt }| line(summary, excerpt));
            console.answer(&hits, &lines.collect::<Vec<_>>().join("\n"))?;
        }
        Verb::Show { id } => {
            let entry = find(history, id)?;
            console.answer(&entry, &describe(&entry))?;
        }
        Verb::Export(args) => export::run(&args, history, console)?,
        Verb::Remove { ids, all } => {
            let removed = match history {
                None => 0,
                Some(mut history) if all => history.clear()?,
                Some(mut history) => history.remove(&ids)?,
            };
            console.done(format!("removed: {removed}"));
            console.answer(&json!({ "removed": removed }), "")?;
        }
        // Handled above: it has an interrupt of its own.
        Verb::Speak { .. } => {}
    }
    Ok(ExitCode::SUCCESS)
}

fn find(history: Option<History>, id: i64) -> Result<Entry> {
    let mut history = history.ok_or_else(|| {
        Failure::new(
            "bad-input",
            "nothing is in the history yet",
            "`myna speak` and `myna transcribe` keep what they do.",
        )
    })?;
    Ok(history.entry(id)?)
}

fn not_spoken(id: i64) -> Failure {
    Failure::new(
        "bad-input",
        format!("entry {id} was heard, not spoken"),
        "`myna history show` has its words.",
    )
}

fn speak_again(id: i64, output: Option<PathBuf>, play: bool, console: &Console) -> Result {
    let entry = find(History::existing(&Home::find()?.history())?, id)?;
    let What::Spoken { recipe, .. } = entry.what else {
        return Err(not_spoken(id));
    };
    for change in recipe.changes() {
        console.note(format!("{change}: it may sound different"));
    }
    speak::run(
        speak::Args::again(entry.summary.text, *recipe, output, play),
        console,
    )
}

/// Keeps an utterance. What cannot be kept is said; the speech is there all the same.
pub fn keep_utterance(
    recipe: impl FnOnce() -> myna_engine::Result<Recipe>,
    report: &Report,
    console: &Console,
) {
    if report.frames == 0 {
        return;
    }
    let file = report.file.as_deref().map(full);
    keep(console, |history| {
        history.add_utterance(&Utterance {
            text: &report.text,
            voice: report.voice.as_deref(),
            model: &report.model,
            seconds: report.seconds,
            file: file.as_deref(),
            stopped_by: report.stopped_by.name(),
            recipe: &recipe()?,
        })
    });
}

/// Keeps a transcript, in the same way.
pub fn keep_transcript(transcript: &Transcript, console: &Console) {
    let mut transcript = transcript.clone();
    if transcript.file != "-" {
        transcript.file = full(&transcript.file);
    }
    keep(console, |history| history.add_transcript(&transcript));
}

fn keep(console: &Console, add: impl FnOnce(&mut History) -> myna_engine::Result<i64>) {
    let kept = Home::find().and_then(|home| myna_engine::history::keep(&home, add));
    if let Err(e) = kept {
        console.note(format!("it is not in the history: {e}"));
    }
}

/// A path that stays true wherever the next command is called.
fn full(path: &str) -> String {
    std::path::absolute(path).map_or_else(|_| path.to_owned(), |p| p.display().to_string())
}

fn line(s: &Summary, text: &str) -> String {
    const WIDTH: usize = 80;
    let one: Vec<&str> = text.split_whitespace().collect();
    let mut text = one.join(" ");
    if let Some((cut, _)) = text.char_indices().nth(WIDTH) {
        text.truncate(cut);
        text.push('…');
    }
    format!(
        "{:>5}  {}  {:<6}  {:>7.1} s  {text}",
        s.id,
        s.local_time(),
        s.kind.name(),
        s.seconds
    )
}

fn describe(entry: &Entry) -> String {
    let s = &entry.summary;
    let mut out = format!("{} {}, {:.1} s\n", s.kind.name(), s.local_time(), s.seconds);
    // Writing to a string cannot fail.
    let mut row = |name: &str, value: &str| _ = writeln!(out, "  {name:<12}{value}");
    row("model", &s.model);
    row("made by", &format!("myna {}", s.myna));
    if let Some(file) = &s.file {
        row("file", file);
    }
    match &entry.what {
        What::Spoken {
            voice,
            stopped_by,
            recipe,
        } => {
            if let Some(voice) = voice {
                row("voice", voice);
            }
            for source in &recipe.references {
                row("reference", &source.audio.display().to_string());
            }
            row("seed", &recipe.seed.to_string());
            row("stopped by", stopped_by);
        }
        What::Heard { coverage: c, .. } => {
            row(
                "speech",
                &format!(
                    "{:.1} s, of it {:.1} s uncertain, {:.1} s failed",
                    c.speech, c.uncertain, c.failed
                ),
            );
        }
    }
    _ = write!(out, "\n{}", s.text);
    out
}
