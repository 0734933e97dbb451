//! Which voice reads what is marked in which program, as a person has said; the chosen one reads everywhere else.
//!
//! The pairs stand in the settings, by the program's own name for itself. One whose voice is gone stays, and the chosen voice
//! reads. Fails as the settings do, with `gone` for a program that nobody knows, `no_voice` for a voice that is not there.

use myna_engine::home::Home;
use myna_engine::settings::{SettingsFile, VoiceFor};
use myna_engine::voices::Store;

use crate::Error;
use crate::desk::{App, Desk};
use crate::front::Program;

pub struct Programs {
    home: Home,
    desk: Desk,
    store: Store,
}

/// A program with a voice of its own.
pub struct Pair {
    pub app: String,
    /// What people call it.
    pub name: String,
    /// The voice's id, and its name where it can be spoken in.
    pub voice: String,
    pub voice_name: Option<String>,
}

impl Programs {
    pub fn new(home: Home, desk: Desk) -> Self {
        Self {
            store: Store::at(home.voices()),
            home,
            desk,
        }
    }

    /// The voice that reads this program's text, where it is not the chosen one; from here on pages know the program.
    pub fn voice(&self, program: &Program) -> Result<Option<String>, Error> {
        let Some(id) = &program.id else {
            return Ok(None);
        };
        let pair = self.all()?.into_iter().find(|pair| pair.app == *id);
        self.show(id, &program.name, pair.as_ref().map(|pair| &*pair.voice));
        Ok(pair.and_then(|pair| pair.voice_name.is_some().then_some(pair.voice)))
    }

    /// Has a voice read what is marked in a program; without one, the chosen one does again.
    pub fn set(&self, app: &str, voice: Option<&str>) -> Result<(), Error> {
        let mut file = SettingsFile::read(&self.home.settings())?;
        let seen = self.desk.snapshot().app.filter(|seen| seen.id == app);
        let kept = file.settings().voice_for.get(app);
        let name = seen.map(|seen| seen.name);
        let name = name.or_else(|| kept.map(|kept| kept.name.clone()));
        let name = name.ok_or(Error::Gone)?;
        if let Some(voice) = voice {
            self.usable(voice)?.ok_or(Error::NoVoice)?;
        }
        file.update(|settings| match voice {
            Some(voice) => {
                let (name, voice) = (name.clone(), voice.to_owned());
                settings
                    .voice_for
                    .insert(app.to_owned(), VoiceFor { name, voice });
            }
            None => _ = settings.voice_for.remove(app),
        })?;
        self.desk.change(|now| {
            if let Some(seen) = now.app.as_mut().filter(|seen| seen.id == app) {
                seen.voice = voice.map(str::to_owned);
            }
        });
        self.desk.settings_changed();
        Ok(())
    }

    pub fn all(&self) -> Result<Vec<Pair>, Error> {
        let file = SettingsFile::read(&self.home.settings())?;
        let pairs = file.settings().voice_for.iter().map(|(app, pair)| {
            let named = !pair.name.is_empty();
            Ok(Pair {
                name: if named { &pair.name } else { app }.clone(),
                app: app.clone(),
                voice: pair.voice.clone(),
                voice_name: self.usable(&pair.voice)?,
            })
        });
        pairs.collect()
    }

    /// The name of a voice that can be spoken in.
    fn usable(&self, id: &str) -> Result<Option<String>, Error> {
        let voices = self.store.list()?.voices;
        let found = voices.into_iter().find(|voice| voice.id == id);
        let found = found.filter(|voice| voice.check_usable().is_ok());
        Ok(found.map(|voice| voice.profile.name))
    }

    fn show(&self, id: &str, name: &str, voice: Option<&str>) {
        let app = App {
            id: id.to_owned(),
            name: name.to_owned(),
            voice: voice.map(str::to_owned),
        };
        self.desk.change(|now| now.app = Some(app));
    }
}
