//! One frame of a trace, and one choice in it, as recorded.

use super::candidates::log_sum_exp;

/// One frame as recorded.
#[derive(Debug, Clone)]
pub struct Entry {
    /// One per codebook.
    pub draws: Vec<Draw>,
    /// The backbone's state, `[H]`.
    pub hidden: Option<Vec<f32>>,
    pub milliseconds: Option<f32>,
}

/// One choice as recorded: the candidates with their numbers, and what was chosen.
#[derive(Debug, Clone, Default)]
pub struct Draw {
    pub token: u32,
    /// What the same noise names without the exclusion.
    pub unexcluded: Option<u32>,
    /// The candidates, best first; None when every token is recorded, in order.
    pub ids: Option<Vec<u32>>,
    /// Per candidate.
    pub logits: Option<Vec<f32>>,
    pub probabilities: Option<Vec<f32>>,
    pub noise: Option<Vec<f32>>,
    /// ln Σ exp of all logits.
    pub log_sum_exp: Option<f64>,
    pub chosen_logit: Option<f32>,
}

impl Draw {
    /// All candidates with their logits, nothing chosen.
    pub fn of_logits(logits: &[f32]) -> Self {
        Self {
            logits: Some(logits.to_vec()),
            log_sum_exp: Some(log_sum_exp(logits)),
            ..Self::default()
        }
    }

    /// How many candidates are recorded.
    pub fn candidates(&self) -> usize {
        let tables = [&self.logits, &self.probabilities, &self.noise];
        tables
            .into_iter()
            .flatten()
            .map(Vec::len)
            .next()
            .unwrap_or(0)
    }

    pub fn id(&self, candidate: usize) -> u32 {
        match &self.ids {
            Some(ids) => ids.get(candidate).copied().unwrap_or(u32::MAX),
            None => candidate as u32,
        }
    }

    /// Where a token stands among the candidates.
    pub fn find(&self, token: u32) -> Option<usize> {
        match &self.ids {
            Some(ids) => ids.iter().position(|&id| id == token),
            None => Some(token as usize).filter(|&at| at < self.candidates()),
        }
    }

    /// ln of the model's own probability (T = 1, nothing filtered) of the token that was drawn.
    pub fn log_probability(&self) -> Option<f64> {
        let logit = self
            .chosen_logit
            .or_else(|| self.logits.as_ref()?.get(self.find(self.token)?).copied())?;
        Some(f64::from(logit) - self.log_sum_exp?)
    }
}
