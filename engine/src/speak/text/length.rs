//! How long words take to say, before anything is spoken: for budgets, start buffers, and the bound on a voice that does
//! not find its end.

/// Seconds a syllable takes, and what every word costs besides.
const SYLLABLE: f64 = 0.2;
const WORD: f64 = 0.06;
/// Rests at `,` and at `.`, `?`, `!`.
const SHORT_REST: f64 = 0.2;
const LONG_REST: f64 = 0.35;

/// What a usual voice needs: about 160 words a minute.
pub fn expected_seconds(spoken: &str) -> f64 {
    let words = spoken.split_whitespace().map(|word| {
        let rest = match word.chars().next_back() {
            Some(',' | ';' | ':') => SHORT_REST,
            Some('.' | '?' | '!') => LONG_REST,
            _ => 0.0,
        };
        word_seconds(word) + rest
    });
    words.sum()
}

/// What a slow voice needs, with rests: longer than this is a voice that has lost its way.
pub fn longest_seconds(spoken: &str) -> f64 {
    2.0 + 2.5 * expected_seconds(spoken)
}

fn word_seconds(word: &str) -> f64 {
    match syllables(word) {
        0 => 0.0,
        n => WORD + SYLLABLE * n as f64,
    }
}

/// Groups of vowels, at least one for a word; every character of a script without vowels.
fn syllables(word: &str) -> usize {
    let (mut count, mut in_vowels, mut letters) = (0, false, 0);
    for c in word.chars() {
        let vowel = matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
        let other = c.is_alphanumeric() && c as u32 >= 0x250;
        count += usize::from(vowel && !in_vowels || other || c.is_ascii_digit());
        in_vowels = vowel;
        letters += usize::from(c.is_alphanumeric());
    }
    // A last e is silent: time, recipe.
    if count > 1
        && word
            .trim_end_matches(|c: char| !c.is_alphabetic())
            .ends_with('e')
    {
        count -= 1;
    }
    count.max(usize::from(letters > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn longer_texts_take_longer_and_bounds_leave_room() {
        let short = expected_seconds("Hello there.");
        let long =
            expected_seconds("Hello there, this is a sentence of a usual length for a test.");
        assert!(short > 0.5 && short < 1.5, "{short}");
        assert!(long > 3.0 && long < 5.5, "{long}");
        assert_eq!(expected_seconds(""), 0.0);
        assert!(longest_seconds("Hello there.") > 2.0 * short);
        // Letters apart are slow.
        assert!(expected_seconds("B B C") > expected_seconds("bee"));
        assert!(expected_seconds("\u{4eca}\u{5929}\u{5929}\u{6c14}") > 0.6);
    }
}
