//! The models that are there and could be: list, pull, import, remove.

use super::{bits, megabytes};
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use myna_engine::home::Home;
use myna_engine::library::fetch::{Hub, Progress, pull};
use myna_engine::library::{self, Fit, Kept, Known, catalogue, kept, known};
use myna_engine::machine::Machine;
use myna_engine::settings::SettingsFile;
use serde::Serialize;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

#[derive(Debug, clap::Subcommand)]
pub enum Verb {
    /// Known models, whether this machine can run them, and what is there
    List,
    /// Fetch a known model
    ///
    /// From huggingface.co, or the mirror in the settings or in HF_ENDPOINT. Goes on where it was stopped; a model is there whole or not
    /// at all. A gated model needs a token in HF_TOKEN.
    Pull {
        /// Its name, as `myna models list` shows it
        name: String,
        /// Make a smaller copy beside it, NAME-4bit or NAME-8bit
        #[arg(long, value_parser = bits)]
        bits: Option<u8>,
        /// Even if this machine cannot run it
        #[arg(long)]
        anyway: bool,
    },
    /// Copy a model's folder to where models are found by name
    ///
    /// Looks at every tensor first; what is not in order is not taken.
    Import {
        /// The model's folder
        #[arg(value_name = "DIR")]
        path: PathBuf,
        /// What it is to be called; the folder's name without it
        #[arg(long)]
        name: Option<String>,
        /// Take a smaller copy, in 4 or 8 bits
        #[arg(long, value_parser = bits)]
        bits: Option<u8>,
    },
    /// Remove a fetched or imported model, or an unfinished download of it
    Remove {
        /// Its name
        name: String,
    },
}

pub fn run(verb: Verb, interrupt: &Interrupt, console: &Console) -> Result {
    let home = Home::find()?;
    let shelf = home.models();
    match verb {
        Verb::List => list(&shelf, console)?,
        Verb::Pull { name, bits, anyway } => {
            let known = known(&name)?;
            check_machine(&known, bits, anyway, console)?;
            let settings = SettingsFile::read(&home.settings())?;
            let hub = Hub::new(settings.settings().models.mirror.as_deref())?;
            let dir = fetch(&hub, &known, &shelf, interrupt, console)?;
            let dir = match bits {
                None => dir,
                Some(bits) => {
                    let spinner = console.spinner("quantising");
                    let small = library::shrink(&name, bits, &shelf);
                    spinner.finish_and_clear();
                    small?
                }
            };
            answer(&dir, console)?;
        }
        Verb::Import { path, name, bits } => {
            let own = path.file_name().map(|n| n.to_string_lossy().into_owned());
            let name = name.or(own).unwrap_or_default();
            let spinner = console.spinner("reading and copying");
            let dir = library::import(&path, &name, bits, &shelf);
            spinner.finish_and_clear();
            answer(&dir?, console)?;
        }
        Verb::Remove { name } => {
            let freed = library::remove(&name, &shelf)?;
            console.done(format!("removed {name}: {} freed", megabytes(freed)));
            console.answer(&json!({ "removed": name, "bytes": freed }), "")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn answer(dir: &Path, console: &Console) -> Result<()> {
    let name = dir
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    console.done(format!("{name} is there: use it with --model {name}"));
    console.answer(
        &json!({ "name": name, "dir": dir.display().to_string() }),
        "",
    )
}

/// Says before the first byte what is coming, and refuses what would be of no use.
fn check_machine(known: &Known, bits: Option<u8>, anyway: bool, console: &Console) -> Result<()> {
    let machine = Machine::here()?;
    let needed = known.memory(&machine);
    let there = machine.memory_bytes as f64 / 1e9;
    console.done(format!(
        "{}: about {:.1} GB to fetch, licence {}; needs {needed:.1} GB of memory, this machine has {there:.0} GB",
        known.id,
        known.bytes as f64 / 1e9,
        known.licence
    ));
    if !known.is_pinned() {
        console.note(format!(
            "no commit of {} is known: what {} holds today is fetched, and its commit kept",
            known.repo, known.revision
        ));
    }
    match known.fit(&machine) {
        Fit::No if bits.is_none() && !anyway => Err(Failure::new(
            "model-refused",
            format!(
                "{} needs {needed:.1} GB of memory, this machine has {there:.0} GB",
                known.id
            ),
            "`--bits 4` makes a smaller copy, `--anyway` fetches it all the same.",
        )),
        Fit::No | Fit::Barely => {
            console.note("it will leave little memory for anything else, or not run as it is");
            Ok(())
        }
        Fit::Well | Fit::Unknown => Ok(()),
    }
}

fn fetch(
    hub: &Hub,
    known: &Known,
    shelf: &Path,
    interrupt: &Interrupt,
    console: &Console,
) -> Result<PathBuf> {
    let bar = console.bar(
        known.bytes,
        "{msg} {wide_bar} {bytes} of {total_bytes}, {bytes_per_sec}, {eta} left",
    );
    let done = pull(
        hub,
        known,
        shelf,
        interrupt.gentle(),
        &mut |progress: Progress| {
            bar.set_length(progress.of);
            bar.set_position(progress.done);
            bar.set_message(progress.file.to_owned());
        },
    );
    bar.finish_and_clear();
    Ok(done?)
}

/// One line of the list.
#[derive(Serialize)]
struct Line {
    name: String,
    what: Option<String>,
    about: Option<String>,
    /// Whether it is there.
    present: bool,
    /// On the disk, or to be fetched.
    bytes: u64,
    memory_gb: Option<f64>,
    fits: Fit,
    licence: Option<String>,
    gated: bool,
    /// Whether its content is known for good; otherwise it is what its branch holds on the day.
    pinned: bool,
}

fn list(shelf: &Path, console: &Console) -> Result<()> {
    let machine = Machine::here()?;
    let mut there = kept(shelf);
    let mut lines = Vec::new();
    for k in catalogue()? {
        let at = there.iter().position(|m| m.id == k.id);
        let present = at.map(|at| there.remove(at));
        lines.push(Line {
            bytes: present.as_ref().map_or(k.bytes, |m: &Kept| m.bytes),
            present: present.is_some(),
            memory_gb: Some(k.memory(&machine)),
            fits: k.fit(&machine),
            pinned: k.is_pinned(),
            name: k.id,
            what: Some(k.what),
            about: Some(k.about),
            licence: Some(k.licence),
            gated: k.gated,
        });
    }
    lines.extend(there.into_iter().map(|m| Line {
        name: m.id,
        what: None,
        about: None,
        present: true,
        bytes: m.bytes,
        memory_gb: None,
        fits: Fit::Unknown,
        pinned: m.origin.as_ref().is_some_and(|o| o.commit.is_some()),
        licence: m.origin.and_then(|o| o.licence),
        gated: false,
    }));
    let text: Vec<String> = lines.iter().map(describe).collect();
    console.answer(&lines, &text.join("\n"))
}

fn describe(line: &Line) -> String {
    let state = if line.present { "here" } else { "-" };
    let fits = match line.fits {
        Fit::Well => "runs here",
        Fit::Barely => "barely runs here",
        Fit::No => "does not run here",
        Fit::Unknown => "",
    };
    let about = line.about.as_deref().unwrap_or("imported");
    let gated = if line.gated { ", needs a token" } else { "" };
    format!(
        "{:<24} {state:<5} {:>6.1} GB  {fits:<18} {about}{gated}",
        line.name,
        line.bytes as f64 / 1e9
    )
    .trim_end()
    .to_owned()
}
