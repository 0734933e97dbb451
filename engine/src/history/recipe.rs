//! Everything that made an utterance's samples.
//!
//! The text and the recipe give the same samples again on the same kind of machine, as long as the model and the
//! reference recordings are what they were; [`Recipe::changes`] says where they are not.

use crate::speak::session::Piece;
use crate::speak::{Reference, Request};
use crate::{Error, Result, Sampling, library};
use serde::{Deserialize, Serialize};
use std::ops::Range;
use std::path::{Path, PathBuf};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Recipe {
    /// What was said for the text, and which attempt at it was chosen.
    #[serde(default)]
    pub pieces: Vec<Piece>,
    /// Of entries without pieces: the words that were said in one go; none is the text itself.
    #[serde(default)]
    pub spoken: Option<String>,
    /// A name, or a folder's full path; none is the bundled voice.
    pub model: Option<String>,
    /// Tells whether the model is still the same: [`library::mark`].
    pub model_mark: String,
    /// Full path of a codec that was given apart.
    pub codec: Option<PathBuf>,
    /// Oldest first.
    pub references: Vec<Source>,
    pub voice_match: bool,
    pub speaker: u32,
    pub seed: u64,
    pub temperature: f32,
    pub top_k: usize,
    pub exclude_tokens: Option<Range<u32>>,
    pub codebooks: Option<usize>,
    pub chunk_frames: Option<usize>,
    /// Of all pieces together; none is as long as they need.
    pub max_seconds: Option<f64>,
}

/// How long a text that was said in one go may have been where nothing says it.
const LONGEST: f64 = 90.0;

/// A reference recording, by name and by content.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Full path.
    pub audio: PathBuf,
    pub sha256: String,
    pub transcript: String,
}

impl Recipe {
    /// What `request` says of the voice, and `pieces` of the words, of which those that were said name their attempt. `model`
    /// and `codec` as they were asked for.
    pub fn of(
        request: &Request,
        pieces: Vec<Piece>,
        max_seconds: Option<f64>,
        model: Option<&str>,
        codec: Option<&Path>,
    ) -> Result<Self> {
        let references = request
            .references
            .iter()
            .map(|Reference { audio, transcript }| {
                Ok(Source {
                    audio: full(audio)?,
                    sha256: library::file_hash(audio).map_err(|e| {
                        Error::audio(audio, format!("cannot be read ({e})"), "Check the path.")
                    })?,
                    transcript: transcript.clone(),
                })
            });
        Ok(Self {
            pieces,
            spoken: None,
            model: model.map(full_name).transpose()?,
            model_mark: library::mark(&library::find(model)?)?,
            codec: codec.map(full).transpose()?,
            references: references.collect::<Result<_>>()?,
            voice_match: request.voice_match,
            speaker: request.speaker,
            seed: request.seed,
            temperature: request.sampling.temperature,
            top_k: request.sampling.top_k,
            exclude_tokens: request.sampling.exclude.clone(),
            codebooks: request.codebooks,
            chunk_frames: request.chunk_frames,
            max_seconds,
        })
    }

    /// What to say to hear `text` again as it was.
    pub fn pieces(&self, text: &str) -> Vec<Piece> {
        if !self.pieces.is_empty() {
            return self.pieces.clone();
        }
        let longest = self.max_seconds.unwrap_or(LONGEST);
        vec![Piece::whole(
            self.spoken.as_deref().unwrap_or(text),
            longest,
        )]
    }

    /// In whose voice, and how. Its text and length are those of the pieces.
    pub fn request(&self) -> Request {
        let references = self.references.iter().map(|source| Reference {
            audio: source.audio.clone(),
            transcript: source.transcript.clone(),
        });
        Request {
            references: references.collect(),
            voice_match: self.voice_match,
            speaker: self.speaker,
            seed: self.seed,
            sampling: self.sampling(),
            codebooks: self.codebooks,
            chunk_frames: self.chunk_frames,
            ..Request::new("")
        }
    }

    pub fn sampling(&self) -> Sampling {
        Sampling {
            temperature: self.temperature,
            top_k: self.top_k,
            exclude: self.exclude_tokens.clone(),
        }
    }

    /// What is no longer as it was, in sentences; with any of it the samples may differ.
    pub fn changes(&self) -> Vec<String> {
        let mut changes = Vec::new();
        let name = self.model.as_deref().unwrap_or("the bundled voice");
        match library::find(self.model.as_deref()).and_then(|dir| library::mark(&dir)) {
            Ok(mark) if mark == self.model_mark => {}
            Ok(_) => changes.push(format!("{name} is no longer the model that it was")),
            Err(e) => changes.push(e.to_string()),
        }
        for source in &self.references {
            let path = source.audio.display();
            match library::file_hash(&source.audio) {
                Ok(hash) if hash == source.sha256 => {}
                Ok(_) => changes.push(format!("{path} is no longer the recording that it was")),
                Err(e) => changes.push(format!("{path} cannot be read ({e})")),
            }
        }
        changes
    }
}

/// A folder keeps being found from elsewhere; a name stays a name.
fn full_name(model: &str) -> Result<String> {
    if Path::new(model).is_dir() {
        return Ok(full(Path::new(model))?.display().to_string());
    }
    Ok(model.to_owned())
}

fn full(path: &Path) -> Result<PathBuf> {
    std::path::absolute(path).map_err(|e| {
        Error::request(
            format!("{} is no path: {e}", path.display()),
            "Check the path.",
        )
    })
}
