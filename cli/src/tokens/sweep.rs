//! `myna tokens sweep`

use crate::console::Console;
use crate::failure::Result;
use crate::interrupt::Interrupt;
use crate::speak::at_least_one;
use myna_engine::tokens::{SweepRequest, SweepRow, sweep};
use myna_engine::{Sampling, library};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// More settings than this are a mistake.
const MOST: usize = 400;

/// Speak one text at many settings and rank them
///
/// For each setting: entropy of the distributions drawn from, their distance (total variation) from the reference setting's for the
/// same logits, how much of the model's own probability can never be drawn, how often the model ended by itself, speech rate,
/// silence, and the word error rate of a round trip through the recogniser, if there is one. Ranked by word errors, then endings, then
/// nearness to the reference.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A model's folder or name; the bundled voice without it
    #[arg(long, value_name = "ID|DIR")]
    model: Option<String>,

    /// The Mimi codec, if the model's folder has none
    #[arg(long, value_name = "DIR|FILE")]
    codec: Option<PathBuf>,

    /// A recogniser's folder or name; the bundled one without it, if it is there
    #[arg(long, value_name = "ID|DIR")]
    ear: Option<String>,

    /// No round trip
    #[arg(long, conflicts_with = "ear")]
    no_ear: bool,

    /// What to say
    #[arg(long, default_value = "The quick brown fox jumps over the lazy dog.")]
    text: String,

    /// Temperatures: FROM..TO:STEP, or a list
    #[arg(long, value_name = "T", default_value = "0.6..1.2:0.1", value_parser = grid)]
    temperature: Grid,

    /// Top-k: FROM..TO:STEP, or a list
    #[arg(long, value_name = "K", default_value = "20,50,100", value_parser = grid)]
    top_k: Grid,

    /// The setting that others are measured against
    #[arg(long, value_name = "T,K", default_value = "0.9,50", value_parser = setting)]
    reference: (f32, usize),

    /// Utterances of each setting, with seeds 1 to N
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = at_least_one)]
    seeds: usize,

    /// Stop each after S seconds of speech
    #[arg(long, value_name = "S", default_value_t = 20.0)]
    max_seconds: f64,
}

#[derive(Debug, Clone)]
struct Grid(Vec<f64>);

pub fn run(args: &Args, console: &Console) -> Result {
    let ear = match (&args.ear, args.no_ear) {
        (_, true) => None,
        (Some(name), _) => Some(library::find_ear(Some(name))?),
        // Not everybody has one; the table then says so.
        (None, _) => library::find_ear(None).ok(),
    };
    let setting = |temperature: f64, top_k: f64| Sampling {
        temperature: temperature as f32,
        top_k: top_k as usize,
        exclude: None,
    };
    let settings = args.temperature.0.iter();
    let settings =
        settings.flat_map(|&t| args.top_k.0.iter().map(move |&k| setting(t, k.max(1.0))));
    let (temperature, top_k) = args.reference;
    let request = SweepRequest {
        model: library::find(args.model.as_deref())?,
        codec: args.codec.clone(),
        ear,
        text: args.text.clone(),
        settings: settings.collect(),
        reference: Sampling {
            temperature,
            top_k,
            exclude: None,
        },
        seeds: (1..=args.seeds as u64).collect(),
        max_seconds: args.max_seconds,
    };
    let interrupt = Interrupt::install()?;
    let bar = console.bar(0, "{wide_bar} {pos}/{len} utterances");
    let rows = sweep(&request, interrupt.gentle(), &mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let rows = rows?;
    if request.ear.is_none() {
        console.note("without a recogniser nobody has listened: the ranking is by endings and nearness alone");
    }
    let answer = json!({
        "text": request.text, "reference": { "temperature": temperature, "top_k": top_k },
        "recogniser": request.ear.is_some(), "settings": rows,
    });
    console.answer(&answer, &table(&rows))?;
    Ok(ExitCode::SUCCESS)
}

fn table(rows: &[SweepRow]) -> String {
    let mut lines = vec![
        "rank  T     top-k  entropy  distance  unreachable  ended  seconds  chars/s  silence  word errors".to_owned(),
    ];
    let told =
        |value: Option<f64>, digits: usize| value.map_or("-".into(), |v| format!("{v:.digits$}"));
    for r in rows {
        let line = format!(
            "{:<4}  {:<4}  {:<5}  {:<7}  {:<8}  {:<11}  {:<5}  {:<7.2}  {:<7}  {:<7}  {}",
            r.rank,
            r.temperature,
            r.top_k,
            told(r.entropy, 3),
            told(r.distance, 4),
            told(r.unreachable, 4),
            format!("{:.0} %", r.ended * 100.0),
            r.seconds,
            told(r.characters_per_second, 1),
            told(r.silence, 3),
            told(r.word_error_rate, 3),
        );
        lines.push(line);
    }
    lines.join("\n")
}

/// `0.6..1.2:0.1` (both ends included) or `20,50,100`.
fn grid(text: &str) -> std::result::Result<Grid, String> {
    let shape =
        || "FROM..TO:STEP or a list such as 20,50,100 is needed, numbers above 0".to_owned();
    let number = |text: &str| {
        text.trim()
            .parse::<f64>()
            .ok()
            .filter(|x| x.is_finite() && *x > 0.0)
    };
    let Some((from, rest)) = text.split_once("..") else {
        let values: Option<Vec<f64>> = text.split(',').map(number).collect();
        return values
            .filter(|v| v.len() <= MOST)
            .map(Grid)
            .ok_or_else(shape);
    };
    let (to, step) = rest.split_once(':').ok_or_else(shape)?;
    let all = number(from).zip(number(to)).zip(number(step));
    let ((from, to), step) = all.ok_or_else(shape)?;
    let count = ((to - from) / step + 1e-6).floor();
    if !(0.0..MOST as f64).contains(&count) {
        return Err(format!("that is not 1 to {MOST} values"));
    }
    // 0.1 is no binary number: what people write has few digits.
    let tidy = |x: f64| (x * 1e6).round() / 1e6;
    Ok(Grid(
        (0..=count as u32)
            .map(|i| tidy(from + f64::from(i) * step))
            .collect(),
    ))
}

fn setting(text: &str) -> std::result::Result<(f32, usize), String> {
    text.split_once(',')
        .and_then(|(t, k)| Some((t.trim().parse().ok()?, k.trim().parse().ok()?)))
        .filter(|(t, k)| *t > 0.0 && f32::is_finite(*t) && *k > 0)
        .ok_or_else(|| "T,K is needed, such as 0.9,50".into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_include_both_ends() {
        let values = |text: &str| grid(text).map(|grid| grid.0);
        let steps = vec![0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.2];
        assert_eq!(values("0.6..1.2:0.1"), Ok(steps));
        assert_eq!(values("20, 50,100"), Ok(vec![20.0, 50.0, 100.0]));
        assert_eq!(values("1..1:5"), Ok(vec![1.0]));
        for bad in ["", "0", "2..1:1", "1..2", "1..2:0", "0.1..9:0.0001", "a,b"] {
            assert!(values(bad).is_err(), "{bad}");
        }
    }
}
