//! A voice in a line, on a sheet, and as JSON.

use myna_engine::voices::{Checkup, Heard, Voice};
use serde_json::{Value, json};
use std::fmt::Write;

pub fn line(voice: &Voice) -> String {
    let profile = &voice.profile;
    let seconds: f64 = profile.segments.iter().map(|s| s.seconds).sum();
    let what = match (&voice.folder, &profile.consent) {
        (None, _) => "comes with Myna".to_owned(),
        (Some(_), None) => format!("{seconds:.1} s, nobody has said yet that it may be used"),
        (Some(_), Some(consent)) => format!("{seconds:.1} s, {}", consent.kind.name()),
    };
    format!("{:<24} {what}", profile.name)
}

/// The fields of `voices show --json`.
pub fn report(voice: &Voice) -> Value {
    let p = &voice.profile;
    let segments: Vec<Value> = p
        .segments
        .iter()
        .map(|s| json!({ "audio": s.audio, "transcript": s.transcript, "heard_by": s.heard_by, "seconds": s.seconds }))
        .collect();
    json!({
        "name": p.name,
        "id": voice.id,
        "bundled": voice.folder.is_none(),
        "folder": voice.folder.as_ref().map(|f| f.display().to_string()),
        "created": p.created,
        "language": p.language,
        "model": p.model,
        "speaker": p.speaker,
        "seed": p.seed,
        "consent": p.consent.as_ref().map(|c| json!({
            "kind": c.kind.name(), "statement": c.statement, "date": c.date,
        })),
        "source": p.provenance.source,
        "segments": segments,
    })
}

pub fn sheet(voice: &Voice) -> String {
    let p = &voice.profile;
    let mut text = format!("{}\n", p.name);
    let mut row = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            // Writing to a string cannot fail.
            _ = writeln!(text, "  {name:<10} {value}");
        }
    };
    row(
        "folder",
        voice.folder.as_ref().map(|f| f.display().to_string()),
    );
    row(
        "made",
        Some(format!("{}, from a {}", p.created, p.provenance.source)),
    );
    row(
        "consent",
        Some(match &p.consent {
            Some(c) => format!("{}, {}: {}", c.kind.name(), c.date, c.statement),
            None => "not given yet".into(),
        }),
    );
    row("language", p.language.clone());
    row("model", p.model.clone());
    row("speaker", Some(p.speaker.to_string()));
    row("seed", p.seed.map(|s| s.to_string()));
    row("speed", p.speed.map(|s| s.to_string()));
    for s in &p.segments {
        let by = s.heard_by.as_deref();
        let by = by.map_or(String::new(), |name| format!(", as {name} heard it"));
        row(
            &s.audio,
            Some(format!("{:.1} s{by}: {}", s.seconds, s.transcript)),
        );
    }
    text.trim_end().to_owned()
}

/// Recordings and what is to be said of them.
pub fn checked(all: &[Checkup]) -> String {
    let mut text = String::new();
    for Checkup {
        file,
        health: h,
        similarity,
        heard,
        ..
    } in all
    {
        let alike = similarity.map_or(String::new(), |s| format!(", speaker {s:.2} alike"));
        _ = writeln!(
            text,
            "{file}: {}, {:.1} s, speech {:.0} dB, noise {:.0} dB{alike}",
            h.verdict.name(),
            h.seconds,
            h.speech_db,
            h.noise_db
        );
        for finding in &h.findings {
            _ = writeln!(text, "  {finding}");
        }
        if let Some(Heard {
            text: heard,
            agreement,
        }) = heard
        {
            let share = agreement.map_or(String::new(), |share| {
                format!(", {:.0} % as in the transcript", 100.0 * share)
            });
            _ = writeln!(text, "  heard: {heard:?}{share}");
        }
    }
    text.trim_end().to_owned()
}
