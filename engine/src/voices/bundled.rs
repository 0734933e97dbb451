//! The two voices that come with Myna: the pocket model's speakers, which need no recording.

use super::profile::{Consent, ConsentKind, Profile, Provenance};
use super::store::Voice;

/// Name and speaker number.
const VOICES: [(&str, u32); 2] = [("Pocket Low", 0), ("Pocket High", 1)];

pub(super) fn voices() -> impl Iterator<Item = Voice> {
    VOICES.iter().map(|(name, speaker)| Voice {
        id: name.to_lowercase().replace(' ', "-"),
        folder: None,
        profile: Profile {
            format: 1,
            name: (*name).to_owned(),
            created: "2026-11-21".into(),
            language: Some("en".into()),
            model: Some("pocket".into()),
            speaker: *speaker,
            seed: None,
            temperature: None,
            top_k: None,
            speed: None,
            consent: Some(Consent {
                kind: ConsentKind::Licensed,
                statement: "Nobody's voice: trained on a speech synthesiser for Myna.".into(),
                date: "2026-11-21".into(),
                other: toml::Table::new(),
            }),
            provenance: Provenance {
                source: "bundled".into(),
                myna: crate::VERSION.into(),
                other: toml::Table::new(),
            },
            segments: Vec::new(),
            other: toml::Table::new(),
        },
    })
}
