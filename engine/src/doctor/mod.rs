//! Is everything in order? One line per thing that can go wrong, each with a verdict and a way out.
//!
//! Looks and changes nothing: no folder is made, no device is opened, nothing goes over the network. What is said can be
//! shown to others: the home folder is `~`, and no text, voice or device of the person's is named. Never fails: what
//! cannot be found out is a line of its own.

mod look;
mod redact;

use serde::Serialize;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    Good,
    /// Works, and could be better or is not there yet.
    Note,
    /// Something will fail.
    Bad,
    /// Cannot be found out here.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// Stable: `machine`, `mlx`, `disk`, …
    pub topic: &'static str,
    pub verdict: Verdict,
    pub message: String,
    /// What to do; empty when there is nothing to do.
    pub hint: String,
}

impl Line {
    fn new(topic: &'static str, verdict: Verdict, message: impl Into<String>) -> Self {
        Self {
            topic,
            verdict,
            message: message.into(),
            hint: String::new(),
        }
    }

    fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = hint.into();
        self
    }
}

/// Looks at everything. The same topics in the same order every time, some with several lines.
pub fn examine() -> Vec<Line> {
    let home = crate::home::Home::find();
    let mut lines = look::machine();
    lines.push(look::mlx());
    match home {
        Ok(home) => {
            lines.extend(look::places(&home));
            lines.push(look::settings(&home));
            lines.push(look::history(&home));
            lines.extend(look::models(&home));
        }
        Err(e) => lines.push(Line::new("places", Verdict::Bad, e.to_string()).hint(e.hint())),
    }
    lines.extend(look::sound());
    lines.push(look::permissions());
    lines.push(look::network());
    let redact = redact::Redactor::here();
    for line in &mut lines {
        line.message = redact.clean(&line.message);
        line.hint = redact.clean(&line.hint);
    }
    lines
}
