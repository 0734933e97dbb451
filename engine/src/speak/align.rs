//! How much of what was said was heard: the letters of two texts, side by side.
//!
//! Letters tell more than words where whoever listens spells badly or parts words elsewhere: `a bout` for `about` is one
//! sound heard well. Words follow from them: one is missed if less than half of its letters were heard in its place.
//! Plain functions; texts of any length up to some thousand letters, since the table is their product.

use std::ops::Range;

/// Two texts side by side.
#[derive(Debug, Clone, PartialEq)]
pub struct Alignment {
    /// Letters missing, wrong or too many, for each letter that was said; 0 is the same text, above 1 is babble.
    pub letter_errors: f64,
    /// The same of whole words.
    pub word_errors: f64,
    /// Words of which less than half was heard.
    pub missed: Vec<String>,
}

/// Compares letters and figures; case, punctuation and, for letters, spaces do not matter.
pub fn align(said: &str, heard: &str) -> Alignment {
    let (said, heard) = (words(said), words(heard));
    let (row, places) = letters(&said);
    let (others, _) = letters(&heard);
    let (errors, matched) = compare(&row, &others);
    let missed = said.iter().zip(places).filter(|(_, place)| {
        let found = matched[place.clone()].iter().filter(|&&m| m).count();
        2 * found < place.len()
    });
    Alignment {
        letter_errors: share(errors, row.len()),
        word_errors: share(compare(&said, &heard).0, said.len()),
        missed: missed.map(|(word, _)| word.clone()).collect(),
    }
}

fn share(errors: usize, of: usize) -> f64 {
    errors as f64 / of.max(1) as f64
}

/// In small letters, with nothing but letters and figures.
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| c.is_whitespace() || c == '-')
        .map(|word| {
            let plain = word.chars().filter(|c| c.is_alphanumeric());
            plain.flat_map(char::to_lowercase).collect::<String>()
        })
        .filter(|word| !word.is_empty())
        .collect()
}

/// All letters in a row, and where each word's are.
fn letters(words: &[String]) -> (Vec<char>, Vec<Range<usize>>) {
    let mut letters = Vec::new();
    let places = words.iter().map(|word| {
        let from = letters.len();
        letters.extend(word.chars());
        from..letters.len()
    });
    let places = places.collect();
    (letters, places)
}

/// The fewest changes that make one row of the other, and which of the first found their like in the second.
fn compare<T: PartialEq>(said: &[T], heard: &[T]) -> (usize, Vec<bool>) {
    let wide = heard.len() + 1;
    // Row by row: changes from the first i of one to the first j of the other.
    let mut table: Vec<u32> = (0..wide as u32).collect();
    for (i, one) in said.iter().enumerate() {
        table.push(i as u32 + 1);
        for (j, other) in heard.iter().enumerate() {
            let above = i * wide + j;
            let swapped = table[above] + u32::from(one != other);
            let (dropped, added) = (table[above + 1] + 1, table[above + wide] + 1);
            table.push(swapped.min(dropped).min(added));
        }
    }
    let mut matched = vec![false; said.len()];
    let (mut i, mut j) = (said.len(), heard.len());
    while i > 0 && j > 0 {
        let here = table[i * wide + j];
        let same = said[i - 1] == heard[j - 1];
        if here == table[(i - 1) * wide + j - 1] + u32::from(!same) {
            (i, j) = (i - 1, j - 1);
            matched[i] = same;
        } else if here == table[(i - 1) * wide + j] + 1 {
            i -= 1;
        } else {
            j -= 1;
        }
    }
    (table[said.len() * wide + heard.len()] as usize, matched)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn errors(said: &str, heard: &str) -> (f64, f64) {
        let a = align(said, heard);
        (a.letter_errors, a.word_errors)
    }

    #[test]
    fn case_signs_and_spaces_are_no_errors_of_letters() {
        assert_eq!(errors("Hello there.", "hello THERE"), (0.0, 0.0));
        let (letters, words) = errors(
            "It takes about four minutes.",
            "it takes a bout four minutes",
        );
        assert_eq!((letters, words), (0.0, 0.4));
        assert_eq!(errors("well-known", "well known"), (0.0, 0.0));
        assert_eq!(errors("don't", "dont").0, 0.0);
    }

    #[test]
    fn what_is_missing_wrong_or_too_much_counts_once() {
        assert_eq!(errors("abcd", "abd"), (0.25, 1.0));
        assert_eq!(errors("abcd", "abxd"), (0.25, 1.0));
        assert_eq!(errors("abcd", "abcde"), (0.25, 1.0));
        assert_eq!(errors("abcd", ""), (1.0, 1.0));
        assert_eq!(errors("ab", "abababab").0, 3.0);
        assert_eq!(errors("", ""), (0.0, 0.0));
    }

    #[test]
    fn missed_words_are_named_and_badly_spelled_ones_are_not() {
        let a = align("the river is wide and slow", "the rivver is and slo");
        assert_eq!(a.missed, ["wide"]);
        let a = align("one two three four", "one two");
        assert_eq!(a.missed, ["three", "four"]);
        assert_eq!(align("eins zwei", "").missed, ["eins", "zwei"]);
    }

    proptest! {
        #[test]
        fn a_text_is_itself_and_errors_are_bounded(said in "[a-e ]{0,20}", heard in "[a-e ]{0,20}") {
            let same = align(&said, &said);
            prop_assert_eq!(same.letter_errors, 0.0);
            prop_assert!(same.missed.is_empty());
            let letters = |s: &str| s.chars().filter(|c| c.is_alphanumeric()).count();
            let (a, b) = (letters(&said), letters(&heard));
            let changes = align(&said, &heard).letter_errors * a.max(1) as f64;
            prop_assert!(changes <= a.max(b) as f64 + 1e-9);
            prop_assert!(changes >= a.abs_diff(b) as f64 - 1e-9);
        }
    }
}
