//! Where things lie that are a person's own: history, settings, voices, models. Nothing else in Myna knows a folder
//! of the system.
//!
//! | | data | settings |
//! | --- | --- | --- |
//! | `MYNA_HOME` is set | there | there |
//! | macOS | `~/Library/Application Support/Myna` | the same |
//! | elsewhere | `$XDG_DATA_HOME/myna`, else `~/.local/share/myna` | `$XDG_CONFIG_HOME/myna`, else `~/.config/myna` |
//!
//! Finding a place creates nothing; [`make`] does, readable by its owner alone. Fails with `bad-input` when the system
//! names no home at all.

use crate::{Error, Result};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Overrides every place below.
const OVERRIDE: &str = "MYNA_HOME";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Home {
    data: PathBuf,
    config: PathBuf,
}

impl Home {
    /// As the environment and the system say it.
    pub fn find() -> Result<Self> {
        let own = std::env::home_dir().filter(|dir| dir.is_absolute());
        Self::from(
            |name| std::env::var_os(name),
            own,
            cfg!(target_os = "macos"),
        )
    }

    /// Everything under one folder.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        let data = folder.into();
        Self {
            config: data.clone(),
            data,
        }
    }

    fn from(
        variable: impl Fn(&str) -> Option<OsString>,
        own: Option<PathBuf>,
        mac: bool,
    ) -> Result<Self> {
        if let Some(folder) = variable(OVERRIDE).filter(|v| !v.is_empty()) {
            // A later change of the working directory must not move it.
            let folder = std::path::absolute(&folder).map_err(|e| {
                Error::request(
                    format!("{OVERRIDE} names no folder: {e}"),
                    "Set it to the path of a folder.",
                )
            })?;
            return Ok(Self::at(folder));
        }
        if mac {
            let own = own.ok_or_else(homeless)?;
            return Ok(Self::at(own.join("Library/Application Support/Myna")));
        }
        let place = |name: &str, usual: &str| {
            // The specification wants relative paths ignored.
            let given = variable(name)
                .map(PathBuf::from)
                .filter(|p| p.is_absolute());
            let base = given.or_else(|| Some(own.as_ref()?.join(usual)));
            base.map(|dir| dir.join("myna")).ok_or_else(homeless)
        };
        Ok(Self {
            data: place("XDG_DATA_HOME", ".local/share")?,
            config: place("XDG_CONFIG_HOME", ".config")?,
        })
    }

    /// The folder of everything that grows.
    pub fn data(&self) -> &Path {
        &self.data
    }

    /// The folder of what is set by hand.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// What was spoken and heard: a database.
    pub fn history(&self) -> PathBuf {
        self.data.join("history.sqlite")
    }

    /// A folder per voice.
    pub fn voices(&self) -> PathBuf {
        self.data.join("voices")
    }

    /// What was recorded here: to become voices, or to be written down.
    pub fn recordings(&self) -> PathBuf {
        self.data.join("recordings")
    }

    /// A folder per model.
    pub fn models(&self) -> PathBuf {
        self.data.join("models")
    }

    /// Where the app's windows stood.
    pub fn windows(&self) -> PathBuf {
        self.data.join("windows.json")
    }

    /// In which program the selection is read in which way; on a Mac only.
    pub fn selection(&self) -> PathBuf {
        self.data.join("selection.json")
    }

    /// There once the app has welcomed its person.
    pub fn welcomed(&self) -> PathBuf {
        self.data.join("welcomed")
    }

    pub fn settings(&self) -> PathBuf {
        self.config.join("settings.toml")
    }

    /// How words are to be said.
    pub fn pronunciation(&self) -> PathBuf {
        self.config.join("pronunciation.toml")
    }
}

/// Makes a folder and those above it, for nobody else to look into.
pub fn make(folder: &Path) -> Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|e| Error::output(folder, e))
}

fn homeless() -> Error {
    Error::request(
        "the system names no home folder",
        format!("Set {OVERRIDE} to a folder in which Myna may keep things."),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn home(variables: &[(&str, &str)], own: Option<&str>, mac: bool) -> Result<Home> {
        let find = |name: &str| {
            let found = variables.iter().find(|(n, _)| *n == name);
            found.map(|(_, value)| OsString::from(value))
        };
        Home::from(find, own.map(PathBuf::from), mac)
    }

    #[test]
    fn each_system_has_its_places() {
        let linux = home(&[], Some("/home/a"), false).unwrap();
        assert_eq!(
            linux.history(),
            Path::new("/home/a/.local/share/myna/history.sqlite")
        );
        assert_eq!(
            linux.settings(),
            Path::new("/home/a/.config/myna/settings.toml")
        );
        let mac = home(&[("XDG_DATA_HOME", "/x")], Some("/Users/a"), true).unwrap();
        assert_eq!(
            mac,
            Home::at("/Users/a/Library/Application Support/Myna"),
            "XDG is not the Mac's way"
        );
    }

    #[test]
    fn variables_move_them() {
        let variables = [("XDG_DATA_HOME", "/d"), ("XDG_CONFIG_HOME", "relative")];
        let moved = home(&variables, Some("/home/a"), false).unwrap();
        assert_eq!(moved.voices(), Path::new("/d/myna/voices"));
        assert_eq!(moved.config(), Path::new("/home/a/.config/myna"));
        for mac in [false, true] {
            let variables = [("MYNA_HOME", "/m"), ("XDG_DATA_HOME", "/d")];
            assert_eq!(home(&variables, None, mac).unwrap(), Home::at("/m"));
        }
        let relative = home(&[("MYNA_HOME", "here")], None, false).unwrap();
        assert!(relative.data().is_absolute() && relative.data().ends_with("here"));
        let empty = home(&[("MYNA_HOME", "")], Some("/home/a"), false).unwrap();
        assert_eq!(
            empty.models(),
            Path::new("/home/a/.local/share/myna/models")
        );
    }

    #[test]
    fn without_any_home_the_way_out_is_named() {
        for mac in [false, true] {
            let refusal = home(&[], None, mac).unwrap_err();
            assert_eq!(refusal.kind(), "bad-input");
            assert!(refusal.hint().contains("MYNA_HOME"), "{}", refusal.hint());
        }
    }

    #[cfg(unix)]
    #[test]
    fn folders_are_for_their_owner_alone() {
        use std::os::unix::fs::PermissionsExt;
        let dir = tempfile::tempdir().unwrap();
        let deep = dir.path().join("a/b");
        make(&deep).unwrap();
        make(&deep).unwrap();
        for folder in [deep.parent().unwrap(), &deep] {
            let mode = folder.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
        let file = dir.path().join("file");
        std::fs::write(&file, "").unwrap();
        assert_eq!(make(&file.join("below")).unwrap_err().kind(), "output");
    }
}
