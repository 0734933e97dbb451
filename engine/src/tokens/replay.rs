//! A trace's own noise through today's model: the stored tokens must come out again.

use super::capture::Run;
use super::compare::compare;
use super::identity::Identity;
use crate::{Error, Result, library, tensors};
use myna_models::backend::Precision;
use myna_models::csm::{Config, Csm, Noise, Options};
use myna_models::trace::{self, Comparison, Stages, Trace};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

#[derive(Debug, Clone)]
pub struct ReplayRequest {
    pub trace: PathBuf,
    pub model: PathBuf,
    /// For traces that do not hold their prompt.
    pub prompt: Option<PathBuf>,
    /// Keep what today's model gave.
    pub out: Option<PathBuf>,
}

#[derive(Debug)]
pub struct Replay {
    /// A is what was stored, B what came out today.
    pub comparison: Comparison,
    /// `recorded`, `seed` or `none` (greedy).
    pub noise: &'static str,
    /// Whether the weights are those of the trace; None when it does not say.
    pub same_model: Option<bool>,
}

/// Runs the model again. `on_frame` hears how many frames are there, and of how many.
pub fn replay(
    request: &ReplayRequest,
    cancel: &AtomicBool,
    on_frame: &mut dyn FnMut(usize, usize),
) -> Result<Replay> {
    let stored = Trace::open(&request.trace)?;
    let config = Config::read(&request.model)?;
    let prompt = match &request.prompt {
        Some(path) => Some(trace::read_prompt(path, &config)?),
        None => trace::prompt_of(&stored, &config)?,
    };
    let lacks = |what: &str, hint: &str| {
        Error::request(
            format!("{} does not hold {what}", request.trace.display()),
            hint,
        )
    };
    let prompt = prompt.ok_or_else(|| lacks("its prompt", "Give the prompt with --prompt."))?;
    let sampling = stored.sampling().ok_or_else(|| {
        lacks(
            "temperature and top-k",
            "Traces of `myna tokens capture` do; capture it again.",
        )
    })?;
    let seed = stored.note("seed").and_then(|seed| seed.parse().ok());
    let (noise, source) = if sampling.is_greedy() {
        (Noise::Seed(0), "none")
    } else if stored.has("noise") {
        (Noise::Given(noise(&stored)?), "recorded")
    } else if let Some(seed) = seed {
        (Noise::Seed(seed), "seed")
    } else {
        return Err(lacks(
            "its noise, nor a seed",
            "Capture it again with the stage `noise`, or with a seed.",
        ));
    };
    // Checked before long work, or made where nobody needs to look.
    let (out, _folder) = place(request.out.as_deref())?;
    let mut csm = Csm::load(&request.model, Precision::for_device()?)?;
    let hash = library::fingerprint(&request.model)?;
    let same_model = stored.note("model_hash").map(|stored| stored == hash);
    let mut metadata = Identity {
        model: &request.model,
        seed,
        sampling: &sampling,
    }
    .metadata()?;
    metadata.insert("model_hash".into(), hash);
    let entries = stored.entries();
    let run = Run {
        options: Options {
            sampling,
            noise,
            codebooks: stored.codebooks(),
            max_frames: entries,
        },
        prompt,
        stages: stages(&stored),
        metadata,
    };
    run.record(&mut csm, &out, cancel, &mut |done| on_frame(done, entries))?;
    let comparison = compare(&request.trace, &out, cancel, &mut |_, _| {})?;
    Ok(Replay {
        comparison,
        noise: source,
        same_model,
    })
}

/// All draws, in order. They fit into memory: a model's positions bound an utterance.
fn noise(stored: &Trace) -> Result<Vec<f32>> {
    let mut all = Vec::new();
    for n in 0..stored.entries() {
        for draw in stored.entry(n)?.draws {
            all.extend(draw.noise.unwrap_or_default());
        }
    }
    Ok(all)
}

/// The same tables that the stored trace has.
fn stages(stored: &Trace) -> Stages {
    let top = stored.top();
    let has = |whole: &str| stored.has(whole) || stored.has(&format!("top_{whole}"));
    Stages {
        logits: stored.has("c0_logits") || stored.has("top_logits"),
        probabilities: has("probabilities"),
        noise: has("noise"),
        hidden: stored.has("hidden"),
        timing: true,
        prompt: true,
        top,
    }
}

fn place(out: Option<&Path>) -> Result<(PathBuf, Option<tempfile::TempDir>)> {
    if let Some(path) = out {
        tensors::check_writable(path)?;
        return Ok((path.to_owned(), None));
    }
    let folder = tempfile::tempdir().map_err(|e| Error::output(&std::env::temp_dir(), e))?;
    Ok((folder.path().join("replay.safetensors"), Some(folder)))
}
