//! `myna tokens replay`

use super::compare::describe;
use crate::console::{Console, finished};
use crate::failure::Result;
use crate::interrupt::Interrupt;
use myna_engine::library;
use myna_engine::tokens::{ReplayRequest, Requirement, replay};
use serde_json::json;
use std::path::PathBuf;

/// Put a trace's own noise through the model again
///
/// The stored prompt and noise (or the seed, where only that is stored) must give the stored tokens. Says where that stops being
/// true, and why; the exit code is then 1. A is what was stored, B what came out today.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_name = "T.safetensors")]
    trace: PathBuf,

    /// A model's folder or name; the bundled voice without it
    #[arg(long, value_name = "ID|DIR")]
    model: Option<String>,

    /// The prompt, if the trace does not hold it
    #[arg(long, value_name = "P.safetensors")]
    prompt: Option<PathBuf>,

    /// Keep what came out today
    #[arg(short, long, value_name = "OUT.safetensors")]
    output: Option<PathBuf>,
}

pub fn run(args: &Args, console: &Console) -> Result {
    let request = ReplayRequest {
        trace: args.trace.clone(),
        model: library::find(args.model.as_deref())?,
        prompt: args.prompt.clone(),
        out: args.output.clone(),
    };
    let interrupt = Interrupt::install()?;
    let bar = console.bar(0, "{wide_bar} {pos}/{len} frames");
    let replayed = replay(&request, interrupt.gentle(), &mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let replayed = replayed?;
    if replayed.same_model == Some(false) {
        console.note("the weights are not those that the trace was made with");
    }
    let c = &replayed.comparison;
    let answer = json!({
        "noise": replayed.noise, "same_model": replayed.same_model, "match": c.match_rate, "comparison": c,
    });
    console.answer(&answer, &describe(c))?;
    Requirement::check_all(&[Requirement::same_tokens().judge(c)])?;
    Ok(finished(interrupt.asked()))
}
