//! One trace, or two side by side, as a page that works offline, as pictures, and as JSON.
//!
//! The folder gets `report.html` (all in one file, no script, light and dark, a table beside every picture), `report.json` and
//! `plots/` with every picture as SVG and PNG.

mod figures;
mod page;
mod plot;
mod series;

use crate::tokens::compare;
use crate::{Error, Result};
use figures::Figure;
use myna_models::trace::Trace;
use serde_json::json;
use series::Series;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// How `report.json` is laid out.
const FORMAT: &str = "myna-report-1";

#[derive(Debug, Clone)]
pub struct ReportRequest {
    pub a: PathBuf,
    pub b: Option<PathBuf>,
    /// The folder to make or to fill.
    pub out: PathBuf,
}

/// What was written.
#[derive(Debug, Clone)]
pub struct Written {
    pub page: PathBuf,
    pub json: PathBuf,
    /// Names of the pictures; each is there as SVG and PNG.
    pub plots: Vec<&'static str>,
}

/// Reads the traces and writes the report.
pub fn report(request: &ReportRequest, cancel: &AtomicBool) -> Result<Written> {
    let plots = request.out.join("plots");
    std::fs::create_dir_all(&plots).map_err(|e| Error::output(&plots, e))?;
    let a = Series::read(&Trace::open(&request.a)?, cancel)?;
    let b = match &request.b {
        Some(path) => Some(Series::read(&Trace::open(path)?, cancel)?),
        None => None,
    };
    let comparison = match &request.b {
        Some(b) => Some(compare(&request.a, b, cancel, &mut |_, _| {})?),
        None => None,
    };
    let figures = figures::all(&a, b.as_ref(), comparison.as_ref());
    for Figure { name, plot, .. } in &figures {
        write(&plots.join(format!("{name}.svg")), plot.svg()?.as_bytes())?;
        write(&plots.join(format!("{name}.png")), &plot.png()?)?;
    }
    let page = request.out.join("report.html");
    write(
        &page,
        page::render(&a, b.as_ref(), comparison.as_ref(), &figures)?.as_bytes(),
    )?;
    let json = request.out.join("report.json");
    let answer = json!({ "format": FORMAT, "comparison": comparison, "a": a, "b": b });
    write(&json, answer.to_string().as_bytes())?;
    let plots = figures.iter().map(|figure| figure.name).collect();
    Ok(Written { page, json, plots })
}

fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|e| Error::output(path, e))
}
