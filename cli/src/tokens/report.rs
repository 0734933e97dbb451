//! `myna tokens report`

use crate::console::Console;
use crate::failure::Result;
use crate::interrupt::Interrupt;
use myna_engine::tokens::report::{ReportRequest, report};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write a page about one trace, or about two side by side
///
/// The folder gets report.html (one file, no script, works offline, light and dark), report.json, and plots/ with every picture as SVG
/// and PNG: token histograms, heat maps of matches and of log-probability, entropy, margins, drift, and where two traces part.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_name = "A.safetensors")]
    a: PathBuf,

    #[arg(value_name = "B.safetensors")]
    b: Option<PathBuf>,

    /// The folder to write to
    #[arg(short, long, value_name = "DIR")]
    output: PathBuf,
}

pub fn run(args: &Args, console: &Console) -> Result {
    let request = ReportRequest {
        a: args.a.clone(),
        b: args.b.clone(),
        out: args.output.clone(),
    };
    let interrupt = Interrupt::install()?;
    let spinner = console.spinner("drawing");
    let written = report(&request, interrupt.gentle());
    spinner.finish_and_clear();
    let written = written?;
    console.done(format!(
        "{}: {} pictures",
        written.page.display(),
        written.plots.len()
    ));
    let answer = json!({
        "page": written.page.display().to_string(), "json": written.json.display().to_string(), "plots": written.plots,
    });
    console.answer(&answer, "")?;
    Ok(ExitCode::SUCCESS)
}
