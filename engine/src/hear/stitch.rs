//! Two texts of overlapping sound as one: words heard twice are written once.
//!
//! The end of the first and the beginning of the second are compared word by word (character by character where no
//! spaces are written). The longest run that both have is kept once; what the first has after it and the second
//! before it, two words at most, are words cut in half. Without such a run nothing is dropped: twice is better than
//! lost.

/// No overlap holds more words.
const MOST_WORDS: usize = 14;
/// More words than this beside the common run were not cut in half, they were said.
const MOST_FRAGMENTS: usize = 2;
/// A single common word must be as long as this to count, or stand exactly at the seam.
const LONG_WORD: usize = 4;

/// How much of `a` (bytes from its beginning) and of `b` (bytes from which on) to keep.
pub fn seam(a: &str, b: &str) -> (usize, usize) {
    let (left, right) = (words(a), words(b));
    let left = &left[left.len().saturating_sub(MOST_WORDS)..];
    let right = &right[..right.len().min(MOST_WORDS)];
    let mut best: Option<(usize, usize, usize)> = None;
    for i in 0..left.len() {
        for j in 0..right.len().min(MOST_FRAGMENTS + 1) {
            let run = left[i..]
                .iter()
                .zip(&right[j..])
                .take_while(|(x, y)| x.key == y.key)
                .count();
            // Of equals the latest in the first and the earliest in the second.
            let better = |&(length, at, _): &(usize, usize, usize)| {
                run > length || (run == length && i > at)
            };
            let reaches = i + run + MOST_FRAGMENTS >= left.len();
            if run > 0 && reaches && best.as_ref().is_none_or(better) {
                best = Some((run, i, j));
            }
        }
    }
    let Some((run, i, j)) = best else {
        return (a.len(), 0);
    };
    let at_seam = i + run == left.len() && j == 0;
    let long = left[i].key.chars().count() >= LONG_WORD;
    if run == 1 && !at_seam && !long {
        return (a.len(), 0);
    }
    (left[i + run - 1].end, right[j + run - 1].end)
}

struct Word {
    /// Without punctuation and case.
    key: String,
    /// Where it ends, punctuation included.
    end: usize,
}

fn words(text: &str) -> Vec<Word> {
    let mut all: Vec<Word> = Vec::new();
    let mut key = String::new();
    for (at, c) in text.char_indices() {
        let alone = is_alone(c);
        if (c.is_whitespace() || alone) && !key.is_empty() {
            all.push(Word {
                key: std::mem::take(&mut key),
                end: at,
            });
        }
        if alone {
            all.push(Word {
                key: c.to_string(),
                end: at + c.len_utf8(),
            });
        } else if c.is_alphanumeric() {
            key.extend(c.to_lowercase());
        } else if let Some(last) = all
            .last_mut()
            .filter(|_| key.is_empty() && !c.is_whitespace())
        {
            // Punctuation belongs to what it follows.
            last.end = at + c.len_utf8();
        }
    }
    if !key.is_empty() {
        all.push(Word {
            key,
            end: text.len(),
        });
    }
    all
}

/// Han and kana: every character counts as a word.
pub fn is_alone(c: char) -> bool {
    matches!(c,
        '\u{3040}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(a: &str, b: &str) -> String {
        let (keep, from) = seam(a, b);
        myna_models::step_audio::join_text(&a[..keep], &b[from..])
    }

    #[test]
    fn words_heard_twice_are_written_once() {
        for (a, b, wanted) in [
            (
                "the quick brown fox",
                "brown fox jumps",
                "the quick brown fox jumps",
            ),
            (
                "the quick brown fo",
                "own fox jumps",
                "the quick brown fo own fox jumps",
            ),
            (
                "and the quick brown fo",
                "ick brown fox jumps",
                "and the quick brown fox jumps",
            ),
            (
                "He said: Well, then.",
                "well, then we go.",
                "He said: Well, then. we go.",
            ),
            ("a b c", "d e f", "a b c d e f"),
            ("no no no", "no no yes", "no no no yes"),
            ("in the", "a the b", "in the a the b"),
            (
                "and then he went home at last",
                "what happened then",
                "and then he went home at last what happened then",
            ),
            ("今天天气很", "天气很好。", "今天天气很好。"),
            ("", "begins here", "begins here"),
            ("ends here", "", "ends here"),
        ] {
            assert_eq!(joined(a, b), wanted);
        }
    }
}
