//! The report as one HTML file: no script, nothing loaded from elsewhere, readable without its pictures.

use super::figures::{Figure, Table, told};
use super::series::Series;
use crate::Result;
use myna_models::trace::{Comparison, Divergence, RangeCount, Side, Weighed};
use std::fmt::Write;

const STYLE: &str = include_str!("page.css");

pub(super) fn render(
    a: &Series,
    b: Option<&Series>,
    comparison: Option<&Comparison>,
    figures: &[Figure],
) -> Result<String> {
    let mut page = String::new();
    let title = if b.is_some() {
        "Two token traces"
    } else {
        "A token trace"
    };
    // Writing to a string cannot fail.
    _ = write!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n"
    );
    if let Some(c) = comparison {
        _ = writeln!(page, "<p class=\"verdict\">{}</p>", escape(&verdict(c)));
        page.push_str(&figures_of(c));
    }
    page.push_str(&identity(a, b));
    if let Some(d) = comparison.and_then(|c| c.divergence.as_ref()) {
        page.push_str(&divergence(d));
    }
    if let Some(c) = comparison {
        page.push_str(&sampling(c));
    }
    for figure in figures {
        page.push_str(&section(figure)?);
    }
    _ = write!(
        page,
        "<footer><p>Made by myna {}. What the figures mean is told in <code>docs/tokens.md</code>.</p></footer>\n</main>\n</body>\n</html>\n",
        crate::VERSION
    );
    Ok(page)
}

fn verdict(c: &Comparison) -> String {
    let share = format!("{} of {} tokens are the same", c.tokens_matched, c.tokens);
    match (&c.divergence, &c.beyond_rounding) {
        (Some(d), _) => format!(
            "{share}. They part in frame {}, codebook {}: {}.",
            d.frame, d.codebook, d.explanation
        ),
        (None, Some(place)) => {
            format!("{share}, but the numbers differ by more than rounding, first at {place}.")
        }
        (None, None) => format!("{share}: the two say the same."),
    }
}

/// The main figures as a list.
fn figures_of(c: &Comparison) -> String {
    let small = |v: Option<f64>| v.map_or("–".into(), |v| format!("{v:.1e}"));
    let entries = [
        ("match", format!("{:.6}", c.match_rate)),
        ("frames", format!("{} and {}", c.a.frames, c.b.frames)),
        ("similarity", told(c.shared.similarity(), 6)),
        ("KL", small(c.shared.kl())),
        ("Jensen–Shannon", small(c.shared.jensen_shannon())),
        ("largest distance of logits", small(c.shared.logit_distance)),
    ];
    let mut text = String::from("<dl class=\"figures\">\n");
    for (name, value) in entries {
        _ = writeln!(
            text,
            "<div><dt>{name}</dt><dd>{}</dd></div>",
            escape(&value)
        );
    }
    text.push_str("</dl>\n");
    if c.divergence.is_some() {
        text.push_str(
            "<p>Similarity and divergences are of the draws up to the first difference.</p>\n",
        );
    }
    text
}

fn identity(a: &Series, b: Option<&Series>) -> String {
    let mut table = Table::new(&["", "A"]);
    table.head.extend(b.map(|_| "B".to_owned()));
    let sides: Vec<&Series> = std::iter::once(a).chain(b).collect();
    let mut row = |name: &str, value: &dyn Fn(&Series) -> String| {
        let cells = sides.iter().map(|s| value(s));
        table
            .rows
            .push(std::iter::once(name.to_owned()).chain(cells).collect());
    };
    row("file", &|s| s.file.clone());
    row("frames", &|s| {
        format!("{}{}", s.frames, if s.cut_off { " (cut off)" } else { "" })
    });
    let mut keys: Vec<&String> = sides.iter().flat_map(|s| s.metadata.keys()).collect();
    keys.sort();
    keys.dedup();
    for key in keys {
        row(key, &|s| {
            s.metadata.get(key).cloned().unwrap_or_else(|| "–".into())
        });
    }
    format!(
        "<section>\n<h2>What was run</h2>\n{}</section>\n",
        html_table(&table, "What was run")
    )
}

fn divergence(d: &Divergence) -> String {
    let cell = |w: Option<Weighed>, value: &dyn Fn(Weighed) -> Option<f64>, digits: usize| {
        told(w.and_then(value), digits)
    };
    let mut table = Table::new(&[
        "token",
        "A: logit",
        "A: p",
        "A: noise q",
        "A: ln p/q",
        "B: logit",
        "B: p",
        "B: noise q",
        "B: ln p/q",
    ]);
    for c in &d.candidates {
        let mark = match (c.token == d.token_a, c.token == d.token_b) {
            (true, _) => format!("{} (A took it)", c.token),
            (_, true) => format!("{} (B took it)", c.token),
            _ => c.token.to_string(),
        };
        let mut row = vec![mark];
        for side in [c.a, c.b] {
            row.push(cell(side, &|w| w.logit, 5));
            row.push(cell(side, &|w| w.probability, 5));
            row.push(cell(side, &|w| w.noise, 5));
            row.push(cell(side, &|w| w.choice, 5));
        }
        table.rows.push(row);
    }
    let lead = |v: Option<f64>| v.map_or("unknown".into(), |v| format!("{v:.2e}"));
    format!(
        "<section>\n<h2>Where they part</h2>\n<p>Frame {}, codebook {}: A took token {}, B took {}. {}.</p>\n\
         <p>The best candidate led the second by {} in A and {} in B (ln p/q), in logits by {} and {}; the logits of the two are up to {} apart.</p>\n{}</section>\n",
        d.frame,
        d.codebook,
        d.token_a,
        d.token_b,
        escape(&capital(&d.explanation)),
        lead(d.margin_a.choice),
        lead(d.margin_b.choice),
        lead(d.margin_a.logits),
        lead(d.margin_b.logits),
        lead(d.logit_distance),
        html_table(&table, "The best candidates on both sides")
    )
}

/// Whether each side's tokens follow its own probabilities.
fn sampling(c: &Comparison) -> String {
    let mut table = Table::new(&["", "A", "B"]);
    let chi = |s: &Side| match &s.chi_square {
        Some(t) => format!("p = {:.4} ({:.1} over {} cells)", t.p, t.statistic, t.cells),
        None => "–".into(),
    };
    let named = |s: &Side| match s.contradictions.checked {
        0 => "–".into(),
        of => format!("{} of {of}", s.contradictions.found),
    };
    let mut row = |name: String, a: String, b: String| table.rows.push(vec![name, a, b]);
    row("chi-square of the tokens".into(), chi(&c.a), chi(&c.b));
    row(
        "tokens that the recorded numbers do not name".into(),
        named(&c.a),
        named(&c.b),
    );
    for range in &c.ranges {
        let count = |n: &RangeCount| match (n.expected, n.p) {
            (Some(expected), Some(p)) => {
                format!("{} drawn, {expected:.1} expected, p = {p:.4}", n.drawn)
            }
            _ => format!("{} drawn", n.drawn),
        };
        let what = if range.name == "excluded" {
            "excluded tokens"
        } else {
            "tokens"
        };
        row(
            format!("{what} {} to {}", range.from, range.to - 1),
            count(&range.a),
            count(&range.b),
        );
    }
    format!(
        "<section>\n<h2>Whether the tokens follow their probabilities</h2>\n{}</section>\n",
        html_table(&table, "Drawn tokens against recorded probabilities")
    )
}

fn section(figure: &Figure) -> Result<String> {
    let Figure {
        name,
        title,
        text,
        plot,
        table,
    } = figure;
    // The numbers are in the table and the sentence; the picture itself would only be read as loose labels.
    let svg = plot
        .svg()?
        .replacen("<svg ", "<svg aria-hidden=\"true\" focusable=\"false\" ", 1);
    Ok(format!(
        "<section>\n<h2 id=\"{name}\">{title}</h2>\n<figure aria-labelledby=\"{name}\">\n{svg}\n<figcaption>{}</figcaption>\n</figure>\n\
         <details><summary>Numbers</summary>\n{}</details>\n</section>\n",
        escape(text),
        html_table(table, title)
    ))
}

fn html_table(table: &Table, caption: &str) -> String {
    let mut text = format!(
        "<div class=\"wide\" role=\"region\" tabindex=\"0\" aria-label=\"{0}\"><table>\n<caption>{0}</caption>\n<thead><tr>",
        escape(caption)
    );
    for head in &table.head {
        _ = write!(text, "<th scope=\"col\">{}</th>", escape(head));
    }
    text.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        text.push_str("<tr>");
        for (i, cell) in row.iter().enumerate() {
            let cell = escape(cell);
            _ = if i == 0 {
                write!(text, "<th scope=\"row\">{cell}</th>")
            } else {
                write!(text, "<td>{cell}</td>")
            };
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody>\n</table></div>\n");
    text
}

/// Traces come from outside: nothing in them is markup.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
