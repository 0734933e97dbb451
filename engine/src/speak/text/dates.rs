//! Days, months and years, in every order people write them.

use super::numbers::{ordinal, year};
use super::policy::DateOrder;
use super::token::{Found, Here, Mark, Said, pattern};

const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const WEEKDAYS: [&str; 7] = [
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
    "Sunday",
];
const MONTH: &str = r"(January|February|March|April|May|June|July|August|September|October|November|December|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec)\b";
const WEEKDAY: &str = r"(Mon|Tues|Tue|Wed|Thurs|Thur|Thu|Fri|Sat|Sun)\b";
/// Words behind which `3/4` is a day.
const DATING: [&str; 10] = [
    "on", "by", "until", "till", "since", "due", "dated", "from", "before", "after",
];

fn full(names: &[&'static str], short: &str) -> &'static str {
    let found = names.iter().find(|n| n.starts_with(&short[..3]));
    found.copied().unwrap_or_default()
}

/// Whether a word names a month or a day of the week, in full.
pub(super) fn names_a_day(word: &str) -> bool {
    MONTHS.contains(&word) || WEEKDAYS.contains(&word)
}

fn real(day: u64, month: u64) -> bool {
    const DAYS: [u64; 12] = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    let month = usize::try_from(month).unwrap_or(0);
    day > 0 && month > 0 && DAYS.get(month - 1).is_some_and(|last| day <= *last)
}

fn month(number: u64) -> &'static str {
    let index = usize::try_from(number).unwrap_or(0).wrapping_sub(1);
    MONTHS.get(index).copied().unwrap_or_default()
}

/// With "the" unless it stands there already.
fn the(here: &Here, day: u64) -> String {
    let article = if here.follows(&["the"]) { "" } else { "the " };
    format!("{article}{}", ordinal(day))
}

fn full_year(figures: &str) -> Option<String> {
    let n: u64 = figures.parse().ok()?;
    match figures.len() {
        4 => Some(year(n)),
        // As everyone's letters have it: 00 to 69 are to come or just gone.
        _ => Some(year(n + if n < 70 { 2000 } else { 1900 })),
    }
}

/// `2025-03-14`, `2025/03/14`, with or without a time of day.
pub(super) fn sorted(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ](\d\d):(\d\d)(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?"
    ))?;
    let (m, d) = (f.value(2)?, f.value(3)?);
    if !real(d, m) || !here.closed_number(f.end()) {
        return None;
    }
    let mut words = format!(
        "{} of {}, {}",
        the(here, d),
        month(m),
        full_year(f.part(1))?
    );
    if let (Some(hour), Some(_)) = (f.value(4), f.value(5)) {
        let time = super::clock::time(hour, f.part(5), "")?;
        words = format!("{words}, {time}");
        if f.part(6) == "Z" {
            words.push_str(" U T C");
        }
    }
    Said::number(f.end(), words)
}

/// `14/03/2025`, `3.4.25`, `14-03-2025`; `3/4` behind "on".
pub(super) fn slashed(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"(\d{1,2})([-/.])(\d{1,2})(?:([-/.])(\d{4}|\d{2})\b)?"
    ))?;
    let (a, b) = (f.value(1)?, f.value(3)?);
    let with_year = !f.part(5).is_empty();
    if !here.closed_number(f.end()) || here.after(f.end()).starts_with('/') {
        return None;
    }
    if with_year {
        // Three figures apart by dots or dashes are a version or a code, unless the last is a year.
        let sure = f.part(2) == "/" || f.part(5).len() == 4;
        if f.part(2) != f.part(4) || !sure {
            return None;
        }
    } else if f.part(2) != "/" || !here.follows(&DATING) {
        return None;
    }
    // Dots are a European habit, and put the day first.
    let day_first = here.policy.date_order == DateOrder::DayFirst || f.part(2) == ".";
    let (d, m) = match (real(a, b), real(b, a)) {
        (true, false) => (a, b),
        (false, true) => (b, a),
        (true, true) if day_first => (a, b),
        (true, true) => (b, a),
        (false, false) => return None,
    };
    let mut words = format!("{} of {}", the(here, d), month(m));
    if with_year {
        words = format!("{words}, {}", full_year(f.part(5))?);
    }
    Said::number(f.end(), words)
}

/// `14 March 2025`, `14th Mar`, `3–5 March`.
pub(super) fn day_month(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"(\d{1,2})(?:st|nd|rd|th)?(?:\s?[-–]\s?(\d{1,2})(?:st|nd|rd|th)?)?[ \u{a0}-]",
        MONTH,
        r"(\.?)(?:[ -](\d{4})\b)?"
    ))?;
    let (from, to) = (f.value(1)?, f.value(2));
    let name = full(&MONTHS, f.part(3));
    let index = MONTHS.iter().position(|m| *m == name)? as u64 + 1;
    if !real(from, index) || to.is_some_and(|d| !real(d, index)) || !here.closed_number(f.end()) {
        return None;
    }
    // The dot behind a whole name is the sentence's.
    let dot = f.part(4).len();
    let len = if dot > 0 && f.part(5).is_empty() && f.part(3).len() == name.len() {
        f.end() - dot
    } else {
        f.end()
    };
    let mut words = the(here, from);
    if let Some(to) = to {
        words = format!("{words} to the {}", ordinal(to));
    }
    words = format!("{words} of {name}");
    if !f.part(5).is_empty() {
        words = format!("{words} {}", full_year(f.part(5))?);
    }
    Said::number(len, words)
}

/// `March 14, 2025`, `Mar. 14th`, `March 3–5`, `March 2025`.
pub(super) fn month_day(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        MONTH,
        r"\.?[ \u{a0}](\d{1,2})(?:st|nd|rd|th)?\b(?:\s?[-–]\s?(\d{1,2})\b)?(?:(,?) (\d{4})\b)?"
    ));
    let Some(f) = f else {
        return month_year(here);
    };
    let name = full(&MONTHS, f.part(1));
    let index = MONTHS.iter().position(|m| *m == name)? as u64 + 1;
    let (from, to) = (f.value(2)?, f.value(3));
    let tail = here.after(f.end());
    if !real(from, index)
        || to.is_some_and(|d| !real(d, index))
        || !here.closed_number(f.end())
        || tail.starts_with([':', '%'])
    {
        return None;
    }
    let mut words = format!("{name} {}", ordinal(from));
    if let Some(to) = to {
        words = format!("{words} to {}", ordinal(to));
    }
    if !f.part(5).is_empty() {
        words = format!("{words}, {}", full_year(f.part(5))?);
    }
    Said::number(f.end(), words)
}

fn month_year(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(MONTH, r"(\.?)(?: '?(\d{4}|\d{2})\b)?"))?;
    let name = full(&MONTHS, f.part(1));
    let short = f.part(1).len() < name.len();
    let figures = f.part(3);
    if !figures.is_empty() && here.closed_number(f.end()) {
        let said = full_year(figures)?;
        return Said::number(f.end(), format!("{name} {said}"));
    }
    // "Mar", "Jun" and the like alone may be names; with a dot, or before or after a number, they are months.
    let near = matches!(here.done.last(), Some(t) if matches!(t.mark, Mark::Number(_)));
    let dotted = !f.part(2).is_empty();
    match short
        && (dotted || near || matches!(name, "September" | "October" | "November" | "December"))
    {
        true if dotted => Said::of(f.part(1).len() + 1, name, Mark::Dotted),
        true => Said::word(f.part(1).len(), name),
        false => None,
    }
}

/// `Tue`, `Mon–Fri`, `Sat 21 Nov`. Short names that are words need a date behind them.
pub(super) fn weekday(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        WEEKDAY,
        r"(\.?)(?:(\s?[-–]\s?)",
        WEEKDAY,
        r"(\.?))?"
    ))?;
    let from = full(&WEEKDAYS, f.part(1));
    if !f.part(4).is_empty() {
        let to = full(&WEEKDAYS, f.part(4));
        return Said::word(f.end(), format!("{from} to {to}"));
    }
    let sure = matches!(from, "Tuesday" | "Thursday" | "Friday");
    let tail = here.after(f.end());
    let dated = pattern!(r",? (?:\d|", MONTH, ")").is_match(tail);
    let listed = pattern!(r"\s?[,&/]\s?", WEEKDAY).is_match(tail);
    match (
        sure || dated || listed || here.follows(&WEEKDAYS_SHORT),
        f.part(2),
    ) {
        (true, "") => Said::word(f.end(), from),
        (true, _) => Said::of(f.end(), from, Mark::Dotted),
        _ => None,
    }
}

const WEEKDAYS_SHORT: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
