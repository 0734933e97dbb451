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
    /// Something that was to hold does not.
    #[error("{message}")]
    Requirement { message: String },
    /// Something that Myna keeps (history, settings, a model) is damaged, too new, or held by another process.
    #[error("{}: {message}", path.display())]
    Kept {
        path: PathBuf,
        message: String,
        hint: String,
    },
    /// A server or the way to it.
    #[error("{message}")]
    Network { message: String, hint: String },
    /// The sound device.
    #[error("{message}")]
    Device { message: String, hint: &'static str },
    /// What went wrong in the engine process, as it tells it; or with it: then the kind is `engine`.
    #[error("{message}")]
    Engine {
        kind: &'static str,
        message: String,
        hint: String,
    },
}

/// All kinds there are. Scripts match on them, so none is ever renamed.
const KINDS: [&str; 10] = [
    "model-missing",
    "model-refused",
    "bad-input",
    "cancelled",
    "io",
    "compute",
    "bad-audio",
    "output",
    "sound-device",
    ENGINE,
];
/// The engine process itself.
pub(crate) const ENGINE: &str = "engine";

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

    pub fn kept(path: &Path, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Kept {
            path: path.to_owned(),
            message: message.into(),
            hint: hint.into(),
        }
    }

    pub fn network(message: impl Into<String>, hint: impl Into<String>) -> Self {
        Error::Network {
            message: message.into(),
            hint: hint.into(),
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

    /// An error that crossed from the engine process, with everything that people and scripts go by.
    pub(crate) fn told(kind: &str, message: String, hint: String) -> Self {
        if kind == myna_models::Kind::Cancelled.name() {
            return Self::cancelled();
        }
        let kind = KINDS.into_iter().find(|k| *k == kind).unwrap_or(ENGINE);
        Error::Engine {
            kind,
            message,
            hint,
        }
    }

    /// Whether the engine process itself is at fault, so that nothing else would work either.
    pub fn is_engine(&self) -> bool {
        self.kind() == ENGINE
    }

    /// Whether the networks are of no more use where it happened. A computation that fails has most often run out of memory,
    /// and whatever comes next in the same process would, too.
    pub(crate) fn spends(&self) -> bool {
        match self {
            Error::Models(myna_models::Error::Io { source, .. }) => {
                source.kind() == std::io::ErrorKind::OutOfMemory
            }
            Error::Models(e) => e.kind() == myna_models::Kind::Compute,
            _ => false,
        }
    }

    /// Whether this says that somebody asked to stop.
    pub fn is_cancelled(&self) -> bool {
        matches!(self, Error::Models(myna_models::Error::Cancelled))
    }

    /// Stable: scripts match on it.
    pub fn kind(&self) -> &'static str {
        match self {
            Error::Models(e) => e.kind().name(),
            Error::Request { .. } => "bad-input",
            Error::Audio { .. } => "bad-audio",
            Error::Output { .. } => "output",
            Error::Requirement { .. } => "requirement",
            Error::Kept { .. } => "storage",
            Error::Network { .. } => "network",
            Error::Device { .. } => "sound-device",
            Error::Engine { kind, .. } => kind,
        }
    }

    /// What a person can do about it; empty when there is nothing to add.
    pub fn hint(&self) -> &str {
        match self {
            Error::Models(e) => e.hint(),
            Error::Request { hint, .. }
            | Error::Kept { hint, .. }
            | Error::Network { hint, .. } => hint,
            Error::Engine { hint, .. } => hint,
            Error::Audio { hint, .. } | Error::Device { hint, .. } => hint,
            Error::Requirement { .. } => "",
            Error::Output { .. } => {
                "Choose another place, or check its permissions and free space."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_kind_sentence_and_hint_on_its_way() {
        let all = [
            Error::request("no words", "Give one."),
            Error::audio(Path::new("a.wav"), "is empty", "Record it again."),
            Error::output(Path::new("b.wav"), "the disk is full"),
            Error::told("engine", "it died".into(), "Try again.".into()),
            myna_models::Error::missing("no model", "Get one.").into(),
            myna_models::Error::Compute("NaN".into()).into(),
            Error::cancelled(),
        ];
        for e in all {
            let (kind, message, hint) = (e.kind(), e.to_string(), e.hint().to_owned());
            assert!(KINDS.contains(&kind), "{kind}");
            let told = Error::told(kind, message.clone(), hint.clone());
            assert_eq!(
                (told.kind(), told.to_string(), told.hint()),
                (kind, message, hint.as_str())
            );
            assert_eq!(told.is_cancelled(), e.is_cancelled());
        }
        assert_eq!(Error::told("new", "x".into(), "".into()).kind(), "engine");
    }
}
