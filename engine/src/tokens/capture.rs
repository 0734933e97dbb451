//! Recording what goes into every choice: the model runs on rows made elsewhere and writes a trace as it goes.

use super::identity::Identity;
use crate::codec::Codec;
use crate::tensors::check_writable;
use crate::{Error, Result, Sampling, library};
use myna_models::backend::Precision;
use myna_models::csm::{Config, Csm, Noise, Options, Prompt};
use myna_models::trace::{self, Layout, Stages, TraceWriter};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the randomness comes from.
#[derive(Debug, Clone)]
pub enum Source {
    Seed(u64),
    /// A file with `noise` f32 (N, K, V).
    File(PathBuf),
}

#[derive(Debug, Clone)]
pub struct CaptureRequest {
    pub model: PathBuf,
    /// A file with `tokens` i32 and `mask`, both (rows, K + 1).
    pub prompt: PathBuf,
    pub frames: usize,
    pub sampling: Sampling,
    pub source: Source,
    pub stages: Stages,
    pub out: PathBuf,
}

/// What was recorded.
#[derive(Debug, Clone)]
pub struct Captured {
    pub frames: usize,
    /// `eos`, `length` or `cancelled`.
    pub stopped_by: &'static str,
    /// Codes per codebook that the model draws from.
    pub vocabulary: usize,
}

/// Runs the model on rows made elsewhere and writes the trace. `on_frame` hears how many frames are there; a codec,
/// if given, must fit the model.
pub fn capture(
    request: &CaptureRequest,
    codec: Option<&Codec>,
    cancel: &AtomicBool,
    on_frame: &mut dyn FnMut(usize),
) -> Result<Captured> {
    check_writable(&request.out)?;
    // What is small is read before what is large.
    let config = Config::read(&request.model)?;
    let prompt = trace::read_prompt(&request.prompt, &config)?;
    let (noise, seed) = match &request.source {
        Source::Seed(seed) => (Noise::Seed(*seed), Some(*seed)),
        Source::File(path) => (Noise::Given(trace::read_noise(path, &config)?), None),
    };
    let mut csm = Csm::load(&request.model, Precision::for_device()?)?;
    if let Some(codec) = codec {
        codec.check_fits(&csm)?;
    }
    let mut metadata = Identity {
        model: &request.model,
        seed,
        sampling: &request.sampling,
    }
    .metadata()?;
    metadata.insert("model_hash".into(), library::fingerprint(&request.model)?);
    let run = Run {
        options: Options {
            sampling: request.sampling.clone(),
            noise,
            codebooks: csm.codebooks(),
            max_frames: request.frames,
        },
        prompt,
        stages: request.stages.clone(),
        metadata,
    };
    run.record(&mut csm, &request.out, cancel, on_frame)
}

/// A generation to be recorded.
pub(super) struct Run {
    pub options: Options,
    pub prompt: Prompt,
    pub stages: Stages,
    pub metadata: BTreeMap<String, String>,
}

impl Run {
    pub fn record(
        &self,
        csm: &mut Csm,
        out: &Path,
        cancel: &AtomicBool,
        on_frame: &mut dyn FnMut(usize),
    ) -> Result<Captured> {
        let layout = Layout {
            codebooks: self.options.codebooks,
            vocabulary: csm.audio_vocab(),
            hidden: csm.config().backbone.block.hidden,
            stages: self.stages.clone(),
            greedy: self.options.sampling.is_greedy(),
            excludes: self.options.sampling.exclude.is_some(),
        };
        let mut writer = TraceWriter::create(out, layout, &self.prompt, &self.metadata)
            .map_err(Error::writing)?;
        let mut count = 0;
        let mut told = |_: &[i32]| {
            count += 1;
            on_frame(count);
            if cancel.load(Ordering::Relaxed) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        };
        let generated = csm
            .generate_recorded(&self.prompt, &self.options, &mut told, &mut writer)
            .map_err(Error::writing)?;
        let stopped_by = generated.stopped_by.name();
        writer
            .finish(&[("stopped_by", stopped_by)])
            .map_err(Error::writing)?;
        Ok(Captured {
            frames: generated.frames,
            stopped_by,
            vocabulary: csm.audio_vocab(),
        })
    }
}
