//! What can go wrong between a request and a result.
//!
//! Every error has a stable kind, one sentence that names the file or number at fault, and a hint what to do.
//! Errors of the networks pass through unchanged.

use std::path::{Path, PathBuf};

pub type Result<T, E = Error> = std::result::Result<T, E>;

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error(transparent)]
    Models(#[from] myna_models::Error),
    /// The request itself: text, options, a file that it names.
    #[error("{message}")]
    Request { message: String, hint: String },
    /// A sound file that cannot serve.
    #[error("{}: {message}", path.display())]
    Audio {
        path: PathBuf,
        message: String,
        hint: &'static str,
    },
    /// A result that cannot be written.
    #[error("{} cannot be written: {message}", path.display())]
    Output { path: PathBuf, message: String },
    /// The sound device.
    #[error("{message}")]
    Device { message: String, hint: &'static str },
}

impl Error {
    pub fn request(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Request {
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub fn audio(path: &Path, message: impl Into<String>, hint: &'static str) -> Self {
        Error::Audio {
            path: path.to_owned(),
            message: message.into(),
            hint,
        }
    }

    pub fn output(path: &Path, why: impl std::fmt::Display) -> Self {
        Error::Output {
            path: path.to_owned(),
            message: why.to_string(),
        }
    }

    /// A failed write is about the place, not about the model.
    pub(crate) fn writing(e: myna_models::Error) -> Self {
        use std::io::ErrorKind;
        match e {
            myna_models::Error::Io { path, source } => {
                let why = match source.kind() {
                    ErrorKind::NotFound => "its folder is not there".into(),
                    ErrorKind::PermissionDenied => "no permission".into(),
                    ErrorKind::IsADirectory => "it is a folder".into(),
                    _ => source.to_string(),
                };
                Error::output(&path, why)
            }
            other => other.into(),
        }
    }

    /// Somebody asked to stop.
    pub fn cancelled() -> Self {
        Error::Models(myna_models::Error::Cancelled)
    }

    /// Stable: scripts match on it.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Models(e) => e.kind().name(),
            Error::Request { .. } => "bad-input",
            Error::Audio { .. } => "bad-audio",
            Error::Output { .. } => "output",
            Error::Device { .. } => "sound-device",
        }
    }

    /// What a person can do about it; empty when there is nothing to add.
    pub fn hint(&self) -> &str {
        match self {
            Error::Models(e) => e.hint(),
            Error::Request { hint, .. } => hint,
            Error::Audio { hint, .. } | Error::Device { hint, .. } => hint,
            Error::Output { .. } => {
                "Choose another place, or check its permissions and free space."
            }
        }
    }
}
