//! Text becomes sentences: the cases of `tests/text/cases.txt`, the policies, the dictionary; `properties` has what must hold
//! for any text at all.

mod properties;

use myna_engine::speak::text::{Budget, DateOrder, Dictionary, Markup, Policy, Treatment, plan};
use std::collections::BTreeMap;
use std::path::Path;

/// The usual policy without any cut.
fn uncut() -> Policy {
    let mut policy = Policy::default();
    policy.budget = Budget::UNLIMITED;
    policy
}

fn said(text: &str, policy: &Policy) -> String {
    said_with(text, policy, &Dictionary::default())
}

fn said_with(text: &str, policy: &Policy, dictionary: &Dictionary) -> String {
    let sentences = plan(text, policy, dictionary);
    let spoken: Vec<String> = sentences.into_iter().map(|s| s.spoken).collect();
    spoken.join(" | ")
}

#[test]
fn the_cases_are_said_as_they_are_written_down() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/text/cases.txt");
    let file = std::fs::read_to_string(path).unwrap();
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in file.lines() {
        let Some((text, expected)) = line.split_once(" => ") else {
            assert!(line.is_empty() || line.starts_with('#'), "no case: {line}");
            continue;
        };
        count += 1;
        let text = text.replace("\\n", "\n").replace("\\\\", "\\");
        let got = said(&text, &uncut());
        if got != expected {
            wrong.push(format!("{line}\n    said: {got}"));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {count} differ\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(count >= 400, "{count} cases");
    println!("{count} cases");
}

#[test]
fn a_policy_decides_for_every_kind() {
    use Treatment::*;
    type Set = fn(&mut Policy, Treatment);
    type Case = (&'static str, Set, [(Treatment, &'static str); 4]);
    let cases: [Case; 8] = [
        (
            "See https://a.org/b.",
            |p, t| p.url = t,
            [
                (Speak, "See A dot org slash B."),
                (Shorten, "See A dot org."),
                (Skip, "See."),
                (Spell, "See A dot O R G slash B."),
            ],
        ),
        (
            "Ask bo@a.org now.",
            |p, t| p.email = t,
            [
                (Speak, "Ask bo at A dot org now."),
                (Shorten, "Ask bo now."),
                (Skip, "Ask now."),
                (Spell, "Ask B O at A dot O R G now."),
            ],
        ),
        (
            "Open /tmp/a now.",
            |p, t| p.path = t,
            [
                (Speak, "Open slash T M P slash A now."),
                (Shorten, "Open A now."),
                (Skip, "Open now."),
                (Spell, "Open slash T M P slash A now."),
            ],
        ),
        (
            "At 3f2a9c1d8e0 it broke.",
            |p, t| p.id = t,
            [
                (
                    Speak,
                    "At three F two A nine C one D eight E zero it broke.",
                ),
                (Shorten, "At three F two A nine C one it broke."),
                (Skip, "At it broke."),
                (
                    Spell,
                    "At three F two A nine C one D eight E zero it broke.",
                ),
            ],
        ),
        (
            "Use `ab` now.",
            |p, t| p.code = t,
            [
                (Speak, "Use ab now."),
                (Shorten, "Use ab now."),
                (Skip, "Use now."),
                (Spell, "Use A B now."),
            ],
        ),
        (
            "```\na = 1\n```",
            |p, t| p.code_block = t,
            [
                (Speak, "A equals one."),
                (Shorten, "code, one line."),
                (Skip, ""),
                (Spell, "A equals one."),
            ],
        ),
        (
            "Well 😀😀",
            |p, t| p.emoji = t,
            [
                (Speak, "Well grinning face grinning face."),
                (Shorten, "Well grinning face."),
                (Skip, "Well."),
                (Spell, "Well grinning face."),
            ],
        ),
        (
            "Cats purr.[3]",
            |p, t| p.citation = t,
            [
                (Speak, "Cats purr note three."),
                (Shorten, "Cats purr note three."),
                (Skip, "Cats purr."),
                (Spell, "Cats purr note three."),
            ],
        ),
    ];
    for (text, set, expected) in cases {
        for (treatment, spoken) in expected {
            let mut policy = uncut();
            set(&mut policy, treatment);
            assert_eq!(said(text, &policy), spoken, "{text} {treatment:?}");
        }
    }
    let mut policy = uncut();
    policy.table = Skip;
    policy.image = Skip;
    policy.acronym = Speak;
    policy.phone = Skip;
    let text = "![x](y) The BBC. Call 555-123-4567.\n\n| a |\n|---|\n| b |\n";
    assert_eq!(said(text, &policy), "The bbc. | Call.");
}

#[test]
fn days_and_months_follow_the_policy_where_both_readings_are_dates() {
    let mut policy = uncut();
    policy.date_order = DateOrder::MonthFirst;
    assert_eq!(
        said("3/4/2025", &policy),
        "the fourth of March, twenty twenty five."
    );
    assert_eq!(
        said("14/3/2025", &policy),
        "the fourteenth of March, twenty twenty five."
    );
}

#[test]
fn plain_text_keeps_its_signs() {
    let mut policy = uncut();
    policy.markup = Markup::Plain;
    assert_eq!(said("# 5 * 3", &policy), "five times three.");
    assert_eq!(said("one\n\ntwo", &policy), "one. | two.");
}

#[test]
fn the_dictionary_comes_before_every_rule() {
    let words = [
        ("GIF", "jif"),
        ("siobhan", "shi vawn"),
        ("New Delhi", "new dally"),
        ("C++", "sea plus plus"),
        ("km", "klick"),
    ];
    let words: BTreeMap<String, String> = words
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect();
    let dictionary = Dictionary::new(&words).unwrap();
    assert_eq!(dictionary.len(), 5);
    for (text, expected) in [
        ("A GIF, a gif and GIFs.", "A jif, a gif and gifs."),
        ("Siobhan's and SIOBHAN", "shi vawn's and shi vawn."),
        ("New Delhi is in new delhi.", "new dally is in new delhi."),
        ("C++ and C+", "sea plus plus and C plus."),
        ("Gifted", "Gifted."),
        ("a km", "a klick."),
    ] {
        assert_eq!(said_with(text, &uncut(), &dictionary), expected);
    }
    let sentence = &plan("Ask Siobhan's dog.", &uncut(), &dictionary)[0];
    let word = &sentence.words[1];
    assert_eq!(&sentence.spoken[word.spoken.clone()], "shi vawn's");
    assert_eq!(word.source, 4..13);
}

#[test]
fn sentences_know_their_place_in_the_text() {
    let text = "# A *big* day\n\nIt cost **$5.50**, Dr. Ng said. \u{201c}Really?\u{201d} &amp; more:\n\n1. Tea\n";
    let sentences = plan(text, &uncut(), &Dictionary::default());
    let sources: Vec<&str> = sentences.iter().map(|s| &text[s.source.clone()]).collect();
    assert_eq!(
        sources,
        [
            "A *big* day",
            "It cost **$5.50**, Dr. Ng said.",
            "Really?\u{201d}",
            "&amp; more:",
            "1. Tea"
        ]
    );
    let price = &sentences[1].words[2];
    assert_eq!(&text[price.source.clone()], "$5.50");
    assert_eq!(
        &sentences[1].spoken[price.spoken.clone()],
        "five dollars and fifty cents"
    );
    assert!(sentences[0].pause > sentences[1].pause);
}

#[test]
fn long_sentences_are_cut_at_clauses_and_the_first_early() {
    let text = "When the rain had stopped at last, the children ran out into the garden, and they played \
        there until it was dark; nobody called them in because everybody was asleep and the house \
        was as quiet as a house can be on a summer evening.";
    let sentences = plan(text, &Policy::default(), &Dictionary::default());
    let spoken: Vec<&str> = sentences.iter().map(|s| s.spoken.as_str()).collect();
    assert_eq!(spoken[0], "When the rain had stopped at last,");
    assert!(spoken.len() >= 3, "{spoken:?}");
    assert!(spoken.last().unwrap().ends_with('.'));
    let most = Budget::default().most;
    assert!(
        sentences.iter().all(|s| s.seconds <= 1.3 * most),
        "{spoken:?}"
    );
    // A short one is whole even if it comes first.
    assert_eq!(
        said("Yes, of course it is.", &Policy::default()),
        "Yes, of course it is."
    );
    // Without a clause the first waits for its end.
    let flat =
        "The old man with the long grey beard walked slowly down towards the wide green river";
    assert_eq!(
        plan(flat, &Policy::default(), &Dictionary::default()).len(),
        1
    );
}

#[test]
fn a_text_without_words_has_no_sentence() {
    for text in [
        "", " \n\n ", "---", "...", "?!", "()", "***", "``", "\u{200b}", "<br>",
    ] {
        assert!(
            plan(text, &Policy::default(), &Dictionary::default()).is_empty(),
            "{text:?}"
        );
    }
}
