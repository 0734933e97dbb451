//! The codec as a tool of its own: recordings to codes and back, and the codec's place in a model's folder.
//!
//! Codes files hold `codes` i32 `(codebooks, frames)`. Frames may be decoded whole or in pieces of any size; the samples
//! agree to 1e-5.

use crate::{Error, Result, library, sound};
use myna_models::Kind;
use myna_models::csm::Csm;
use myna_models::mimi::{Codes, Mimi};
use myna_models::trace::{self, Tensor, TensorFile};
use myna_models::weights::{Fit, Loading};
use std::collections::BTreeMap;
use std::path::Path;

/// A loaded codec. Belongs to the thread that loaded it.
pub struct Codec {
    pub(crate) mimi: Mimi,
    identity: String,
}

impl Codec {
    /// Loads a file or a folder.
    pub fn load(path: &Path) -> Result<Self> {
        Self::load_as(path, false)
    }

    /// The same; with `partial`, what is missing or does not fit is zeros, and [`Self::fit`] tells.
    pub fn load_as(path: &Path, partial: bool) -> Result<Self> {
        let mimi = Mimi::load(path, Loading::for_device(partial)?)?;
        Ok(Self {
            identity: library::mark(path)?,
            mimi,
        })
    }

    /// How far the checkpoint was a codec.
    pub fn fit(&self) -> &Fit {
        self.mimi.fit()
    }

    /// The codec for a model: the one given, else the one in the model's own folder (`codec_model.*` among its weights, or
    /// `tokenizer-*.safetensors`), else the one that lies beside it among the bundled models.
    pub fn for_model(model: &Path, given: Option<&Path>, partial: bool) -> Result<Self> {
        if let Some(path) = given {
            return Self::load_as(path, partial);
        }
        match Self::load_as(model, partial) {
            Err(Error::Models(e)) if e.kind() == Kind::ModelMissing => {
                if let Some(beside) = library::codec_beside(model) {
                    return Self::load_as(&beside, partial);
                }
                Err(myna_models::Error::missing(
                    format!("{} holds no Mimi codec", model.display()),
                    "Give the codec with --codec: kyutai's tokenizer-….safetensors or a folder with it.",
                )
                .into())
            }
            other => other,
        }
    }

    /// Refuses a codec that cannot belong to the model.
    pub(crate) fn check_fits(&self, csm: &Csm) -> Result<()> {
        if self.codebooks() >= csm.codebooks() && self.mimi.codebook_size() <= csm.audio_vocab() {
            return Ok(());
        }
        Err(myna_models::Error::refused(
            format!(
                "the codec ({} codebooks of {} codes) does not belong to the model ({} of {})",
                self.codebooks(),
                self.mimi.codebook_size(),
                csm.codebooks(),
                csm.audio_vocab()
            ),
            "Give the codec that was published with the model with --codec.",
        )
        .into())
    }

    /// Tells codecs apart: [`library::mark`].
    pub fn identity(&self) -> &str {
        &self.identity
    }

    pub fn codebooks(&self) -> usize {
        self.mimi.codebooks()
    }

    pub fn frame_samples(&self) -> usize {
        self.mimi.frame_samples()
    }

    /// Frames per second.
    pub fn frame_rate(&self) -> f64 {
        f64::from(sound::RATE) / self.mimi.frame_samples() as f64
    }

    /// A recording of any kind that [`sound::read`] reads, as codes.
    pub fn encode_file(&mut self, path: &Path, codebooks: usize) -> Result<Codes> {
        let samples = sound::read_at(path, sound::RATE)?;
        Ok(self.mimi.encode(&samples, codebooks)?)
    }

    /// Decodes, giving samples piece by piece; `piece` frames at a time, or all at once.
    pub fn decode(
        &mut self,
        codes: &Codes,
        piece: Option<usize>,
        mut on_samples: impl FnMut(&[f32]) -> Result<()>,
    ) -> Result<()> {
        let Some(piece) = piece else {
            return on_samples(&self.mimi.decode(codes)?);
        };
        self.mimi.reset_decoder();
        for from in (0..codes.frames()).step_by(piece.max(1)) {
            let to = (from + piece.max(1)).min(codes.frames());
            let frames: Vec<Vec<i32>> = (from..to).map(|t| codes.frame(t)).collect();
            let samples = self.mimi.decode_step(&Codes::from_frames(&frames)?)?;
            on_samples(&samples)?;
        }
        self.mimi.reset_decoder();
        Ok(())
    }
}

/// Reads a codes file.
pub fn read_codes(path: &Path) -> Result<Codes> {
    let table = TensorFile::read(path)?.integers("codes")?;
    match table.shape.as_slice() {
        &[codebooks, frames] if codebooks > 0 && frames > 0 => {
            Ok(Codes::new(codebooks, table.values)?)
        }
        other => Err(Error::request(
            format!("{}: codes have the shape {other:?}", path.display()),
            "A codes file holds `codes` i32 of (codebooks, frames), at least one of each.",
        )),
    }
}

/// Writes a codes file.
pub fn write_codes(path: &Path, codes: &Codes) -> Result<()> {
    write_codes_with(path, codes, &BTreeMap::new())
}

/// Writes a codes file that says more about itself.
pub fn write_codes_with(
    path: &Path,
    codes: &Codes,
    metadata: &BTreeMap<String, String>,
) -> Result<()> {
    let shape = [codes.codebooks(), codes.frames()];
    let codes = Tensor::i32("codes", &shape, codes.data());
    trace::write(path, &[codes], metadata).map_err(Error::writing)
}
