//! What must hold for any text: nothing dropped, nothing invented, every range in order and inside the text.

use crate::uncut;
use myna_engine::speak::text::{
    Dictionary, Markup, Policy, Sentence, Treatment, expected_seconds, longest_seconds, plan,
};
use proptest::prelude::*;

/// What must hold for the sentences of any text.
fn hold(text: &str, sentences: &[Sentence]) -> Result<(), TestCaseError> {
    let mut end = 0;
    for s in sentences {
        prop_assert!(
            s.source.start >= end && s.source.start <= s.source.end,
            "{s:?} after {end}"
        );
        prop_assert!(text.get(s.source.clone()).is_some(), "{s:?} in {text:?}");
        end = s.source.end;
        let (mut spoken, mut source) = (0, s.source.start);
        for word in &s.words {
            prop_assert!(word.spoken.start >= spoken && !word.spoken.is_empty());
            prop_assert!(s.spoken.get(word.spoken.clone()).is_some());
            spoken = word.spoken.end;
            prop_assert!(
                word.source.start >= source && word.source.end <= s.source.end,
                "{word:?} of {s:?}"
            );
            prop_assert!(text.get(word.source.clone()).is_some());
            source = word.source.start;
        }
        prop_assert!(!s.words.is_empty() && spoken < s.spoken.len());
        prop_assert!(s.spoken.ends_with(['.', ',', '?', '!']));
        let plain = |c: char| c.is_alphanumeric() && !c.is_ascii_digit() || " .,?!'-".contains(c);
        // Marks belong to letters before them.
        let odd = s.spoken.chars().find(|&c| !plain(c) && c.is_ascii());
        prop_assert!(odd.is_none(), "{odd:?} in {:?}", s.spoken);
        prop_assert!(s.seconds.is_finite() && s.seconds > 0.0 && s.pause >= 0.0);
        prop_assert!(longest_seconds(&s.spoken) > expected_seconds(&s.spoken));
    }
    Ok(())
}

/// Words that mean nothing but themselves.
const PLAIN: [&str; 24] = [
    "tea", "river", "garden", "quickly", "yellow", "window", "almost", "winter", "don't", "people",
    "silver", "under", "letter", "music", "apple", "happy", "seven", "kitchen", "over", "candle",
    "we", "house", "green", "table",
];

fn bare(spoken: &str) -> Vec<String> {
    spoken
        .split(|c: char| !(c.is_alphanumeric() || c == '\''))
        .filter(|w| !w.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// One to a hundred and nineteen, by a list and not by the rules under test.
fn small(n: usize) -> String {
    const FIRST: &str = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen \
        sixteen seventeen eighteen nineteen";
    const TENS: &str = "_ _ twenty thirty forty fifty sixty seventy eighty ninety";
    let pick = |list: &str, i: usize| list.split_whitespace().nth(i).unwrap().to_owned();
    match n {
        0..20 => pick(FIRST, n),
        20 | 30 | 40 | 50 | 60 | 70 | 80 | 90 => pick(TENS, n / 10),
        20..100 => format!("{} {}", pick(TENS, n / 10), pick(FIRST, n % 10)),
        100 => "one hundred".into(),
        n => format!("one hundred and {}", small(n - 100)),
    }
}

#[derive(Debug, Clone)]
enum Item {
    Word(usize),
    Number(usize),
}

fn items() -> impl Strategy<Value = Vec<(Item, usize, usize)>> {
    let item = prop_oneof![
        4 => (0..PLAIN.len()).prop_map(Item::Word),
        1 => (0..120usize).prop_map(Item::Number),
    ];
    prop::collection::vec((item, 0..12usize, 0..6usize), 1..40)
}

/// The text of some items, and the words it must be said with.
fn compose(items: &[(Item, usize, usize)]) -> (String, Vec<String>) {
    const BETWEEN: [&str; 12] = [
        " ",
        ", ",
        ". ",
        "; ",
        " \u{2014} ",
        "\n",
        "\n\n",
        "? ",
        "! ",
        ": ",
        "\u{2026} ",
        "\n\n> ",
    ];
    const AROUND: [(&str, &str); 6] = [
        ("", ""),
        ("**", "**"),
        ("(", ")"),
        ("\u{201c}", "\u{201d}"),
        ("*", "*"),
        ("~~", "~~"),
    ];
    let (mut text, mut words) = (String::new(), Vec::new());
    for (item, between, around) in items {
        let (open, close) = AROUND[*around];
        match item {
            Item::Word(i) => {
                text.push_str(&format!("{open}{}{close}", PLAIN[*i]));
                words.push(PLAIN[*i].to_owned());
            }
            Item::Number(n) => {
                // A word follows, so that no two numbers make one.
                text.push_str(&format!("{n} {open}of{close}"));
                words.extend(small(*n).split(' ').map(str::to_owned));
                words.push("of".into());
            }
        }
        text.push_str(BETWEEN[*between]);
    }
    (text, words)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_word_is_dropped_or_invented(items in items(), plain in any::<bool>(), most in 2.0..12.0f64) {
        let (text, words) = compose(&items);
        let mut policy = Policy::default();
        policy.budget.most = most;
        policy.budget.first = most / 2.0;
        if plain {
            policy.markup = Markup::Plain;
        }
        let sentences = plan(&text, &policy, &Dictionary::default());
        hold(&text, &sentences)?;
        let spoken: Vec<String> = sentences.iter().flat_map(|s| bare(&s.spoken)).collect();
        prop_assert_eq!(&spoken, &words, "{}", text);
        // Every plain word stands where it says it does.
        for s in &sentences {
            for w in &s.words {
                let (said, source) = (&s.spoken[w.spoken.clone()], &text[w.source.clone()]);
                prop_assert!(said == source || source.contains(|c: char| c.is_ascii_digit()), "{} for {}", said, source);
            }
        }
    }

    #[test]
    fn cutting_changes_no_word(text in "[a-z]{2,9}( [a-z]{2,9}|, [a-z]{2,9}|; and [a-z]{2,9}){0,80}", most in 1.0..6.0f64) {
        let mut policy = Policy::default();
        policy.budget.most = most;
        let cut = plan(&text, &policy, &Dictionary::default());
        let whole = plan(&text, &uncut(), &Dictionary::default());
        let words = |all: &[Sentence]| -> Vec<String> { all.iter().flat_map(|s| bare(&s.spoken)).collect() };
        prop_assert_eq!(words(&cut), words(&whole));
    }

    #[test]
    fn any_text_gives_sentences_in_order_and_inside_it(
        text in r"(\PC|[\n*_`#>\[\]()|:.0-9-]){0,200}",
        plain in any::<bool>(),
    ) {
        let mut policy = Policy::default();
        if plain {
            policy.markup = Markup::Plain;
        }
        hold(&text, &plan(&text, &policy, &Dictionary::default()))?;
    }

    #[test]
    fn scraps_of_what_the_rules_know_stay_in_order(
        scraps in prop::collection::vec(prop::sample::select(SCRAPS.to_vec()), 1..30)
    ) {
        let text = scraps.concat();
        hold(&text, &plan(&text, &Policy::default(), &Dictionary::default()))?;
        let mut policy = Policy::default();
        for slot in [&mut policy.url, &mut policy.code_block, &mut policy.citation, &mut policy.id] {
            *slot = Treatment::Spell;
        }
        hold(&text, &plan(&text, &policy, &Dictionary::default()))?;
    }
}

const SCRAPS: [&str; 60] = [
    "$",
    "5",
    "1,000",
    ".",
    ",",
    "-",
    "–",
    " ",
    " ",
    "\n",
    "/",
    "%",
    "km",
    "°C",
    "am",
    "p.m.",
    "Dr.",
    "St.",
    "No.",
    "IV",
    "Henry ",
    "BBC",
    "10:30",
    "2025-03-14",
    "3/4",
    "½",
    "£",
    "€",
    "x",
    "×",
    "=",
    "+44 20 7946 0958",
    "https://a.b/c?d=",
    "a@b.co",
    "/usr/lib",
    "#",
    "@",
    "&amp;",
    "<br>",
    "`x_y`",
    "```\n",
    "| a | b |\n|--|--|\n",
    "1. ",
    "- ",
    "[1]",
    "[^a]",
    "[^a]: ",
    "😀",
    "👍🏽",
    "🇫🇷",
    "²",
    "₂",
    "e.g.",
    "'90s",
    "\u{201c}",
    "\u{2019}s",
    "v1.2",
    "Mon",
    "March ",
    "é",
];
