//! How recognition decodes; the defaults are the policy.

use super::loops::LoopRule;
use crate::{Error, Result};

#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DecodeOptions {
    /// Hard ceiling. Speech is bounded by its duration long before.
    pub max_tokens: usize,
    /// Most positions of the cache: prompt, audio and answer.
    pub max_cache_len: usize,
    /// One attempt each, in order; 0 is greedy.
    pub temperatures: Vec<f32>,
    /// In retries after a loop only, see [`super::Penalties`].
    pub frequency_penalty: f32,
    /// In retries after a loop only; 0 is off.
    pub no_repeat_ngram: usize,
    pub loops: LoopRule,
    /// An attempt whose mean log-probability per token is below this is not trusted.
    pub min_mean_logprob: f32,
    /// A retry with a single token below this (0.25 %) was forced off its way and is not trusted.
    pub min_token_logprob: f32,
    /// Shorter chunks are not cut in half when nothing else helps.
    pub halve_from_seconds: f64,
    /// Retries draw from this seed plus their number.
    pub seed: u64,
}

impl Default for DecodeOptions {
    fn default() -> Self {
        Self {
            max_tokens: 2048,
            max_cache_len: 4096,
            temperatures: vec![0.0, 0.2, 0.4, 0.6, 0.8, 1.0],
            frequency_penalty: 1.2,
            no_repeat_ngram: 3,
            loops: LoopRule::default(),
            min_mean_logprob: -1.0,
            min_token_logprob: -6.0,
            halve_from_seconds: 6.0,
            seed: 0,
        }
    }
}

impl DecodeOptions {
    /// Refuses what cannot be meant.
    pub fn check(&self) -> Result<()> {
        let refuse = |message: &str, hint: &str| Err(Error::input(message, hint));
        if self.max_tokens == 0 {
            return refuse("zero tokens are allowed", "Give --max-tokens at least 1.");
        }
        if self.temperatures.is_empty()
            || self.temperatures.iter().any(|t| !(0.0..=2.0).contains(t))
        {
            return refuse(
                "a temperature is outside 0 to 2, or none is given",
                "The default is 0, 0.2, 0.4, 0.6, 0.8, 1.",
            );
        }
        if !self.frequency_penalty.is_finite() || self.no_repeat_ngram == 1 {
            return refuse(
                "a penalty is out of range",
                "--frequency-penalty wants a number, --no-repeat-ngram 0 (off) or at least 2.",
            );
        }
        if self.loops.longest_period == 0
            || self.loops.longest_period > 1000
            || self.loops.min_repeats < 2
        {
            return refuse(
                "the rule for loops is out of range",
                "Leave it at its default.",
            );
        }
        Ok(())
    }
}
