//! From a block's text to words and rests: at every place the first rule that fits takes what it understands.
//!
//! The order of the rules is the order of certainty: a person's own dictionary, then what has one reading only
//! (addresses, dates), then figures with a unit or sign, then abbreviations and capitals, then plain words. Whatever
//! has letters or figures is taken by some rule, so nothing is lost but what a policy leaves out.

use super::dictionary::Dictionary;
use super::flat::{Flat, LINE, NARROW, Style};
use super::policy::{Policy, Treatment};
use super::token::{Here, Mark, Said, Token};
use super::{addresses, capitals, clock, code, dates, figures, money, names, signs, units};

type Rule = fn(&Here) -> Option<Said>;

/// At the beginning of a word or number only.
const FRESH: [Rule; 43] = [
    signs::emoji,
    addresses::url,
    addresses::email,
    addresses::path,
    addresses::file,
    addresses::id,
    addresses::tag,
    figures::dash,
    dates::sorted,
    dates::slashed,
    dates::day_month,
    addresses::phone,
    addresses::groups,
    addresses::version,
    clock::clock,
    clock::hour,
    clock::length,
    money::sign_first,
    money::sign_last,
    units::feet,
    units::by,
    figures::decades,
    units::screen,
    units::scaled,
    units::measure,
    units::times,
    units::and_more,
    figures::scientific,
    figures::nth,
    figures::over,
    figures::ratio,
    figures::sign,
    figures::short_year,
    dates::month_day,
    dates::weekday,
    names::short,
    names::letters,
    names::typed,
    capitals::numeral,
    capitals::acronym,
    capitals::mixed,
    units::alone,
    signs::greek,
];

/// Anywhere.
const ANYWHERE: [Rule; 9] = [
    signs::citation,
    figures::dash,
    capitals::word,
    figures::plain,
    signs::emoji,
    signs::power,
    signs::sum,
    signs::punctuation,
    signs::other,
];

/// The words and rests of a block.
pub(super) fn tokens(flat: &Flat, policy: &Policy, dictionary: &Dictionary) -> Vec<Token> {
    let text = flat.text.as_str();
    let shouted = capitals::shouted(text);
    let mut done: Vec<Token> = Vec::new();
    let (mut at, mut joined) = (0, false);
    while let Some(c) = text[at..].chars().next() {
        if let Some((end, style)) = flat.style_at(at) {
            let words = styled(style, &text[at..end], policy);
            push(&mut done, Said::word(end - at, words), at, &mut joined);
            at = end;
            continue;
        }
        if c == LINE || c == '\n' && flat.lines.binary_search(&at).is_ok() {
            push(
                &mut done,
                Said::rest(c.len_utf8(), Mark::Line),
                at,
                &mut joined,
            );
            at += c.len_utf8();
            continue;
        }
        if c.is_whitespace() || c == NARROW {
            at += c.len_utf8();
            continue;
        }
        // A rule sees no further than the next stretch of another style.
        let end = flat.styles.iter().map(|(r, _)| r.start).find(|s| *s > at);
        let here = Here {
            text: &text[..end.unwrap_or(text.len())],
            at,
            done: &done,
            policy,
            shouted,
        };
        let said = dictionary.find(&here).or_else(|| rule(&here));
        let len = said.as_ref().map_or(0, |s| s.len).max(c.len_utf8());
        push(&mut done, said, at, &mut joined);
        at += len;
    }
    done
}

fn rule(here: &Here) -> Option<Said> {
    let fresh: &[Rule] = if here.fresh() { &FRESH } else { &[] };
    fresh.iter().chain(&ANYWHERE).find_map(|rule| rule(here))
}

fn push(done: &mut Vec<Token>, said: Option<Said>, at: usize, joined: &mut bool) {
    let Some(said) = said else { return };
    let spoken = matches!(
        said.mark,
        Mark::Word | Mark::Number(_) | Mark::Dotted | Mark::Initial
    );
    if said.mark == Mark::Hyphen {
        *joined = true;
        return;
    }
    if spoken && said.words.is_empty() {
        return;
    }
    done.push(Token {
        say: said.words,
        at: at..at + said.len,
        mark: said.mark,
        joined: std::mem::take(joined) && spoken,
    });
}

/// Code, pictures and marks of notes, which are no prose.
fn styled(style: Style, text: &str, policy: &Policy) -> String {
    match (style, policy) {
        (Style::Code, p) => match p.code {
            Treatment::Skip => String::new(),
            Treatment::Spell => code::spell(text),
            Treatment::Speak | Treatment::Shorten => code::words(text),
        },
        (Style::Image, p) if p.image == Treatment::Skip => String::new(),
        (Style::Citation, p) if p.citation == Treatment::Skip => String::new(),
        (Style::Citation, p) => format!("note {}", phrase(text, p)),
        (Style::Image, p) => phrase(text, p),
    }
}

/// A few words by themselves, without any rest.
pub(super) fn phrase(text: &str, policy: &Policy) -> String {
    let mut flat = Flat::default();
    flat.push(text, 0);
    let tokens = tokens(&flat, policy, &Dictionary::default());
    let words: Vec<&str> = tokens
        .iter()
        .map(|t| t.say.as_str())
        .filter(|say| !say.is_empty())
        .collect();
    words.join(" ")
}
