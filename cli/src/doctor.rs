//! `myna doctor`: is everything in order?

use crate::console::Console;
use crate::failure::Result;
use myna_engine::doctor::{Line, Verdict, examine};
use serde_json::json;
use std::process::ExitCode;

/// Say whether everything is in order
///
/// Looks at the machine, MLX, models, sound devices, permissions and places, a verdict per line; changes nothing and sends
/// nothing. What it prints can be shown to others: no text, name or device of yours is in it. Exit code 1 when something
/// is bad.
#[derive(Debug, clap::Args)]
pub struct Args {}

pub fn run(_: &Args, console: &Console) -> Result {
    let lines = examine();
    let ok = lines.iter().all(|line| line.verdict != Verdict::Bad);
    let text: Vec<String> = lines.iter().map(describe).collect();
    console.answer(&json!({ "ok": ok, "lines": lines }), &text.join("\n"))?;
    Ok(if ok {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn describe(line: &Line) -> String {
    let verdict = match line.verdict {
        Verdict::Good => "good",
        Verdict::Note => "note",
        Verdict::Bad => "BAD",
        Verdict::Unknown => "?",
    };
    let mut text = format!("{verdict:<5} {:<12} {}", line.topic, line.message);
    if !line.hint.is_empty() {
        text += &format!("\n{:18} {}", "", line.hint);
    }
    text
}
