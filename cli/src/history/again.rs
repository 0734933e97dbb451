//! An utterance of the history as sound once more: the file that was written, or the same samples made again.

use super::{find, not_spoken};
use crate::console::Console;
use crate::engine::EngineArgs;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use myna_engine::history::{History, Recipe, Summary, What};
use myna_engine::home::Home;
use myna_engine::host::VoiceModel;
use myna_engine::library;
use myna_engine::provenance::{Finding, Mark, verify};
use myna_engine::sound::{Format, SoundWriter};
use myna_engine::speak::{Event, StoppedBy};
use std::path::{Path, PathBuf};

/// Sound, and exactly its words.
pub struct Again {
    pub file: PathBuf,
    pub words: String,
    pub voice: Option<String>,
}

/// The utterance with this number; made again in `scratch` where its file is gone or was changed. Refuses one that was cut off,
/// unless `anyway`: not all of its words are in the sound.
pub fn utterance(
    id: i64,
    scratch: &Path,
    anyway: bool,
    engine: &EngineArgs,
    interrupt: &Interrupt,
    console: &Console,
) -> Result<Again> {
    let entry = find(History::existing(&Home::find()?.history())?, id)?;
    let What::Spoken {
        voice,
        stopped_by,
        recipe,
    } = entry.what
    else {
        return Err(not_spoken(id));
    };
    if stopped_by != StoppedBy::Eos.name() && !anyway {
        return Err(Failure::new(
            "bad-input",
            format!("utterance {id} was cut off: its sound may lack words"),
            "Choose another one; --anyway takes it as it is.",
        ));
    }
    let words = recipe.request(&entry.summary.text).text;
    let whole = |path: &PathBuf| matches!(verify(path), Ok(Finding::Intact(_)));
    let written = entry.summary.file.as_ref().map(PathBuf::from).filter(whole);
    let file = match written {
        Some(file) => file,
        None => {
            let to = scratch.join("utterance.wav");
            speak(
                &entry.summary,
                &recipe,
                voice.as_deref(),
                &to,
                engine,
                interrupt,
                console,
            )?;
            to
        }
    };
    Ok(Again { file, words, voice })
}

fn speak(
    summary: &Summary,
    recipe: &Recipe,
    voice: Option<&str>,
    to: &Path,
    engine: &EngineArgs,
    interrupt: &Interrupt,
    console: &Console,
) -> Result<()> {
    for change in recipe.changes() {
        console.note(format!("{change}: it may sound different"));
    }
    let model = VoiceModel {
        dir: library::find(recipe.model.as_deref())?,
        codec: recipe.codec.clone(),
        partial: false,
    };
    let request = recipe.request(&summary.text);
    let mut wav = SoundWriter::create(to, Format::Pcm16)?.marked(Mark::new(&summary.model, voice));
    let spinner = console.spinner("speaking it again");
    let cancel = interrupt.gentle();
    let report = engine
        .start()?
        .speak(&model, &request, cancel, &mut |event| match event {
            Event::Sound(samples) => wav.push(samples),
            _ => Ok(()),
        });
    spinner.finish_and_clear();
    if report?.stopped_by == StoppedBy::Cancelled {
        return Err(myna_engine::Error::cancelled().into());
    }
    wav.finish()?;
    interrupt.again();
    Ok(())
}
