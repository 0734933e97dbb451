//! `myna bench transcribe`: a recogniser on one chunk, or everything before it on a file.

use super::{heading, machine_line, memory};
use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::models::megabytes;
use crate::speak::at_least_one;
use myna_engine::hear::{FrontEndReport, HearFigures, Listener, Media, Request, front_end};
use myna_engine::library;
use myna_engine::machine::Machine;
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

/// A recogniser, or the way to it
///
/// Times one chunk of noise: features, encoder, prompt, then token by token. `host` is the processor time of the thread that
/// decides, per token: what stands between two tokens if the device is fast; `graph building` is Myna's own part of it, the
/// rest is MLX's. No tokenizer is needed, so checkpoints of `myna models synth` serve.
///
/// With --front-end-only a file goes through everything before the model: decoding, finding speech, cutting, features.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A recogniser's folder or name; the bundled one without it
    #[arg(long, value_name = "ID|DIR")]
    model: Option<String>,
    /// Length of the chunk, 1 to 29
    #[arg(long, value_name = "S", default_value_t = 25.0)]
    seconds: f64,
    /// How many tokens to generate
    #[arg(long, value_name = "N", default_value_t = 24, value_parser = at_least_one)]
    tokens: usize,
    /// Measure what comes before the model instead, on this file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["model", "seconds", "tokens"])]
    front_end_only: Option<PathBuf>,
}

pub fn run(args: &Args, machine: &Machine, interrupt: &Interrupt, console: &Console) -> Result {
    if let Some(path) = &args.front_end_only {
        let mut media = Media::open(path)?;
        let spinner = console.spinner("measuring");
        let cancel = interrupt.gentle();
        let report = front_end(&mut media, &Request::default(), cancel, &mut |_| {});
        spinner.finish_and_clear();
        let report = report?;
        let mut answer = heading("transcribe-front-end", machine);
        answer["figures"] = json!(report);
        console.answer(&answer, &front_end_table(&report, machine))?;
        return Ok(ExitCode::SUCCESS);
    }
    if !(1.0..=29.0).contains(&args.seconds) {
        return Err(Failure::new(
            "usage",
            format!("chunks of {} s cannot be heard", args.seconds),
            "--seconds takes 1 to 29.",
        ));
    }
    let dir = library::find_ear(args.model.as_deref())?;
    let spinner = console.spinner("measuring");
    let begin = Instant::now();
    // Checkpoints of random weights come without a tokenizer; small ones say in it where their control tokens are.
    let words = dir.join("tokenizer.json").exists();
    let mut listener = Listener::load(&dir, words, Request::default().decode.max_cache_len)?;
    let load_ms = begin.elapsed().as_secs_f64() * 1e3;
    let figures = listener.measure(args.seconds, args.tokens, interrupt.gentle());
    spinner.finish_and_clear();
    let figures = figures?;
    let mut answer = heading("transcribe", machine);
    answer["model"] = args.model.clone().unwrap_or_else(|| "pocket".into()).into();
    answer["model_hash"] = library::fingerprint(&dir)?.into();
    answer["load_ms"] = load_ms.into();
    answer["figures"] = json!(figures);
    console.answer(&answer, &table(&figures, load_ms, machine))?;
    Ok(ExitCode::SUCCESS)
}

fn table(f: &HearFigures, load_ms: f64, machine: &Machine) -> String {
    let mut lines = vec![machine_line(machine)];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<22}{value}"));
    row("loading", format!("{load_ms:.0} ms"));
    row(
        "weights",
        format!(
            "{}, stored in {}",
            megabytes(f.weight_bytes),
            megabytes(f.stored_bytes)
        ),
    );
    row(
        "after loading",
        f.memory_after_loading_bytes
            .map_or_else(|| "unknown".into(), megabytes),
    );
    row("peak memory", memory(f.peak_memory_bytes, f.peak_mlx_bytes));
    row(
        "chunk",
        format!(
            "{:.1} s, {} audio tokens, prompt of {}",
            f.chunk_seconds, f.audio_tokens, f.prompt_tokens
        ),
    );
    row("features", format!("{:.1} ms", f.mel_ms));
    row("encoder, features too", format!("{:.1} ms", f.encoder_ms));
    row("prompt", format!("{:.1} ms", f.prefill_ms));
    row(
        "token",
        format!("{:.1} ms, median of {}", f.token_ms, f.token_ms_each.len()),
    );
    row(
        "host, per token",
        f.host_ms
            .map_or_else(|| "unknown".into(), |ms| format!("{ms:.2} ms")),
    );
    row(
        "  graph building",
        format!("{:.2} ms, {} operations", f.building_ms, f.graph_nodes),
    );
    lines.join("\n")
}

fn front_end_table(r: &FrontEndReport, machine: &Machine) -> String {
    let mut lines = vec![machine_line(machine)];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<22}{value}"));
    row("sound", format!("{:.1} s", r.seconds));
    row(
        "speech",
        format!("{:.1} s in {} chunks", r.speech_seconds, r.chunks),
    );
    row("features", format!("{} frames", r.mel_frames));
    row("work", format!("{:.2} s", r.work_seconds));
    row("times real time", format!("{:.0}", r.times_real_time));
    row(
        "peak memory",
        r.peak_memory_bytes
            .map_or_else(|| "unknown".into(), megabytes),
    );
    lines.join("\n")
}
