//! What is known of a voice, as `voice.toml` holds it.
//!
//! Everything that was read is written again, known or not: a newer Myna's fields survive an older one. A profile that
//! contradicts itself or is larger than any voice is refused with `bad-input`.

use crate::{Error, Result};
use serde::{Deserialize, Serialize};

/// The file in a voice's folder.
pub const FILE: &str = "voice.toml";
/// No profile is longer.
pub const MAX_BYTES: u64 = 64 << 10;
pub const MAX_SEGMENTS: usize = 8;
const FORMAT: u32 = 1;
const MAX_NAME: usize = 80;
const MAX_TEXT: usize = 4000;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Profile {
    pub format: u32,
    pub name: String,
    /// Day, as in 2026-11-21.
    pub created: String,
    /// As in `en`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub language: Option<String>,
    /// A model's name or folder that suits the voice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    #[serde(default)]
    pub speaker: u32,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub temperature: Option<f32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top_k: Option<usize>,
    /// 1 is as the voice speaks.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub speed: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub consent: Option<Consent>,
    pub provenance: Provenance,
    #[serde(default)]
    pub segments: Vec<Segment>,
    #[serde(flatten)]
    pub other: toml::Table,
}

/// Why the voice may be used. Without it nothing is spoken in the voice.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Consent {
    pub kind: ConsentKind,
    /// In a person's own words.
    pub statement: String,
    /// The day it was given.
    pub date: String,
    #[serde(flatten)]
    pub other: toml::Table,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConsentKind {
    /// The voice of whoever adds it.
    Own,
    /// Somebody else's, who agreed.
    Permission,
    /// Published under terms that allow it.
    Licensed,
}

impl ConsentKind {
    pub fn name(self) -> &'static str {
        match self {
            ConsentKind::Own => "own",
            ConsentKind::Permission => "permission",
            ConsentKind::Licensed => "licensed",
        }
    }
}

/// Where the voice came from.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Provenance {
    /// `file`, `recording`, `history`, `copy`, `bundled`.
    pub source: String,
    /// The version that made the profile.
    pub myna: String,
    #[serde(flatten)]
    pub other: toml::Table,
}

/// A recording and exactly its words.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Segment {
    /// A file beside the profile: `segment-1.wav`.
    pub audio: String,
    pub transcript: String,
    /// The recogniser that wrote the transcript; none once a person has.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub heard_by: Option<String>,
    pub seconds: f64,
    /// Of the file.
    pub sha256: String,
    #[serde(flatten)]
    pub other: toml::Table,
}

impl Profile {
    /// A new one without consent and recordings.
    pub fn new(name: &str, source: &str) -> Result<Self> {
        let name = name.trim();
        check_name(name).map_err(|why| refusal(&format!("the name {name:?} {why}")))?;
        Ok(Self {
            format: FORMAT,
            name: name.to_owned(),
            created: today(),
            language: None,
            model: None,
            speaker: 0,
            seed: None,
            temperature: None,
            top_k: None,
            speed: None,
            consent: None,
            provenance: Provenance {
                source: source.to_owned(),
                myna: crate::VERSION.to_owned(),
                other: toml::Table::new(),
            },
            segments: Vec::new(),
            other: toml::Table::new(),
        })
    }

    /// From the text of a `voice.toml`; `place` is for the message.
    pub fn parse(place: &str, text: &str) -> Result<Self> {
        let wrong = |why: String| refusal(&format!("{place}: {why}"));
        if text.len() as u64 > MAX_BYTES {
            return Err(wrong(format!("more than {} KiB", MAX_BYTES >> 10)));
        }
        let profile: Self = toml::from_str(text).map_err(|e| wrong(e.message().to_owned()))?;
        profile.check().map_err(wrong)?;
        Ok(profile)
    }

    pub fn to_toml(&self) -> Result<String> {
        toml::to_string(self).map_err(|e| refusal(&format!("the profile cannot be written: {e}")))
    }

    fn check(&self) -> std::result::Result<(), String> {
        if self.format != FORMAT {
            return Err(format!(
                "format {} is of another version of Myna, which knows {FORMAT}",
                self.format
            ));
        }
        check_name(&self.name).map_err(|why| format!("the name {why}"))?;
        if self.segments.len() > MAX_SEGMENTS {
            return Err(format!("more than {MAX_SEGMENTS} recordings"));
        }
        for (i, segment) in self.segments.iter().enumerate() {
            if segment.audio != audio_name(i) {
                return Err(format!(
                    "the recording {:?} is not named {}",
                    segment.audio,
                    audio_name(i)
                ));
            }
            check_transcript(&segment.transcript)?;
            if !(0.0..=3600.0).contains(&segment.seconds) {
                return Err(format!("{} has an impossible length", segment.audio));
            }
            if segment.sha256.len() != 64 || !segment.sha256.bytes().all(|b| b.is_ascii_hexdigit())
            {
                return Err(format!("the hash of {} is none", segment.audio));
            }
        }
        if let Some(consent) = &self.consent
            && consent.statement.trim().is_empty()
        {
            return Err("the consent says nothing".into());
        }
        let speed = self.speed.unwrap_or(1.0);
        let temperature = self.temperature.unwrap_or(1.0);
        if !(0.5..=3.0).contains(&speed)
            || !(0.0..=10.0).contains(&temperature)
            || self.top_k == Some(0)
        {
            return Err("speed, temperature or top-k is out of range".into());
        }
        Ok(())
    }

    /// Refuses to speak in a voice that nobody has vouched for.
    pub fn require_consent(&self) -> Result<&Consent> {
        self.consent.as_ref().ok_or_else(|| {
            Error::request(
                format!("nobody has said yet that the voice {:?} may be used", self.name),
                format!(
                    "Say why it may: myna voices consent {:?} --kind own|permission|licensed --statement TEXT.",
                    self.name
                ),
            )
        })
    }
}

impl Consent {
    /// Given today.
    pub fn new(kind: ConsentKind, statement: &str) -> Result<Self> {
        let statement = statement.trim();
        if !statement.contains(char::is_alphabetic) || statement.chars().count() > MAX_TEXT {
            return Err(Error::request(
                "the consent needs a statement",
                "Say in a sentence whose voice it is and why you may use it.",
            ));
        }
        Ok(Self {
            kind,
            statement: statement.to_owned(),
            date: today(),
            other: toml::Table::new(),
        })
    }
}

/// The only name a recording may have: nothing in an archive chooses a path.
pub fn audio_name(index: usize) -> String {
    format!("segment-{}.wav", index + 1)
}

pub(super) fn check_name(name: &str) -> std::result::Result<(), &'static str> {
    match () {
        () if name.trim().is_empty() => Err("is empty"),
        () if name.trim() != name => Err("begins or ends with a space"),
        () if name.chars().count() > MAX_NAME => Err("is longer than 80 letters"),
        () if name.contains(|c: char| c.is_control() || "/\\\u{202e}\u{202d}".contains(c)) => {
            Err("holds a character that names cannot have")
        }
        () => Ok(()),
    }
}

pub(super) fn check_transcript(transcript: &str) -> std::result::Result<(), String> {
    if !transcript.contains(char::is_alphanumeric) {
        return Err("a transcript has no words".into());
    }
    if transcript.chars().count() > MAX_TEXT {
        return Err(format!("a transcript is longer than {MAX_TEXT} letters"));
    }
    Ok(())
}

fn today() -> String {
    jiff::Zoned::now().strftime("%Y-%m-%d").to_string()
}

fn refusal(message: &str) -> Error {
    Error::request(
        message,
        "`myna voices --help` says what a voice is made of.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_newer_myna_wrote_is_kept() {
        let text = "format = 1\nname = \"A\"\ncreated = \"2026-01-01\"\nmood = \"calm\"\n\n[provenance]\nsource = \"file\"\n\
            myna = \"9\"\nroom = 4\n\n[[segments]]\naudio = \"segment-1.wav\"\ntranscript = \"Hi.\"\nseconds = 4.0\n\
            sha256 = \"aa00000000000000000000000000000000000000000000000000000000000000\"\npitch = [1, 2]\n\n[later]\nx = 1\n";
        let profile = Profile::parse("voice.toml", text).unwrap();
        let again = profile.to_toml().unwrap();
        for kept in ["mood = \"calm\"", "room = 4", "pitch = [1, 2]", "[later]"] {
            assert!(again.contains(kept), "{kept} is lost in\n{again}");
        }
        assert_eq!(Profile::parse("voice.toml", &again).unwrap(), profile);
    }

    #[test]
    fn names_that_would_confuse_are_refused() {
        for name in ["", " ", "a/b", "a\nb", "a\u{202e}b", &"x".repeat(81)] {
            assert!(Profile::new(name, "file").is_err(), "{name:?}");
        }
        assert_eq!(Profile::new(" Zoë 2 ", "file").unwrap().name, "Zoë 2");
    }

    #[test]
    fn a_voice_without_consent_does_not_speak() {
        let mut profile = Profile::new("A", "file").unwrap();
        let refusal = profile.require_consent().unwrap_err();
        assert!(
            refusal.hint().contains("voices consent"),
            "{}",
            refusal.hint()
        );
        assert!(Consent::new(ConsentKind::Own, " ").is_err());
        profile.consent = Some(Consent::new(ConsentKind::Own, "My own voice.").unwrap());
        assert!(profile.require_consent().is_ok());
    }
}
