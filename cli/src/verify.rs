//! `myna verify`: was a file spoken by Myna, and is it still what was spoken?

use crate::console::Console;
use crate::failure::Result;
use myna_engine::provenance::{Finding, Mark, verify};
use std::path::PathBuf;
use std::process::ExitCode;

/// Say whether a file was spoken by Myna
///
/// Files that Myna writes carry a mark: that they are generated, by which version, model and voice, when, and a hash of the
/// samples. Exit code 0 when there is a mark and the samples are the marked ones, 1 when there is none or they are not.
/// WAV and FLAC are what Myna writes; the mark is also read from copies as MP3, M4A or OGG that kept it, whose samples are
/// others. A mark can be removed by who wants to; a file without one proves nothing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A sound file
    file: PathBuf,
}

#[derive(serde::Serialize)]
struct Answer {
    file: String,
    #[serde(flatten)]
    finding: Finding,
}

pub fn run(args: &Args, console: &Console) -> Result {
    let finding = verify(&args.file)?;
    let file = args.file.display().to_string();
    let text = match &finding {
        Finding::Intact(mark) => format!("{file}: spoken by {}, unaltered", describe(mark)),
        Finding::Altered(mark) => format!("{file}: spoken by {}, altered since", describe(mark)),
        Finding::Unmarked => format!("{file}: no mark of Myna"),
    };
    let good = matches!(finding, Finding::Intact(_));
    console.answer(&Answer { file, finding }, &text)?;
    Ok(if good {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn describe(mark: &Mark) -> String {
    let voice = mark
        .voice
        .as_ref()
        .map_or(String::new(), |v| format!(", voice {v}"));
    format!(
        "{} on {} with {}{voice}",
        mark.generator, mark.date, mark.model
    )
}
