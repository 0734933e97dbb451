//! Programs with a voice of their own: given in the window of voices, listed and taken away in the settings. A page names a
//! program that it was told of, and no other.

use serde::Serialize;
use tauri::State;

use crate::Error;
use crate::work::Work;

/// A program with a voice of its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VoiceForCard {
    /// Its own name for itself, and what people call it.
    app: String,
    name: String,
    /// The voice's name; none where it is not there, or cannot be spoken in.
    voice: Option<String>,
}

#[tauri::command(async)]
pub fn voices_for(work: State<Work>) -> Result<Vec<VoiceForCard>, Error> {
    let all = work.programs().all()?.into_iter();
    Ok(all
        .map(|pair| VoiceForCard {
            app: pair.app,
            name: pair.name,
            voice: pair.voice_name,
        })
        .collect())
}

/// Has a voice read what is marked in a program; without one, the chosen one does again.
#[tauri::command(async)]
pub fn set_voice_for(work: State<Work>, app: String, voice: Option<String>) -> Result<(), Error> {
    work.programs().set(&app, voice.as_deref())
}
