//! Making a voice: from files, from a microphone, from what was spoken before.
//!
//! All ways meet in [`finish`]: takes with their words go to the store, what is to be said of them is said. Words that nobody
//! gave are written down by a recogniser, and marked as its own until somebody corrects them.

use super::{ConsentArgs, told, unvouched};
use crate::console::Console;
use crate::engine::{self, EngineArgs};
use crate::failure::{Failure, Result};
use crate::history;
use crate::interrupt::Interrupt;
use crate::{partial, recording};
use myna_engine::hear::{DecodeOptions, Listener, Request};
use myna_engine::home::{self, Home};
use myna_engine::host::{Blocking, EarModel};
use myna_engine::library;
use myna_engine::sound::Existing;
use myna_engine::voices::{Profile, Store, Take, transcribe};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

#[derive(Debug, clap::Args)]
pub struct Add {
    /// Recordings of any kind that is read
    #[arg(required_unless_present = "utterance", value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Exactly the words of the recording, once for every FILE; written down by a recogniser without it
    #[arg(long, value_name = "TEXT")]
    transcript: Vec<String>,
    /// An utterance of the history instead, by its number
    #[arg(long, value_name = "ID", conflicts_with_all = ["files", "transcript"])]
    utterance: Option<i64>,
    #[command(flatten)]
    voice: VoiceArgs,
}

#[derive(Debug, clap::Args)]
pub struct Record {
    /// The words that you will say; written down by a recogniser without it
    #[arg(long, value_name = "TEXT")]
    transcript: Option<String>,
    /// The microphone: its name or a part of it; a wrong one lists them
    #[arg(long, value_name = "NAME")]
    device: Option<String>,
    #[command(flatten)]
    voice: VoiceArgs,
}

/// What a voice is, however it is made.
#[derive(Debug, clap::Args)]
struct VoiceArgs {
    /// What the voice is to be called
    #[arg(long)]
    name: String,
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
    /// The recogniser that writes down what is said; the bundled one without it
    #[arg(long, value_name = "ID|DIR")]
    recogniser: Option<String>,
    /// Take a recording although it is not good enough
    #[arg(long)]
    anyway: bool,
    #[command(flatten)]
    engine: EngineArgs,
}

impl VoiceArgs {
    fn profile(&self, store: &Store, source: &str) -> Result<Profile> {
        let mut profile = Profile::new(&self.name, source)?;
        store.check_free(&profile.name)?;
        profile.consent = self.consent.consent()?;
        profile.language = self.language.clone();
        profile.model = self.model.clone();
        profile.speaker = self.speaker;
        profile.seed = self.seed;
        Ok(profile)
    }

    /// Recordings with the words that a recogniser makes out.
    fn heard(
        &self,
        files: Vec<PathBuf>,
        interrupt: &Interrupt,
        console: &Console,
    ) -> Result<Vec<Take>> {
        let ear = Ear::load(self.recogniser.as_deref(), &self.engine, console)?;
        let cancel = interrupt.gentle();
        let mut takes = Vec::new();
        for audio in files {
            let transcript = transcribe(&audio, &mut ear.listener(cancel), cancel)?;
            let name = self.recogniser.as_deref().unwrap_or("pocket");
            takes.push(Take {
                audio,
                transcript,
                heard_by: Some(name.to_owned()),
            });
        }
        interrupt.again();
        Ok(takes)
    }
}

/// `voices add`.
pub fn add(store: &Store, args: Add, interrupt: &Interrupt, console: &Console) -> Result<()> {
    let voice = &args.voice;
    if let Some(id) = args.utterance {
        return from_history(store, voice, id, interrupt, console);
    }
    if !args.transcript.is_empty() && args.files.len() != args.transcript.len() {
        return Err(Failure::new(
            "usage",
            format!(
                "{} recordings and {} transcripts do not fit",
                args.files.len(),
                args.transcript.len()
            ),
            "Give --transcript once for every recording, in the same order, or not at all.",
        ));
    }
    let profile = voice.profile(store, "file")?;
    let takes = if args.transcript.is_empty() {
        voice.heard(args.files, interrupt, console)?
    } else {
        let pairs = args.files.into_iter().zip(args.transcript);
        pairs.map(|(audio, words)| written(audio, words)).collect()
    };
    finish(store, profile, &takes, voice.anyway, console)
}

/// `voices record`.
pub fn record(store: &Store, args: Record, interrupt: &Interrupt, console: &Console) -> Result<()> {
    let voice = &args.voice;
    let profile = voice.profile(store, "recording")?;
    if args.transcript.is_none() {
        // Nobody speaks for half a minute to hear then that there is no recogniser.
        let dir = library::find_ear(voice.recogniser.as_deref())?;
        Listener::check(&dir, true, DecodeOptions::default().max_cache_len)?;
    }
    let path = free_place(&Home::find()?.recordings())?;
    if let Some(words) = &args.transcript {
        console.note(format!("read aloud: {words}"));
    }
    let device = args.device.as_deref();
    let recorded = recording::run(&path, Existing::Keep, device, interrupt, console)?;
    let made = || -> Result<()> {
        let takes = match args.transcript {
            Some(words) => vec![written(recorded.path, words)],
            None => voice.heard(vec![recorded.path], interrupt, console)?,
        };
        finish(store, profile, &takes, voice.anyway, console)
    };
    match made() {
        // The voice has its own copy.
        Ok(()) => {
            std::fs::remove_file(&path).map_err(|e| myna_engine::Error::output(&path, e).into())
        }
        Err(failure) => {
            console.note(format!(
                "the recording is kept: {0}; `myna voices add {0}` makes a voice of it",
                path.display()
            ));
            Err(failure)
        }
    }
}

/// `voices add --utterance`.
fn from_history(
    store: &Store,
    voice: &VoiceArgs,
    id: i64,
    interrupt: &Interrupt,
    console: &Console,
) -> Result<()> {
    let mut profile = voice.profile(store, "history")?;
    let scratch = tempfile::tempdir().map_err(|e| myna_engine::Error::output(Path::new("."), e))?;
    let again = history::utterance(
        id,
        scratch.path(),
        voice.anyway,
        &voice.engine,
        interrupt,
        console,
    )?;
    let other = &mut profile.provenance.other;
    other.insert("entry".into(), id.into());
    if let Some(name) = again.voice {
        other.insert("voice".into(), name.into());
    }
    let takes = [written(again.file, again.words)];
    finish(store, profile, &takes, voice.anyway, console)
}

fn finish(
    store: &Store,
    profile: Profile,
    takes: &[Take],
    anyway: bool,
    console: &Console,
) -> Result<()> {
    let (voice, health) = store.add(profile, takes, anyway)?;
    for (health, take) in health.iter().zip(takes) {
        for finding in &health.findings {
            console.note(format!("{}: {finding}", take.audio.display()));
        }
    }
    told(&voice, "added", console)?;
    for (n, take) in takes
        .iter()
        .enumerate()
        .filter(|(_, t)| t.heard_by.is_some())
    {
        console.note(format!(
            "recording {} was heard as {:?}; where that is wrong, correct it: myna voices edit {:?} --segment {0} --transcript TEXT",
            n + 1,
            take.transcript,
            voice.profile.name
        ));
    }
    unvouched(&voice, console);
    Ok(())
}

fn written(audio: PathBuf, transcript: String) -> Take {
    Take {
        audio,
        transcript,
        heard_by: None,
    }
}

/// The first free `recording-N.wav`.
fn free_place(folder: &Path) -> Result<PathBuf> {
    home::make(folder)?;
    let mut names = (1..10_000).map(|n| folder.join(format!("recording-{n}.wav")));
    names.find(|path| !path.exists()).ok_or_else(|| {
        myna_engine::Error::output(folder, "it is full of recordings; remove some").into()
    })
}

/// A recogniser in the engine process.
pub(super) struct Ear {
    engine: Blocking,
    model: EarModel,
    request: Request,
}

impl Ear {
    pub(super) fn load(
        recogniser: Option<&str>,
        engine: &EngineArgs,
        console: &Console,
    ) -> Result<Self> {
        let request = Request::default();
        let model = EarModel {
            dir: library::find_ear(recogniser)?,
            words: true,
            max_cache_len: request.decode.max_cache_len,
            partial: false,
        };
        let spinner = console.spinner("loading the recogniser");
        let engine = engine.start()?;
        let facts = engine.load_ear(&model)?;
        spinner.finish_and_clear();
        partial::remark("recogniser", &facts.fit, console);
        engine::surplus(&facts.surplus, console);
        Ok(Self {
            engine,
            model,
            request,
        })
    }

    pub(super) fn listener<'a>(&'a self, cancel: &'a AtomicBool) -> myna_engine::host::Ear<'a> {
        self.engine.ear(&self.model, &self.request, cancel)
    }
}
