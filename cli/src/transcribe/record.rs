//! `--record`: a microphone to a file; the file is heard afterwards like any other.

use super::Args;
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::recording::{self, Recorded};
use myna_engine::sound::Existing;
use std::path::{Path, PathBuf};

const TAKEN: &str = "it is there already (--force replaces it)";

/// Records until it is asked to stop, and gives the file.
pub fn run(args: &Args, interrupt: &Interrupt, console: &Console) -> Result<Recorded> {
    let (path, existing) = place(args)?;
    let device = args.device.as_deref();
    recording::run(&path, existing, device, interrupt, console)
}

/// Where the recording goes: as named, or the first free `recording-N.wav` in the folder of the results.
fn place(args: &Args) -> Result<(PathBuf, Existing)> {
    if let Some(Some(path)) = &args.record {
        let existing = if args.force {
            Existing::Replace
        } else {
            Existing::Keep
        };
        // Also asked when the file is made; here, nothing has been opened yet.
        if existing == Existing::Keep && path.exists() {
            return Err(myna_engine::Error::output(path, TAKEN).into());
        }
        return Ok((path.clone(), existing));
    }
    let folder = args.output.as_deref().unwrap_or(Path::new(""));
    if let Some(folder) = &args.output {
        std::fs::create_dir_all(folder)
            .map_err(|e| Failure::from(myna_engine::Error::output(folder, e)))?;
    }
    // A name taken between this look and the first sound is refused then; nothing is lost.
    let free = (1..).map(|n| folder.join(format!("recording-{n}.wav")));
    let path = free.into_iter().find(|path| !path.exists());
    Ok((path.unwrap_or_default(), Existing::Keep))
}
