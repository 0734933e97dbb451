//! `myna voices`: voices of one's own, and those that come with Myna.

mod describe;

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use describe::{line, report, sheet};
use myna_engine::home::Home;
use myna_engine::library;
use myna_engine::voices::{self, Checkup, Consent, ConsentKind, Profile, Store, Verdict, Voice};
use std::path::{Path, PathBuf};
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
    /// are needed, ten are good.
    Add {
        /// A recording of any kind that is read
        #[arg(required = true, value_name = "FILE")]
        files: Vec<PathBuf>,
        /// What the voice is to be called
        #[arg(long)]
        name: String,
        /// Exactly the words of the recording, once for every FILE
        #[arg(long, value_name = "TEXT", required = true)]
        transcript: Vec<String>,
        #[command(flatten)]
        consent: ConsentArgs,
        /// The language, as in `en`
        #[arg(long, value_name = "CODE")]
        language: Option<String>,
        /// The model that suits it
        #[arg(long, value_name = "ID|DIR")]
        model: Option<String>,
        /// Its speaker number
        #[arg(long, value_name = "N", default_value_t = 0)]
        speaker: u32,
        /// The seed it is to be spoken with
        #[arg(long, value_name = "N")]
        seed: Option<u64>,
        /// Take a recording although it is not good enough
        #[arg(long)]
        anyway: bool,
    },
    /// Say why a voice may be used
    Consent {
        name: String,
        #[command(flatten)]
        consent: ConsentArgs,
    },
    /// Judge recordings before making a voice of them, or a voice's own
    ///
    /// Measures each recording. Where token2wav is among the models, the speakers of a voice's recordings are compared, too:
    /// `similarity` is the cosine of their vectors with those of the other recordings, 1 for the same sound.
    ///
    /// Exit code 1 when one of them is not good enough.
    Check {
        /// A recording, or a voice's name
        #[arg(value_name = "FILE|NAME")]
        what: String,
        /// The recording's words
        #[arg(long, value_name = "TEXT")]
        transcript: Option<String>,
        /// The token2wav that tells speakers apart, if it is not among the models
        #[arg(long, value_name = "ID|DIR")]
        token2wav: Option<String>,
    },
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
    _ = Interrupt::install()?;
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
        Verb::Add { .. } => return add(&store, args.verb, console),
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
        Verb::Check {
            what,
            transcript,
            token2wav,
        } => {
            let mut all = measured(&store, &what, transcript.as_deref())?;
            if let Some(dir) = library::find_speakers(token2wav.as_deref())? {
                voices::compare_speakers(&mut all, &dir)?;
            }
            console.answer(&all, &describe::checked(&all))?;
            let bad = all.iter().any(|c| c.health.verdict == Verdict::Unusable);
            return Ok(ExitCode::from(u8::from(bad)));
        }
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

fn add(store: &Store, verb: Verb, console: &Console) -> Result {
    let Verb::Add {
        files,
        name,
        transcript,
        consent,
        language,
        model,
        speaker,
        seed,
        anyway,
    } = verb
    else {
        return Ok(ExitCode::SUCCESS);
    };
    if files.len() != transcript.len() {
        return Err(Failure::new(
            "usage",
            format!(
                "{} recordings and {} transcripts do not fit",
                files.len(),
                transcript.len()
            ),
            "Give --transcript once for every recording, in the same order.",
        ));
    }
    let mut profile = Profile::new(&name, "file")?;
    profile.consent = consent.consent()?;
    profile.language = language;
    profile.model = model;
    profile.speaker = speaker;
    profile.seed = seed;
    let recordings: Vec<(PathBuf, String)> = files.into_iter().zip(transcript).collect();
    let (voice, health) = store.add(profile, &recordings, anyway)?;
    for (health, (file, _)) in health.iter().zip(&recordings) {
        for finding in &health.findings {
            console.note(format!("{}: {finding}", file.display()));
        }
    }
    told(&voice, "added", console)?;
    unvouched(&voice, console);
    Ok(ExitCode::SUCCESS)
}

/// A recording, or all those of a voice, as measuring finds them.
fn measured(store: &Store, what: &str, transcript: Option<&str>) -> Result<Vec<Checkup>> {
    let path = Path::new(what);
    if path.is_file() {
        return Ok(vec![Checkup::measure(what, path, transcript)?]);
    }
    let voice = store.find(what)?;
    voice.check_usable()?;
    let all = voice.references().into_iter().map(|reference| {
        let name = reference.audio.file_name().unwrap_or_default();
        let name = name.to_string_lossy();
        Checkup::measure(&name, &reference.audio, Some(&reference.transcript))
    });
    Ok(all.collect::<myna_engine::Result<_>>()?)
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
