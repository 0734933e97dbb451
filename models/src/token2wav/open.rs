//! The files of a token2wav folder: which name each network goes by, and opening it.
//!
//! The folder is `token2wav` of a published checkpoint, converted; a checkpoint's own folder stands for the one inside it.

use super::keys::{self, Layout};
use super::{
    Flow, FlowSizes, Hift, HiftSizes, SpeakerEncoder, SpeakerSizes, SpeechTokenizer, TokenizerSizes,
};
use crate::backend::Precision;
use crate::weights::{Checkpoint, TensorSpec, Weights};
use crate::{Error, Result};
use std::path::{Path, PathBuf};

/// One network's file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum File {
    Flow,
    Hift,
    Tokenizer,
    Speaker,
}

impl File {
    pub const ALL: [File; 4] = [File::Flow, File::Hift, File::Tokenizer, File::Speaker];

    /// A stable word for reports.
    pub fn kind(self) -> &'static str {
        match self {
            File::Flow => "token2wav-flow",
            File::Hift => "token2wav-hift",
            File::Tokenizer => "s3-tokenizer",
            File::Speaker => "campplus",
        }
    }

    /// What it is, in words.
    pub fn what(self) -> &'static str {
        match self {
            File::Flow => "flow",
            File::Hift => "vocoder",
            File::Tokenizer => "S3 tokenizer",
            File::Speaker => "speaker encoder",
        }
    }

    /// Names it goes by, ours first, then that of the public MLX conversion where it differs.
    pub fn names(self) -> &'static [&'static str] {
        match self {
            File::Flow => &["flow.safetensors"],
            File::Hift => &["hift.safetensors"],
            File::Tokenizer => &[
                "s3tokenizer.safetensors",
                "speech_tokenizer_v2_25hz.safetensors",
            ],
            File::Speaker => &["campplus.safetensors"],
        }
    }

    /// What it is published as.
    fn published(self) -> &'static str {
        match self {
            File::Flow => "flow.pt",
            File::Hift => "hift.pt",
            File::Tokenizer => "speech_tokenizer_v2_25hz.onnx",
            File::Speaker => "campplus.onnx",
        }
    }

    /// Every tensor of a file of the published sizes, with its axes in the order in which files keep them.
    pub fn specs(self) -> Vec<TensorSpec> {
        match self {
            File::Flow => Flow::specs(&FlowSizes::genuine()),
            File::Hift => Hift::specs(&HiftSizes::genuine()),
            File::Tokenizer => SpeechTokenizer::specs(&TokenizerSizes::genuine()),
            File::Speaker => {
                let mut specs = SpeakerEncoder::specs(&SpeakerSizes::genuine());
                specs.iter_mut().for_each(keys::as_stored);
                specs
            }
        }
    }

    /// The file in `dir`, or in its `token2wav`.
    pub fn find(self, dir: &Path) -> Result<PathBuf> {
        let rooms = [dir.to_owned(), dir.join("token2wav")];
        let there = |names: &[&str]| {
            rooms
                .iter()
                .flat_map(|room| names.iter().map(|name| room.join(name)))
                .find(|path| path.is_file())
        };
        if let Some(path) = there(self.names()) {
            return Ok(path);
        }
        let (what, name) = (self.what(), self.names()[0]);
        Err(match there(&[self.published()]) {
            Some(path) => Error::missing(
                format!("{} is not converted yet", path.display()),
                format!(
                    "Pickles and ONNX are never opened here: `python tools/convert/token2wav.py {} -o DIR` makes {name} once.",
                    path.parent().unwrap_or(dir).display()
                ),
            ),
            None => Error::missing(
                format!("{} holds no {what} ({name})", dir.display()),
                "Give the token2wav folder of Step-Audio 2, converted with tools/convert/token2wav.py.",
            ),
        })
    }

    /// Opens the file in `dir`; nothing is read yet.
    pub fn open(self, dir: &Path, precision: Precision) -> Result<(Layout, Weights)> {
        let checkpoint = Checkpoint::open(&self.find(dir)?)?;
        let layout = match self {
            File::Speaker => Layout::Mlx,
            _ => Layout::detect(checkpoint.names()),
        };
        let weights = Weights::new(checkpoint, precision, |name| match self {
            File::Flow => keys::flow(name, layout),
            File::Hift => keys::hift(name, layout),
            File::Tokenizer => keys::tokenizer(name, layout),
            File::Speaker => keys::speaker(name),
        });
        Ok((layout, weights))
    }
}

/// Whether a folder holds token2wav's two speaking networks.
pub fn is_token2wav(dir: &Path) -> bool {
    File::Flow.find(dir).is_ok() && File::Hift.find(dir).is_ok()
}
