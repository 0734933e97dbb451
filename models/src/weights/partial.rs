//! How strictly a checkpoint is read, and how far it fits.
//!
//! Loading is strict: one absent tensor of hundreds already makes noise of speech. To find out what is wrong with a
//! checkpoint it can be loaded all the same, on explicit demand: tensors that are missing or do not fit are zeros then,
//! every one of them is told, and a checkpoint of which less than half fits is another model and stays refused.

use crate::Result;
use crate::backend::Precision;
use serde::{Deserialize, Serialize};

/// Less than this is another model.
const LEAST: f64 = 0.5;
/// Less than this cannot work, even by accident.
const PLAUSIBLE: f64 = 0.9;

/// What is asked of loading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loading {
    /// What weights are held in.
    pub precision: Precision,
    /// For diagnosis: what is missing or does not fit becomes zeros.
    pub partial: bool,
}

impl Loading {
    /// In the device's own precision.
    pub fn for_device(partial: bool) -> Result<Self> {
        Ok(Self {
            precision: Precision::for_device()?,
            partial,
        })
    }
}

impl From<Precision> for Loading {
    /// Strictly.
    fn from(precision: Precision) -> Self {
        Self {
            precision,
            partial: false,
        }
    }
}

/// How much of a network a checkpoint provides.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fit {
    /// Tensors that the network needs.
    pub needed: usize,
    /// Of those, how many fit.
    pub matched: usize,
    /// What is wrong with the others, one line each.
    pub problems: Vec<String>,
}

impl Fit {
    /// Between 0 and 1.
    pub fn share(&self) -> f64 {
        self.matched as f64 / self.needed.max(1) as f64
    }

    pub fn is_whole(&self) -> bool {
        self.matched == self.needed
    }

    /// So little fits that it may be another model altogether.
    pub(super) fn is_hopeless(&self) -> bool {
        self.share() < LEAST
    }

    /// More is missing than a model can do without.
    pub fn is_poor(&self) -> bool {
        self.share() < PLAUSIBLE
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_is_needed_and_nine_tenths_are_plausible() {
        let fit = |matched| Fit {
            needed: 100,
            matched,
            problems: Vec::new(),
        };
        let judged = [49, 50, 89, 90, 100].map(|n| {
            let fit = fit(n);
            (fit.is_hopeless(), fit.is_poor(), fit.is_whole())
        });
        let expected = [
            (true, true, false),
            (false, true, false),
            (false, true, false),
            (false, false, false),
            (false, false, true),
        ];
        assert_eq!(judged, expected);
    }
}
