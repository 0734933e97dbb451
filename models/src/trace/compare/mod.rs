//! Two traces side by side: what they share, where they part, and why.
//!
//! Both are read once, frame by frame. Until the first token that differs both models have heard the same, so their numbers can be
//! compared one to one: that is the *shared* part. Behind it each follows its own tokens; figures of *all* draws then say how
//! much the two still sound alike, not whether they compute the same.

mod distances;
mod divergence;
mod side;

pub use distances::{Distances, Place};
pub use divergence::{Candidate, Cause, Divergence, Weighed};
pub use side::{Contradictions, Range, RangeCount, Side};

use super::distribution::whole;
use super::draw::Entry;
use super::reader::Trace;
use crate::{Error, Result};
use distances::Rounding;
use serde::Serialize;
use side::Tally;
use std::ops::ControlFlow;

/// Drift over time is told in at most so many pieces.
const BLOCKS: usize = 20;

/// Keys of the metadata that say what was run; those that differ are listed.
const IDENTITY: [&str; 13] = [
    "model",
    "model_hash",
    "producer",
    "library",
    "platform",
    "device",
    "dtype",
    "seed",
    "temperature",
    "top_k",
    "exclude",
    "codebooks",
    "stopped_by",
];

#[derive(Debug, Clone, Serialize)]
pub struct Comparison {
    pub a: Side,
    pub b: Side,
    /// What the traces say about their making, where they say different things.
    pub differences: Vec<Difference>,
    /// Frames that both have, an end frame included.
    pub frames: usize,
    /// Of these, how many are the same in every codebook.
    pub frames_matched: usize,
    pub tokens: u64,
    pub tokens_matched: u64,
    /// `tokens_matched` ÷ `tokens`; 1 when there are none.
    #[serde(rename = "match")]
    pub match_rate: f64,
    pub codebooks: Vec<Codebook>,
    /// Draws up to the first difference, that draw included.
    pub shared: Distances,
    pub all: Distances,
    pub ranges: Vec<Range>,
    pub drift: Vec<Block>,
    /// Where numbers first differ by more than rounding does, among the shared draws.
    pub beyond_rounding: Option<Place>,
    pub divergence: Option<Divergence>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    pub key: String,
    pub a: String,
    pub b: String,
}

/// One codebook's tokens on both sides.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Codebook {
    pub codebook: usize,
    #[serde(rename = "match")]
    pub match_rate: f64,
    /// Sum of minima of how often each token was drawn: 1 for the same frequencies.
    pub histogram_similarity: f64,
    /// Tokens that both drew ÷ tokens that either drew.
    pub token_overlap: f64,
    pub distinct_a: usize,
    pub distinct_b: usize,
}

/// A stretch of frames.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Block {
    pub from: usize,
    pub to: usize,
    #[serde(rename = "match")]
    pub match_rate: f64,
    /// Mean; none where nothing comparable is recorded.
    pub jensen_shannon: Option<f64>,
    /// Largest.
    pub logit_distance: Option<f64>,
}

/// Compares two traces of the same shape. `on_frame` hears how many frames are done and may break off, which is `Cancelled`.
pub fn compare(
    a: &Trace,
    b: &Trace,
    on_frame: &mut dyn FnMut(usize) -> ControlFlow<()>,
) -> Result<Comparison> {
    for (what, x, y) in [
        ("codebooks", a.codebooks(), b.codebooks()),
        ("tokens to draw from", a.vocabulary(), b.vocabulary()),
    ] {
        if x != y {
            return Err(Error::input(
                format!(
                    "{} has {x} {what}, {} has {y}",
                    a.path().display(),
                    b.path().display()
                ),
                "Compare traces of the same model, with the same number of codebooks.",
            ));
        }
    }
    let mut pair = Pair::new(a, b)?;
    for frame in 0..pair.frames {
        pair.add(frame, &a.entry(frame)?, &b.entry(frame)?);
        if on_frame(frame + 1).is_break() {
            return Err(Error::Cancelled);
        }
    }
    // Their own frames count for each side's own figures.
    for (trace, tally) in [(a, &mut pair.a), (b, &mut pair.b)] {
        for frame in pair.frames..trace.entries() {
            tally.add(frame, &trace.entry(frame)?);
        }
    }
    Ok(pair.finish())
}

/// What is counted while both are read.
struct Pair<'a> {
    frames: usize,
    a: Tally<'a>,
    b: Tally<'a>,
    rounding: Rounding,
    same_prompt: Option<bool>,
    /// Per codebook.
    matched: Vec<u64>,
    frames_matched: usize,
    shared: Distances,
    all: Distances,
    block: usize,
    blocks: Vec<(u64, Distances)>,
    beyond: Option<Place>,
    divergence: Option<Divergence>,
    differences: Vec<Difference>,
}

impl<'a> Pair<'a> {
    fn new(a: &'a Trace, b: &'a Trace) -> Result<Self> {
        let prompts = a.prompt()?.zip(b.prompt()?);
        let same_prompt = prompts.map(|(a, b)| a == b);
        let frames = a.entries().min(b.entries());
        let mut differences: Vec<Difference> = IDENTITY
            .iter()
            .filter_map(|&key| {
                let (x, y) = (a.note(key)?, b.note(key)?);
                (x != y).then(|| Difference {
                    key: key.into(),
                    a: x.into(),
                    b: y.into(),
                })
            })
            .collect();
        if same_prompt == Some(false) {
            differences.push(Difference {
                key: "prompt".into(),
                a: "its own".into(),
                b: "another".into(),
            });
        }
        let ranges = Tally::ranges(&[a, b]);
        Ok(Self {
            frames,
            rounding: Rounding::of(&[a, b]),
            a: Tally::new(a, &ranges),
            b: Tally::new(b, &ranges),
            same_prompt,
            matched: vec![0; a.codebooks()],
            frames_matched: 0,
            shared: Distances::default(),
            all: Distances::default(),
            block: frames.div_ceil(BLOCKS).max(1),
            blocks: Vec::new(),
            beyond: None,
            divergence: None,
            differences,
        })
    }

    fn add(&mut self, frame: usize, a: &Entry, b: &Entry) {
        if frame.is_multiple_of(self.block) {
            self.blocks.push((0, Distances::default()));
        }
        let (of_a, of_b) = (self.a.add(frame, a), self.b.add(frame, b));
        let mut whole = true;
        for (codebook, (x, y)) in a.draws.iter().zip(&b.draws).enumerate() {
            let same = x.token == y.token;
            whole &= same;
            self.matched[codebook] += u64::from(same);
            let logits = Rounding::distance(x, y);
            let known = of_a[codebook].as_ref().zip(of_b[codebook].as_ref());
            if self.divergence.is_none() {
                if self.beyond.is_none() {
                    self.beyond = self.rounding.beyond(frame, codebook, (a, b), logits);
                }
                self.shared.add(known, logits);
                if !same {
                    let at = (frame, codebook);
                    let found =
                        divergence::explain(at, (&self.a, x), (&self.b, y), &self.rounding, self);
                    self.divergence = Some(found);
                }
            }
            self.all.add(known, logits);
            if let Some((matched, distances)) = self.blocks.last_mut() {
                *matched += u64::from(same);
                distances.add(known, logits);
            }
        }
        self.frames_matched += usize::from(whole);
    }

    fn finish(self) -> Comparison {
        let k = self.matched.len();
        let rate = |matched: u64, of: u64| {
            if of == 0 {
                1.0
            } else {
                matched as f64 / of as f64
            }
        };
        let codebooks = self.matched.iter().enumerate().map(|(codebook, &matched)| {
            let (a, b) = (&self.a.counts[codebook], &self.b.counts[codebook]);
            let total = |counts: &[u64]| counts.iter().sum::<u64>().max(1) as f64;
            let (of_a, of_b) = (total(a), total(b));
            let pairs = || a.iter().zip(b);
            let both = pairs().filter(|&(&x, &y)| x > 0 && y > 0).count();
            let either = pairs().filter(|&(&x, &y)| x > 0 || y > 0).count();
            Codebook {
                codebook,
                match_rate: rate(matched, self.frames as u64),
                histogram_similarity: whole(
                    pairs()
                        .map(|(&x, &y)| (x as f64 / of_a).min(y as f64 / of_b))
                        .sum(),
                ),
                token_overlap: if either == 0 {
                    1.0
                } else {
                    both as f64 / either as f64
                },
                distinct_a: a.iter().filter(|&&n| n > 0).count(),
                distinct_b: b.iter().filter(|&&n| n > 0).count(),
            }
        });
        let codebooks = codebooks.collect();
        let drift = self
            .blocks
            .iter()
            .enumerate()
            .map(|(i, (matched, distances))| {
                let (from, to) = (i * self.block, ((i + 1) * self.block).min(self.frames));
                Block {
                    from,
                    to,
                    match_rate: rate(*matched, ((to - from) * k) as u64),
                    jensen_shannon: distances.jensen_shannon(),
                    logit_distance: distances.logit_distance,
                }
            });
        let (tokens, tokens_matched) = ((self.frames * k) as u64, self.matched.iter().sum());
        Comparison {
            drift: drift.collect(),
            ranges: Tally::compare_ranges(&self.a, &self.b),
            a: self.a.finish(),
            b: self.b.finish(),
            differences: self.differences,
            frames: self.frames,
            frames_matched: self.frames_matched,
            tokens,
            tokens_matched,
            match_rate: rate(tokens_matched, tokens),
            codebooks,
            shared: self.shared,
            all: self.all,
            beyond_rounding: self.beyond,
            divergence: self.divergence,
        }
    }
}
