//! The voices of this machine as the app shows and changes them, and the recordings of which a new one is to be made.
//!
//! Voices are the store's ([`myna_engine::voices`]); nothing of them is kept here, so that changes from outside show. Takes
//! are kept until a voice was made of them or they are put away; those that were recorded here are then deleted, since the
//! voice has its own copy. Fails as the store does, with `gone` for a take that is not there, `busy` while recording.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard};

use myna_engine::home::{self, Home};
use myna_engine::voices::{self, Checkup, Consent, Health, Profile, Store, Voice, Watch};

use super::Devices;
use super::mic::Mic;
use crate::desk::{self, Desk, Purpose};
use crate::{Error, Problem};

pub struct Cast {
    desk: Desk,
    home: Home,
    store: Store,
    takes: Arc<Mutex<Takes>>,
    /// For recordings, and to hear whether there is anything to record.
    mic: Mic,
    check: Mic,
    _watch: Option<Watch>,
}

#[derive(Default)]
struct Takes {
    all: Vec<Take>,
    last: u32,
}

/// A recording that a voice is to be made of.
#[derive(Debug, Clone)]
pub struct Take {
    pub id: u32,
    pub file: PathBuf,
    /// Made here, and to be deleted with the take.
    recorded: bool,
    pub transcript: String,
    pub health: Health,
}

impl Cast {
    /// Changes from outside are told as those from here are.
    pub fn start(home: Home, desk: Desk) -> Result<Self, Error> {
        let store = Store::at(home.voices());
        home::make(store.folder())?;
        let (told, seen) = (desk.clone(), store.clone());
        // Without it the list is read anew at the next change from here.
        let watch = Watch::start(store.folder(), move || announce(&told, &seen)).ok();
        announce(&desk, &store);
        let devices = Devices::of(home.clone(), desk.clone());
        Ok(Self {
            mic: Mic::new(devices.clone(), desk.clone(), Purpose::Voice),
            check: Mic::new(devices, desk.clone(), Purpose::Check),
            desk,
            home,
            store,
            takes: Arc::default(),
            _watch: watch,
        })
    }

    fn announce(&self) {
        announce(&self.desk, &self.store);
    }

    pub fn store(&self) -> &Store {
        &self.store
    }

    /// By its id alone: names are for people.
    pub fn voice(&self, id: &str) -> Result<Voice, Error> {
        let all = self.store.list()?.voices;
        let found = all.into_iter().find(|voice| voice.id == id);
        found.ok_or(Error::NoVoice)
    }

    /// What is to be said of a voice's own recordings.
    pub fn health(&self, id: &str) -> Result<Vec<Health>, Error> {
        let references = self.voice(id)?.references();
        let all = references.iter().map(|one| {
            let checkup = Checkup::measure("", &one.audio, Some(&one.transcript))?;
            Ok(checkup.health)
        });
        all.collect()
    }

    /// Changes voices and tells everybody.
    pub fn change<T>(
        &self,
        work: impl FnOnce(&Store) -> myna_engine::Result<T>,
    ) -> Result<T, Error> {
        let answer = work(&self.store)?;
        self.announce();
        Ok(answer)
    }

    pub fn import(&self, file: &Path) -> Result<Voice, Error> {
        self.change(|store| voices::import(store, file, None))
    }

    pub fn takes(&self) -> Vec<Take> {
        lock(&self.takes).all.clone()
    }

    /// Adds recordings; one that cannot be heard is told, and the others are taken all the same.
    pub fn take(&self, files: &[PathBuf]) -> Result<(), Error> {
        let mut outcome = Ok(());
        for file in files {
            match add(&self.takes, file.clone(), false, String::new()) {
                Ok(()) => self.announce(),
                Err(e) => outcome = Err(e),
            }
        }
        outcome
    }

    /// Writes the words of a take down, and judges it by them.
    pub fn describe(&self, id: u32, transcript: &str) -> Result<(), Error> {
        let file = self.find(id)?.file;
        let health = measure(&file, transcript)?;
        let mut takes = lock(&self.takes);
        let take = takes.all.iter_mut().find(|take| take.id == id);
        let take = take.ok_or(Error::Gone)?;
        (take.transcript, take.health) = (transcript.trim().to_owned(), health);
        drop(takes);
        self.announce();
        Ok(())
    }

    /// Puts a take away.
    pub fn drop_take(&self, id: u32) -> Result<(), Error> {
        let take = self.find(id)?;
        lock(&self.takes).all.retain(|one| one.id != id);
        take.discard();
        self.announce();
        Ok(())
    }

    /// Makes a voice of all takes, and gives its id. Refuses takes that no voice could come from, unless `anyway`.
    pub fn make(&self, name: &str, consent: Consent, anyway: bool) -> Result<String, Error> {
        let takes = self.takes();
        let recorded = takes.iter().any(|take| take.recorded);
        let mut profile = Profile::new(name, if recorded { "recording" } else { "file" })?;
        profile.consent = Some(consent);
        let given: Vec<voices::Take> = takes
            .iter()
            .map(|take| voices::Take {
                audio: take.file.clone(),
                transcript: take.transcript.clone(),
                heard_by: None,
            })
            .collect();
        let (voice, _) = self.store.add(profile, &given, anyway)?;
        lock(&self.takes).all.clear();
        takes.iter().for_each(Take::discard);
        self.announce();
        Ok(voice.id)
    }

    /// Records the chosen microphone until [`Cast::stop`]; `words` are what is read aloud.
    pub fn record(&self, words: String) -> Result<(), Error> {
        let path = free_place(&self.home.recordings())?;
        let (desk, store) = (self.desk.clone(), self.store.clone());
        let takes = self.takes.clone();
        self.mic.record(&path, move |outcome| {
            let kept = outcome.and_then(|take| match take.trouble {
                Some(trouble) if take.seconds == 0.0 => Err(trouble.into()),
                _ if !take.heard => Err(Error::NoSignal),
                trouble => {
                    add(&takes, take.path, true, words)?;
                    trouble.map_or(Ok(()), |trouble| Err(trouble.into()))
                }
            });
            if let Err(e) = kept {
                desk.trouble(Problem::from(&e));
            }
            announce(&desk, &store);
        })
    }

    /// Listens to the microphone until [`Cast::stop`]: how loud it is shows, and nothing is kept.
    pub fn listen(&self) -> Result<(), Error> {
        let desk = self.desk.clone();
        self.check.listen(move |outcome| {
            if let Err(e) = outcome {
                desk.trouble(Problem::from(&e));
            }
        })
    }

    pub fn stop(&self) {
        self.mic.stop();
        self.check.stop();
    }

    fn find(&self, id: u32) -> Result<Take, Error> {
        let takes = lock(&self.takes);
        let found = takes.all.iter().find(|take| take.id == id);
        found.cloned().ok_or(Error::Gone)
    }
}

impl Take {
    /// The file's name without its folder.
    pub fn name(&self) -> String {
        let name = self.file.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    }

    fn discard(&self) {
        // What cannot be deleted lies with the other recordings, where people find it.
        if self.recorded {
            _ = std::fs::remove_file(&self.file);
        }
    }
}

fn add(
    takes: &Mutex<Takes>,
    file: PathBuf,
    recorded: bool,
    transcript: String,
) -> Result<(), Error> {
    let health = measure(&file, &transcript)?;
    let mut takes = lock(takes);
    takes.last += 1;
    let take = Take {
        id: takes.last,
        file,
        recorded,
        transcript,
        health,
    };
    takes.all.push(take);
    Ok(())
}

fn measure(file: &Path, transcript: &str) -> Result<Health, Error> {
    let words = Some(transcript.trim()).filter(|words| !words.is_empty());
    Ok(Checkup::measure("", file, words)?.health)
}

/// Tells all pages what voices there are. One that is not there any more is not the chosen one.
fn announce(desk: &Desk, store: &Store) {
    let listed = store.list();
    desk.change(|now| {
        now.cast = now.cast.wrapping_add(1);
        match listed {
            Err(e) => now.problem = Some(Problem::from(&Error::from(e))),
            Ok(listing) => {
                let usable = listing.voices.into_iter();
                let usable = usable.filter(|voice| voice.profile.require_consent().is_ok());
                now.voices = usable
                    .map(|voice| desk::Voice {
                        built_in: voice.folder.is_none(),
                        name: voice.profile.name,
                        id: voice.id,
                    })
                    .collect();
                if !now.voices.iter().any(|voice| voice.id == now.voice) {
                    let first = now.voices.first();
                    now.voice = first.map(|voice| voice.id.clone()).unwrap_or_default();
                }
            }
        }
    });
}

/// The first free `recording-N.wav`.
fn free_place(folder: &Path) -> Result<PathBuf, Error> {
    home::make(folder)?;
    let mut names = (1..10_000).map(|n| folder.join(format!("recording-{n}.wav")));
    let free = names.find(|path| !path.exists());
    Ok(free.ok_or_else(|| {
        myna_engine::Error::output(folder, "it is full of recordings; remove some")
    })?)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A list of files is whole at every moment.
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

#[cfg(test)]
mod tests;
