//! Whatever speaks: a CSM or Marvis model, or a Step-Audio 2 Base that reads aloud.

use super::{Event, Reader, Report, Request, Speaker, is_step_audio};
use crate::Result;
use myna_models::weights::Fit;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// Belongs to the thread that loaded it.
#[derive(Debug)]
pub enum Tongue {
    Csm(Box<Speaker>),
    StepAudio(Box<Reader>),
}

impl Tongue {
    /// Loads the model in a folder, whichever it is, with its codec or token2wav: the one given, or the folder's own. With
    /// `partial`, what is missing or does not fit is zeros, and [`Self::fits`] tells; a Step-Audio 2 is never loaded so.
    pub fn load(model: &Path, codec: Option<&Path>, partial: bool) -> Result<Self> {
        Ok(if is_step_audio(model) {
            Tongue::StepAudio(Box::new(Reader::load(model, codec)?))
        } else {
            Tongue::Csm(Box::new(Speaker::load_as(model, codec, partial)?))
        })
    }

    /// Codes per codebook that the model draws from; a reader draws words and codes from one vocabulary.
    pub fn vocabulary(&self) -> usize {
        match self {
            Tongue::Csm(speaker) => speaker.vocabulary(),
            Tongue::StepAudio(reader) => reader.vocabulary(),
        }
    }

    /// How far model and codec were what they should be.
    pub fn fits(&self) -> Vec<Fit> {
        match self {
            Tongue::Csm(speaker) => speaker.fits().into_iter().cloned().collect(),
            Tongue::StepAudio(_) => Vec::new(),
        }
    }

    pub fn codebooks(&self) -> usize {
        match self {
            Tongue::Csm(speaker) => speaker.codebooks(),
            Tongue::StepAudio(_) => 1,
        }
    }

    /// Tensors of the checkpoint that nothing uses.
    pub fn surplus(&self) -> &[String] {
        match self {
            Tongue::Csm(speaker) => speaker.surplus(),
            Tongue::StepAudio(reader) => reader.surplus(),
        }
    }

    /// Speaks one utterance, as [`Speaker::speak`] and [`Reader::speak`] do.
    pub fn speak(
        &mut self,
        request: &Request,
        cancel: &AtomicBool,
        on_event: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<Report> {
        match self {
            Tongue::Csm(speaker) => speaker.speak(request, cancel, on_event),
            Tongue::StepAudio(reader) => reader.speak(request, cancel, on_event),
        }
    }
}
