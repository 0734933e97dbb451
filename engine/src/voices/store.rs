//! The voices of this machine: a folder per voice with `voice.toml`, its recordings, and codes that can be made again.
//!
//! Every change is whole or not there ([`crate::whole`]), and edits from outside are seen, because nothing is kept in memory.
//! A folder that cannot be read as a voice is reported beside the others and never touched. Fails with `bad-input` and
//! `output`.

use super::bundled;
use super::health::{Health, Verdict};
use super::prepare::{Prepared, prepare};
use super::profile::{self, Consent, FILE, Profile, Segment, audio_name, check_transcript};
use super::removed::KEPT_DAYS;
use crate::sound::{Format, SoundWriter};
use crate::speak::Reference;
use crate::{Error, Result, library, whole};
use std::path::{Path, PathBuf};
use std::time::Duration;

#[derive(Debug, Clone)]
pub struct Store {
    folder: PathBuf,
}

/// A voice that can be listed, and perhaps spoken in.
#[derive(Debug, Clone, PartialEq)]
pub struct Voice {
    /// The folder's name; of a bundled voice the voice's.
    pub id: String,
    pub profile: Profile,
    /// None for the bundled ones.
    pub folder: Option<PathBuf>,
}

/// A recording that a voice is to be made of.
#[derive(Debug, Clone, PartialEq)]
pub struct Take {
    pub audio: PathBuf,
    pub transcript: String,
    /// The recogniser that wrote the transcript; none if a person did.
    pub heard_by: Option<String>,
}

/// All there is.
#[derive(Debug, Clone, Default)]
pub struct Listing {
    pub voices: Vec<Voice>,
    /// Folders that are no voices, and why.
    pub broken: Vec<(PathBuf, String)>,
}

impl Voice {
    /// Its recordings with their words, for a request.
    pub fn references(&self) -> Vec<Reference> {
        let Some(folder) = &self.folder else {
            return Vec::new();
        };
        let segments = self.profile.segments.iter();
        segments
            .map(|s| Reference {
                audio: folder.join(&s.audio),
                transcript: s.transcript.clone(),
            })
            .collect()
    }

    /// Everything that keeps it from being spoken in: consent, then recordings that are not what they were.
    pub fn check_usable(&self) -> Result<()> {
        self.profile.require_consent()?;
        let Some(folder) = &self.folder else {
            return Ok(());
        };
        for segment in &self.profile.segments {
            let path = folder.join(&segment.audio);
            let hash = library::file_hash(&path).map_err(|e| {
                Error::audio(
                    &path,
                    format!("cannot be read ({e})"),
                    "Import or record the voice again.",
                )
            })?;
            if hash != segment.sha256 {
                return Err(Error::audio(
                    &path,
                    "is not the recording that the voice was made with",
                    "Restore the file, or add the voice again.",
                ));
            }
        }
        Ok(())
    }
}

impl Store {
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
        }
    }

    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The bundled voices, then the others by name. Sweeps what has been removed for long.
    pub fn list(&self) -> Result<Listing> {
        whole::sweep(&self.folder);
        self.sweep(Duration::from_secs(KEPT_DAYS * 24 * 3600));
        let mut listing = Listing::default();
        for folder in folders(&self.folder)? {
            match read(&folder) {
                Ok(voice) => listing.voices.push(voice),
                Err(e) => listing.broken.push((folder, e.to_string())),
            }
        }
        listing
            .voices
            .sort_by_key(|v| (v.profile.name.to_lowercase(), v.id.clone()));
        listing.broken.sort();
        listing.voices.splice(0..0, bundled::voices());
        Ok(listing)
    }

    /// By name, in any case, or by the folder's name.
    pub fn find(&self, name: &str) -> Result<Voice> {
        let name = name.trim();
        let mut found: Vec<Voice> = self.list()?.voices;
        let lower = name.to_lowercase();
        found.retain(|v| v.id == name || v.profile.name.to_lowercase() == lower);
        // A folder has one name; names may have been given twice from outside.
        if let Some(exact) = found.iter().position(|v| v.id == name) {
            return Ok(found.swap_remove(exact));
        }
        match found.len() {
            1 => Ok(found.remove(0)),
            0 => Err(Error::request(
                format!("there is no voice {name:?}"),
                "`myna voices list` names them.",
            )),
            _ => Err(Error::request(
                format!("{} voices are called {name:?}", found.len()),
                format!(
                    "Say which by its folder: {}.",
                    found
                        .iter()
                        .map(|v| v.id.as_str())
                        .collect::<Vec<_>>()
                        .join(", ")
                ),
            )),
        }
    }

    /// A voice that may be changed.
    pub(super) fn own(&self, name: &str) -> Result<(Voice, PathBuf)> {
        let voice = self.find(name)?;
        match voice.folder.clone() {
            Some(folder) => Ok((voice, folder)),
            None => Err(Error::request(
                format!("{name:?} is a voice that comes with Myna, and stays as it is"),
                "`myna voices add` makes voices of your own.",
            )),
        }
    }

    /// Makes a voice from recordings and their words. Refuses a recording that no voice could come from, unless `anyway`.
    pub fn add(
        &self,
        mut profile: Profile,
        takes: &[Take],
        anyway: bool,
    ) -> Result<(Voice, Vec<Health>)> {
        self.check_free(&profile.name)?;
        if takes.is_empty() || takes.len() > profile::MAX_SEGMENTS {
            return Err(Error::request(
                format!("a voice needs 1 to {} recordings", profile::MAX_SEGMENTS),
                "One of about ten seconds is enough.",
            ));
        }
        let mut ready: Vec<Prepared> = Vec::new();
        for take in takes {
            let (path, transcript) = (&take.audio, take.transcript.trim());
            check_transcript(transcript).map_err(|why| {
                Error::request(
                    format!("{}: {why}", path.display()),
                    "Write exactly what is said in the recording.",
                )
            })?;
            let prepared = prepare(path, Some(transcript))?;
            if prepared.health.verdict == Verdict::Unusable && !anyway {
                return Err(Error::audio(
                    path,
                    format!(
                        "cannot carry a voice. {}",
                        prepared.health.findings.join(" ")
                    ),
                    "Record it again; --anyway takes it as it is.",
                ));
            }
            ready.push(prepared);
        }
        let place = self.new_folder(&profile.name)?;
        whole::folder(&place, |draft| {
            for (i, (prepared, take)) in ready.iter().zip(takes).enumerate() {
                let path = draft.join(audio_name(i));
                let mut wav = SoundWriter::create(&path, Format::Pcm16)?;
                wav.push(&prepared.samples)?;
                wav.finish()?;
                profile.segments.push(Segment {
                    audio: audio_name(i),
                    transcript: take.transcript.trim().to_owned(),
                    heard_by: take.heard_by.clone(),
                    seconds: prepared.samples.len() as f64 / f64::from(crate::sound::RATE),
                    sha256: library::file_hash(&path).map_err(|e| Error::output(&path, e))?,
                    other: toml::Table::new(),
                });
            }
            write(draft, &profile)
        })?;
        let health = ready.into_iter().map(|p| p.health).collect();
        Ok((read(&place)?, health))
    }

    /// Puts files that were checked elsewhere in a new voice's folder.
    pub(super) fn adopt(&self, profile: &Profile, files: &[(String, Vec<u8>)]) -> Result<Voice> {
        self.check_free(&profile.name)?;
        let place = self.new_folder(&profile.name)?;
        whole::folder(&place, |draft| {
            for (name, bytes) in files {
                whole::write(&draft.join(name), bytes)?;
            }
            write(draft, profile)?;
            // Nothing is published that cannot be heard.
            for segment in &profile.segments {
                crate::sound::read(&draft.join(&segment.audio))?;
            }
            Ok(())
        })?;
        read(&place)
    }

    pub fn rename(&self, name: &str, to: &str) -> Result<Voice> {
        let (mut voice, folder) = self.own(name)?;
        let new = Profile::new(to, "")?.name;
        if new.to_lowercase() != voice.profile.name.to_lowercase() {
            self.check_free(&new)?;
        }
        voice.profile.name = new;
        write(&folder, &voice.profile)?;
        Ok(voice)
    }

    pub fn duplicate(&self, name: &str, to: &str) -> Result<Voice> {
        let (voice, folder) = self.own(name)?;
        let mut profile = voice.profile;
        profile.name = Profile::new(to, "")?.name;
        profile.provenance.source = "copy".into();
        let mut files = Vec::new();
        for segment in &profile.segments {
            let path = folder.join(&segment.audio);
            let bytes = std::fs::read(&path).map_err(|e| {
                Error::audio(
                    &path,
                    format!("cannot be read ({e})"),
                    "Check the voice's folder.",
                )
            })?;
            files.push((segment.audio.clone(), bytes));
        }
        self.adopt(&profile, &files)
    }

    /// Corrects the words of a voice's recording, counted from 1.
    pub fn edit(&self, name: &str, segment: usize, transcript: &str) -> Result<Voice> {
        let (mut voice, folder) = self.own(name)?;
        let transcript = transcript.trim();
        check_transcript(transcript)
            .map_err(|why| Error::request(why, "Write exactly what is said in the recording."))?;
        let count = voice.profile.segments.len();
        let segment = segment
            .checked_sub(1)
            .and_then(|i| voice.profile.segments.get_mut(i));
        let segment = segment.ok_or_else(|| {
            Error::request(
                format!("{name:?} has no such recording: there are {count}"),
                "`myna voices show` lists them; the first is 1.",
            )
        })?;
        segment.transcript = transcript.to_owned();
        segment.heard_by = None;
        write(&folder, &voice.profile)?;
        Ok(voice)
    }

    /// Says why a voice may be used.
    pub fn consent(&self, name: &str, consent: Consent) -> Result<Voice> {
        let (mut voice, folder) = self.own(name)?;
        voice.profile.consent = Some(consent);
        write(&folder, &voice.profile)?;
        Ok(voice)
    }

    /// Refuses a name that a voice has.
    pub fn check_free(&self, name: &str) -> Result<()> {
        let taken = self
            .list()?
            .voices
            .into_iter()
            .any(|v| v.profile.name.to_lowercase() == name.to_lowercase());
        if taken {
            return Err(Error::request(
                format!("there is a voice called {name:?} already"),
                "Choose another name, or rename or remove the other one.",
            ));
        }
        Ok(())
    }

    /// A folder's name made from the voice's: what every file system can write.
    pub(super) fn new_folder(&self, name: &str) -> Result<PathBuf> {
        let mut slug = String::new();
        for c in name.to_lowercase().chars() {
            match c {
                'a'..='z' | '0'..='9' => slug.push(c),
                _ if slug.is_empty() || slug.ends_with('-') => {}
                _ => slug.push('-'),
            }
        }
        let slug = slug.trim_end_matches('-');
        let slug = if slug.is_empty() { "voice" } else { slug };
        let names =
            std::iter::once(slug.to_owned()).chain((2..10_000).map(|n| format!("{slug}-{n}")));
        names
            .map(|name| self.folder.join(name))
            .find(|path| path.symlink_metadata().is_err())
            .ok_or_else(|| Error::output(&self.folder, "it is full of voices of that name"))
    }
}

fn write(folder: &Path, profile: &Profile) -> Result<()> {
    whole::write(&folder.join(FILE), profile.to_toml()?.as_bytes())
}

pub(super) fn read(folder: &Path) -> Result<Voice> {
    let path = folder.join(FILE);
    let unreadable = |e: std::io::Error| {
        Error::request(
            format!("{} cannot be read: {e}", path.display()),
            "A voice's folder holds voice.toml.",
        )
    };
    // A long file is not read into memory.
    let length = path.metadata().map_err(unreadable)?.len();
    if length > profile::MAX_BYTES {
        return Err(unreadable(std::io::Error::other(
            "it is too long for a profile",
        )));
    }
    let text = std::fs::read_to_string(&path).map_err(unreadable)?;
    let profile = Profile::parse(&path.display().to_string(), &text)?;
    let id = folder
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Ok(Voice {
        id,
        profile,
        folder: Some(folder.to_owned()),
    })
}

/// The folders below a folder whose names begin with a letter or figure; none where there is no such folder.
pub(super) fn folders(folder: &Path) -> Result<Vec<PathBuf>> {
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|e| {
            Error::request(
                format!("{} cannot be read: {e}", folder.display()),
                "Check its permissions.",
            )
        })?,
    };
    let mut all: Vec<PathBuf> = entries
        .flatten()
        .filter(|e| !e.file_name().as_encoded_bytes().starts_with(b"."))
        .map(|e| e.path())
        .filter(|p| p.is_dir())
        .collect();
    all.sort();
    Ok(all)
}
