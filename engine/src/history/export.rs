//! Entries as text: all that is known of them (JSON lines), or to be read (Markdown, plain).

use super::{Entry, Kind};
use crate::{Error, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// One object per line; everything.
    Json,
    /// A section per entry.
    Md,
    /// The words alone, a paragraph per entry.
    Txt,
}

/// One entry, ending in a line break.
pub fn render(entry: &Entry, format: Format) -> Result<String> {
    let s = &entry.summary;
    Ok(match format {
        Format::Json => {
            let line = serde_json::to_string(entry)
                .map_err(|e| Error::request(format!("entry {} is no JSON: {e}", s.id), ""))?;
            line + "\n"
        }
        Format::Txt => format!("{}\n\n", s.text.trim()),
        Format::Md => {
            let verb = match s.kind {
                Kind::Spoken => "Spoken",
                Kind::Heard => "Heard",
            };
            let place = s
                .file
                .as_ref()
                .map_or(String::new(), |f| format!(", `{f}`"));
            let when = s.at.strftime("%Y-%m-%d %H:%M UTC");
            // Words at a line's start must not turn into headings or lists.
            let text: Vec<String> = s.text.lines().map(|l| format!("> {l}")).collect();
            format!(
                "## {verb} {when}\n\n{}\n\n{:.1} s, {}{place}\n\n",
                text.join("\n"),
                s.seconds,
                s.model
            )
        }
    })
}
