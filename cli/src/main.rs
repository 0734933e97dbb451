//! Myna's command line.
//!
//! stdout is for machines, stderr for people. Two stages: arguments are checked as far as they can be by themselves
//! (`args` and each verb's own), then the verb does its work through `myna_engine`. Exit codes: 0 done, 1 failed, 2 wrong
//! usage or bad input file, 3 model missing or refused, 130 cancelled. One file per verb. Started with a hidden argument the
//! program is its own engine process instead, where `speak` and `transcribe` have their networks.
#![deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, unsafe_code)]

mod args;
mod bench;
mod codec;
mod console;
mod doctor;
mod engine;
mod failure;
mod help;
mod history;
mod interrupt;
mod models;
mod partial;
mod recording;
mod sampling;
mod speak;
mod tokens;
mod transcribe;
mod verify;
mod voices;
mod wording;

use args::{Cli, Command};
use clap::Parser;
use console::Console;
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    if myna_engine::host::is_child() {
        return myna_engine::host::run_child();
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(e) if e.use_stderr() && asked_for_json() => return Failure::usage(&e).report(true),
        Err(e) => {
            // Help goes to stdout, usage errors to stderr; a closed pipe is nobody's fault.
            _ = e.print();
            return ExitCode::from(if e.use_stderr() { 2 } else { 0 });
        }
    };
    let console = Console::new(cli.json, cli.quiet);
    let result = match cli.command {
        Command::Speak(args) => speak::run(*args, &console),
        Command::Transcribe(args) => transcribe::run(*args, &console),
        Command::Codec(args) => codec::run(args, &console),
        Command::Tokens(args) => tokens::run(args, &console),
        Command::Voices(args) => voices::run(args, &console),
        Command::Models(args) => models::run(args, &console),
        Command::History(args) => history::run(args, &console),
        Command::Verify(args) => verify::run(&args, &console),
        Command::Bench(args) => bench::run(args, &console),
        Command::Doctor(args) => doctor::run(&args, &console),
        Command::Man => help::man(),
        Command::Completions { shell } => help::completions(shell),
    };
    match result {
        Ok(code) => code,
        Err(failure) => failure.report(console.json()),
    }
}

/// Before the arguments could be parsed.
fn asked_for_json() -> bool {
    std::env::args_os()
        .take_while(|arg| arg != "--")
        .any(|arg| arg == "--json")
}
