//! What the window of voices may call. All of it waits for the disk or for a person, so none runs where events do. Voices
//! are named by their ids, takes by their numbers: no path reaches the page, and none comes from it.

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager, Runtime, State, WebviewWindow};

use myna_engine::hear::EXTENSIONS;
use myna_engine::voices::{self, Consent, ConsentKind, Health, Verdict, Voice};

use crate::desk::Desk;
use crate::work::Work;
use crate::{Error, Problem, choose, windows};

/// The kind of file that a voice is shared as.
const ARCHIVE: &str = "mynavoice";

/// Everything about a voice that is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct VoiceCard {
    id: String,
    name: String,
    built_in: bool,
    /// Day, as in 2026-11-21.
    created: String,
    /// `file`, `recording`, `history`, `copy`, `bundled`, `archive`.
    source: String,
    recordings: Vec<Spoken>,
    vouched: Option<Vouched>,
    /// Why nothing can be spoken in it.
    problem: Option<Problem>,
}

/// A recording of a voice, and its words.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Spoken {
    transcript: String,
    seconds: f64,
    /// A recogniser wrote the words down, and nobody has corrected them.
    guessed: bool,
}

/// Why a voice may be used, in a person's words.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Vouched {
    why: Why,
    statement: String,
    date: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Why {
    Own,
    Permission,
    Licensed,
}

/// Whether a recording can carry a voice.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Verdicts {
    verdict: Judged,
    /// Sentences, the worst first.
    findings: Vec<String>,
    seconds: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Judged {
    Good,
    Usable,
    Unusable,
}

/// A recording of which a voice is to be made.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct TakeCard {
    id: u32,
    name: String,
    transcript: String,
    health: Verdicts,
}

#[tauri::command(async)]
pub fn voices(work: State<Work>) -> Result<Vec<VoiceCard>, Error> {
    let all = work.cast().store().list()?.voices;
    Ok(all.iter().map(VoiceCard::from).collect())
}

/// Looks at a voice, or at the making of a new one.
#[tauri::command(async)]
pub fn show_voice<R: Runtime>(
    app: AppHandle<R>,
    desk: State<Desk>,
    id: Option<String>,
) -> Result<(), Error> {
    desk.change(|now| now.voice_shown = id);
    windows::open(&app, windows::VOICES)
}

#[tauri::command(async)]
pub fn voice_health(work: State<Work>, id: String) -> Result<Vec<Verdicts>, Error> {
    let all = work.cast().health(&id)?;
    Ok(all.iter().map(Verdicts::from).collect())
}

/// Speaks a sentence in a voice, whichever is chosen.
#[tauri::command(async)]
pub fn try_voice(work: State<Work>, id: String, text: String) -> Result<(), Error> {
    work.try_voice(&id, &text)
}

/// Plays one of the recordings that a voice is made of.
#[tauri::command(async)]
pub fn play_recording(work: State<Work>, id: String, recording: usize) -> Result<(), Error> {
    work.play_recording(&id, recording)
}

#[tauri::command(async)]
pub fn rename_voice(work: State<Work>, id: String, name: String) -> Result<(), Error> {
    work.cast().change(|store| store.rename(&id, &name))?;
    Ok(())
}

/// Copies a voice under another name, and shows the copy.
#[tauri::command(async)]
pub fn duplicate_voice(
    work: State<Work>,
    desk: State<Desk>,
    id: String,
    name: String,
) -> Result<(), Error> {
    let copy = work.cast().change(|store| store.duplicate(&id, &name))?;
    desk.change(|now| now.voice_shown = Some(copy.id));
    Ok(())
}

/// Puts other words in the place of a recording's.
#[tauri::command(async)]
pub fn correct_recording(
    work: State<Work>,
    id: String,
    recording: usize,
    transcript: String,
) -> Result<(), Error> {
    // People count from one.
    let change = |store: &voices::Store| store.edit(&id, recording.saturating_add(1), &transcript);
    work.cast().change(change)?;
    Ok(())
}

#[tauri::command(async)]
pub fn vouch(work: State<Work>, id: String, why: Why, statement: String) -> Result<(), Error> {
    let consent = Consent::new(why.into(), &statement)?;
    work.cast().change(|store| store.consent(&id, consent))?;
    Ok(())
}

/// Takes a voice away; for a week it can be restored.
#[tauri::command(async)]
pub fn remove_voice(work: State<Work>, desk: State<Desk>, id: String) -> Result<(), Error> {
    work.cast().change(|store| store.remove(&id))?;
    desk.change(|now| now.voice_shown = None);
    Ok(())
}

#[tauri::command(async)]
pub fn restore_voice(work: State<Work>, desk: State<Desk>, id: String) -> Result<(), Error> {
    let voice = work.cast().change(|store| store.restore(&id))?;
    desk.change(|now| now.voice_shown = Some(voice.id));
    Ok(())
}

/// Writes a voice to one file, which the person names, and gives the file's name; nothing, where none is chosen.
#[tauri::command]
pub async fn export_voice<R: Runtime>(
    window: WebviewWindow<R>,
    id: String,
) -> Result<Option<String>, Error> {
    let voice = window.state::<Work>().cast().voice(&id)?;
    let name = std::path::PathBuf::from(&voice.profile.name);
    let Some(path) = choose::place(&window, &name, ARCHIVE).await else {
        return Ok(None);
    };
    voices::export(&voice, &path)?;
    Ok(path.file_name().map(|n| n.to_string_lossy().into_owned()))
}

/// Takes voices out of the files that a person chooses, and shows the last of them.
#[tauri::command]
pub async fn import_voices<R: Runtime>(window: WebviewWindow<R>) -> Result<(), Error> {
    for file in choose::files(&window, "Voices", &[ARCHIVE]).await {
        let voice = window.state::<Work>().cast().import(&file)?;
        let desk = window.state::<Desk>();
        desk.change(|now| now.voice_shown = Some(voice.id));
    }
    Ok(())
}

/// Recordings of which a voice is to be made.
#[tauri::command(async)]
pub fn takes(work: State<Work>) -> Vec<TakeCard> {
    let all = work.cast().takes();
    all.iter()
        .map(|take| TakeCard {
            id: take.id,
            name: take.name(),
            transcript: take.transcript.clone(),
            health: Verdicts::from(&take.health),
        })
        .collect()
}

#[tauri::command]
pub async fn choose_takes<R: Runtime>(window: WebviewWindow<R>) -> Result<(), Error> {
    let files = choose::files(&window, "Audio and video", &EXTENSIONS).await;
    window.state::<Work>().cast().take(&files)
}

/// Writes down what is said in a take, and judges it by that.
#[tauri::command(async)]
pub fn describe_take(work: State<Work>, id: u32, transcript: String) -> Result<(), Error> {
    work.cast().describe(id, &transcript)
}

#[tauri::command(async)]
pub fn drop_take(work: State<Work>, id: u32) -> Result<(), Error> {
    work.cast().drop_take(id)
}

/// Records the microphone; `words` are read aloud.
#[tauri::command(async)]
pub fn start_recording(work: State<Work>, words: String) -> Result<(), Error> {
    work.cast().record(words)
}

#[tauri::command]
pub fn stop_recording(work: State<Work>) {
    work.cast().stop();
}

/// Makes a voice of all takes, and shows it.
#[tauri::command(async)]
pub fn make_voice(
    work: State<Work>,
    desk: State<Desk>,
    name: String,
    why: Why,
    statement: String,
    anyway: bool,
) -> Result<(), Error> {
    let consent = Consent::new(why.into(), &statement)?;
    let id = work.cast().make(&name, consent, anyway)?;
    desk.change(|now| now.voice_shown = Some(id));
    Ok(())
}

impl From<&Voice> for VoiceCard {
    fn from(voice: &Voice) -> Self {
        let profile = &voice.profile;
        let problem = voice.check_usable().err().map(Error::from);
        Self {
            id: voice.id.clone(),
            name: profile.name.clone(),
            built_in: voice.folder.is_none(),
            created: profile.created.clone(),
            source: profile.provenance.source.clone(),
            recordings: profile
                .segments
                .iter()
                .map(|segment| Spoken {
                    transcript: segment.transcript.clone(),
                    seconds: segment.seconds,
                    guessed: segment.heard_by.is_some(),
                })
                .collect(),
            vouched: profile.consent.as_ref().map(|consent| Vouched {
                why: consent.kind.into(),
                statement: consent.statement.clone(),
                date: consent.date.clone(),
            }),
            problem: problem.as_ref().map(Problem::from),
        }
    }
}

impl From<&Health> for Verdicts {
    fn from(health: &Health) -> Self {
        Self {
            verdict: match health.verdict {
                Verdict::Good => Judged::Good,
                Verdict::Usable => Judged::Usable,
                Verdict::Unusable => Judged::Unusable,
            },
            findings: health.findings.clone(),
            seconds: health.seconds,
        }
    }
}

impl From<Why> for ConsentKind {
    fn from(why: Why) -> Self {
        match why {
            Why::Own => ConsentKind::Own,
            Why::Permission => ConsentKind::Permission,
            Why::Licensed => ConsentKind::Licensed,
        }
    }
}

impl From<ConsentKind> for Why {
    fn from(kind: ConsentKind) -> Self {
        match kind {
            ConsentKind::Own => Why::Own,
            ConsentKind::Permission => Why::Permission,
            ConsentKind::Licensed => Why::Licensed,
        }
    }
}
