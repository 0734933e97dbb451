//! Two traces compared, and what has to hold of the result.

use crate::{Error, Result};
use myna_models::trace::{self, Comparison, Trace};
use serde::Serialize;
use std::ops::ControlFlow;
use std::path::Path;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};

/// Reads two traces side by side. `on_frame` hears how many frames are done, and of how many.
pub fn compare(
    a: &Path,
    b: &Path,
    cancel: &AtomicBool,
    on_frame: &mut dyn FnMut(usize, usize),
) -> Result<Comparison> {
    let (a, b) = (Trace::open(a)?, Trace::open(b)?);
    let frames = a.entries().min(b.entries());
    Ok(trace::compare(&a, &b, &mut |done| {
        on_frame(done, frames);
        if cancel.load(Ordering::Relaxed) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    })?)
}

/// The figures that can be required, with what they mean.
pub const METRICS: [(&str, &str); 11] = [
    ("match", "share of tokens that are the same"),
    (
        "frames",
        "frames of the shorter trace ÷ frames of the longer",
    ),
    (
        "similarity",
        "sum of minima of the distributions, mean over the shared draws",
    ),
    ("total-variation", "1 - similarity"),
    (
        "kl",
        "Kullback-Leibler divergence, mean over the shared draws",
    ),
    (
        "js",
        "Jensen-Shannon divergence, mean over the shared draws",
    ),
    (
        "logit-distance",
        "largest difference of two logits among the shared draws",
    ),
    (
        "histogram",
        "sum of minima of the token frequencies, least of all codebooks",
    ),
    (
        "overlap",
        "tokens that both drew ÷ tokens that either drew, least of all codebooks",
    ),
    (
        "chi-square",
        "p of the drawn tokens under the recorded probabilities, less of both sides",
    ),
    (
        "contradictions",
        "tokens that the numbers beside them do not name, both sides",
    ),
];

/// A figure's value; None when the traces do not hold what it needs.
pub fn metric(comparison: &Comparison, name: &str) -> Option<f64> {
    let c = comparison;
    let least = |values: &mut dyn Iterator<Item = f64>| values.reduce(f64::min);
    match name {
        "match" => Some(c.match_rate),
        "frames" => {
            let (a, b) = (c.a.frames as f64, c.b.frames as f64);
            Some(if a.max(b) == 0.0 {
                1.0
            } else {
                a.min(b) / a.max(b)
            })
        }
        "similarity" => c.shared.similarity(),
        "total-variation" => c.shared.total_variation(),
        "kl" if c.shared.kl_infinite > 0 => Some(f64::INFINITY),
        "kl" => c.shared.kl(),
        "js" => c.shared.jensen_shannon(),
        "logit-distance" => c.shared.logit_distance,
        "histogram" => least(&mut c.codebooks.iter().map(|k| k.histogram_similarity)),
        "overlap" => least(&mut c.codebooks.iter().map(|k| k.token_overlap)),
        "chi-square" => least(
            &mut [&c.a, &c.b]
                .into_iter()
                .filter_map(|s| Some(s.chi_square?.p)),
        ),
        "contradictions" => {
            let (a, b) = (&c.a.contradictions, &c.b.contradictions);
            (a.checked + b.checked > 0).then_some((a.found + b.found) as f64)
        }
        _ => None,
    }
}

/// `match>=0.999`
#[derive(Debug, Clone, PartialEq)]
pub struct Requirement {
    metric: String,
    at_least: bool,
    limit: f64,
}

impl FromStr for Requirement {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let shape =
            || "FIGURE>=NUMBER or FIGURE<=NUMBER is needed, such as match>=0.999".to_owned();
        let (name, limit, at_least) = match (text.split_once(">="), text.split_once("<=")) {
            (Some((name, limit)), _) => (name, limit, true),
            (_, Some((name, limit))) => (name, limit, false),
            _ => return Err(shape()),
        };
        let name = name.trim();
        if METRICS.iter().all(|(known, _)| *known != name) {
            let known: Vec<&str> = METRICS.iter().map(|(name, _)| *name).collect();
            return Err(format!(
                "{name:?} is no figure; there are {}",
                known.join(", ")
            ));
        }
        let limit = limit.trim().parse().map_err(|_| shape())?;
        Ok(Self {
            metric: name.to_owned(),
            at_least,
            limit,
        })
    }
}

impl std::fmt::Display for Requirement {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sign = if self.at_least { ">=" } else { "<=" };
        write!(f, "{}{sign}{}", self.metric, self.limit)
    }
}

/// What a requirement came to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Verdict {
    pub requirement: String,
    /// None when the traces do not hold what it needs, which does not meet it.
    pub value: Option<f64>,
    pub met: bool,
}

impl Requirement {
    /// Every token, on both sides.
    pub fn same_tokens() -> Self {
        Self {
            metric: "match".into(),
            at_least: true,
            limit: 1.0,
        }
    }

    pub fn judge(&self, comparison: &Comparison) -> Verdict {
        let value = metric(comparison, &self.metric);
        let met = value.is_some_and(|v| {
            if self.at_least {
                v >= self.limit
            } else {
                v <= self.limit
            }
        });
        Verdict {
            requirement: self.to_string(),
            // JSON has no infinity.
            value: value.filter(|v| v.is_finite()),
            met,
        }
    }

    /// Fails with the first requirement that does not hold.
    pub fn check_all(verdicts: &[Verdict]) -> Result<()> {
        let Some(broken) = verdicts.iter().find(|v| !v.met) else {
            return Ok(());
        };
        let value = broken
            .value
            .map_or("not finite, or not recorded".into(), |v| v.to_string());
        Err(Error::Requirement {
            message: format!("{} does not hold: it is {value}", broken.requirement),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requirements_read_as_written() {
        for text in ["match>=0.999", "kl<=0.000001", "chi-square>=0.001"] {
            assert_eq!(text.parse::<Requirement>().unwrap().to_string(), text);
        }
        for bad in ["match", "match>0.9", "wobble>=1", "match>=much", ""] {
            assert!(bad.parse::<Requirement>().is_err(), "{bad}");
        }
    }
}
