//! Temperature, top-k, softmax and the exponential race, as graph operations.
//!
//! Reference: `sample_topk` of SesameAILabs/csm. Divide by T; keep every logit at or above the k-th largest (ties
//! all stay); softmax in f32; the token is `argmax(p / q)` with q ~ Exp(1), the first index on ties. What differs:
//! always f32 (the reference computes in the model's dtype), k beyond the vocabulary keeps everything (the
//! reference raises), T = 0 is argmax, and a token range can be excluded by an explicit −∞ before the top-k.

use crate::nn::tally::issued;
use crate::{Error, Result};
use mlx_rs::ops::indexing::{TryIndexOp, argmax_axis};
use mlx_rs::{Array, Dtype, ops};
use std::ops::Range;

/// How tokens are drawn. The default is upstream's: T 0.9, top-k 50, nothing excluded.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Sampling {
    /// 0 takes the most likely token.
    pub temperature: f32,
    pub top_k: usize,
    /// Tokens that are never drawn.
    pub exclude: Option<Range<u32>>,
}

impl Default for Sampling {
    fn default() -> Self {
        Self {
            temperature: 0.9,
            top_k: 50,
            exclude: None,
        }
    }
}

impl Sampling {
    /// The most likely token, always.
    pub fn greedy() -> Self {
        Self {
            temperature: 0.0,
            ..Self::default()
        }
    }

    pub fn is_greedy(&self) -> bool {
        self.temperature == 0.0
    }

    fn check(&self, vocab: usize) -> Result<()> {
        if !self.temperature.is_finite() || self.temperature < 0.0 {
            return Err(Error::input(
                format!("a temperature of {} makes no sense", self.temperature),
                "Use 0 for the most likely token, or a value around 0.9.",
            ));
        }
        if self.top_k == 0 {
            return Err(Error::input(
                "top-k 0 would keep no token",
                "Use 50, or the vocabulary's size to keep all.",
            ));
        }
        if let Some(range) = &self.exclude {
            if range.start >= range.end || range.end as usize > vocab {
                return Err(Error::input(
                    format!(
                        "the excluded tokens {}..{} are not a range within 0..{vocab}",
                        range.start, range.end
                    ),
                    "Give A..B with A below B.",
                ));
            }
            if range.len() == vocab {
                return Err(Error::input(
                    "every token is excluded",
                    "Leave some tokens to draw from.",
                ));
            }
        }
        Ok(())
    }
}

/// A [`Sampling`] made ready for one vocabulary: its constants exist once, not once per token.
#[derive(Debug)]
pub struct Sampler {
    top_k: usize,
    vocab: usize,
    /// None when greedy.
    temperature: Option<Array>,
    /// 0 or −∞ per token.
    exclusion: Option<Array>,
    minus_infinity: Array,
}

impl Sampler {
    pub fn new(sampling: &Sampling, vocab: usize) -> Result<Self> {
        sampling.check(vocab)?;
        let exclusion = sampling.exclude.as_ref().map(|range| {
            let mask: Vec<f32> = (0..vocab as u32)
                .map(|id| {
                    if range.contains(&id) {
                        f32::NEG_INFINITY
                    } else {
                        0.0
                    }
                })
                .collect();
            Array::from_slice(&mask, &[vocab as i32])
        });
        Ok(Self {
            top_k: sampling.top_k,
            vocab,
            temperature: (!sampling.is_greedy()).then(|| Array::from_f32(sampling.temperature)),
            exclusion,
            minus_infinity: Array::from_f32(f32::NEG_INFINITY),
        })
    }

    pub fn needs_noise(&self) -> bool {
        self.temperature.is_some()
    }

    /// `logits` `[n, vocab]` and, unless greedy, `noise` `[n, vocab]` ~ Exp(1) → tokens `[n]` u32.
    pub fn pick(&self, logits: &Array, noise: Option<&Array>) -> Result<Array> {
        Ok(self.draw(logits, noise)?.0)
    }

    /// As [`Self::pick`], with the distribution drawn from, `[n, vocab]`; none when greedy.
    pub fn draw(&self, logits: &Array, noise: Option<&Array>) -> Result<(Array, Option<Array>)> {
        issued(2);
        let logits = self.excluded(logits)?;
        let (Some(_), Some(noise)) = (&self.temperature, noise) else {
            return Ok((argmax_axis(&logits, -1, false)?, None));
        };
        issued(if self.top_k < self.vocab { 7 } else { 3 });
        let p = self.filtered(&logits)?;
        Ok((argmax_axis(p.divide(noise)?, -1, false)?, Some(p)))
    }

    /// The exact distribution that tokens are drawn from, `[n, vocab]`; all on one token when greedy.
    pub fn probabilities(&self, logits: &Array) -> Result<Array> {
        let logits = self.excluded(logits)?;
        if self.temperature.is_some() {
            return self.filtered(&logits);
        }
        let best = argmax_axis(&logits, -1, true)?;
        Ok(Array::arange::<i32, u32>(None, self.vocab as i32, None)?
            .eq(&best)?
            .as_dtype(Dtype::Float32)?)
    }

    fn excluded(&self, logits: &Array) -> Result<Array> {
        let logits = if logits.dtype() == Dtype::Float32 {
            logits.clone()
        } else {
            logits.as_dtype(Dtype::Float32)?
        };
        Ok(match &self.exclusion {
            Some(mask) => logits.add(mask)?,
            None => logits,
        })
    }

    fn filtered(&self, logits: &Array) -> Result<Array> {
        let Some(temperature) = &self.temperature else {
            return Ok(logits.clone());
        };
        let mut x = logits.divide(temperature)?;
        if self.top_k < self.vocab {
            let kth = (self.vocab - self.top_k) as i32;
            let threshold = ops::partition_axis(&x, kth, -1)?.try_index((.., kth..kth + 1))?;
            x = ops::select(x.ge(&threshold)?, &x, &self.minus_infinity)?;
        }
        Ok(ops::softmax_axis(&x, -1, true)?)
    }
}
