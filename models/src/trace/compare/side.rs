//! One trace by itself: whether its tokens follow the probabilities recorded beside them.

use crate::sampling::Sampling;
use crate::trace::choice::named;
use crate::trace::{ChiSquare, Distribution, Entry, Trace, two_sided};
use serde::Serialize;
use std::collections::BTreeMap;
use std::ops;

/// Tokens that other programs are known to rewrite; they are like any others.
const LOW: ops::Range<u32> = 1..32;

#[derive(Debug, Clone, Serialize)]
pub struct Side {
    pub file: String,
    pub frames: usize,
    /// Whether the capture never came to its end.
    pub cut_off: bool,
    /// What the trace says about its making.
    pub identity: BTreeMap<String, String>,
    /// Drawn tokens against the recorded probabilities; none where these are not recorded, and for greedy runs.
    pub chi_square: Option<ChiSquare>,
    /// Bits, mean over the draws with a known distribution.
    pub entropy: Option<f64>,
    pub contradictions: Contradictions,
    /// Mean time of a frame.
    pub milliseconds: Option<f64>,
}

/// Tokens that the numbers recorded beside them do not name: somebody changed them after they were drawn.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Contradictions {
    /// Draws with enough numbers to tell.
    pub checked: u64,
    pub found: u64,
    /// Frame and codebook.
    pub first: Option<(usize, usize)>,
}

/// How often tokens of a range were drawn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Range {
    /// `excluded` or `low`.
    pub name: &'static str,
    pub from: u32,
    /// Not included.
    pub to: u32,
    pub a: RangeCount,
    pub b: RangeCount,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RangeCount {
    pub drawn: u64,
    /// By the recorded probabilities; with how likely it is to be this far off by chance.
    pub expected: Option<f64>,
    pub p: Option<f64>,
}

/// A side while it is read.
pub(super) struct Tally<'a> {
    trace: &'a Trace,
    pub sampling: Option<Sampling>,
    /// `[codebook][token]`
    pub counts: Vec<Vec<u64>>,
    /// Draws of known distribution: how often each token was drawn, and should have been.
    seen: Vec<u64>,
    expected: Vec<f64>,
    impossible: u64,
    known: u64,
    entropy: f64,
    contradictions: Contradictions,
    ranges: Vec<RangeTally>,
    time: (f64, u64),
}

#[derive(Clone)]
struct RangeTally {
    name: &'static str,
    range: ops::Range<u32>,
    drawn: u64,
    seen: u64,
    mean: f64,
    variance: f64,
}

impl<'a> Tally<'a> {
    /// What to count in either trace: the low tokens, and every range that one of them excludes.
    pub fn ranges(traces: &[&Trace]) -> Vec<(&'static str, ops::Range<u32>)> {
        let mut ranges = vec![("low", LOW)];
        for exclude in traces.iter().filter_map(|t| t.sampling()?.exclude) {
            if ranges.iter().all(|(_, known)| *known != exclude) {
                ranges.push(("excluded", exclude));
            }
        }
        ranges
    }

    pub fn new(trace: &'a Trace, ranges: &[(&'static str, ops::Range<u32>)]) -> Self {
        let v = trace.vocabulary();
        let ranges = ranges.iter().map(|(name, range)| RangeTally {
            name,
            range: range.clone(),
            drawn: 0,
            seen: 0,
            mean: 0.0,
            variance: 0.0,
        });
        Self {
            trace,
            sampling: trace.sampling(),
            counts: vec![vec![0; v]; trace.codebooks()],
            seen: vec![0; v],
            expected: vec![0.0; v],
            impossible: 0,
            known: 0,
            entropy: 0.0,
            contradictions: Contradictions::default(),
            ranges: ranges.collect(),
            time: (0.0, 0),
        }
    }

    pub fn greedy(&self) -> bool {
        self.sampling.as_ref().is_some_and(Sampling::is_greedy)
    }

    /// Counts a frame; gives each draw's distribution where it is known.
    pub fn add(&mut self, frame: usize, entry: &Entry) -> Vec<Option<Distribution>> {
        if let Some(ms) = entry.milliseconds {
            self.time = (self.time.0 + f64::from(ms), self.time.1 + 1);
        }
        let greedy = self.greedy();
        let all = entry.draws.iter().enumerate().map(|(codebook, draw)| {
            self.counts[codebook][draw.token as usize] += 1;
            for range in &mut self.ranges {
                range.drawn += u64::from(range.range.contains(&draw.token));
            }
            if let Some(named) = self.sampling.as_ref().and_then(|s| named(draw, s)) {
                self.contradictions.checked += 1;
                if !named {
                    self.contradictions.found += 1;
                    self.contradictions.first.get_or_insert((frame, codebook));
                }
            }
            let distribution = Distribution::of(draw, self.sampling.as_ref())?;
            self.known += 1;
            self.entropy += distribution.entropy();
            if !greedy && self.sampling.is_some() {
                self.weigh(draw.token, &distribution);
            }
            Some(distribution)
        });
        all.collect()
    }

    fn weigh(&mut self, token: u32, distribution: &Distribution) {
        self.seen[token as usize] += 1;
        self.impossible += u64::from(distribution.get(token) == 0.0);
        for (id, p) in distribution.iter() {
            self.expected[id as usize] += p;
        }
        for range in &mut self.ranges {
            let p = distribution.mass(&range.range);
            range.seen += u64::from(range.range.contains(&token));
            range.mean += p;
            range.variance += p * (1.0 - p);
        }
    }

    /// The same ranges of both sides.
    pub fn compare_ranges(a: &Self, b: &Self) -> Vec<Range> {
        let pairs = a.ranges.iter().zip(&b.ranges);
        pairs
            .map(|(x, y)| Range {
                name: x.name,
                from: x.range.start,
                to: x.range.end,
                a: a.range(x),
                b: b.range(y),
            })
            .collect()
    }

    fn range(&self, range: &RangeTally) -> RangeCount {
        let known = self.known > 0 && !self.greedy() && self.sampling.is_some();
        RangeCount {
            drawn: range.drawn,
            expected: known.then_some(range.mean),
            p: known.then(|| two_sided(range.seen, range.mean, range.variance)),
        }
    }

    pub fn finish(self) -> Side {
        let (sum, frames) = self.time;
        Side {
            file: self.trace.path().display().to_string(),
            frames: self.trace.frames(),
            cut_off: self.trace.is_cut_off(),
            identity: self.trace.metadata().clone(),
            chi_square: ChiSquare::test(&self.seen, &self.expected, self.impossible),
            entropy: (self.known > 0).then(|| self.entropy / self.known as f64),
            contradictions: self.contradictions,
            milliseconds: (frames > 0).then(|| sum / frames as f64),
        }
    }
}
