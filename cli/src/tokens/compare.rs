//! `myna tokens compare`, and how a comparison reads.

use crate::console::Console;
use crate::failure::Result;
use crate::interrupt::Interrupt;
use myna_engine::tokens::{
    Comparison, Divergence, METRICS, RangeCount, Requirement, Side, compare,
};
use serde_json::json;
use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

/// Compare two traces
///
/// Says where the tokens first differ and why, how alike the tokens and the recorded distributions are, and whether each side's
/// tokens follow its own probabilities. Similarity and divergences are of the shared draws: those up to the first difference,
/// when both models have heard the same. A may come from Myna and B from PyTorch (tools/reference/capture_torch.py).
#[derive(Debug, clap::Args)]
pub struct Args {
    #[arg(value_name = "A.safetensors")]
    a: PathBuf,

    #[arg(value_name = "B.safetensors")]
    b: PathBuf,

    /// Exit with 1 unless this holds; may be repeated
    #[arg(long, value_name = "FIGURE>=NUMBER", long_help = figures())]
    require: Vec<Requirement>,
}

fn figures() -> String {
    let mut text =
        "Exit with 1 unless this holds; may be repeated. `match>=0.999`, `kl<=0.001`. Figures:\n"
            .to_owned();
    for (name, meaning) in METRICS {
        // Writing to a string cannot fail.
        _ = write!(text, "\n  {name}: {meaning}");
    }
    text
}

pub fn run(args: &Args, console: &Console) -> Result {
    let interrupt = Interrupt::install()?;
    let bar = console.bar(0, "{wide_bar} {pos}/{len} frames");
    let comparison = compare(&args.a, &args.b, interrupt.gentle(), &mut |done, of| {
        bar.set_length(of as u64);
        bar.set_position(done as u64);
    });
    bar.finish_and_clear();
    let comparison = comparison?;
    let verdicts: Vec<_> = args.require.iter().map(|r| r.judge(&comparison)).collect();
    for side in [&comparison.a, &comparison.b]
        .into_iter()
        .filter(|s| s.cut_off)
    {
        console.note(format!(
            "{} was cut off after {} frames",
            side.file, side.frames
        ));
    }
    let answer = json!({ "comparison": comparison, "requirements": verdicts });
    console.answer(&answer, &describe(&comparison))?;
    Requirement::check_all(&verdicts)?;
    Ok(ExitCode::SUCCESS)
}

/// The whole comparison for people.
pub fn describe(c: &Comparison) -> String {
    let mut text = String::new();
    for (name, side) in [("A", &c.a), ("B", &c.b)] {
        // Writing to a string cannot fail.
        _ = writeln!(text, "{name}  {}", identity(side));
    }
    for d in &c.differences {
        _ = writeln!(text, "   {}: {} in A, {} in B", d.key, d.a, d.b);
    }
    let mut row = |name: &str, value: String| _ = writeln!(text, "{name:<22}{value}");
    row(
        "match",
        format!(
            "{:.6}   {} of {} tokens, {} of {} frames",
            c.match_rate, c.tokens_matched, c.tokens, c.frames_matched, c.frames
        ),
    );
    let s = &c.shared;
    let optional = |value: Option<f64>, digits: usize| {
        value.map_or("not recorded".into(), |v| format!("{v:.digits$}"))
    };
    row(
        "similarity",
        format!(
            "{}   of {} shared draws",
            optional(s.similarity(), 6),
            s.draws
        ),
    );
    row("total variation", scientific(s.total_variation()));
    let infinite = if s.kl_infinite > 0 {
        format!(", infinite in {}", s.kl_infinite)
    } else {
        String::new()
    };
    row(
        "KL, Jensen-Shannon",
        format!(
            "{}{infinite}, {}",
            scientific(s.kl()),
            scientific(s.jensen_shannon())
        ),
    );
    row("distance of logits", scientific(s.logit_distance));
    if let Some(place) = &c.beyond_rounding {
        row(
            "beyond rounding",
            format!("{place}, by {:.1e} of their size", place.relative),
        );
    }
    codebooks(&mut text, c);
    drift(&mut text, c);
    for (name, side) in [("A", &c.a), ("B", &c.b)] {
        _ = writeln!(text, "tokens of {name}");
        own(&mut text, side);
        for range in &c.ranges {
            let what = if range.name == "excluded" {
                "excluded"
            } else {
                "tokens"
            };
            let count = if name == "A" { &range.a } else { &range.b };
            _ = writeln!(
                text,
                "  {:<20}{}",
                format!("{what} {}-{}", range.from, range.to - 1),
                told(count)
            );
        }
    }
    match &c.divergence {
        Some(d) => divergence(&mut text, d),
        None => text.push_str("first difference      none"),
    }
    text.trim_end().to_owned()
}

fn identity(side: &Side) -> String {
    let of = |key: &str| side.identity.get(key).map(String::as_str);
    let mut parts = vec![side.file.clone()];
    parts.extend(of("producer").map(str::to_owned));
    parts.extend(of("library").map(str::to_owned));
    let place = [of("device"), of("dtype")]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>();
    if !place.is_empty() {
        parts.push(place.join(" "));
    }
    parts.extend(of("model_hash").map(|hash| format!("model {}", hash.get(..8).unwrap_or(hash))));
    parts.extend(of("seed").map(|seed| format!("seed {seed}")));
    if let (Some(t), Some(k)) = (of("temperature"), of("top_k")) {
        parts.push(format!("T {t}, top-k {k}"));
    }
    parts.push(format!("{} frames", side.frames));
    parts.join(", ")
}

fn scientific(value: Option<f64>) -> String {
    value.map_or("not recorded".into(), |v| format!("{v:.1e}"))
}

fn codebooks(text: &mut String, c: &Comparison) {
    _ = writeln!(text, "codebook   match   frequencies   overlap of tokens");
    for k in &c.codebooks {
        _ = writeln!(
            text,
            "  {:<8} {:.4}  {:.4}        {:.4}  ({} and {} distinct)",
            k.codebook,
            k.match_rate,
            k.histogram_similarity,
            k.token_overlap,
            k.distinct_a,
            k.distinct_b
        );
    }
}

/// Only when there is something to see.
fn drift(text: &mut String, c: &Comparison) {
    if c.divergence.is_none() && c.beyond_rounding.is_none() {
        return;
    }
    _ = writeln!(
        text,
        "frames     match   Jensen-Shannon   distance of logits"
    );
    for b in &c.drift {
        let frames = format!("{}-{}", b.from, b.to.saturating_sub(1));
        _ = writeln!(
            text,
            "  {frames:<8} {:.4}  {:<16} {}",
            b.match_rate,
            scientific(b.jensen_shannon),
            scientific(b.logit_distance)
        );
    }
}

fn own(text: &mut String, side: &Side) {
    let mut row = |name: &str, value: String| _ = writeln!(text, "  {name:<20}{value}");
    if let Some(t) = &side.chi_square {
        let impossible = if t.impossible > 0 {
            format!(", {} that could not be drawn", t.impossible)
        } else {
            String::new()
        };
        row(
            "chi-square",
            format!(
                "p = {:.4} ({:.1} over {} cells{impossible})",
                t.p, t.statistic, t.cells
            ),
        );
    }
    let named = &side.contradictions;
    if named.checked > 0 {
        let first = named.first.map_or(String::new(), |(frame, codebook)| {
            format!(", first in frame {frame}, codebook {codebook}")
        });
        row(
            "changed afterwards",
            format!("{} of {}{first}", named.found, named.checked),
        );
    }
    if let Some(entropy) = side.entropy {
        row("entropy", format!("{entropy:.3} bits"));
    }
}

fn told(count: &RangeCount) -> String {
    match (count.expected, count.p) {
        (Some(expected), Some(p)) => {
            format!("{} drawn, {expected:.1} expected, p = {p:.4}", count.drawn)
        }
        _ => format!("{} drawn", count.drawn),
    }
}

fn divergence(text: &mut String, d: &Divergence) {
    _ = writeln!(
        text,
        "first difference      frame {}, codebook {}: token {} in A, {} in B",
        d.frame, d.codebook, d.token_a, d.token_b
    );
    _ = writeln!(text, "  {}", d.explanation);
    let lead = |v: Option<f64>| v.map_or("unknown".into(), |v| format!("{v:.2e}"));
    _ = writeln!(
        text,
        "  lead of the best      {} in A, {} in B; of logits {} and {}",
        lead(d.margin_a.choice),
        lead(d.margin_b.choice),
        lead(d.margin_a.logits),
        lead(d.margin_b.logits)
    );
    _ = writeln!(
        text,
        "  token   A: logit, p, ln p/q              B: logit, p, ln p/q"
    );
    for c in &d.candidates {
        let side = |w: Option<myna_engine::tokens::Weighed>| {
            let told = |v: Option<f64>| v.map_or("-".into(), |v| format!("{v:.4}"));
            w.map_or_else(
                || format!("{:<10} {:<10} {:<10}", "-", "-", "-"),
                |w| {
                    format!(
                        "{:<10} {:<10} {:<10}",
                        told(w.logit),
                        told(w.probability),
                        told(w.choice)
                    )
                },
            )
        };
        _ = writeln!(
            text,
            "  {:<7} {}   {}",
            c.token,
            side(c.a),
            side(c.b).trim_end()
        );
    }
}
