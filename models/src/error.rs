//! What can go wrong in the networks, as one type with a stable kind, a sentence and a hint.
//!
//! Sentences name the file, tensor or number at fault; hints say what a person can do. MLX's own messages end in
//! a path of its source tree, which is cut off.

use std::path::{Path, PathBuf};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// What an error is about; decides exit codes and what an app offers. Stable: scripts match on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// A checkpoint, codec or tokenizer is not there.
    ModelMissing,
    /// A checkpoint is there but damaged, incomplete or of an unknown make.
    ModelRefused,
    /// The request or an input file is at fault.
    BadInput,
    /// The caller asked to stop.
    Cancelled,
    /// Reading or writing failed (disk full, no permission).
    Io,
    /// The computation itself failed.
    Compute,
}

impl Kind {
    /// The kind as written in `--json` errors.
    pub fn name(self) -> &'static str {
        match self {
            Kind::ModelMissing => "model-missing",
            Kind::ModelRefused => "model-refused",
            Kind::BadInput => "bad-input",
            Kind::Cancelled => "cancelled",
            Kind::Io => "io",
            Kind::Compute => "compute",
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("{message}")]
    ModelMissing { message: String, hint: String },
    #[error("{message}")]
    ModelRefused { message: String, hint: String },
    #[error("{message}")]
    BadInput { message: String, hint: String },
    #[error("stopped on request")]
    Cancelled,
    #[error("{}: {source}", path.display())]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
    #[error("the computation failed: {0}")]
    Compute(String),
}

impl Error {
    pub fn missing(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::ModelMissing {
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub fn refused(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::ModelRefused {
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub fn input(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::BadInput {
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub fn io(path: impl AsRef<Path>, source: std::io::Error) -> Self {
        Error::Io {
            path: path.as_ref().to_owned(),
            source,
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Error::ModelMissing { .. } => Kind::ModelMissing,
            Error::ModelRefused { .. } => Kind::ModelRefused,
            Error::BadInput { .. } => Kind::BadInput,
            Error::Cancelled => Kind::Cancelled,
            Error::Io { .. } => Kind::Io,
            Error::Compute(_) => Kind::Compute,
        }
    }

    /// What a person can do about it; empty when there is nothing to add.
    pub fn hint(&self) -> &str {
        match self {
            Error::ModelMissing { hint, .. }
            | Error::ModelRefused { hint, .. }
            | Error::BadInput { hint, .. } => hint,
            Error::Cancelled => "",
            Error::Io { source, .. } => match source.kind() {
                std::io::ErrorKind::NotFound => "Check the path.",
                std::io::ErrorKind::PermissionDenied => {
                    "Check the permissions of the file and its folder."
                }
                std::io::ErrorKind::StorageFull => "Free some disk space and try again.",
                _ => "",
            },
            Error::Compute(_) => {
                "This is a defect in Myna or a damaged model; `myna models check DIR` looks at the model."
            }
        }
    }
}

impl From<mlx_rs::error::Exception> for Error {
    fn from(e: mlx_rs::error::Exception) -> Self {
        let what = e.what();
        Error::Compute(what.split(" at ").next().unwrap_or(what).trim().to_owned())
    }
}

impl From<mlx_rs::error::AsSliceError> for Error {
    fn from(e: mlx_rs::error::AsSliceError) -> Self {
        Error::Compute(e.to_string())
    }
}
