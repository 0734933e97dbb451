//! `myna tokens`: what goes into every choice of a speech model, recorded, compared and told.

mod capture;
mod compare;
mod replay;
mod report;
mod sweep;

use crate::console::Console;
use crate::failure::Result;

/// Record what goes into every choice of a speech model, and compare
///
/// A trace holds frames of codes with the numbers behind them, as a safetensors file. docs/tokens.md describes it;
/// tools/reference/capture_torch.py writes the same from PyTorch.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    Capture(capture::Args),
    Compare(compare::Args),
    Replay(replay::Args),
    Sweep(sweep::Args),
    Report(report::Args),
}

pub fn run(args: Args, console: &Console) -> Result {
    match args.verb {
        Verb::Capture(args) => capture::run(args, console),
        Verb::Compare(args) => compare::run(&args, console),
        Verb::Replay(args) => replay::run(&args, console),
        Verb::Sweep(args) => sweep::run(&args, console),
        Verb::Report(args) => report::run(&args, console),
    }
}
