//! Whether two texts are the same words.
//!
//! Both are taken as they would be said, so that `3 km` is `three kilometres`; case, marks and spacing do not count. Where
//! words are not parted by spaces, as in Chinese, every character is one.

use crate::speak::text::{Budget, Dictionary, Policy, plan};
use unicode_segmentation::UnicodeSegmentation;

/// The share of words that agree, 0 to 1: one less the words that would have to be changed, added or left out, of the longer
/// text's. 1 where neither has any.
pub fn agreement(a: &str, b: &str) -> f64 {
    let (a, b) = (words(a), words(b));
    let longer = a.len().max(b.len());
    if longer == 0 {
        return 1.0;
    }
    1.0 - words_apart((&a, &b)) as f64 / longer as f64
}

/// How many words have to be changed, added or left out to get from one text to the other.
pub(crate) fn words_apart((a, b): (&Vec<String>, &Vec<String>)) -> usize {
    // With its types named, because Apple's crates leave them open on a Mac.
    strsim::generic_levenshtein::<Vec<String>, Vec<String>, _, _>(a, b)
}

fn words(text: &str) -> Vec<String> {
    let policy = Policy {
        budget: Budget::UNLIMITED,
        ..Policy::default()
    };
    plan(text, &policy, &Dictionary::default())
        .iter()
        .flat_map(|sentence| sentence.spoken.unicode_words())
        .map(|word| word.to_lowercase().replace(['\'', '’'], ""))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_agree_whatever_they_look_like() {
        for (a, b, share) in [
            ("", "", 1.0),
            ("It’s 3 km away!", "it's three kilometres, away", 1.0),
            ("the sun was shining", "the sun is shining", 0.75),
            ("the sun was shining", "the sun shining", 0.75),
            ("the sun", "", 0.0),
            ("one two", "three four five six", 0.0),
            ("今天天气好", "今天天汽好", 0.8),
        ] {
            let got = agreement(a, b);
            assert!((got - share).abs() < 1e-9, "{a:?} {b:?}: {got}");
            assert_eq!(got, agreement(b, a));
        }
    }
}
