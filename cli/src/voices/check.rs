//! `myna voices check`: recordings measured, heard and compared.

use super::describe::checked;
use super::make::Ear;
use crate::console::Console;
use crate::engine::EngineArgs;
use crate::failure::Result;
use crate::interrupt::Interrupt;
use myna_engine::library;
use myna_engine::voices::{Checkup, Store, Verdict, compare_speakers, compare_words};
use std::path::Path;
use std::process::ExitCode;

#[derive(Debug, clap::Args)]
pub struct Args {
    /// A recording, or a voice's name
    #[arg(value_name = "FILE|NAME")]
    what: String,
    /// The recording's words
    #[arg(long, value_name = "TEXT")]
    transcript: Option<String>,
    /// The recogniser that listens; the bundled one without it
    #[arg(long, value_name = "ID|DIR")]
    recogniser: Option<String>,
    /// Nobody listens: only measure, and compare speakers
    #[arg(long, conflicts_with = "recogniser")]
    no_recogniser: bool,
    /// The token2wav that tells speakers apart, if it is not among the models
    #[arg(long, value_name = "ID|DIR")]
    token2wav: Option<String>,
    #[command(flatten)]
    engine: EngineArgs,
}

pub fn run(store: &Store, args: &Args, interrupt: &Interrupt, console: &Console) -> Result {
    let mut all = measured(store, &args.what, args.transcript.as_deref())?;
    if let Some(dir) = library::find_speakers(args.token2wav.as_deref())? {
        compare_speakers(&mut all, &dir)?;
    }
    if !args.no_recogniser && !all.is_empty() {
        let ear = Ear::load(args.recogniser.as_deref(), &args.engine, console)?;
        let cancel = interrupt.gentle();
        compare_words(&mut all, &mut ear.listener(cancel), cancel)?;
    }
    console.answer(&all, &checked(&all))?;
    let bad = all.iter().any(|c| c.health.verdict == Verdict::Unusable);
    Ok(ExitCode::from(u8::from(bad)))
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
