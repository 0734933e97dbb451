//! The first token that differs, and why.
//!
//! A token is the candidate with the largest p / q. If both sides draw from the same noise, a change of no logit by more than d moves
//! ln(p / q) of one candidate against another's by at most 2 d / T. A lead smaller than that may be lost to rounding; a larger
//! one may not, and something else must be found: other noise, another setting, other numbers from the network, or a
//! token that was changed after it was drawn.

use super::Pair;
use super::distances::{Place, Rounding};
use super::side::Tally;
use crate::trace::choice::{Margin, named, values};
use crate::trace::{Distribution, Draw};
use serde::Serialize;

/// Candidates told of either side.
const TOLD: usize = 5;

#[derive(Debug, Clone, Serialize)]
pub struct Divergence {
    pub frame: usize,
    pub codebook: usize,
    pub token_a: u32,
    pub token_b: u32,
    pub margin_a: Margin,
    pub margin_b: Margin,
    /// Largest difference of two logits in this draw.
    pub logit_distance: Option<f64>,
    pub cause: Cause,
    /// The same for people, with the numbers that it follows from.
    pub explanation: String,
    /// The best of both sides, best of A first.
    pub candidates: Vec<Candidate>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Cause {
    /// The token is not the one that A's (B's) own numbers name.
    SamplerA,
    SamplerB,
    /// They were asked different things.
    Prompt,
    /// The logits are further apart than rounding brings them.
    Model,
    /// The logits are alike, the distributions are not: temperature, top-k or exclusion.
    Setting,
    Noise,
    /// So close a choice that rounding decided it.
    Rounding,
    /// Too little is recorded to tell.
    Unknown,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    pub token: u32,
    pub a: Option<Weighed>,
    pub b: Option<Weighed>,
}

/// A candidate's numbers on one side.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Weighed {
    pub logit: Option<f64>,
    pub probability: Option<f64>,
    pub noise: Option<f64>,
    /// ln(p / q), or the logit when greedy; none for what could not be chosen.
    pub choice: Option<f64>,
}

/// One side's draw, with the values that it was decided by.
struct Seen<'a> {
    draw: &'a Draw,
    values: Option<Vec<f64>>,
    distribution: Option<Distribution>,
    tally: &'a Tally<'a>,
}

impl<'a> Seen<'a> {
    fn new((tally, draw): (&'a Tally<'a>, &'a Draw)) -> Self {
        Self {
            draw,
            values: tally.sampling.as_ref().and_then(|s| values(draw, s)),
            distribution: Distribution::of(draw, tally.sampling.as_ref()),
            tally,
        }
    }

    fn weigh(&self, token: u32) -> Option<Weighed> {
        let at = self.draw.find(token)?;
        let of = |table: &Option<Vec<f32>>| table.as_ref()?.get(at).map(|&x| f64::from(x));
        let choice = self.values.as_ref().and_then(|v| v.get(at).copied());
        Some(Weighed {
            logit: of(&self.draw.logits),
            probability: self.distribution.as_ref().map(|d| d.get(token)),
            noise: of(&self.draw.noise),
            choice: choice.filter(|v| v.is_finite()),
        })
    }

    /// The best candidates' tokens, by what the choice was made by.
    fn best(&self) -> Vec<u32> {
        let logits = || {
            self.draw
                .logits
                .as_ref()
                .map(|l| l.iter().map(|&x| f64::from(x)).collect())
        };
        let values: Vec<f64> = self.values.clone().or_else(logits).unwrap_or_default();
        let mut order: Vec<usize> = (0..values.len())
            .filter(|&at| values[at].is_finite())
            .collect();
        order.sort_by(|&x, &y| values[y].total_cmp(&values[x]));
        order
            .into_iter()
            .take(TOLD)
            .map(|at| self.draw.id(at))
            .collect()
    }
}

pub(super) fn explain<'a>(
    (frame, codebook): (usize, usize),
    a: (&'a Tally<'a>, &'a Draw),
    b: (&'a Tally<'a>, &'a Draw),
    rounding: &Rounding,
    pair: &Pair,
) -> Divergence {
    let (a, b) = (Seen::new(a), Seen::new(b));
    let distance = Rounding::distance(a.draw, b.draw);
    let margin = |side: &Seen| Margin::of(side.draw, side.tally.sampling.as_ref());
    let (margin_a, margin_b) = (margin(&a), margin(&b));
    let (cause, explanation) = cause(&a, &b, distance, (margin_a, margin_b), rounding, pair);
    let mut tokens = a.best();
    for token in b.best().into_iter().chain([a.draw.token, b.draw.token]) {
        if !tokens.contains(&token) {
            tokens.push(token);
        }
    }
    Divergence {
        frame,
        codebook,
        token_a: a.draw.token,
        token_b: b.draw.token,
        margin_a,
        margin_b,
        logit_distance: distance,
        cause,
        explanation,
        candidates: tokens
            .into_iter()
            .map(|token| Candidate {
                token,
                a: a.weigh(token),
                b: b.weigh(token),
            })
            .collect(),
    }
}

fn cause(
    a: &Seen,
    b: &Seen,
    distance: Option<f64>,
    margins: (Margin, Margin),
    rounding: &Rounding,
    pair: &Pair,
) -> (Cause, String) {
    for (side, name, cause) in [(a, "A", Cause::SamplerA), (b, "B", Cause::SamplerB)] {
        let sampling = side.tally.sampling.as_ref();
        if sampling.and_then(|s| named(side.draw, s)) == Some(false) {
            let best = side.best().first().copied().unwrap_or_default();
            let what = format!(
                "{name}'s own numbers name token {best}, recorded is {}: the token was changed after it was drawn",
                side.draw.token
            );
            return (cause, what);
        }
    }
    if pair.same_prompt == Some(false) {
        return (Cause::Prompt, "the prompts differ".into());
    }
    let Some(d) = distance else {
        return (
            Cause::Unknown,
            "no logits are recorded on both sides".into(),
        );
    };
    if rounding.exceeded(a.draw, d) {
        return (Cause::Model, model(d, rounding, pair.beyond.as_ref()));
    }
    if let (Some(p), Some(q)) = (&a.distribution, &b.distribution) {
        let similarity = p.similarity(q);
        if similarity < 1.0 - 20.0 * rounding.limit.max(d) {
            let what = format!(
                "the logits are alike (to {d:.1e}), the distributions are not (similarity {similarity:.4}): temperature, top-k or exclusion differ"
            );
            return (Cause::Setting, what);
        }
    }
    if let Some((token, x, y)) = other_noise(a, b) {
        let what = format!("the noise differs: token {token} has {x:.6} in A and {y:.6} in B");
        return (Cause::Noise, what);
    }
    let temperature = a.tally.sampling.as_ref().map(|s| f64::from(s.temperature));
    let temperature = temperature.filter(|&t| t > 0.0).unwrap_or(1.0);
    let reach = 2.0 * d / temperature;
    let choices = margins.0.choice.zip(margins.1.choice);
    match choices.map(|(x, y)| x.min(y)) {
        // Twice: the softmax and the quotient are rounded, too.
        Some(lead) if lead <= 2.0 * reach + 1e-5 => (
            Cause::Rounding,
            format!(
                "a choice so close (lead {lead:.1e}) that logits {d:.1e} apart can turn it: rounding"
            ),
        ),
        Some(lead) => (
            Cause::Unknown,
            format!(
                "the lead of {lead:.1e} is more than logits {d:.1e} apart can turn, and noise and setting are the same"
            ),
        ),
        None => (
            Cause::Unknown,
            "the noise is not recorded on both sides, so the choice cannot be followed".into(),
        ),
    }
}

fn model(d: f64, rounding: &Rounding, first: Option<&Place>) -> String {
    let Some(place) = first else {
        return format!("the logits differ by up to {d:.2e}, more than rounding does");
    };
    let suspects = match place.codebook {
        None => "the backbone, its embeddings or what it has heard".into(),
        Some(0) if place.state_alike => {
            "the head of codebook 0, since the backbone's state is alike".into()
        }
        Some(0) => "the backbone, its embeddings or the head of codebook 0".into(),
        Some(k) => format!(
            "the depth decoder or the head of codebook {k}, since codebook{} alike",
            if k == 1 {
                " 0 is".into()
            } else {
                format!("s 0 to {} are", k - 1)
            }
        ),
    };
    format!(
        "the logits differ by up to {d:.2e}. Beyond rounding ({:.0e} of their size) first at {place} by {:.1e} of it: look at {suspects}",
        rounding.limit, place.relative
    )
}

/// A candidate of both sides whose noise is not the same.
fn other_noise(a: &Seen, b: &Seen) -> Option<(u32, f64, f64)> {
    let mine = a.draw.noise.as_ref()?;
    let theirs = b.draw.noise.as_ref()?;
    mine.iter().enumerate().find_map(|(at, &x)| {
        let token = a.draw.id(at);
        let y = *theirs.get(b.draw.find(token)?)?;
        let apart = (x - y).abs() > 1e-6 * x.abs().max(1e-30);
        apart.then_some((token, x.into(), y.into()))
    })
}
