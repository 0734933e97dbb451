//! `myna voices`: voices of one's own, and those that come with Myna.

mod check;
mod describe;
mod make;

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use describe::{line, report, sheet};
use myna_engine::home::Home;
use myna_engine::voices::{self, Consent, ConsentKind, Store, Voice};
use std::path::PathBuf;
use std::process::ExitCode;

/// Keep voices: list, add, share, change, remove
///
/// A voice is one or more recordings with exactly their words. It is stored in a folder of its own and spoken in with
/// `myna speak --voice NAME`, once somebody has said why it may be used.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// Name all voices
    List,
    /// Say everything about a voice
    Show { name: String },
    /// Make a voice from recordings and their words
    ///
    /// Silence around the words is cut off, loudness is evened out. Three to thirty seconds of one clear voice without noise
    /// are needed, ten are good. Without --transcript a recogniser writes the words down; correct them with `voices edit`.
    Add(make::Add),
    /// Make a voice by speaking into a microphone, until Ctrl-C
    ///
    /// The sound goes to the disk while you speak, and stays there if no voice can be made of it. With --transcript you are
    /// shown what to read; without, a recogniser writes down what you said.
    Record(make::Record),
    /// Correct the words of a voice's recording
    Edit {
        name: String,
        /// Exactly what is said in it
        #[arg(long, value_name = "TEXT")]
        transcript: String,
        /// Which recording, counted from 1
        #[arg(long, value_name = "N", default_value_t = 1)]
        segment: usize,
    },
    /// Say why a voice may be used
    Consent {
        name: String,
        #[command(flatten)]
        consent: ConsentArgs,
    },
    /// Judge recordings before making a voice of them, or a voice's own
    ///
    /// Measures each recording. A recogniser listens to it, and its words are held against the transcript: `agreement` is the
    /// share that is the same. Where token2wav is among the models, the speakers of a voice's recordings are compared, too:
    /// `similarity` is the cosine of their vectors with those of the other recordings, 1 for the same sound.
    ///
    /// Exit code 1 when one of them is not good enough.
    Check(check::Args),
    /// Take a voice out of a .mynavoice file
    Import {
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// Call it otherwise
        #[arg(long)]
        name: Option<String>,
    },
    /// Write a voice to a .mynavoice file
    Export {
        name: String,
        #[arg(short, long, value_name = "FILE")]
        output: PathBuf,
    },
    /// Call a voice otherwise
    Rename { name: String, to: String },
    /// Copy a voice under another name
    Duplicate { name: String, to: String },
    /// Remove a voice; for a week it can be restored
    Remove {
        name: String,
        /// Delete it at once and for good
        #[arg(long)]
        now: bool,
    },
    /// Bring a removed voice back
    Restore { name: String },
}

#[derive(Debug, clap::Args)]
struct ConsentArgs {
    /// Why it may be used
    #[arg(long, value_enum, requires = "statement")]
    kind: Option<Kind>,
    /// The same in a sentence: whose voice it is, who agreed, under which licence
    #[arg(long, value_name = "TEXT", requires = "kind")]
    statement: Option<String>,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Kind {
    /// It is your own voice
    Own,
    /// Its owner agreed
    Permission,
    /// It is published under terms that allow it
    Licensed,
}

impl ConsentArgs {
    fn consent(&self) -> Result<Option<Consent>> {
        let (Some(kind), Some(statement)) = (self.kind, &self.statement) else {
            return Ok(None);
        };
        let kind = match kind {
            Kind::Own => ConsentKind::Own,
            Kind::Permission => ConsentKind::Permission,
            Kind::Licensed => ConsentKind::Licensed,
        };
        Ok(Some(Consent::new(kind, statement)?))
    }
}

/// The voices of this machine.
pub fn store() -> Result<Store> {
    Ok(Store::at(Home::find()?.voices()))
}

pub fn run(args: Args, console: &Console) -> Result {
    let interrupt = Interrupt::install()?;
    let store = store()?;
    match args.verb {
        Verb::List => {
            let listing = store.list()?;
            for (folder, why) in &listing.broken {
                console.note(format!("{} is no voice: {why}", folder.display()));
            }
            let lines: Vec<String> = listing.voices.iter().map(line).collect();
            let reports: Vec<_> = listing.voices.iter().map(report).collect();
            console.answer(&reports, &lines.join("\n"))?;
        }
        Verb::Show { name } => {
            let voice = store.find(&name)?;
            console.answer(&report(&voice), &sheet(&voice))?;
        }
        Verb::Add(args) => make::add(&store, args, &interrupt, console)?,
        Verb::Record(args) => make::record(&store, args, &interrupt, console)?,
        Verb::Edit {
            name,
            transcript,
            segment,
        } => told(
            &store.edit(&name, segment, &transcript)?,
            "corrected",
            console,
        )?,
        Verb::Consent { name, consent } => {
            let consent = consent.consent()?.ok_or_else(|| {
                Failure::new(
                    "usage",
                    "the consent needs --kind and --statement",
                    "`myna voices consent --help` says what they mean.",
                )
            })?;
            told(&store.consent(&name, consent)?, "may be used", console)?;
        }
        Verb::Check(args) => return check::run(&store, &args, &interrupt, console),
        Verb::Import { file, name } => {
            let voice = voices::import(&store, &file, name.as_deref())?;
            told(&voice, "imported", console)?;
            unvouched(&voice, console);
        }
        Verb::Export { name, output } => {
            let voice = store.find(&name)?;
            voices::export(&voice, &output)?;
            told(&voice, &format!("written to {}", output.display()), console)?;
        }
        Verb::Rename { name, to } => told(&store.rename(&name, &to)?, "is the new name", console)?,
        Verb::Duplicate { name, to } => told(&store.duplicate(&name, &to)?, "copied", console)?,
        Verb::Remove { name, now } => {
            let voice = store.remove(&name)?;
            if now {
                store.forget(Some(&voice.id))?;
                told(&voice, "deleted", console)?;
            } else {
                let days = voices::KEPT_DAYS;
                told(
                    &voice,
                    &format!("removed; `myna voices restore` brings it back for {days} days"),
                    console,
                )?;
            }
        }
        Verb::Restore { name } => told(&store.restore(&name)?, "is back", console)?,
    }
    Ok(ExitCode::SUCCESS)
}

fn told(voice: &Voice, what: &str, console: &Console) -> Result<()> {
    console.done(format!("{}: {what}", voice.profile.name));
    console.answer(&report(voice), "")
}

fn unvouched(voice: &Voice, console: &Console) {
    if let Err(e) = voice.profile.require_consent() {
        console.note(format!("{e}. {}", e.hint()));
    }
}
