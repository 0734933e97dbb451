//! Where sentences end, where long ones are cut, and what the voice is given: words, `.`, `?`, `!` and `,`.
//!
//! A stop ends a sentence if what follows agrees: a space and a capital, a closing quote, the end. Dots that belong to
//! numbers, titles and initials were taken with them. A sentence above the budget is cut at a clause, else before a
//! joining word, else between any two words; the first of a text is cut earlier, because somebody waits for it.

use super::dates::names_a_day;
use super::flat::Flat;
use super::length::expected_seconds;
use super::names::begins;
use super::policy::Budget;
use super::token::{Mark, Token, capitalised};
use super::{Sentence, Word};
use std::ops::Range;

/// Silence after a piece, in seconds.
const AFTER_SENTENCE: f64 = 0.15;
const AFTER_LINE: f64 = 0.3;
const AFTER_BLOCK: f64 = 0.5;

/// Words before which a long sentence may be cut without a comma.
const JOINING: [&str; 20] = [
    "although", "and", "because", "before", "but", "if", "or", "since", "so", "than", "that",
    "though", "unless", "until", "when", "where", "whether", "which", "while", "who",
];
/// No piece ends with these.
const LEADING: [&str; 17] = [
    "a", "about", "an", "and", "at", "by", "for", "from", "in", "minus", "my", "of", "or", "plus",
    "the", "to", "with",
];

/// Adds the sentences of a block.
pub(super) fn plan(tokens: &[Token], flat: &Flat, budget: &Budget, out: &mut Vec<Sentence>) {
    let before = out.len();
    let mut start = 0;
    while start < tokens.len() {
        let (end, pause) = end_of_sentence(tokens, start, &flat.text);
        let all = &tokens[start..end];
        let pieces = cut(all, budget, out.is_empty());
        let last = pieces.len().saturating_sub(1);
        for (i, piece) in pieces.into_iter().enumerate() {
            let (stop, pause) = if i == last { ('.', pause) } else { (',', 0.0) };
            out.extend(render(&all[piece], flat, stop, pause));
        }
        start = end;
    }
    if let Some(last) = out.get_mut(before..).and_then(|new| new.last_mut()) {
        last.pause = AFTER_BLOCK;
    }
}

fn is_word(token: &Token) -> bool {
    matches!(
        token.mark,
        Mark::Word | Mark::Number(_) | Mark::Dotted | Mark::Initial
    )
}

/// One past the last token of the sentence that begins at `start`, and the silence after it.
fn end_of_sentence(tokens: &[Token], start: usize, text: &str) -> (usize, f64) {
    for i in start..tokens.len() {
        let token = &tokens[i];
        let mut end = i + 1;
        let stops = match token.mark {
            Mark::End => return (end, AFTER_LINE),
            Mark::Line => {
                let next = next_word(tokens, end, text);
                if next.starts_with(char::is_lowercase) {
                    continue;
                }
                return (end, AFTER_LINE);
            }
            Mark::Stop(_) => true,
            Mark::Dotted => false,
            _ => continue,
        };
        // Quotes, brackets, more stops and marks of notes belong to the same end.
        while let Some(next) = tokens.get(end) {
            let note = text[next.at.clone()].starts_with(['[', '¹', '²', '³'])
                && next.at.start == tokens[end - 1].at.end;
            if !note && !matches!(next.mark, Mark::Close(_) | Mark::Stop(_)) {
                break;
            }
            end += 1;
        }
        let quoted = tokens[i..end]
            .iter()
            .any(|t| matches!(t.mark, Mark::Close(_)));
        let Some(next) = tokens.get(end) else {
            return (tokens.len(), AFTER_SENTENCE);
        };
        let spaced = text[tokens[end - 1].at.end..next.at.start].contains(char::is_whitespace);
        let follower = next_word(tokens, end, text);
        let ends = match token.mark {
            _ if matches!(next.mark, Mark::Comma | Mark::Clause) => false,
            Mark::Dotted if !stops => {
                dotted_ends(&token.say, follower) && !day_follows(tokens, end)
            }
            Mark::Stop('?' | '!') if !quoted => spaced,
            Mark::Stop('.') if !spaced => capitalised(follower),
            // Figures and signs begin sentences, small letters do not.
            _ => spaced && !follower.starts_with(char::is_lowercase),
        };
        if ends {
            return (end, AFTER_SENTENCE);
        }
    }
    (tokens.len(), AFTER_SENTENCE)
}

/// Whether the first word from a token on is a day's or a month's name, said in full.
fn day_follows(tokens: &[Token], from: usize) -> bool {
    let next = tokens
        .get(from..)
        .unwrap_or_default()
        .iter()
        .find(|t| is_word(t));
    next.is_some_and(|t| names_a_day(t.say.split(' ').next().unwrap_or_default()))
}

/// As it is written, the first word from a token on.
fn next_word<'a>(tokens: &[Token], from: usize, text: &'a str) -> &'a str {
    let next = tokens
        .get(from..)
        .unwrap_or_default()
        .iter()
        .find(|t| is_word(t));
    next.map_or("", |t| &text[t.at.clone()])
}

/// Whether an abbreviation's dot is the sentence's as well.
fn dotted_ends(said: &str, next: &str) -> bool {
    let closing = said == "et cetera" || said.ends_with(" A M") || said.ends_with(" P M");
    // 9 a.m. EST goes on.
    let capitals = next.len() > 1 && next.chars().all(char::is_uppercase);
    begins(next) || closing && capitalised(next) && !capitals
}

/// Cuts a sentence into pieces within the budget.
fn cut(tokens: &[Token], budget: &Budget, first: bool) -> Vec<Range<usize>> {
    let lengths: Vec<f64> = tokens
        .iter()
        .map(|t| expected_seconds(&t.say) + rest(t))
        .collect();
    let mut pieces = Vec::new();
    let mut start = 0;
    if first
        && lengths.iter().sum::<f64>() > 1.25 * budget.first
        && let Some(end) = best_cut(tokens, &lengths, budget.first, 1.5 * budget.first, 0.3)
    {
        pieces.push(0..end);
        start = end;
    }
    loop {
        let left: f64 = lengths[start..].iter().sum();
        let count = (left / budget.most.max(1.0)).ceil();
        let end = if count > 1.0 {
            let target = left / count;
            best_cut(
                &tokens[start..],
                &lengths[start..],
                target,
                budget.most,
                f64::INFINITY,
            )
        } else {
            None
        };
        match end {
            Some(end) => {
                pieces.push(start..start + end);
                start += end;
            }
            None => {
                pieces.push(start..tokens.len());
                return pieces;
            }
        }
    }
}

fn rest(token: &Token) -> f64 {
    match token.mark {
        Mark::Comma | Mark::Clause | Mark::Close(')') | Mark::Open('(') => 0.2,
        Mark::Stop(_) => 0.35,
        _ => 0.0,
    }
}

/// How many tokens to take: near the target, not above the limit, at a place that costs at most `dearest`.
fn best_cut(
    tokens: &[Token],
    lengths: &[f64],
    target: f64,
    limit: f64,
    dearest: f64,
) -> Option<usize> {
    let total: f64 = lengths.iter().sum();
    let mut best: Option<(f64, usize)> = None;
    let mut spoken = 0.0;
    for i in 1..tokens.len() {
        spoken += lengths[i - 1];
        // Neither piece may be a scrap.
        let scrap = 0.25 * target;
        let Some(price) = price(&tokens[i - 1], &tokens[i]) else {
            continue;
        };
        if price > dearest || spoken < scrap || total - spoken < scrap.max(1.0) {
            continue;
        }
        if spoken > limit && best.is_some() {
            break;
        }
        let cost = price + (spoken - target).abs() / target;
        if best.is_none_or(|(least, _)| cost < least) && (spoken <= limit || dearest > 1.0) {
            best = Some((cost, i));
        }
    }
    best.map(|(_, end)| end)
}

/// What a cut between two tokens costs; None where none may be.
fn price(before: &Token, after: &Token) -> Option<f64> {
    if !(is_word(after) || matches!(after.mark, Mark::Open(_))) || after.joined {
        return None;
    }
    let joining = JOINING.binary_search(&after.say.as_str()).is_ok();
    Some(match before.mark {
        Mark::Clause | Mark::Stop('?' | '!' | '…') | Mark::Line => 0.0,
        Mark::Close(')') => 0.15,
        Mark::Comma if joining => 0.1,
        Mark::Comma => 0.25,
        Mark::Open(_) => return None,
        _ if joining => 0.4,
        _ if LEADING
            .binary_search(&before.say.to_lowercase().as_str())
            .is_ok() =>
        {
            1.6
        }
        _ => 1.0,
    })
}

/// What a voice is to say for some tokens; None if there is no word among them.
fn render(tokens: &[Token], flat: &Flat, stop: char, pause: f64) -> Option<Sentence> {
    let mut spoken = String::new();
    let mut words = Vec::new();
    // What stands between the last word and the next, the strongest.
    let mut between: Option<char> = None;
    for token in tokens {
        match token.mark {
            Mark::Stop('…') | Mark::Comma | Mark::Clause => {
                between = between.or(Some(','));
            }
            Mark::Open(c) | Mark::Close(c) if c != '"' => between = between.or(Some(',')),
            Mark::Stop(c @ ('?' | '!')) => between = Some(c),
            Mark::Stop(_) if between.is_none_or(|c| c == ',') => between = Some('.'),
            _ if is_word(token) => {
                // A lone dot inside a sentence was an abbreviation's.
                if let Some(c) = between.take().filter(|c| *c != '.' && !spoken.is_empty()) {
                    spoken.push(c);
                }
                if !spoken.is_empty() {
                    spoken.push(if token.joined { '-' } else { ' ' });
                }
                let from = spoken.len();
                spoken.push_str(&token.say);
                words.push(Word {
                    spoken: from..spoken.len(),
                    source: flat.source(token.at.clone()),
                });
            }
            _ => {}
        }
    }
    let source =
        words.first()?.source.start..tokens.last().map(|t| flat.source(t.at.clone()).end)?;
    spoken.push(match (stop, between) {
        (_, Some(c @ ('?' | '!'))) => c,
        (stop, _) => stop,
    });
    Some(Sentence {
        seconds: expected_seconds(&spoken),
        spoken,
        source,
        words,
        pause,
    })
}
