//! The report's figures: each a picture, a sentence that says what it shows, and its numbers as a table.

use super::plot::{Line, Panel, Plot};
use super::series::{Point, Series, mean};
use myna_models::trace::Comparison;

/// Bars of a histogram at most; more could not be told apart.
const BINS: usize = 67;

/// Leads are told in half powers of ten from here on.
const LEAST_LEAD: i32 = -12;
const LEADS: usize = 17;

pub(super) struct Figure {
    /// Of its files.
    pub name: &'static str,
    pub title: &'static str,
    /// What it shows, and what was found.
    pub text: String,
    pub plot: Plot,
    pub table: Table,
}

pub(super) struct Table {
    pub head: Vec<String>,
    pub rows: Vec<Vec<String>>,
}

impl Table {
    pub fn new(head: &[&str]) -> Self {
        Self {
            head: head.iter().map(|h| (*h).to_owned()).collect(),
            rows: Vec::new(),
        }
    }
}

/// A value, or a dash.
pub(super) fn told(value: Option<f64>, digits: usize) -> String {
    value.map_or("–".into(), |v| format!("{v:.digits$}"))
}

pub(super) fn all(a: &Series, b: Option<&Series>, comparison: Option<&Comparison>) -> Vec<Figure> {
    let sides: Vec<&Series> = std::iter::once(a).chain(b).collect();
    let mut figures = Vec::new();
    if let (Some(b), Some(c)) = (b, comparison) {
        figures.push(matches(a, b, c));
        figures.push(drift(c));
    }
    figures.push(histograms(&sides, comparison));
    for (side, name, title) in [
        (
            0,
            "log-probability-a",
            "How likely the model thought its tokens: A",
        ),
        (
            1,
            "log-probability-b",
            "How likely the model thought its tokens: B",
        ),
    ] {
        if let Some(series) = sides.get(side) {
            figures.push(log_probability(series, name, title));
        }
    }
    figures.push(entropy(&sides));
    figures.push(margins(&sides));
    figures
}

const NAMES: [&str; 2] = ["A", "B"];

/// Stretches of frames × codebooks, from a value per draw.
fn grid(
    entries: usize,
    codebooks: usize,
    value: impl Fn(usize) -> Option<f32>,
) -> Vec<Vec<Option<f64>>> {
    let stretch = Series::stretch(entries);
    let row = |codebook: usize| {
        let frames = (0..entries).step_by(stretch);
        let cell = |from: usize| {
            let to = (from + stretch).min(entries);
            mean((from..to).filter_map(|frame| value(frame * codebooks + codebook)))
        };
        frames.map(cell).collect()
    };
    (0..codebooks).map(row).collect()
}

fn matches(a: &Series, b: &Series, c: &Comparison) -> Figure {
    let same = |i: usize| {
        Some(f32::from(u8::from(
            a.points.get(i)?.token == b.points.get(i)?.token,
        )))
    };
    let mut table = Table::new(&[
        "codebook",
        "match",
        "similarity of frequencies",
        "overlap of tokens",
    ]);
    for k in &c.codebooks {
        table.rows.push(vec![
            k.codebook.to_string(),
            format!("{:.4}", k.match_rate),
            format!("{:.4}", k.histogram_similarity),
            format!("{:.4}", k.token_overlap),
        ]);
    }
    let first = match &c.divergence {
        Some(d) => format!(
            "The first difference is in frame {}, codebook {}.",
            d.frame, d.codebook
        ),
        None => "There is no difference.".into(),
    };
    Figure {
        name: "match",
        title: "Where the tokens are the same",
        text: format!(
            "Share of equal tokens per frame and codebook: yellow is all, dark is none. {} of {} tokens are the same ({:.2} %). {first}",
            c.tokens_matched,
            c.tokens,
            c.match_rate * 100.0
        ),
        plot: Plot::Heat {
            rows: grid(c.frames, a.codebooks, same),
            frames: c.frames,
            low: 0.0,
            high: 1.0,
        },
        table,
    }
}

fn drift(c: &Comparison) -> Figure {
    let middle = |from: usize, to: usize| f64::midpoint(from as f64, to as f64);
    let matches = c
        .drift
        .iter()
        .map(|b| (middle(b.from, b.to), b.match_rate))
        .collect();
    let distances = c
        .drift
        .iter()
        .filter_map(|b| Some((middle(b.from, b.to), b.jensen_shannon?)))
        .collect();
    let mut table = Table::new(&[
        "frames",
        "match",
        "Jensen–Shannon",
        "largest distance of logits",
    ]);
    for b in &c.drift {
        table.rows.push(vec![
            format!("{} to {}", b.from, b.to.saturating_sub(1)),
            format!("{:.4}", b.match_rate),
            b.jensen_shannon.map_or("–".into(), |v| format!("{v:.2e}")),
            b.logit_distance.map_or("–".into(), |v| format!("{v:.2e}")),
        ]);
    }
    Figure {
        name: "drift",
        title: "Drift over time",
        text: "Share of equal tokens, and the mean Jensen–Shannon divergence of the distributions (0 is equal, 0.69 shares nothing). \
               Behind the first difference each side follows its own tokens."
            .into(),
        plot: Plot::Lines {
            x: "frame",
            y: "share; nats",
            lines: vec![
                Line { side: 0, name: "equal tokens".into(), points: matches },
                Line { side: 1, name: "Jensen–Shannon".into(), points: distances },
            ],
            most: Some(1.05),
        },
        table,
    }
}

fn histograms(sides: &[&Series], comparison: Option<&Comparison>) -> Figure {
    let (codebooks, vocabulary) = (sides[0].codebooks, sides[0].vocabulary);
    let width = vocabulary.div_ceil(BINS).max(1);
    let panels = (0..codebooks).map(|k| Panel {
        title: format!("codebook {k}"),
        bins: sides
            .iter()
            .map(|s| {
                s.counts[k]
                    .chunks(width)
                    .map(|bin| bin.iter().sum())
                    .collect()
            })
            .collect(),
    });
    let mut head = vec!["codebook".to_owned()];
    for name in NAMES.iter().take(sides.len()) {
        head.extend([
            format!("{name}: tokens used"),
            format!("{name}: most frequent (times)"),
        ]);
    }
    let mut rows = Vec::new();
    for k in 0..codebooks {
        let mut row = vec![k.to_string()];
        for side in sides {
            let counts = &side.counts[k];
            row.push(counts.iter().filter(|&&n| n > 0).count().to_string());
            let most = counts
                .iter()
                .enumerate()
                .max_by_key(|&(id, &n)| (n, std::cmp::Reverse(id)));
            row.push(most.map_or("–".into(), |(id, n)| format!("{id} ({n})")));
        }
        rows.push(row);
    }
    let found = comparison.map_or(String::new(), |c| {
        let least = c
            .codebooks
            .iter()
            .map(|k| k.histogram_similarity)
            .fold(1.0, f64::min);
        format!(" The least alike codebook has a similarity of {least:.3} (1 is equal).")
    });
    let both = if sides.len() > 1 {
        " Bars are A, the line is B."
    } else {
        ""
    };
    Figure {
        name: "histograms",
        title: "How often each token was drawn",
        text: format!("Counts per codebook, {width} token ids a bar.{both}{found}"),
        plot: Plot::Panels {
            vocabulary,
            panels: panels.collect(),
        },
        table: Table { head, rows },
    }
}

fn log_probability(series: &Series, name: &'static str, title: &'static str) -> Figure {
    let value = |i: usize| series.points.get(i)?.log_probability;
    let rows = grid(series.entries(), series.codebooks, value);
    let known = || rows.iter().flatten().flatten().copied();
    let low = known().fold(0.0, f64::min).clamp(-20.0, -1e-3);
    let mut table = Table::new(&["codebook", "mean ln p", "mean entropy (bits)"]);
    for k in 0..series.codebooks {
        table.rows.push(vec![
            k.to_string(),
            told(series.by_codebook(k, |p| p.log_probability), 3),
            told(series.by_codebook(k, |p| p.entropy), 3),
        ]);
    }
    let mean = mean(series.points.iter().filter_map(|p| p.log_probability));
    Figure {
        name,
        title,
        text: format!(
            "ln of the model's own probability (temperature 1) of each token drawn: yellow is sure, dark is a surprise. The mean is {}.",
            told(mean, 3)
        ),
        plot: Plot::Heat {
            rows,
            frames: series.entries(),
            low,
            high: 0.0,
        },
        table,
    }
}

fn entropy(sides: &[&Series]) -> Figure {
    let entries = sides.iter().map(|s| s.entries()).max().unwrap_or(0);
    let lines = sides.iter().enumerate().map(|(side, series)| Line {
        side,
        name: NAMES[side].into(),
        points: series.over_time(Series::stretch(entries), |p| p.entropy),
    });
    let mut table = Table::new(&["frames"]);
    table.head.extend(
        NAMES
            .iter()
            .take(sides.len())
            .map(|name| format!("{name} (bits)")),
    );
    let stretch = entries.div_ceil(20).max(1);
    for from in (0..entries).step_by(stretch) {
        let to = (from + stretch).min(entries);
        let mut row = vec![format!("{from} to {}", to - 1)];
        for s in sides {
            let points = s
                .points
                .chunks(s.codebooks)
                .skip(from)
                .take(to - from)
                .flatten();
            row.push(told(mean(points.filter_map(|p: &Point| p.entropy)), 3));
        }
        table.rows.push(row);
    }
    let means: Vec<String> = sides
        .iter()
        .zip(NAMES)
        .map(|(s, name)| {
            format!(
                "{name} {}",
                told(mean(s.points.iter().filter_map(|p| p.entropy)), 3)
            )
        })
        .collect();
    Figure {
        name: "entropy",
        title: "Entropy over time",
        text: format!(
            "Bits of the distributions that tokens were drawn from, mean over the codebooks: how much choice there was. Means: {}.",
            means.join(", ")
        ),
        plot: Plot::Lines {
            x: "frame",
            y: "bits",
            lines: lines.collect(),
            most: None,
        },
        table,
    }
}

fn margins(sides: &[&Series]) -> Figure {
    let bin = |lead: f32| {
        let half_powers = (f64::from(lead).max(1e-30).log10() * 2.0).floor() as i32;
        half_powers
            .saturating_sub(LEAST_LEAD)
            .clamp(0, LEADS as i32 - 1) as usize
    };
    let shares: Vec<(usize, String, Vec<f64>)> = sides
        .iter()
        .enumerate()
        .map(|(side, series)| {
            let mut bins = vec![0.0; LEADS];
            let mut n = 0.0;
            for lead in series.points.iter().filter_map(|p| p.margin) {
                bins[bin(lead)] += 1.0;
                n += 1.0;
            }
            bins.iter_mut().for_each(|b| *b /= f64::max(n, 1.0));
            (side, NAMES[side].into(), bins)
        })
        .collect();
    let names: Vec<String> = (0..LEADS)
        .map(|i| {
            let half = LEAST_LEAD + i as i32;
            if half % 2 == 0 {
                format!("1e{}", half / 2)
            } else {
                String::new()
            }
        })
        .collect();
    let mut table = Table::new(&["lead below"]);
    table.head.extend(
        NAMES
            .iter()
            .take(sides.len())
            .map(|name| format!("{name}: share of draws")),
    );
    for limit in [1e-5f32, 1e-4, 1e-3, 1e-2, 1e-1, 1.0] {
        let mut row = vec![format!("{limit:e}")];
        for s in sides {
            let leads: Vec<f32> = s.points.iter().filter_map(|p| p.margin).collect();
            let below = leads.iter().filter(|&&lead| lead < limit).count();
            row.push(told(
                (!leads.is_empty()).then(|| below as f64 / leads.len().max(1) as f64),
                5,
            ));
        }
        table.rows.push(row);
    }
    Figure {
        name: "margins",
        title: "How close the choices were",
        text: "Lead of the best candidate over the second in ln(p / q), or in logits when greedy. Choices at the far left can be turned \
               by rounding."
            .into(),
        plot: Plot::Bars { x: "lead", y: "share of draws", names, sides: shares },
        table,
    }
}
