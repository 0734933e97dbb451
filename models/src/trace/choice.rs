//! What a choice was made by, from what is recorded of it: the largest p / q, or the largest logit when greedy.

use super::distribution::Distribution;
use super::draw::Draw;
use crate::sampling::Sampling;
use serde::Serialize;

/// Two quotients nearer than this, in ln, are a tie that another division may decide otherwise.
const TIE: f64 = 1e-5;

/// How clear a choice was.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub struct Margin {
    /// Best logit less the second best.
    pub logits: Option<f64>,
    /// ln(p / q) of the best candidate less that of the second; greedy: as `logits`.
    pub choice: Option<f64>,
}

impl Margin {
    pub fn of(draw: &Draw, sampling: Option<&Sampling>) -> Self {
        let logits = draw.logits.iter().flatten().map(|&x| f64::from(x));
        let choice = sampling.and_then(|sampling| values(draw, sampling));
        Self {
            logits: lead(logits),
            choice: choice.and_then(|v| lead(v.into_iter())),
        }
    }
}

/// Per recorded candidate ln(p / q), or the logit when greedy; −∞ for what could not be chosen. None where too little is recorded.
pub(super) fn values(draw: &Draw, sampling: &Sampling) -> Option<Vec<f64>> {
    if sampling.is_greedy() {
        let excluded = |at| {
            sampling
                .exclude
                .as_ref()
                .is_some_and(|range| range.contains(&draw.id(at)))
        };
        let logits = draw.logits.as_ref()?.iter().enumerate();
        let value = |(at, &logit): (usize, &f32)| {
            if excluded(at) {
                f64::NEG_INFINITY
            } else {
                logit.into()
            }
        };
        return Some(logits.map(value).collect());
    }
    let noise = draw.noise.as_ref()?.iter().enumerate();
    let distribution = Distribution::of(draw, Some(sampling))?;
    let value = |(at, &q): (usize, &f32)| distribution.get(draw.id(at)).ln() - f64::from(q).ln();
    Some(noise.map(value).collect())
}

/// Whether the recorded numbers name the recorded token; None where too little is recorded.
pub(super) fn named(draw: &Draw, sampling: &Sampling) -> Option<bool> {
    let values = values(draw, sampling)?;
    let best = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let own = draw.find(draw.token).and_then(|at| values.get(at));
    Some(own.is_some_and(|&own| own >= best - TIE * best.abs().max(1.0)))
}

/// The largest less the second largest.
fn lead(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (mut first, mut second) = (f64::NEG_INFINITY, f64::NEG_INFINITY);
    for x in values {
        if x > first {
            (first, second) = (x, first);
        } else if x > second {
            second = x;
        }
    }
    Some(first - second).filter(|lead| lead.is_finite())
}
