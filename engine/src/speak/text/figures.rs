//! Numbers by themselves: whole, decimal, signed, ordinal, fractions, ranges, ratios, decades, years.

use super::dates::names_a_day;
use super::numbers::{cardinal, decade, decimal, digits, fraction, ordinal, whole, year};
use super::token::{Found, Here, Mark, Said, pattern};

/// Figures, in groups or not: `1,234,567`, `1 000 000`, `1,00,000`.
pub(super) const WHOLE: &str =
    r"(?:\d{1,3}(?:(?:,\d{3})+|(?:\u{a0}\d{3})+)|\d{1,2}(?:,\d{2})+,\d{3}|\d+)";
const GLYPHS: [(char, u64, u64); 18] = [
    ('½', 1, 2),
    ('⅓', 1, 3),
    ('⅔', 2, 3),
    ('¼', 1, 4),
    ('¾', 3, 4),
    ('⅕', 1, 5),
    ('⅖', 2, 5),
    ('⅗', 3, 5),
    ('⅘', 4, 5),
    ('⅙', 1, 6),
    ('⅚', 5, 6),
    ('⅐', 1, 7),
    ('⅛', 1, 8),
    ('⅜', 3, 8),
    ('⅝', 5, 8),
    ('⅞', 7, 8),
    ('⅑', 1, 9),
    ('⅒', 1, 10),
];
/// Words behind which figures name a thing instead of counting it.
const NAMING: [&str; 22] = [
    "account",
    "booking",
    "case",
    "claim",
    "code",
    "extension",
    "id",
    "invoice",
    "isbn",
    "membership",
    "number",
    "order",
    "passcode",
    "password",
    "pin",
    "policy",
    "ref",
    "reference",
    "serial",
    "ticket",
    "tracking",
    "zip",
];

/// How much of something: the beginning of prices, measures and plain numbers.
pub(super) struct Amount {
    pub len: usize,
    pub words: String,
    /// Takes the singular.
    pub one: bool,
    /// Of a plain whole number.
    pub value: Option<u64>,
    pub whole: String,
    pub decimals: String,
}

/// `12`, `1,200.5`, `2½`, `1 1/2`, `.5`, `½`.
pub(super) fn amount(here: &Here) -> Option<Amount> {
    if let Some(f) = here.find(pattern!(r"(?:(\d{1,3}) )?(\d{1,2})/(\d{1,2})")) {
        let (a, b) = (f.value(2)?, f.value(3)?);
        if 0 < a && a < b && here.closed_number(f.end()) && !here.after(f.end()).starts_with('/') {
            return Some(part(f.end(), f.value(1), a, b));
        }
    }
    let f = here.find(pattern!("(", WHOLE, r")?(?:\.(\d+))?([½-¾⅐-⅞])?"))?;
    let (figures, decimals, glyph) = (f.part(1), f.part(2), f.part(3));
    if let Some((_, a, b)) = GLYPHS.iter().find(|(g, ..)| glyph.starts_with(*g)) {
        return Some(part(f.end(), figures.parse().ok(), *a, *b));
    }
    if figures.is_empty() && decimals.is_empty() {
        return None;
    }
    let bare: String = figures.chars().filter(char::is_ascii_digit).collect();
    let value = bare.parse().ok().filter(|_| decimals.is_empty());
    Some(Amount {
        len: f.end(),
        words: decimal(figures, decimals),
        one: value == Some(1),
        value,
        whole: bare,
        decimals: decimals.to_owned(),
    })
}

fn part(len: usize, whole: Option<u64>, above: u64, below: u64) -> Amount {
    let words = match whole {
        Some(n) => format!("{} and {}", cardinal(n), fraction(above, below, true)),
        None => fraction(above, below, false),
    };
    Amount {
        len,
        words,
        one: whole.is_none(),
        value: None,
        whole: String::new(),
        decimals: String::new(),
    }
}

/// `6.02e23`, `1E-9`.
pub(super) fn scientific(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"(\d+)(?:\.(\d+))?[eE]([+\u{2212}-]?)(\d{1,3})"))?;
    let minus = if matches!(f.part(3), "" | "+") {
        ""
    } else {
        "minus "
    };
    let words = format!(
        "{} times ten to the power of {minus}{}",
        decimal(f.part(1), f.part(2)),
        whole(f.part(4))
    );
    here.closed(f.end()).then(|| Said::number(f.end(), words))?
}

/// `21st`, `1,000th`.
pub(super) fn nth(here: &Here) -> Option<Said> {
    let f = here.find(pattern!("(", WHOLE, r")\u{a0}?(?:st|nd|rd|th|ST|ND|RD|TH)"))?;
    let n = f.part(1).replace([',', '\u{a0}'], "").parse().ok()?;
    here.closed(f.end())
        .then(|| Said::number(f.end(), ordinal(n)))?
}

/// `1990s`, `80s`, `'90s`.
pub(super) fn decades(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"('?)(\d{2}|\d{4})'?s"))?;
    let n = f.value(2).filter(|n| n % 10 == 0 && *n > 0)?;
    // A 30s delay is no decade.
    const OWNING: [&str; 12] = [
        "the", "his", "her", "their", "my", "our", "your", "early", "late", "mid", "in", "its",
    ];
    if n < 100 && f.part(1).is_empty() && !here.follows(&OWNING) {
        return None;
    }
    here.closed(f.end())
        .then(|| Said::number(f.end(), decade(n)))?
}

/// `'98` after a name or a month.
pub(super) fn short_year(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"'(\d\d)"))?;
    let words = match f.part(1).strip_prefix('0') {
        Some(one) => format!("oh {}", digits(one)),
        None => whole(f.part(1)),
    };
    here.closed_number(f.end())
        .then(|| Said::number(f.end(), words))?
}

/// `3/4`, `24/7`, `10/10`, `2023/24`.
pub(super) fn over(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"(\d{1,4})/(\d{1,4})"))?;
    if !here.closed_number(f.end()) || here.after(f.end()).starts_with('/') {
        return None;
    }
    let (above, below) = (f.value(1)?, f.value(2)?);
    let years = f.part(1).len() == 4 && f.part(2).len() == 2;
    let words = match below {
        _ if years => format!("{} {}", year(above), whole(f.part(2))),
        10 | 100 if above <= below => format!("{} out of {}", cardinal(above), cardinal(below)),
        5 if above == below => "five out of five".into(),
        2..=9 | 12 | 16 | 20 | 32 | 64 if above < below && above > 0 => {
            fraction(above, below, false)
        }
        _ => format!("{} {}", whole(f.part(1)), whole(f.part(2))),
    };
    Said::number(f.end(), words)
}

/// `16:9`, `3:1`. Times of day come before.
pub(super) fn ratio(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"(\d{1,5}):(\d{1,5})"))?;
    let words = format!("{} to {}", whole(f.part(1)), whole(f.part(2)));
    (here.closed_number(f.end()) && !here.after(f.end()).starts_with(':'))
        .then(|| Said::number(f.end(), words))?
}

/// The sign before a number, or between two.
pub(super) fn sign(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"([+\u{2212}±~≈<>≤≥]|-)([ \u{a0}]?)(?:\.?\d|[£$€¥½-¾])"
    ))?;
    let sign = f.part(1);
    let spaced = !f.part(2).is_empty();
    let between = matches!(here.done.last(), Some(t) if matches!(t.mark, Mark::Number(_)));
    let alone = here
        .before()
        .is_none_or(|c| c.is_whitespace() || "([{=\"'".contains(c));
    let word = match sign {
        "-" if !alone || spaced => return None,
        "-" | "\u{2212}" => "minus",
        "+" => "plus",
        "±" => "plus or minus",
        // With a space it stands between two things.
        _ if spaced => return None,
        "~" | "≈" if !between => "about",
        "<" if !between => "less than",
        ">" if !between => "more than",
        "≤" if !between => "at most",
        "≥" if !between => "at least",
        _ => return None,
    };
    Said::word(sign.len(), word)
}

/// The dash of `5–10`, `9am-5pm`, `$5–$10`, `Mon–Fri`, and of scores, which has no sound.
pub(super) fn dash(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"([-–—\u{2212}])[ \u{a0}]?([£$€¥+~-]?)(\d+)"))?;
    let Mark::Number(before) = here.done.last()?.mark else {
        return None;
    };
    // CVE-2024-1234 is a name.
    let start = here.done.last().map_or(0, |t| t.at.start);
    if here.text[..start].ends_with('-') && here.text[..start - 1].ends_with(char::is_alphabetic) {
        return Said::nothing(f.part(1).len());
    }
    let spaced = here.before().is_some_and(char::is_whitespace);
    let (sign, next) = (f.part(1), f.value(3));
    let len = sign.len();
    if spaced && sign != "–" && here.after(f.end()).trim_start().starts_with('=') {
        return Said::word(len, "minus");
    }
    if spaced && sign == "—" {
        return None;
    }
    let hours = here.done.iter().rev().nth(1).is_some_and(|t| {
        const OPENING: [&str; 6] = ["from", "between", "open", "hours", "daily", "shift"];
        names_a_day(&t.say) || OPENING.contains(&t.say.to_lowercase().as_str())
    });
    match (before, next) {
        _ if hours => Said::word(len, "to"),
        // 2019–20; otherwise what falls is a score, or a difference.
        (Some(a), Some(b)) if a >= b && f.part(2).is_empty() && here.closed_number(f.end()) => {
            if (1000..2100).contains(&a) && f.part(3).len() == 2 && b > a % 100 {
                Said::word(len, "to")
            } else if spaced && sign != "–" {
                Said::word(len, "minus")
            } else {
                Said::nothing(len)
            }
        }
        _ => Said::word(len, "to"),
    }
}

/// Any number that no other rule wanted.
pub(super) fn plain(here: &Here) -> Option<Said> {
    let f = amount(here)?;
    let naming = here.follows(&NAMING) || names_something(here);
    let words = match f.value {
        Some(_) if naming && f.whole.len() > 3 => digits(&f.whole),
        Some(n) if is_year(here, f.len, n) => year(n),
        _ => f.words,
    };
    Said::of(f.len, words, Mark::Number(f.value))
}

/// `PIN is 4821`, `code: 4821`.
fn names_something(here: &Here) -> bool {
    let mut before = here.done.iter().rev();
    let between = before.next();
    let skipped =
        between.is_some_and(|t| matches!(t.say.as_str(), "is" | "was") || t.mark == Mark::Clause);
    skipped
        && before.next().is_some_and(|t| {
            let word = &here.text[t.at.clone()];
            NAMING.iter().any(|n| word.eq_ignore_ascii_case(n))
        })
}

/// Four figures without a comma are said in pairs, as years are; it suits other numbers of that size as well.
fn is_year(here: &Here, len: usize, n: u64) -> bool {
    len == 4 && (1010..2100).contains(&n) && here.before() != Some('.') && here.closed(len)
}
