//! What can go wrong in the app, as types. A page receives a [`Problem`]: a stable kind to branch on, one
//! sentence to show, and a hint what to do. Details of the window system stay in the sentence's tail.

use serde::{Serialize, Serializer};

/// Everything the app itself can fail at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("the window “{0}” does not exist")]
    NoWindow(&'static str),
    #[error("the app's own icon is missing from its files")]
    NoIcon,
    #[error("the window system refused: {0}")]
    System(#[from] tauri::Error),
}

impl Error {
    /// Stable across releases; pages and tests branch on it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::NoWindow(_) => "no_window",
            Self::NoIcon => "no_icon",
            Self::System(_) => "system",
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> &'static str {
        match self {
            Self::NoWindow(_) => "Quit Myna and start it again.",
            Self::NoIcon => "Install Myna again.",
            Self::System(_) => {
                "Quit Myna and start it again; on Linux, check that a display is reachable."
            }
        }
    }
}

/// The form in which an error crosses to a page.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Problem {
    pub kind: String,
    pub message: String,
    pub hint: String,
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Problem {
            kind: self.kind().into(),
            message: self.to_string(),
            hint: self.hint().into(),
        }
        .serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crosses_as_kind_message_and_hint() {
        let json = serde_json::to_value(Error::NoWindow("popover")).unwrap();
        assert_eq!(json["kind"], "no_window");
        assert_eq!(json["message"], "the window “popover” does not exist");
        assert!(json["hint"].as_str().unwrap().ends_with('.'));
    }
}
