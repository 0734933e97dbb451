//! Where exported files go, and that nothing there is lost.

use super::{Format, render};
use crate::hear::Transcript;
use crate::{Error, Result};
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// A place for the files of one transcript: a folder and a name without extension.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Place {
    pub folder: PathBuf,
    pub stem: String,
}

impl Place {
    /// Beside the source, with its name.
    pub fn beside(source: &Path) -> Self {
        let folder = source.parent().unwrap_or(Path::new("")).to_owned();
        Self {
            folder,
            stem: stem(source),
        }
    }

    /// In a folder, with the source's name.
    pub fn within(folder: &Path, source: &Path) -> Self {
        Self {
            folder: folder.to_owned(),
            stem: stem(source),
        }
    }

    /// The name with the source's extension in it, for two sources that differ in nothing else.
    #[must_use]
    pub fn with_full_name(mut self, source: &Path) -> Self {
        if let Some(name) = source.file_name() {
            self.stem = name.to_string_lossy().into_owned();
        }
        self
    }

    pub fn path(&self, format: Format) -> PathBuf {
        self.folder.join(format!("{}.{}", self.stem, format.name()))
    }

    /// Refuses, before long work begins, what could not be written in the end; makes the folder.
    pub fn check(&self, formats: &[Format], force: bool) -> Result<()> {
        let Some(&first) = formats.first() else {
            return Ok(());
        };
        if !self.folder.as_os_str().is_empty() {
            std::fs::create_dir_all(&self.folder).map_err(|e| Error::output(&self.folder, e))?;
        }
        for &format in formats {
            let path = self.path(format);
            if path.is_dir() {
                return Err(Error::output(&path, "it is a folder"));
            }
            if path.exists() && !force {
                return Err(taken(&path));
            }
        }
        draft(&self.path(first)).map(|_| ())
    }
}

fn stem(source: &Path) -> String {
    source
        .file_stem()
        .map_or_else(|| "transcript".into(), |s| s.to_string_lossy().into_owned())
}

fn taken(path: &Path) -> Error {
    Error::output(path, "it is there already (--force replaces it)")
}

/// A nameless file in the same folder.
fn draft(path: &Path) -> Result<tempfile::NamedTempFile> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    tempfile::Builder::new()
        .prefix(".myna-")
        .tempfile_in(folder)
        .map_err(|e| Error::output(path, e))
}

/// Writes one file, whole or not at all.
pub fn write(
    transcript: &Transcript,
    format: Format,
    place: &Place,
    force: bool,
) -> Result<PathBuf> {
    let path = place.path(format);
    let mut file = draft(&path)?;
    let failed = |e: std::io::Error| Error::output(&path, e);
    file.write_all(render(transcript, format)?.as_bytes())
        .and_then(|()| file.as_file().sync_all())
        .map_err(failed)?;
    // Temporary files are private; a transcript is as readable as its neighbours.
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o644);
        file.as_file().set_permissions(mode).map_err(failed)?;
    }
    if force {
        file.persist(&path).map_err(|e| failed(e.error))?;
    } else {
        file.persist_noclobber(&path).map_err(|e| match e.error {
            e if e.kind() == std::io::ErrorKind::AlreadyExists => taken(&path),
            e => failed(e),
        })?;
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_follow_the_source() {
        let source = Path::new("talks/one.two.mp3");
        assert_eq!(
            Place::beside(source).path(Format::Srt),
            Path::new("talks/one.two.srt")
        );
        assert_eq!(
            Place::within(Path::new("out"), source)
                .with_full_name(source)
                .path(Format::Md),
            Path::new("out/one.two.mp3.md")
        );
    }
}
