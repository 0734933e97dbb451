//! Text: whatever it is, sentences in order and inside it, and no figure left; and dictionaries: an answer.
#![no_main]

use libfuzzer_sys::fuzz_target;
use myna_engine::speak::text::{Dictionary, Markup, Policy, plan};

fuzz_target!(|input: (bool, &str, &str)| {
    let (plain, text, words) = input;
    let mut policy = Policy::default();
    if plain {
        policy.markup = Markup::Plain;
    }
    let dictionary = Dictionary::parse("fuzz", words).unwrap_or_default();
    let mut end = 0;
    for sentence in plan(text, &policy, &dictionary) {
        assert!(sentence.source.start >= end);
        assert!(text.get(sentence.source.clone()).is_some());
        end = sentence.source.end;
        assert!(!sentence.spoken.contains(|c: char| c.is_ascii_digit()));
        for word in &sentence.words {
            assert!(sentence.spoken.get(word.spoken.clone()).is_some());
            assert!(text.get(word.source.clone()).is_some());
        }
    }
});
