//! How far apart the numbers of two sides are, and whether rounding alone does that.

use crate::trace::{Distribution, Draw, Entry, Trace};
use serde::{Serialize, Serializer, ser::SerializeStruct};

/// Over many draws for which both sides know the distribution.
#[derive(Debug, Clone, Default)]
pub struct Distances {
    /// How many.
    pub draws: u64,
    similarity: f64,
    pub least_similarity: Option<f64>,
    jensen_shannon: f64,
    kl: f64,
    /// Draws in which one side keeps a token that the other drops: their divergence is infinite and not in the mean.
    pub kl_infinite: u64,
    pub kl_most: f64,
    /// Largest distance of two logits; of all draws with logits, also those without a known distribution.
    pub logit_distance: Option<f64>,
}

impl Distances {
    pub(super) fn add(
        &mut self,
        known: Option<(&Distribution, &Distribution)>,
        logits: Option<f64>,
    ) {
        if let Some(distance) = logits {
            self.logit_distance = Some(self.logit_distance.unwrap_or(0.0).max(distance));
        }
        let Some((a, b)) = known else { return };
        self.draws += 1;
        let similarity = a.similarity(b);
        self.similarity += similarity;
        self.least_similarity = Some(self.least_similarity.unwrap_or(1.0).min(similarity));
        self.jensen_shannon += a.jensen_shannon(b);
        let kl = a.kl(b);
        if kl.is_finite() {
            self.kl += kl;
            self.kl_most = self.kl_most.max(kl);
        } else {
            self.kl_infinite += 1;
        }
    }

    fn mean(&self, sum: f64, of: u64) -> Option<f64> {
        (of > 0).then(|| sum / of as f64)
    }

    /// Mean sum of minima; 1 for equal distributions.
    pub fn similarity(&self) -> Option<f64> {
        self.mean(self.similarity, self.draws)
    }

    pub fn total_variation(&self) -> Option<f64> {
        self.similarity().map(|s| 1.0 - s)
    }

    /// Mean, natural logarithms.
    pub fn jensen_shannon(&self) -> Option<f64> {
        self.mean(self.jensen_shannon, self.draws)
    }

    /// Mean of B's from A's where it is finite.
    pub fn kl(&self) -> Option<f64> {
        self.mean(self.kl, self.draws - self.kl_infinite)
    }
}

impl Serialize for Distances {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut s = serializer.serialize_struct("Distances", 9)?;
        s.serialize_field("draws", &self.draws)?;
        s.serialize_field("similarity", &self.similarity())?;
        s.serialize_field("least_similarity", &self.least_similarity)?;
        s.serialize_field("total_variation", &self.total_variation())?;
        s.serialize_field("kl", &self.kl())?;
        s.serialize_field("kl_most", &self.kl_most)?;
        s.serialize_field("kl_infinite", &self.kl_infinite)?;
        s.serialize_field("jensen_shannon", &self.jensen_shannon())?;
        s.serialize_field("logit_distance", &self.logit_distance)?;
        s.end()
    }
}

/// Where numbers first differ by more than rounding does.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Place {
    pub frame: usize,
    /// None: already in the backbone's state that the frame starts from.
    pub codebook: Option<usize>,
    /// Whether the backbone's state is recorded and was the same: then what follows it is at fault.
    pub state_alike: bool,
    /// Largest difference of two values.
    pub distance: f64,
    /// That, or for states the difference's length, against the values' own size.
    pub relative: f64,
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let frame = self.frame;
        match self.codebook {
            None => write!(
                f,
                "frame {frame}, in the backbone's state before any codebook"
            ),
            Some(codebook) => write!(f, "frame {frame}, in the logits of codebook {codebook}"),
        }
    }
}

/// How much two runs of the same network may differ.
#[derive(Debug, Clone, Copy)]
pub struct Rounding {
    /// Against the values' root mean square.
    pub limit: f64,
}

impl Rounding {
    /// Sums of a few thousand products in f32 come out alike to about 1e-5; every bf16 product is rounded to 0.4 %.
    pub fn of(traces: &[&Trace]) -> Self {
        let half = |t: &&Trace| matches!(t.note("dtype"), Some("bf16" | "f16"));
        let limit = if traces.iter().any(half) { 5e-2 } else { 1e-4 };
        Self { limit }
    }

    /// Largest difference of logits recorded on both sides.
    pub fn distance(a: &Draw, b: &Draw) -> Option<f64> {
        let pairs = pairs(a, b)?;
        pairs.map(|(x, y)| (x - y).abs()).reduce(f64::max)
    }

    pub fn beyond(
        &self,
        frame: usize,
        codebook: usize,
        (a, b): (&Entry, &Entry),
        logits: Option<f64>,
    ) -> Option<Place> {
        let states = a.hidden.as_ref().zip(b.hidden.as_ref());
        let states = states.filter(|(x, y)| x.len() == y.len());
        if let (0, Some((x, y))) = (codebook, states) {
            let pairs = || x.iter().zip(y).map(|(&x, &y)| (f64::from(x), f64::from(y)));
            let square: f64 = pairs().map(|(x, y)| (x - y).powi(2)).sum();
            let size: f64 = pairs().map(|(x, _)| x * x).sum();
            let relative = (square / size.max(1e-30)).sqrt();
            if relative > self.limit {
                let distance = pairs().map(|(x, y)| (x - y).abs()).fold(0.0, f64::max);
                return Some(Place {
                    frame,
                    codebook: None,
                    state_alike: false,
                    distance,
                    relative,
                });
            }
        }
        let distance = logits?;
        let relative = distance / size(&a.draws[codebook]);
        (relative > self.limit).then_some(Place {
            frame,
            codebook: Some(codebook),
            state_alike: states.is_some(),
            distance,
            relative,
        })
    }

    /// Whether a distance of logits is more than rounding makes of them.
    pub fn exceeded(&self, draw: &Draw, distance: f64) -> bool {
        distance / size(draw) > self.limit
    }
}

/// Root mean square of a draw's logits, at least 1.
fn size(draw: &Draw) -> f64 {
    let logits = draw.logits.as_deref().unwrap_or_default();
    let square: f64 = logits.iter().map(|&x| f64::from(x).powi(2)).sum();
    (square / logits.len().max(1) as f64).sqrt().max(1.0)
}

/// Logits of the candidates that both sides recorded.
fn pairs<'a>(a: &'a Draw, b: &'a Draw) -> Option<impl Iterator<Item = (f64, f64)> + 'a> {
    let (x, y) = (a.logits.as_ref()?, b.logits.as_ref()?);
    // Candidates of both sides in the order of their ids.
    let sorted = |draw: &Draw, logits: &[f32]| {
        let mut all: Vec<(u32, f32)> = logits
            .iter()
            .enumerate()
            .map(|(at, &l)| (draw.id(at), l))
            .collect();
        if draw.ids.is_some() {
            all.sort_unstable_by_key(|(id, _)| *id);
        }
        all
    };
    let (x, y) = (sorted(a, x), sorted(b, y));
    let mut at = 0;
    Some(x.into_iter().filter_map(move |(id, logit)| {
        while y.get(at).is_some_and(|(other, _)| *other < id) {
            at += 1;
        }
        let (other, theirs) = *y.get(at)?;
        (other == id).then_some((f64::from(logit), f64::from(theirs)))
    }))
}
