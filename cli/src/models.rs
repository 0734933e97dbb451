//! `myna models`: known models and fetching them, what a folder holds, smaller copies, random checkpoints of real size.

mod shelf;

use crate::console::Console;
use crate::failure::Result;
use crate::interrupt::Interrupt;
use myna_engine::library::{self, Number, Report};
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Fetch, import, check and shrink models
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    #[command(flatten)]
    Shelf(shelf::Verb),
    /// Say what a folder or file holds, and everything that is wrong with it
    ///
    /// Prints kind, layout, parameters, number types, bits and bytes of every network found, names that nothing uses, and
    /// every problem by name. Reads all weights once, so that values that are not numbers are found. Exit code 3 when there
    /// is any problem.
    Check {
        /// A model's folder, or one file of weights
        #[arg(value_name = "DIR|FILE")]
        path: PathBuf,
    },
    /// Make a smaller copy of a speech model
    ///
    /// Writes every matrix in 4 or 8 bits (groups of 64, MLX's format), the rest as stored, with config and tokenizer. A codec
    /// inside the checkpoint is not copied.
    Quantize {
        /// The model's folder
        #[arg(value_name = "DIR")]
        path: PathBuf,
        /// 4 or 8
        #[arg(long, value_parser = bits)]
        bits: u8,
        /// The folder to make
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
    /// Write a random checkpoint of real size
    ///
    /// For measuring speed and memory without any download; it speaks noise. The same shape gives the same file everywhere.
    Synth {
        /// Whose sizes to take
        #[arg(value_parser = library::SHAPES)]
        shape: String,
        /// Quantise in 4 or 8 bits as MLX does; speech models only
        #[arg(long, value_parser = bits)]
        bits: Option<u8>,
        /// How numbers are stored
        #[arg(long, value_enum, default_value_t = Dtype::F32)]
        dtype: Dtype,
        /// The folder to make
        #[arg(short, long, value_name = "DIR")]
        output: PathBuf,
    },
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum Dtype {
    F32,
    Bf16,
}

pub fn run(args: Args, console: &Console) -> Result {
    let interrupt = Interrupt::install()?;
    match args.verb {
        Verb::Shelf(verb) => return shelf::run(verb, &interrupt, console),
        Verb::Check { path } => {
            let spinner = console.spinner("reading");
            let report = library::check(&path);
            spinner.finish_and_clear();
            let report = report?;
            console.answer(&report, &describe(&report))?;
            if !report.ok {
                return Ok(ExitCode::from(3));
            }
        }
        Verb::Quantize { path, bits, output } => {
            let spinner = console.spinner("quantising");
            let done = library::quantize(&path, bits, &output);
            spinner.finish_and_clear();
            done?;
            made(&output, console)?;
        }
        Verb::Synth {
            shape,
            bits,
            dtype,
            output,
        } => {
            let number = match dtype {
                Dtype::F32 => Number::F32,
                Dtype::Bf16 => Number::Bf16,
            };
            let spinner = console.spinner("writing");
            let done = library::synth(&shape, number, bits, &output);
            spinner.finish_and_clear();
            done?;
            made(&output, console)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn made(dir: &std::path::Path, console: &Console) -> Result<()> {
    let bytes: u64 = std::fs::read_dir(dir)
        .into_iter()
        .flatten()
        .filter_map(|entry| {
            let path = entry.ok()?.path();
            let weights = path.extension().is_some_and(|e| e == "safetensors");
            weights.then(|| std::fs::metadata(path).map_or(0, |m| m.len()))
        })
        .sum();
    console.done(format!("{}: {}", dir.display(), megabytes(bytes)));
    console.answer(
        &json!({ "dir": dir.display().to_string(), "bytes": bytes }),
        "",
    )
}

fn describe(report: &Report) -> String {
    let mut text = String::new();
    // Writing to a string cannot fail.
    for network in &report.networks {
        let name = match network.kind {
            "csm" => "speech model (CSM)",
            "step-audio" => "recogniser (Step-Audio 2)",
            "token2wav-flow" => "flow (token2wav)",
            "token2wav-hift" => "vocoder (token2wav)",
            "s3-tokenizer" => "speech tokenizer (S3)",
            "campplus" => "speaker encoder (CAM++)",
            _ => "codec (Mimi)",
        };
        _ = writeln!(text, "{name}");
        _ = writeln!(text, "  layout      {}", network.layout);
        _ = writeln!(
            text,
            "  parameters  {:.1} M",
            network.parameters as f64 / 1e6
        );
        let types: Vec<String> = network
            .dtypes
            .iter()
            .map(|(name, count)| format!("{name} × {count}"))
            .collect();
        _ = writeln!(text, "  tensors     {}", types.join(", "));
        if let (Some(bits), Some(group)) = (network.bits, network.group) {
            _ = writeln!(text, "  quantised   {bits} bits, groups of {group}");
        }
        _ = writeln!(text, "  size        {}", megabytes(network.bytes));
    }
    if !report.surplus.is_empty() {
        _ = writeln!(text, "used by nothing ({})", report.surplus.len());
        for name in &report.surplus {
            _ = writeln!(text, "  {name}");
        }
    }
    if report.problems.is_empty() {
        _ = write!(text, "no problems");
    } else {
        _ = write!(text, "problems ({})", report.problems.len());
        for problem in &report.problems {
            _ = write!(text, "\n  {problem}");
        }
    }
    text
}

pub fn megabytes(bytes: u64) -> String {
    format!("{:.1} MB", bytes as f64 / 1e6)
}

fn bits(text: &str) -> std::result::Result<u8, String> {
    match text {
        "4" => Ok(4),
        "8" => Ok(8),
        _ => Err("4 or 8 is needed".into()),
    }
}
