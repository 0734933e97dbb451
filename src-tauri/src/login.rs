//! Starting with the session: off until a person wants it.
//!
//! What a system reads at the login is one small file. It is there or not, and nothing else remembers it, so that what is
//! changed outside shows here. Fails with `login` where there is no place for it, else as the writing of files does.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use myna_engine::whole;

use crate::Error;

/// The app's name among those that start.
const NAME: &str = "io.github.myna.app";

pub struct Login {
    file: PathBuf,
    text: String,
}

impl Login {
    /// Of this program, for whoever runs it.
    pub fn here() -> Result<Self, Error> {
        let program = std::env::current_exe().map_err(|e| Error::Login(e.to_string()))?;
        let none = || Error::Login("the system names no home folder".into());
        let own = std::env::home_dir().ok_or_else(none)?;
        if cfg!(target_os = "macos") {
            return Ok(Self {
                file: own.join(format!("Library/LaunchAgents/{NAME}.plist")),
                text: agent(&program),
            });
        }
        let set = std::env::var_os("XDG_CONFIG_HOME").map(PathBuf::from);
        let folder = set.filter(|path| path.is_absolute());
        let folder = folder.unwrap_or_else(|| own.join(".config"));
        Ok(Self {
            file: folder.join(format!("autostart/{NAME}.desktop")),
            text: entry(&program),
        })
    }

    pub fn is_on(&self) -> bool {
        self.file.exists()
    }

    pub fn set(&self, on: bool) -> Result<(), Error> {
        if on {
            return Ok(whole::write(&self.file, self.text.as_bytes())?);
        }
        match std::fs::remove_file(&self.file) {
            Err(e) if e.kind() != ErrorKind::NotFound => {
                Err(myna_engine::Error::output(&self.file, e).into())
            }
            _ => Ok(()),
        }
    }
}

/// As the desktops of Linux read it.
fn entry(program: &Path) -> String {
    let mut quoted = String::new();
    for letter in program.to_string_lossy().chars() {
        match letter {
            // Once for the quotes, and once more because the file has escapes of its own.
            '"' | '`' | '$' => quoted.push_str("\\\\"),
            '\\' => quoted.push_str("\\\\\\"),
            '%' => quoted.push('%'),
            _ => {}
        }
        quoted.push(letter);
    }
    format!("[Desktop Entry]\nType=Application\nName=Myna\nExec=\"{quoted}\"\n")
}

/// As a Mac's launchd reads it.
fn agent(program: &Path) -> String {
    let program = program.to_string_lossy();
    let program = program.replace('&', "&amp;").replace('<', "&lt;");
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<plist version=\"1.0\">\n<dict>\n\
         \t<key>Label</key>\n\t<string>{NAME}</string>\n\
         \t<key>ProgramArguments</key>\n\t<array>\n\t\t<string>{program}</string>\n\t</array>\n\
         \t<key>RunAtLoad</key>\n\t<true/>\n</dict>\n</plist>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_on_while_the_file_is_there() {
        let dir = tempfile::tempdir().unwrap();
        let login = Login {
            file: dir.path().join("autostart/myna.desktop"),
            text: "text".into(),
        };
        assert!(!login.is_on());
        login.set(false).unwrap();
        for _ in 0..2 {
            login.set(true).unwrap();
            assert_eq!(std::fs::read_to_string(&login.file).unwrap(), "text");
        }
        assert!(login.is_on());
        login.set(false).unwrap();
        assert!(!login.is_on());
        std::fs::remove_dir(dir.path().join("autostart")).unwrap();
        std::fs::write(dir.path().join("autostart"), "").unwrap();
        assert_eq!(login.set(true).unwrap_err().kind(), "output");
    }

    #[test]
    fn names_with_signs_of_the_files_own_are_written_so_that_they_are_read_back() {
        let entry = entry(Path::new("/a b/$c\\d%/myna-app"));
        assert!(
            entry.ends_with("\nExec=\"/a b/\\\\$c\\\\\\\\d%%/myna-app\"\n"),
            "{entry}"
        );
        let agent = agent(Path::new("/A & B/<Myna>.app/Contents/MacOS/myna-app"));
        assert!(
            agent.contains("<string>/A &amp; B/&lt;Myna>.app/Contents/MacOS/myna-app</string>"),
            "{agent}"
        );
    }
}
