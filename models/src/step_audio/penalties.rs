//! Penalties on repetition, for retries after a loop and never before.
//!
//! As standing defaults they damage what is right: with 3-gram blocking "no no no no" and every digit string derail
//! after a few words. So they touch words that were generated, and never digits, punctuation, audio codes or the
//! tokens that end a turn.

use std::collections::HashMap;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Penalties {
    /// Subtracted from a word's logit for every time it was generated.
    pub frequency: f32,
    /// A word that would complete a run of this many tokens for the second time is excluded; 0 never.
    pub no_repeat_ngram: usize,
}

impl Penalties {
    /// What to subtract from the logits of which ids, after `generated`; infinity excludes. `is_word` tells the
    /// ids that may be touched at all.
    pub fn after(
        &self,
        generated: &[u32],
        mut is_word: impl FnMut(u32) -> bool,
    ) -> Vec<(u32, f32)> {
        let mut all: HashMap<u32, f32> = HashMap::new();
        if self.frequency != 0.0 {
            for &id in generated {
                *all.entry(id).or_default() += self.frequency;
            }
        }
        if let Some(before) = self.no_repeat_ngram.checked_sub(1)
            && let Some(at) = generated.len().checked_sub(before)
        {
            let last = &generated[at..];
            for run in generated.windows(self.no_repeat_ngram) {
                if run[..before] == *last {
                    all.insert(run[before], f32::INFINITY);
                }
            }
        }
        let mut all: Vec<_> = all.into_iter().filter(|&(id, _)| is_word(id)).collect();
        all.sort_by_key(|&(id, _)| id);
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: Penalties = Penalties {
        frequency: 1.2,
        no_repeat_ngram: 3,
    };

    #[test]
    fn words_are_penalised_by_count_and_runs_of_three_excluded() {
        let all = SEED.after(&[1, 2, 3, 1, 2], |_| true);
        assert_eq!(all, [(1, 2.4), (2, 2.4), (3, f32::INFINITY)]);
    }

    #[test]
    fn digits_punctuation_and_stops_are_left_alone() {
        let all = SEED.after(&[50, 11, 22, 50, 11, 22, 50, 11], |id| id == 50);
        assert_eq!(all.len(), 1);
        assert_eq!(all[0].0, 50);
        assert!((all[0].1 - 3.6).abs() < 1e-6);
    }

    #[test]
    fn nothing_generated_nothing_penalised() {
        assert!(SEED.after(&[], |_| true).is_empty());
        let off = Penalties {
            frequency: 0.0,
            no_repeat_ngram: 0,
        };
        assert!(off.after(&[1, 1, 1, 1], |_| true).is_empty());
    }
}
