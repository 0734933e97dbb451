//! Folders that are looked at: a recording that comes into one is written down, and its text lies beside it.
//!
//! Which they are stands in the settings. Fails as those do, with `folder_known` for one that is there already, `gone` for one
//! that is not.

use std::path::{Path, PathBuf};

use myna_engine::hear::{Lookout, Sighting};
use myna_engine::home::Home;
use myna_engine::settings::SettingsFile;

use super::hearing::Hearing;
use super::origin::Origin;
use crate::desk::Desk;
use crate::{Error, Problem};

pub struct Watched {
    home: Home,
    desk: Desk,
    lookout: Lookout,
}

impl Watched {
    /// What is in the folders by now is left alone.
    pub fn start(home: Home, desk: Desk, hearing: Hearing) -> Result<Self, Error> {
        // Without settings that can be read, nothing is looked at; whoever reads them next says why.
        let folders = folders(&home).unwrap_or_default();
        let told = desk.clone();
        let lookout = Lookout::start(folders, move |sighting| match sighting {
            Sighting::New(file) => hearing.add(&file, Origin::Watched),
            Sighting::Gone(folder) => {
                told.trouble(Problem::from(&Error::FolderGone(name_of(&folder))));
                // The page says which one it is.
                told.settings_changed();
            }
        })?;
        Ok(Self {
            home,
            desk,
            lookout,
        })
    }

    pub fn folders(&self) -> Result<Vec<PathBuf>, Error> {
        folders(&self.home)
    }

    pub fn add(&self, folder: &Path) -> Result<(), Error> {
        if !folder.is_dir() {
            return Err(Error::FolderGone(name_of(folder)));
        }
        self.change(|folders| {
            if folders.iter().any(|one| one == folder) {
                return Err(Error::FolderKnown);
            }
            folders.push(folder.to_owned());
            Ok(())
        })
    }

    /// Takes the folder out that stands there, if it is the one of this name.
    pub fn remove(&self, at: usize, name: &str) -> Result<(), Error> {
        self.change(|folders| match folders.get(at) {
            Some(folder) if name_of(folder) == name => {
                folders.remove(at);
                Ok(())
            }
            _ => Err(Error::Gone),
        })
    }

    fn change(
        &self,
        change: impl FnOnce(&mut Vec<PathBuf>) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let mut file = SettingsFile::read(&self.home.settings())?;
        let mut folders = file.settings().watch.folders.clone();
        change(&mut folders)?;
        file.update(|settings| settings.watch.folders = folders.clone())?;
        self.lookout.set(folders);
        self.desk.settings_changed();
        Ok(())
    }
}

/// What people call a folder.
pub fn name_of(folder: &Path) -> String {
    let name = folder.file_name().unwrap_or(folder.as_os_str());
    name.to_string_lossy().into_owned()
}

fn folders(home: &Home) -> Result<Vec<PathBuf>, Error> {
    let file = SettingsFile::read(&home.settings())?;
    Ok(file.settings().watch.folders.clone())
}
