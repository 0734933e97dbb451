//! `myna tokens capture`

use crate::console::{Console, finished};
use crate::failure::Result;
use crate::interrupt::Interrupt;
use crate::sampling::SamplingArgs;
use crate::speak::at_least_one;
use myna_engine::codec::Codec;
use myna_engine::library;
use myna_engine::speak::random_seed;
use myna_engine::tokens::{CaptureRequest, Source, Stages, capture};
use serde_json::json;
use std::path::PathBuf;

/// Generate from prompt rows and record a trace
///
/// The prompt file holds `tokens` i32 (rows, K+1) and `mask` (rows, K+1): K audio codes, then one text id; a trace is one, too.
/// The trace holds `frames` i32 (N, K), `c0_logits` f32 (N', V), `depth_logits` f32 (N', K-1, V), `hidden` f32 (N', H) and, unless
/// greedy, `probabilities` and `noise` f32 (N', K, V). N' is N+1 when the model ended by itself. Its metadata holds model hash, seed,
/// temperature, top-k and versions. Frames go to disk as they come: length costs no memory, and what a killed capture
/// had finished can be read from its `.capture` file.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A model's folder or name; the bundled voice without it
    #[arg(long, value_name = "ID|DIR")]
    model: Option<String>,

    /// Check that this codec fits the model; it is not needed otherwise
    #[arg(long, value_name = "DIR|FILE")]
    codec: Option<PathBuf>,

    /// Prompt rows
    #[arg(long, value_name = "P.safetensors")]
    prompt: PathBuf,

    /// Stop after N frames
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    frames: usize,

    /// Draw noise from PyTorch's CPU stream after this seed
    #[arg(long, value_name = "S", conflicts_with_all = ["greedy", "noise"], help_heading = "Drawing tokens")]
    seed: Option<u64>,

    /// Take the noise from a file: `noise` f32 (N, K, V)
    #[arg(
        long,
        value_name = "Q.safetensors",
        conflicts_with = "greedy",
        help_heading = "Drawing tokens"
    )]
    noise: Option<PathBuf>,

    /// What to record besides the codes
    #[arg(long, value_name = "STAGES", value_delimiter = ',', value_parser = Stages::NAMES, default_values = Stages::NAMES,
          help_heading = "Recording")]
    stages: Vec<String>,

    /// Record the N best candidates of every draw instead of all
    ///
    /// Record the N best candidates of every draw instead of all: `top_ids`, `top_logits`, `top_probabilities` and `top_noise`
    /// (N', K, N). With N above top-k the whole distribution is there, in a fraction of the space.
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = "Recording")]
    top: Option<usize>,

    /// Where to write the trace
    #[arg(short, long, value_name = "T.safetensors")]
    output: PathBuf,

    #[command(flatten)]
    sampling: SamplingArgs,
}

impl Args {
    fn stages(&self) -> Stages {
        let wanted = |name: &str| self.stages.iter().any(|stage| stage == name);
        Stages {
            logits: wanted("logits"),
            probabilities: wanted("probabilities"),
            noise: wanted("noise"),
            hidden: wanted("hidden"),
            timing: wanted("timing"),
            prompt: wanted("prompt"),
            top: self.top,
        }
    }
}

pub fn run(args: Args, console: &Console) -> Result {
    let request = CaptureRequest {
        model: library::find(args.model.as_deref())?,
        stages: args.stages(),
        prompt: args.prompt,
        frames: args.frames,
        sampling: args.sampling.sampling(),
        source: match args.noise {
            Some(path) => Source::File(path),
            None => Source::Seed(args.seed.unwrap_or_else(random_seed)),
        },
        out: args.output,
    };
    let codec = args.codec.as_deref().map(Codec::load).transpose()?;
    let interrupt = Interrupt::install()?;
    let bar = console.bar(args.frames as u64, "{wide_bar} {pos}/{len} frames");
    let trace = capture(&request, codec.as_ref(), interrupt.gentle(), &mut |n| {
        bar.set_position(n as u64);
    });
    bar.finish_and_clear();
    let trace = trace?;
    args.sampling.remark(trace.vocabulary, console);
    let file = request.out.display().to_string();
    console.done(format!(
        "{file}: {} frames, stopped by {}",
        trace.frames, trace.stopped_by
    ));
    let answer = json!({ "file": file, "frames": trace.frames, "stopped_by": trace.stopped_by });
    console.answer(&answer, "")?;
    Ok(finished(interrupt.asked()))
}
