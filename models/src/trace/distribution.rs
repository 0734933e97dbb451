//! Distributions over tokens, and how far two of them are apart. All in f64; logarithms are natural, entropies in bits.

use super::draw::Draw;
use crate::sampling::Sampling;

/// Recorded probabilities are f32 and need not add up to 1 exactly; what is further away is not the whole distribution.
const COMPLETE: f64 = 1e-3;

/// Tokens with a probability above 0, in the order of their ids; the sum is 1.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution(Vec<(u32, f64)>);

impl Distribution {
    /// From weights in any order, which are made to add up to 1. None when there is nothing above 0.
    pub fn from_weights(weights: impl IntoIterator<Item = (u32, f64)>) -> Option<Self> {
        let mut all: Vec<(u32, f64)> = weights.into_iter().filter(|(_, w)| *w > 0.0).collect();
        all.sort_unstable_by_key(|(id, _)| *id);
        let sum: f64 = all.iter().map(|(_, w)| w).sum();
        (sum > 0.0 && sum.is_finite()).then(|| {
            all.iter_mut().for_each(|(_, w)| *w /= sum);
            Self(all)
        })
    }

    /// What a token was drawn from: as recorded, else as the recorded logits and the setting say. When nothing is drawn
    /// (greedy, or no setting known) the model's own distribution. None when too little is recorded.
    pub fn of(draw: &Draw, sampling: Option<&Sampling>) -> Option<Self> {
        if let Some(p) = &draw.probabilities {
            let sum: f64 = p.iter().map(|&p| f64::from(p)).sum();
            let weights = p.iter().enumerate();
            return (sum > 1.0 - COMPLETE)
                .then(|| weights.map(|(at, &p)| (draw.id(at), f64::from(p))))
                .and_then(Self::from_weights);
        }
        match sampling.filter(|sampling| !sampling.is_greedy()) {
            Some(sampling) => filtered(draw, sampling),
            None => Self::own(draw),
        }
    }

    /// The model's own: softmax at T = 1, nothing filtered. Of the recorded candidates if these are nearly all there is.
    pub fn own(draw: &Draw) -> Option<Self> {
        let (logits, normaliser) = (draw.logits.as_ref()?, draw.log_sum_exp?);
        let p = |&logit: &f32| (f64::from(logit) - normaliser).exp();
        (logits.iter().map(p).sum::<f64>() > 1.0 - COMPLETE)
            .then(|| logits.iter().enumerate().map(|(at, l)| (draw.id(at), p(l))))
            .and_then(Self::from_weights)
    }

    pub fn get(&self, token: u32) -> f64 {
        let found = self.0.binary_search_by_key(&token, |(id, _)| *id);
        found.map_or(0.0, |at| self.0[at].1)
    }

    pub fn iter(&self) -> impl Iterator<Item = (u32, f64)> {
        self.0.iter().copied()
    }

    /// The probability of a range of tokens.
    pub fn mass(&self, range: &std::ops::Range<u32>) -> f64 {
        let within = self.iter().filter(|(id, _)| range.contains(id));
        within.map(|(_, p)| p).sum()
    }

    /// Bits.
    pub fn entropy(&self) -> f64 {
        -self.0.iter().map(|(_, p)| p * p.log2()).sum::<f64>()
    }

    /// Calls `f` with both probabilities of every token that either has.
    fn join(&self, other: &Self, mut f: impl FnMut(f64, f64)) {
        let (mut a, mut b) = (self.0.iter().peekable(), other.0.iter().peekable());
        loop {
            match (a.peek(), b.peek()) {
                (None, None) => return,
                (Some(&&(x, p)), Some(&&(y, q))) if x == y => {
                    f(p, q);
                    a.next();
                    b.next();
                }
                (Some(&&(x, p)), y) if y.is_none_or(|&&(y, _)| x < y) => {
                    f(p, 0.0);
                    a.next();
                }
                (_, Some(&&(_, q))) => {
                    f(0.0, q);
                    b.next();
                }
                (Some(_), None) => {
                    a.next();
                }
            }
        }
    }

    /// The sum of the smaller ones: 1 for equal distributions, 0 for those that share nothing. Total variation is 1 less this.
    pub fn similarity(&self, other: &Self) -> f64 {
        let mut sum = 0.0;
        self.join(other, |p, q| sum += p.min(q));
        whole(sum)
    }

    /// Kullback–Leibler divergence of `other` from this; infinite where this has what the other has not.
    pub fn kl(&self, other: &Self) -> f64 {
        let mut sum = 0.0;
        self.join(other, |p, q| {
            if p > 0.0 {
                sum += p * (p / q).ln();
            }
        });
        // Rounding may leave equal distributions a hair below 0.
        sum.max(0.0)
    }

    /// Jensen–Shannon divergence: 0 to ln 2.
    pub fn jensen_shannon(&self, other: &Self) -> f64 {
        let half = |p: f64, m: f64| if p > 0.0 { p * (p / m).ln() } else { 0.0 };
        let mut sum = 0.0;
        self.join(other, |p, q| {
            let m = f64::midpoint(p, q);
            sum += f64::midpoint(half(p, m), half(q, m));
        });
        sum.max(0.0)
    }
}

/// A sum of shares that comes to 1 but for rounding is 1.
pub(super) fn whole(sum: f64) -> f64 {
    if sum > 1.0 - 1e-12 { 1.0 } else { sum }
}

/// Temperature, exclusion and top-k as the sampler does them (`sampling::Sampler`), from recorded logits. None when so few
/// candidates are recorded that others might belong to it, and for greedy settings.
pub fn filtered(draw: &Draw, sampling: &Sampling) -> Option<Distribution> {
    if sampling.is_greedy() {
        return None;
    }
    let logits = draw.logits.as_ref()?;
    let excluded = |id: u32| {
        sampling
            .exclude
            .as_ref()
            .is_some_and(|range| range.contains(&id))
    };
    let mut scaled: Vec<(u32, f32)> = logits
        .iter()
        .enumerate()
        .map(|(at, logit)| (draw.id(at), logit / sampling.temperature))
        .filter(|(id, _)| !excluded(*id))
        .collect();
    let by_weight = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1);
    if sampling.top_k < scaled.len() {
        let (_, kth, _) = scaled.select_nth_unstable_by(sampling.top_k - 1, by_weight);
        let least = kth.1;
        scaled.retain(|(_, x)| *x >= least);
    } else if draw.ids.is_some() {
        return None;
    }
    let most = scaled
        .iter()
        .map(|(_, x)| *x)
        .fold(f32::NEG_INFINITY, f32::max);
    let weights = scaled.into_iter();
    Distribution::from_weights(weights.map(|(id, x)| (id, f64::from(x - most).exp())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(weights: &[f64]) -> Distribution {
        let ids = weights.iter().enumerate();
        Distribution::from_weights(ids.map(|(id, &w)| (id as u32, w))).unwrap()
    }

    #[test]
    fn distances_equal_hand_computed_ones() {
        let (a, b) = (of(&[0.5, 0.25, 0.25]), of(&[0.25, 0.25, 0.5]));
        assert!((a.similarity(&b) - 0.75).abs() < 1e-12);
        // ½ ln 2 + 0 + ¼ ln ½
        assert!((a.kl(&b) - 0.25 * 2f64.ln()).abs() < 1e-12);
        assert!((a.entropy() - 1.5).abs() < 1e-12);
        let (x, y) = (of(&[1.0, 0.0]), of(&[0.0, 1.0]));
        assert_eq!((x.similarity(&y), x.kl(&y)), (0.0, f64::INFINITY));
        assert!((x.jensen_shannon(&y) - 2f64.ln()).abs() < 1e-12);
        assert_eq!(
            (a.similarity(&a), a.kl(&a), a.jensen_shannon(&a)),
            (1.0, 0.0, 0.0)
        );
        assert!((a.mass(&(1..3)) - 0.5).abs() < 1e-12 && a.get(9) == 0.0);
    }

    #[test]
    fn ties_at_the_threshold_all_stay_and_too_few_candidates_are_no_distribution() {
        let sampling = Sampling {
            temperature: 1.0,
            top_k: 2,
            exclude: None,
        };
        let mut draw = Draw {
            logits: Some(vec![1.0, 2.0, 1.0, 0.0]),
            ..Draw::default()
        };
        let ids = |draw: &Draw, s: &Sampling| -> Option<Vec<u32>> {
            Some(filtered(draw, s)?.iter().map(|(id, _)| id).collect())
        };
        assert_eq!(ids(&draw, &sampling), Some(vec![0, 1, 2]));
        let without = Sampling {
            exclude: Some(1..2),
            ..sampling.clone()
        };
        assert_eq!(ids(&draw, &without), Some(vec![0, 2]));
        draw.ids = Some(vec![7, 3, 5, 1]);
        assert_eq!(ids(&draw, &sampling), Some(vec![3, 5, 7]));
        let wide = Sampling {
            top_k: 4,
            ..sampling
        };
        assert_eq!(ids(&draw, &wide), None);
    }
}
