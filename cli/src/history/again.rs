//! An utterance of the history as sound once more: the file that was written, or the same samples made again.

use super::{find, not_spoken};
use crate::console::Console;
use crate::engine::EngineArgs;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::speak::job::Job;
use crate::speak::stage::Stage;
use myna_engine::history::{History, Recipe, Summary, What};
use myna_engine::home::Home;
use myna_engine::host::VoiceModel;
use myna_engine::library;
use myna_engine::provenance::{Finding, Mark, verify};
use myna_engine::sound::{Format, SoundWriter};
use myna_engine::speak::StoppedBy;
use std::path::{Path, PathBuf};
use std::sync::Arc;

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
    let said = recipe.pieces(&entry.summary.text);
    let words: Vec<&str> = said.iter().map(|piece| piece.text.as_str()).collect();
    let words = words.join(" ");
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
    let job = Job {
        model,
        ear: None,
        pieces: recipe.pieces(&summary.text),
        request: recipe.request(),
        most: recipe.max_seconds.unwrap_or(f64::INFINITY),
    };
    let wav = SoundWriter::create(to, Format::Pcm16)?.marked(Mark::new(&summary.model, voice));
    let cancel = interrupt.gentle();
    let mut stage = Stage::new(Some(wav), None, &job.pieces, job.most, cancel, console);
    let rendered = job.say(&Arc::new(engine.start()?), &mut stage, cancel, console);
    stage.bar().finish_and_clear();
    if job.report(&rendered?, interrupt.asked()).stopped_by == StoppedBy::Cancelled {
        return Err(myna_engine::Error::cancelled().into());
    }
    stage.end()?;
    interrupt.again();
    Ok(())
}
