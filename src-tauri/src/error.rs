//! What can go wrong in the app, as types. A page receives a [`Problem`]: a stable kind to branch on, one
//! sentence to show, and a hint what to do. Details of the window system stay in the sentence's tail.

use serde::{Serialize, Serializer};

/// Everything the app itself can fail at.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    #[error("the window “{0}” does not exist")]
    NoWindow(&'static str),
    #[error("the window system refused: {0}")]
    System(#[from] tauri::Error),
    #[error("the clipboard cannot be used: {0}")]
    Clipboard(String),
    #[error("Myna may not read the selection of other programs yet")]
    NoPermission,
    #[error("the system lists Myna as allowed to read other programs, and refuses it all the same")]
    StaleGrant,
    #[error("no text is selected")]
    NothingSelected,
    #[error("the clipboard holds no text")]
    NothingCopied,
    #[error("the clipboard holds no file")]
    NoFileCopied,
    #[error("no program was in front before Myna; the words are on the clipboard")]
    NothingInFront,
    #[error("Myna may not type into other programs here; the words are on the clipboard")]
    NoPaste,
    #[error("the program that was in front took nothing; the words are on the clipboard")]
    Untaken,
    #[error("what is on the clipboard could not be put back afterwards, so nothing was pasted")]
    Unheld,
    #[error("the text has no words to speak")]
    NothingToSay,
    #[error("this voice is not there any more")]
    NoVoice,
    #[error("this text is not there any more")]
    Gone,
    #[error("the recording is not where it was")]
    NoSound,
    #[error("it was stopped")]
    Stopped,
    #[error("a recording is under way")]
    Busy,
    #[error("another model is being fetched")]
    Fetching,
    #[error("the microphone gave nothing but silence")]
    NoSignal,
    #[error("it was recorded, and not written down yet")]
    Unheard,
    #[error("a recording was not written down yet")]
    Waiting,
    #[error("the folder “{0}” is not there")]
    FolderGone(String),
    #[error("this folder is looked at already")]
    FolderKnown,
    #[error("the link cannot be followed: {0}")]
    Link(&'static str),
    #[error("“{0}” is no combination of keys")]
    NoKey(String),
    #[error("the key {0} is not enough: it would be missing everywhere else")]
    BareKey(String),
    #[error("the key {0} does something else in Myna already")]
    KeyShared(String),
    #[error("the key {0} cannot be had: another program holds it, or the keyboard has none")]
    Shortcut(String),
    #[error("the device “{0}” is not there; the one that the system has chosen is used")]
    NoDevice(String),
    #[error("whether Myna starts at login cannot be changed: {0}")]
    Login(String),
    #[error("{message}")]
    Engine {
        kind: String,
        message: String,
        hint: String,
    },
}

impl Error {
    pub(crate) fn clipboard(error: arboard::Error) -> Self {
        Self::Clipboard(error.to_string())
    }

    /// Stable across releases; pages and tests branch on it.
    pub fn kind(&self) -> &str {
        match self {
            Self::NoWindow(_) => "no_window",
            Self::System(_) => "system",
            Self::Clipboard(_) => "clipboard",
            Self::NoPermission => "no_permission",
            Self::StaleGrant => "stale_grant",
            Self::NothingSelected => "nothing_selected",
            Self::NothingCopied => "nothing_copied",
            Self::NoFileCopied => "no_file_copied",
            Self::NothingInFront => "nothing_in_front",
            Self::NoPaste => "no_paste",
            Self::Untaken => "untaken",
            Self::Unheld => "unheld",
            Self::NothingToSay => "nothing_to_say",
            Self::NoVoice => "no_voice",
            Self::Gone => "gone",
            Self::NoSound => "no_sound",
            Self::Stopped => "stopped",
            Self::Busy => "busy",
            Self::Fetching => "fetching",
            Self::NoSignal => "no_signal",
            Self::Unheard => "unheard",
            Self::Waiting => "waiting",
            Self::FolderGone(_) => "folder_gone",
            Self::FolderKnown => "folder_known",
            Self::Link(_) => "link",
            Self::NoKey(_) => "no_key",
            Self::BareKey(_) => "bare_key",
            Self::KeyShared(_) => "key_shared",
            Self::Shortcut(_) => "shortcut",
            Self::NoDevice(_) => "no_device",
            Self::Login(_) => "login",
            Self::Engine { kind, .. } => kind,
        }
    }

    /// What a person can do about it.
    pub fn hint(&self) -> &str {
        match self {
            Self::NoWindow(_) => "Quit Myna and start it again.",
            Self::System(_) => {
                "Quit Myna and start it again; on Linux, check that a display is reachable."
            }
            Self::Clipboard(_) => "Copy it once more, then try again.",
            Self::NoPermission => {
                "Open System Settings, Privacy & Security, Accessibility, and switch Myna on. Without it, choose Speak with Myna under Services in the program's menu."
            }
            Self::StaleGrant => {
                "Open System Settings, Privacy & Security, Accessibility, take Myna out of the list with the minus button, and add it again. Until then, choose Speak with Myna under Services in the program's menu."
            }
            Self::NothingSelected => "Mark some text first, in any program.",
            Self::NothingCopied => "Copy some text first.",
            Self::NoFileCopied => "Copy an audio file in the file manager first.",
            Self::NothingInFront => "Click where they belong, and paste them.",
            Self::NoPaste => {
                "Paste them yourself. On a Mac, System Settings, Privacy & Security, Accessibility lets Myna do it; on Linux only a desktop with X11 does."
            }
            Self::Untaken => {
                "Click where they belong, and paste them; a terminal may want another key for it."
            }
            Self::Unheld => "Copy the words instead: that replaces what is there.",
            Self::NothingToSay => "Give a word or a sentence; symbols alone have no sound.",
            Self::NoVoice => "Choose another voice.",
            Self::Gone => "Look again at what is there now.",
            Self::NoSound => {
                "Put it back, or connect the disk that it is on. The words are all here."
            }
            Self::Busy => "Stop it first.",
            Self::Fetching => "Wait for it, or stop it first.",
            Self::NoSignal => {
                "Check that it is switched on and chosen in the system's settings, and that Myna may use it."
            }
            Self::Unheard => "Try it again; the recording is whole as far as it goes.",
            Self::Waiting => {
                "Open the transcripts: it is in the queue there, to be tried again or put away."
            }
            Self::FolderGone(_) => {
                "Bring it back, or connect the disk that it is on; what comes into it meanwhile is found then. Or take it out of the settings."
            }
            Self::FolderKnown => "Choose another one.",
            Self::Link(_) => {
                "A link to Myna is myna://speak?text= and the text, at most 5000 characters."
            }
            Self::Stopped => "Try it again; what was heard is kept.",
            Self::NoKey(_) => "Give modifiers and one key, as in ctrl+alt+s.",
            Self::BareKey(_) => "Hold Ctrl, Alt (⌥) or ⌘ with it.",
            Self::KeyShared(_) | Self::Shortcut(_) => {
                "Choose another key in the settings; the menu does the same."
            }
            Self::NoDevice(_) => "Connect it, or choose another one in the settings.",
            Self::Login(_) => "Add or remove Myna in the system's own settings for the login.",
            Self::Engine { hint, .. } => hint,
        }
    }
}

/// The form in which an error crosses to a page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(test, derive(ts_rs::TS))]
pub struct Problem {
    pub kind: String,
    pub message: String,
    pub hint: String,
}

impl From<myna_engine::Error> for Error {
    fn from(error: myna_engine::Error) -> Self {
        Self::Engine {
            kind: error.kind().to_string(),
            message: error.to_string(),
            hint: error.hint().to_string(),
        }
    }
}

impl From<&Error> for Problem {
    fn from(error: &Error) -> Self {
        Self {
            kind: error.kind().into(),
            message: error.to_string(),
            hint: error.hint().into(),
        }
    }
}

impl Serialize for Error {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Problem::from(self).serialize(serializer)
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
