//! How a verb fails: a kind for machines, a sentence and a hint for people, an exit code for scripts.

use std::process::ExitCode;

pub type Result<T = ExitCode> = std::result::Result<T, Failure>;

#[derive(Debug, Clone, serde::Serialize)]
pub struct Failure {
    kind: &'static str,
    message: String,
    hint: String,
}

impl Failure {
    pub fn new(kind: &'static str, message: impl Into<String>, hint: impl Into<String>) -> Self {
        Self {
            kind,
            message: message.into(),
            hint: hint.into(),
        }
    }

    /// Wrong usage, as clap says it.
    pub fn usage(e: &clap::Error) -> Self {
        let text = e.to_string();
        // Up to the first empty line: the sentence, and the arguments that it is about.
        let message: Vec<&str> = text
            .lines()
            .take_while(|line| !line.is_empty())
            .map(str::trim)
            .collect();
        let message = message.join(" ");
        let message = message.trim_start_matches("error: ");
        Self::new(
            "usage",
            message,
            "`myna --help` and `myna VERB --help` list what there is.",
        )
    }

    pub fn exit_code(&self) -> u8 {
        match self.kind {
            "usage" | "bad-input" | "bad-audio" => 2,
            "model-missing" | "model-refused" => 3,
            "cancelled" => 130,
            _ => 1,
        }
    }

    /// Prints on stderr and gives the exit code.
    pub fn report(&self, json: bool) -> ExitCode {
        if json {
            let line = serde_json::to_string(self).unwrap_or_else(|_| self.message.clone());
            eprintln!("{line}");
        } else {
            eprintln!("error: {}", self.message);
            if !self.hint.is_empty() {
                eprintln!("hint: {}", self.hint);
            }
        }
        ExitCode::from(self.exit_code())
    }
}

impl From<myna_engine::Error> for Failure {
    fn from(e: myna_engine::Error) -> Self {
        Self::new(e.kind(), e.to_string(), e.hint())
    }
}
