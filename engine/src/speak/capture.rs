//! Recording what went into every choice: the frames, the logits behind them, the hidden states they start from.
//!
//! A trace holds `frames` i32 (N, K), `c0_logits` f32 (N', V), `depth_logits` f32 (N', K−1, V), `hidden` f32 (N', H) and,
//! unless greedy, `noise` f32 (N', K, V). N' is N + 1 when the model ended by itself: the end frame's own logits are there,
//! its codes are not. The metadata says what is needed to make it again.

use crate::codec::Codec;
use crate::tensors::check_writable;
use crate::{Error, Result, Sampling, library};
use myna_models::backend::{Precision, device_name};
use myna_models::csm::{Capture, Config, Csm, Noise, Options, StoppedBy};
use myna_models::trace::{self, Trace};
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
    mut on_frame: impl FnMut(usize),
) -> Result<Captured> {
    check_writable(&request.out)?;
    // What is small is read before what is large.
    let config = Config::read(&request.model)?;
    let prompt = trace::read_prompt(&request.prompt, &config)?;
    let noise = match &request.source {
        Source::Seed(seed) => Noise::Seed(*seed),
        Source::File(path) => Noise::Given(trace::read_noise(path, &config)?),
    };
    let mut csm = Csm::load(&request.model, Precision::for_device()?)?;
    if let Some(codec) = codec {
        codec.check_fits(&csm)?;
    }
    let options = Options {
        sampling: request.sampling.clone(),
        noise,
        codebooks: csm.codebooks(),
        max_frames: request.frames,
        capture: true,
    };
    let (mut frames, mut count) = (Vec::new(), 0);
    let generated = csm.generate(&prompt, &options, &mut |codes| {
        frames.extend(codes);
        count += 1;
        on_frame(count);
        if cancel.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?;
    let meta = Meta {
        model_hash: library::fingerprint(&request.model)?,
        seed: match request.source {
            Source::Seed(seed) => Some(seed),
            Source::File(_) => None,
        },
        sampling: &request.sampling,
        stopped_by: generated.stopped_by,
    };
    let captured = generated.capture.unwrap_or_default();
    write_trace(
        &request.out,
        &frames,
        csm.codebooks(),
        csm.audio_vocab(),
        captured,
        &meta,
    )?;
    Ok(Captured {
        frames: generated.frames,
        stopped_by: generated.stopped_by.name(),
        vocabulary: csm.audio_vocab(),
    })
}

/// What a trace's metadata says.
pub(super) struct Meta<'a> {
    pub model_hash: String,
    /// None when the noise was given.
    pub seed: Option<u64>,
    pub sampling: &'a Sampling,
    pub stopped_by: StoppedBy,
}

pub(super) fn write_trace(
    path: &Path,
    frames: &[i32],
    codebooks: usize,
    vocabulary: usize,
    capture: Capture,
    meta: &Meta,
) -> Result<()> {
    let greedy = meta.sampling.is_greedy();
    let seed = match meta.seed {
        _ if greedy => "none (greedy)".into(),
        Some(seed) => seed.to_string(),
        None => "none (given noise)".into(),
    };
    let exclude = match &meta.sampling.exclude {
        Some(range) => format!("{}..{}", range.start, range.end),
        None => "none".into(),
    };
    let metadata = [
        ("model_hash", meta.model_hash.clone()),
        ("seed", seed),
        ("temperature", meta.sampling.temperature.to_string()),
        ("top_k", meta.sampling.top_k.to_string()),
        ("exclude", exclude),
        ("stopped_by", meta.stopped_by.name().into()),
        ("device", device_name()?.into()),
        ("myna", crate::VERSION.into()),
        ("format", "myna-trace-1".into()),
    ];
    let metadata = metadata
        .map(|(key, value): (&str, String)| (key.to_owned(), value))
        .into();
    Trace::new(frames, codebooks, vocabulary, capture, metadata)?
        .write(path)
        .map_err(Error::writing)
}
