//! The contents of each kind of file.

use super::{Format, cues};
use crate::Result;
use crate::hear::Transcript;
use std::fmt::Write as _;
use std::path::Path;

/// What stands in files that cannot be empty.
const SILENT: &str = "no speech";

/// The whole file, ending in a line break unless empty.
pub fn render(transcript: &Transcript, format: Format) -> Result<String> {
    Ok(match format {
        Format::Txt => text(transcript),
        Format::Srt => srt(transcript),
        Format::Vtt => vtt(transcript),
        Format::Json => json(transcript)?,
        Format::Md => markdown(transcript),
    })
}

/// One paragraph; a line break more where nobody spoke for a long time would be a guess.
fn text(transcript: &Transcript) -> String {
    let mut out = transcript.text.clone();
    if !out.is_empty() {
        out.push('\n');
    }
    out
}

fn srt(transcript: &Transcript) -> String {
    let mut out = String::new();
    for (i, cue) in cues(&transcript.segments).iter().enumerate() {
        let (start, end) = (clock(cue.start, ','), clock(cue.end, ','));
        // Writing to a string cannot fail.
        _ = write!(
            out,
            "{}\n{start} --> {end}\n{}\n\n",
            i + 1,
            cue.lines.join("\n")
        );
    }
    out
}

fn vtt(transcript: &Transcript) -> String {
    let mut out = String::from("WEBVTT\n\n");
    if transcript.is_silent() {
        _ = write!(out, "NOTE {SILENT}\n\n");
    }
    for cue in cues(&transcript.segments) {
        let (start, end) = (clock(cue.start, '.'), clock(cue.end, '.'));
        let lines = cue
            .lines
            .join("\n")
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        _ = write!(out, "{start} --> {end}\n{lines}\n\n");
    }
    out
}

fn json(transcript: &Transcript) -> Result<String> {
    let mut out = serde_json::to_string_pretty(transcript)
        .map_err(|e| crate::Error::output(Path::new(&transcript.file), e))?;
    out.push('\n');
    Ok(out)
}

fn markdown(transcript: &Transcript) -> String {
    let name = Path::new(&transcript.file).file_name().map_or_else(
        || transcript.file.clone(),
        |n| n.to_string_lossy().into_owned(),
    );
    let mut out = format!("# {}\n", escaped(&name));
    if transcript.is_silent() {
        _ = write!(out, "\n*{SILENT}*\n");
    }
    for segment in &transcript.segments {
        let text = match (segment.finish_reason, segment.text.is_empty()) {
            ("failed", _) => "*not understood*".to_owned(),
            (_, true) => continue,
            _ => escaped(&segment.text),
        };
        let doubt = if segment.uncertain && !text.starts_with('*') {
            " *(uncertain)*"
        } else {
            ""
        };
        let (hours, minutes, seconds, _) = parts(segment.start);
        _ = write!(
            out,
            "\n**{hours:02}:{minutes:02}:{seconds:02}** {text}{doubt}\n"
        );
    }
    out
}

/// Text that Markdown would read as marks, shown as it is.
fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if "\\`*_[]<>#|~".contains(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn clock(seconds: f64, point: char) -> String {
    let (h, m, s, ms) = parts(seconds);
    format!("{h:02}:{m:02}:{s:02}{point}{ms:03}")
}

/// Hours, minutes, seconds, milliseconds.
fn parts(seconds: f64) -> (u64, u64, u64, u64) {
    let ms = (seconds.max(0.0) * 1000.0).round() as u64;
    (ms / 3_600_000, ms / 60_000 % 60, ms / 1000 % 60, ms % 1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hear::{Coverage, Segment};

    fn transcript(segments: &[(f64, f64, &str, &'static str, bool)]) -> Transcript {
        Transcript {
            file: "talks/a_b.mp3".into(),
            text: segments.iter().map(|s| s.2).collect::<Vec<_>>().join(" "),
            segments: segments
                .iter()
                .map(|&(start, end, text, finish_reason, uncertain)| Segment {
                    start,
                    end,
                    text: text.into(),
                    finish_reason,
                    uncertain,
                })
                .collect(),
            coverage: Coverage::default(),
            model: "tiny".into(),
            seconds: 4000.0,
            complaints: Vec::new(),
            failures: Vec::new(),
            cancelled: false,
        }
    }

    #[test]
    fn each_kind_of_file_reads_as_agreed() {
        let t = transcript(&[
            (0.0, 2.0, "A & B <i>.", "stop", false),
            (3599.9996, 3601.25, "again", "loop", true),
            (3700.0, 3701.0, "", "failed", true),
        ]);
        let of = |format| render(&t, format).unwrap();
        assert_eq!(
            of(Format::Srt),
            "1\n00:00:00,000 --> 00:00:02,000\nA & B <i>.\n\n2\n01:00:00,000 --> 01:00:01,250\nagain\n\n"
        );
        assert_eq!(
            of(Format::Vtt),
            "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nA &amp; B &lt;i&gt;.\n\n01:00:00.000 --> 01:00:01.250\nagain\n\n"
        );
        assert_eq!(
            of(Format::Md),
            "# a\\_b.mp3\n\n**00:00:00** A & B \\<i\\>.\n\n**01:00:00** again *(uncertain)*\n\n**01:01:40** *not understood*\n"
        );
        let back: serde_json::Value = serde_json::from_str(&of(Format::Json)).unwrap();
        assert_eq!(back["segments"][1]["finish_reason"], "loop");
        assert!(back.get("complaints").is_none());
    }

    #[test]
    fn silence_is_told_where_a_file_has_room_for_it() {
        let t = transcript(&[]);
        let of = |format| render(&t, format).unwrap();
        assert_eq!(
            (of(Format::Txt), of(Format::Srt)),
            (String::new(), String::new())
        );
        assert_eq!(of(Format::Vtt), "WEBVTT\n\nNOTE no speech\n\n");
        assert_eq!(of(Format::Md), "# a\\_b.mp3\n\n*no speech*\n");
    }
}
