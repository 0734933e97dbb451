//! Finding a phrase that repeats without end, while it is being generated and afterwards.
//!
//! Speech repeats itself all the time ("no no no", digits, refrains), so a few repeats prove nothing: the rule asks
//! for a run that people do not speak. Works on token ids, never on bytes: Chinese or Japanese text compresses
//! differently from English, its tokens do not.

use std::collections::HashSet;

/// When a repetition counts as a loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct LoopRule {
    /// Longest phrase watched, in tokens.
    pub longest_period: usize,
    /// A phrase of two tokens or more must fill this many tokens …
    pub min_run: usize,
    /// … and stand there this often.
    pub min_repeats: usize,
    /// A single token must stand there this often.
    pub min_single: usize,
}

impl LoopRule {
    /// For spoken replies: a pause repeats its codes, five ids at a time, so only ten seconds of the same are a loop.
    pub fn speech() -> Self {
        Self {
            longest_period: 20,
            min_run: 312,
            min_repeats: 16,
            min_single: 64,
        }
    }

    /// The same where tokens are letters: about four to a word's piece.
    pub fn of_letters(self) -> Self {
        Self {
            longest_period: 4 * self.longest_period,
            min_run: 4 * self.min_run,
            min_repeats: self.min_repeats,
            min_single: 2 * self.min_single,
        }
    }
}

impl Default for LoopRule {
    fn default() -> Self {
        Self {
            longest_period: 20,
            min_run: 24,
            min_repeats: 4,
            min_single: 12,
        }
    }
}

/// A loop at the end of what was generated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loop {
    /// Tokens of the phrase.
    pub period: usize,
    /// Index of the phrase's first token.
    pub start: usize,
}

impl Loop {
    /// How many ids to keep so that the phrase stands there once.
    pub fn once(&self) -> usize {
        self.start + self.period
    }
}

/// Watches ids as they come; a constant amount of work for each.
#[derive(Debug, Clone)]
pub struct LoopDetector {
    rule: LoopRule,
    ids: Vec<u32>,
    /// At `p − 1`: how many of the last ids in a row equal the one `p` before.
    same: Vec<usize>,
}

impl LoopDetector {
    pub fn new(rule: LoopRule) -> Self {
        Self {
            rule,
            ids: Vec::new(),
            same: vec![0; rule.longest_period],
        }
    }

    /// Takes the next id; tells the loop, the shortest phrase first, that it completes.
    pub fn push(&mut self, id: u32) -> Option<Loop> {
        let mut found = None;
        for (p, same) in (1..).zip(&mut self.same) {
            let repeats = self
                .ids
                .len()
                .checked_sub(p)
                .is_some_and(|at| self.ids[at] == id);
            *same = if repeats { *same + 1 } else { 0 };
            let run = *same + p;
            let enough = if p == 1 {
                run >= self.rule.min_single
            } else {
                run >= self.rule.min_run && run / p >= self.rule.min_repeats
            };
            if repeats && enough && found.is_none() {
                found = Some(Loop {
                    period: p,
                    start: self.ids.len() + 1 - run,
                });
            }
        }
        self.ids.push(id);
        found
    }
}

/// Whether finished text mostly repeats itself without a strict period: less than a quarter of its runs of three
/// tokens are distinct. The counterpart of Whisper's compression ratio, for any script. Short text never is, nor is
/// a telephone number said three times.
pub fn repetitive(ids: &[u32]) -> bool {
    const SHORT: usize = 32;
    if ids.len() < SHORT {
        return false;
    }
    let distinct: HashSet<&[u32]> = ids.windows(3).collect();
    distinct.len() * 4 < ids.len() - 2
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many ids pass before a loop is seen, and the loop.
    fn watch(ids: impl IntoIterator<Item = u32>) -> Option<(usize, Loop)> {
        let mut detector = LoopDetector::new(LoopRule::default());
        ids.into_iter()
            .enumerate()
            .find_map(|(i, id)| Some((i + 1, detector.push(id)?)))
    }

    #[test]
    fn an_endless_phrase_is_seen_after_24_tokens() {
        let phrase = [323, 773, 389, 11];
        let (seen, found) = watch(phrase.into_iter().cycle()).expect("a loop");
        assert_eq!(
            (seen, found),
            (
                24,
                Loop {
                    period: 4,
                    start: 0
                }
            )
        );
        assert_eq!(found.once(), 4);
    }

    #[test]
    fn what_stood_before_the_loop_is_kept() {
        let (_, found) = watch((100..110).chain([7, 8, 9].into_iter().cycle())).expect("a loop");
        assert_eq!(
            found,
            Loop {
                period: 3,
                start: 10
            }
        );
        assert_eq!(found.once(), 13);
    }

    /// The rule by the book: does any phrase fill the end of `ids` often enough?
    fn by_hand(ids: &[u32]) -> Option<Loop> {
        let rule = LoopRule::default();
        (1..=rule.longest_period).find_map(|p| {
            let same = (p..ids.len())
                .rev()
                .take_while(|&i| ids[i] == ids[i - p])
                .count();
            let run = same + p;
            let enough = if p == 1 {
                run >= rule.min_single
            } else {
                run >= rule.min_run && run / p >= rule.min_repeats
            };
            (same > 0 && enough).then(|| Loop {
                period: p,
                start: ids.len() - run,
            })
        })
    }

    proptest::proptest! {
        #[test]
        fn watching_equals_looking_back(
            head in proptest::collection::vec(0u32..3, 0..30),
            phrase in proptest::collection::vec(0u32..3, 1..25),
            rounds in 1usize..14,
        ) {
            let mut detector = LoopDetector::new(LoopRule::default());
            let ids: Vec<u32> = head.into_iter().chain(phrase.repeat(rounds)).collect();
            for n in 1..=ids.len() {
                proptest::prop_assert_eq!(detector.push(ids[n - 1]), by_hand(&ids[..n]));
            }
        }
    }

    #[test]
    fn one_token_needs_twelve() {
        assert_eq!(watch(std::iter::repeat_n(5, 11)), None);
        assert_eq!(watch(std::iter::repeat_n(5, 40)).map(|(n, _)| n), Some(12));
    }

    #[test]
    fn a_long_phrase_needs_four_rounds() {
        let phrase: Vec<u32> = (0..20).collect();
        assert_eq!(watch(phrase.repeat(3)), None);
        assert_eq!(watch(phrase.repeat(5)).map(|(n, _)| n), Some(80));
        // Longer than what is watched: the duration bound ends it, not this.
        assert_eq!(watch((0..21).collect::<Vec<_>>().repeat(8)), None);
    }

    #[test]
    fn what_people_say_is_left_alone() {
        // "Row, row, row, row, row, row your boat." and "Seat 7 7 7, row 2 9, gate 7 7 7."
        let row = [
            3102, 11, 2802, 11, 2802, 11, 2802, 11, 2802, 11, 2802, 697, 15328, 13,
        ];
        let tally = [
            75324, 220, 22, 220, 22, 220, 22, 11, 2802, 220, 17, 220, 24, 11, 18126, 220, 22, 220,
            22, 220, 22, 13,
        ];
        // "no no no no no no no no" and the same phone number given three times.
        let no = [
            2152u32, 902, 902, 902, 902, 902, 902, 902, 11, 358, 1053, 902, 13,
        ];
        let number = [220, 20, 220, 20, 220, 20, 220, 15, 220, 16, 220, 17].repeat(3);
        for said in [row.to_vec(), tally.to_vec(), no.to_vec(), number] {
            assert_eq!(watch(said.iter().copied()), None);
            assert!(!repetitive(&said));
        }
    }

    #[test]
    fn variations_on_one_phrase_are_repetitive() {
        let varied: Vec<u32> = (0..12u32)
            .flat_map(|i| [1, 2, 3, 4, 5, 6, if i % 5 == 0 { 7 } else { 8 }])
            .collect();
        assert!(repetitive(&varied));
        assert!(!repetitive(&(0..200).collect::<Vec<_>>()));
    }
}
