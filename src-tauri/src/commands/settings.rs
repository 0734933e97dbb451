//! What the window of settings may call. Everything waits for the disk, so nothing runs where events do.

use serde::{Deserialize, Serialize};
use tauri::{AppHandle, Manager, Runtime, State};

use myna_engine::history::History;
use myna_engine::library::{Fit, Kept, Known};
use myna_engine::machine::Machine;
use myna_engine::settings::SettingsFile;
use myna_engine::sound::Playback;
use myna_engine::sound::record::Microphone;
use myna_engine::speak::text::{Policy, read_words, set_word as write_word};

use crate::desk::Desk;
use crate::keys::Keys;
use crate::login::Login;
use crate::work::Work;
use crate::{Error, Problem, reading, windows};

/// Everything that is set, and what there is to know about it.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct SettingsPage {
    /// Whether a history is kept, for how many days, and how many entries of it.
    keep: bool,
    days: Option<u32>,
    entries: Option<u32>,
    /// Entries that there are.
    kept: usize,
    words: Vec<WordCard>,
    /// What is wrong with the words in their file; then it must be mended by hand.
    words_problem: Option<Problem>,
    reading: Vec<ReadingCard>,
    /// 0 to 1.
    volume: f64,
    /// Dictated words are pasted into the program in front.
    paste: bool,
    models: Vec<ModelCard>,
    /// The chosen ones; the bundled ones without.
    speaks: Option<String>,
    hears: Option<String>,
    /// Of this machine, in GB.
    memory: f64,
    /// Whether the app starts with the session; none where that cannot be set.
    login: Option<bool>,
    keys: Vec<KeyCard>,
    /// What can be heard through, and recorded; empty where the system names none.
    speakers: Vec<String>,
    microphones: Vec<String>,
    /// The chosen ones; the system's own without.
    speaker: Option<String>,
    microphone: Option<String>,
}

/// How a word is said.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct WordCard {
    word: String,
    said: String,
}

/// What is done with one kind of thing in a text.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ReadingCard {
    /// As in the settings: `url`, `code-block` …
    kind: String,
    /// As in the settings: `speak`, `skip` …
    set: String,
    usual: String,
    /// What else makes sense.
    choices: Vec<String>,
}

/// A model that is there, or could be.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct ModelCard {
    id: String,
    /// What it is, as the catalogue says; of one that was brought in by hand, nothing.
    about: String,
    licence: String,
    /// It is fetched with an account of the hub only.
    gated: bool,
    /// GB to fetch, and GB of memory while working; none of one that nothing is known of.
    size: Option<f64>,
    memory: Option<f64>,
    runs: Runs,
    /// It can be chosen for speaking, for hearing. What nothing is known of can be chosen for both.
    can_speak: bool,
    can_hear: bool,
    /// GB on the disk, where it is there.
    disk: Option<f64>,
}

/// Whether this machine can run a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Runs {
    Well,
    Barely,
    No,
    Unknown,
}

/// What a model is chosen for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Part {
    Speak,
    Hear,
}

/// A key that works in every program.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct KeyCard {
    /// `speak` or `queue`.
    does: String,
    /// As people read it; none where it could not be had.
    key: Option<String>,
    /// Nobody has set another.
    usual: bool,
}

/// Which of the devices is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[cfg_attr(test, derive(ts_rs::TS), ts(rename_all = "snake_case"))]
#[serde(rename_all = "snake_case")]
pub enum Device {
    Speaker,
    Microphone,
}

#[tauri::command(async)]
pub fn show_settings<R: Runtime>(app: AppHandle<R>) -> Result<(), Error> {
    windows::open(&app, windows::SETTINGS)
}

#[tauri::command(async)]
pub fn settings<R: Runtime>(
    app: AppHandle<R>,
    work: State<Work>,
    keys: State<Keys>,
) -> Result<SettingsPage, Error> {
    let home = work.book().home();
    let file = SettingsFile::read(&home.settings())?;
    let (history, devices) = (&file.settings().history, &file.settings().devices);
    let kept = match History::existing(&home.history())? {
        Some(mut history) => history.count()?,
        None => 0,
    };
    let machine = Machine::here()?;
    let (known, there) = work.shelf().list()?;
    let (words, words_problem) = match read_words(&home.pronunciation()) {
        Ok(words) => (words, None),
        Err(e) => (Default::default(), Some(Problem::from(&Error::from(e)))),
    };
    let words = words.into_iter();
    Ok(SettingsPage {
        keep: history.keep,
        days: history.days,
        entries: history.entries,
        kept,
        words: words.map(|(word, said)| WordCard { word, said }).collect(),
        words_problem,
        reading: reading_cards(&file.settings().text)?,
        volume: file.settings().speech.volume.unwrap_or(1.0),
        paste: file.settings().dictation.paste,
        models: models(&known, &there, &machine),
        speaks: file.settings().models.speak.clone(),
        hears: file.settings().models.hear.clone(),
        memory: gigabytes(machine.memory_bytes),
        login: app.try_state::<Login>().map(|login| login.is_on()),
        keys: key_cards(&keys),
        // A system without sound has settings, too.
        speakers: Playback::names().unwrap_or_default(),
        microphones: Microphone::names().unwrap_or_default(),
        speaker: devices.speaker.clone(),
        microphone: devices.microphone.clone(),
    })
}

/// What is kept of what is spoken and heard; none is no limit.
#[tauri::command(async)]
pub fn set_history(
    work: State<Work>,
    desk: State<Desk>,
    keep: bool,
    days: Option<u32>,
    entries: Option<u32>,
) -> Result<(), Error> {
    let mut file = SettingsFile::read(&work.book().home().settings())?;
    file.update(|settings| {
        let history = &mut settings.history;
        (history.keep, history.days, history.entries) = (keep, days, entries);
    })?;
    desk.settings_changed();
    Ok(())
}

/// Says a word so from now on; with none, by the rules again.
#[tauri::command(async)]
pub fn set_word(
    work: State<Work>,
    desk: State<Desk>,
    word: String,
    said: Option<String>,
) -> Result<(), Error> {
    let path = work.book().home().pronunciation();
    write_word(&path, &word, said.as_deref())?;
    desk.settings_changed();
    Ok(())
}

/// What is done with one kind of thing in texts from now on.
#[tauri::command(async)]
pub fn set_reading(
    work: State<Work>,
    desk: State<Desk>,
    kind: String,
    treatment: String,
) -> Result<(), Error> {
    let mut file = SettingsFile::read(&work.book().home().settings())?;
    let policy = reading::with(&file.settings().text, &kind, &treatment)?;
    file.update(|settings| settings.text = policy)?;
    desk.settings_changed();
    Ok(())
}

/// How loud the app speaks, from now on.
#[tauri::command(async)]
pub fn set_volume(work: State<Work>, desk: State<Desk>, volume: f64) -> Result<(), Error> {
    work.set_volume(volume.clamp(0.0, 1.0))?;
    desk.settings_changed();
    Ok(())
}

/// Whether what is recorded from another program is pasted into it.
#[tauri::command(async)]
pub fn set_dictation(work: State<Work>, desk: State<Desk>, paste: bool) -> Result<(), Error> {
    let mut file = SettingsFile::read(&work.book().home().settings())?;
    file.update(|settings| settings.dictation.paste = paste)?;
    desk.settings_changed();
    Ok(())
}

/// Has a key do this from now on; without one, the usual key.
#[tauri::command(async)]
pub fn set_key(
    work: State<Work>,
    keys: State<Keys>,
    desk: State<Desk>,
    does: String,
    key: Option<String>,
) -> Result<(), Error> {
    let mut file = SettingsFile::read(&work.book().home().settings())?;
    keys.set(&does, key.as_deref(), &mut file)?;
    desk.settings_changed();
    Ok(())
}

/// While a page listens for a new key, none does anything.
#[tauri::command(async)]
pub fn listen_for_key(keys: State<Keys>, desk: State<Desk>, on: bool) -> Result<(), Error> {
    let outcome = keys.rest(on);
    if outcome.is_err() {
        desk.settings_changed();
    }
    outcome
}

/// Whether the app starts with the session.
#[tauri::command(async)]
pub fn set_login<R: Runtime>(app: AppHandle<R>, desk: State<Desk>, on: bool) -> Result<(), Error> {
    let login = app.try_state::<Login>();
    let login = login.ok_or_else(|| Error::Login("the system has none".into()))?;
    login.set(on)?;
    desk.settings_changed();
    Ok(())
}

/// Has a model that is there speak, where a voice names none, or hear; without one, the bundled ones do.
#[tauri::command(async)]
pub fn set_model(
    work: State<Work>,
    desk: State<Desk>,
    part: Part,
    id: Option<String>,
) -> Result<(), Error> {
    let (_, there) = work.shelf().list()?;
    if let Some(id) = &id
        && !there.iter().any(|kept| kept.id == *id)
    {
        return Err(Error::Gone);
    }
    let mut file = SettingsFile::read(&work.book().home().settings())?;
    file.update(|settings| match part {
        Part::Speak => settings.models.speak = id,
        Part::Hear => settings.models.hear = id,
    })?;
    desk.settings_changed();
    Ok(())
}

/// Chooses a device by its name; without one, the system's own.
#[tauri::command(async)]
pub fn set_device(
    work: State<Work>,
    desk: State<Desk>,
    device: Device,
    name: Option<String>,
) -> Result<(), Error> {
    let mut devices = work.settings()?.devices;
    match device {
        Device::Speaker => devices.speaker = name,
        Device::Microphone => devices.microphone = name,
    }
    work.set_devices(devices)?;
    desk.settings_changed();
    Ok(())
}

/// Fetches a model; how far it is shows on the desk.
#[tauri::command(async)]
pub fn fetch_model(work: State<Work>, id: String) -> Result<(), Error> {
    work.shelf().fetch(&id)
}

#[tauri::command]
pub fn stop_fetching(work: State<Work>) {
    work.shelf().stop();
}

#[tauri::command(async)]
pub fn remove_model(work: State<Work>, desk: State<Desk>, id: String) -> Result<(), Error> {
    work.shelf().remove(&id)?;
    // What is not there any more neither speaks nor hears.
    let mut file = SettingsFile::read(&work.book().home().settings())?;
    file.update(|settings| {
        let models = &mut settings.models;
        for chosen in [&mut models.speak, &mut models.hear] {
            chosen.take_if(|chosen| *chosen == id);
        }
    })?;
    desk.settings_changed();
    Ok(())
}

fn reading_cards(policy: &Policy) -> Result<Vec<ReadingCard>, Error> {
    let (set, usual) = (reading::of(policy)?, reading::of(&Policy::default())?);
    let cards = set.into_iter().zip(usual).map(|(one, usual)| ReadingCard {
        kind: one.0.into(),
        set: one.1,
        usual: usual.1,
        choices: one.2.iter().map(|&choice| choice.to_owned()).collect(),
    });
    Ok(cards.collect())
}

pub fn key_cards(keys: &Keys) -> Vec<KeyCard> {
    let listed = keys.listed().into_iter();
    let cards = listed.map(|(does, key, usual)| KeyCard {
        does: does.into(),
        key,
        usual,
    });
    cards.collect()
}

/// The known ones in the catalogue's order, then what was brought in by hand.
fn models(known: &[Known], there: &[Kept], machine: &Machine) -> Vec<ModelCard> {
    let disk = |id: &str| {
        let kept = there.iter().find(|kept| kept.id == id);
        kept.map(|kept| gigabytes(kept.bytes))
    };
    let listed = known.iter().map(|one| ModelCard {
        id: one.id.clone(),
        about: one.about.clone(),
        licence: one.licence.clone(),
        gated: one.gated,
        size: Some(gigabytes(one.bytes)),
        memory: Some(one.memory(machine)),
        runs: match one.fit(machine) {
            Fit::Well => Runs::Well,
            Fit::Barely => Runs::Barely,
            Fit::No => Runs::No,
            Fit::Unknown => Runs::Unknown,
        },
        can_speak: one.what == "voice",
        can_hear: one.what == "recogniser",
        disk: disk(&one.id),
    });
    let others = there
        .iter()
        .filter(|kept| known.iter().all(|one| one.id != kept.id));
    let others = others.map(|kept| ModelCard {
        id: kept.id.clone(),
        about: String::new(),
        licence: kept
            .origin
            .as_ref()
            .and_then(|origin| origin.licence.clone())
            .unwrap_or_default(),
        gated: false,
        size: None,
        memory: None,
        runs: Runs::Unknown,
        can_speak: true,
        can_hear: true,
        disk: Some(gigabytes(kept.bytes)),
    });
    listed.chain(others).collect()
}

/// To a tenth.
fn gigabytes(bytes: u64) -> f64 {
    (bytes as f64 / 1e8).round() / 10.0
}
