//! What is said to people on stderr, and answers to machines on stdout.

use crate::failure::{Failure, Result};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::{IsTerminal, Write};
use std::process::ExitCode;
use std::time::Duration;

#[derive(Debug, Clone, Copy)]
pub struct Console {
    json: bool,
    quiet: bool,
}

impl Console {
    pub fn new(json: bool, quiet: bool) -> Self {
        Self { json, quiet }
    }

    pub fn json(&self) -> bool {
        self.json
    }

    /// Something worth knowing that is no error.
    pub fn note(&self, text: impl AsRef<str>) {
        if !self.quiet {
            eprintln!("note: {}", text.as_ref());
        }
    }

    /// Something that spoils the result; said even under `--quiet`.
    pub fn warn(&self, text: impl AsRef<str>) {
        eprintln!("warning: {}", text.as_ref());
    }

    /// What was done, for people.
    pub fn done(&self, text: impl AsRef<str>) {
        if !self.quiet && !self.json {
            eprintln!("{}", text.as_ref());
        }
    }

    /// The answer: an object under `--json`, else the text, if there is any.
    pub fn answer(&self, json: &impl serde::Serialize, text: &str) -> Result<()> {
        let failed = |e: std::io::Error| Failure::new("output", format!("stdout: {e}"), "");
        let mut out = std::io::stdout().lock();
        if self.json {
            let line = serde_json::to_string(json)
                .map_err(|e| Failure::new("output", format!("the answer is no JSON: {e}"), ""))?;
            writeln!(out, "{line}").map_err(failed)
        } else if text.is_empty() {
            Ok(())
        } else {
            writeln!(out, "{text}").map_err(failed)
        }
    }

    /// A spinner on stderr, if that is a terminal.
    pub fn spinner(&self, message: &'static str) -> ProgressBar {
        let bar = self.hidden().unwrap_or_else(ProgressBar::new_spinner);
        bar.set_message(message);
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    /// A bar on stderr over `length` steps, if that is a terminal. `template` is indicatif's.
    pub fn bar(&self, length: u64, template: &str) -> ProgressBar {
        let bar = self.hidden().unwrap_or_else(|| ProgressBar::new(length));
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar
    }

    fn hidden(&self) -> Option<ProgressBar> {
        (self.quiet || !std::io::stderr().is_terminal())
            .then(|| ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden()))
    }
}

/// 0, or 130 when somebody asked to stop.
pub fn finished(cancelled: bool) -> ExitCode {
    ExitCode::from(if cancelled { 130 } else { 0 })
}
