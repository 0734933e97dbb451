//! The one definition of the command line: help, man page and completions all come from here.

use crate::{bench, codec, doctor, history, models, speak, tokens, transcribe, verify, voices};
use clap::{Parser, Subcommand};

/// Speech networks on your own machine
///
/// Myna speaks text and writes down speech with networks that run here; nothing is sent anywhere.
///
/// Exit codes: 0 done, 1 failed, 2 wrong usage or bad input file, 3 model missing or refused, 130 cancelled.
#[derive(Debug, Parser)]
#[command(
    name = "myna",
    version,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true
)]
pub struct Cli {
    /// Answer as JSON on stdout, errors as JSON on stderr
    #[arg(long, global = true, display_order = 900)]
    pub json: bool,

    /// No progress and no notes on stderr, only errors
    #[arg(short, long, global = true, display_order = 901)]
    pub quiet: bool,

    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Speak(Box<speak::Args>),
    Transcribe(Box<transcribe::Args>),
    Codec(codec::Args),
    Tokens(tokens::Args),
    Voices(voices::Args),
    Models(models::Args),
    History(history::Args),
    Verify(verify::Args),
    Bench(bench::Args),
    Doctor(doctor::Args),
    /// Print the man page
    #[command(hide = true)]
    Man,
    /// Print completions for a shell
    #[command(hide = true)]
    Completions {
        shell: clap_complete::Shell,
    },
}
