//! Times of day and lengths of time: `10:30`, `5pm`, `17:05:09`, `2h30m`.

use super::numbers::{cardinal, whole};
use super::token::{Found, Here, Mark, Said, pattern};

const HALF: &str = r"(?:[ \u{a0}]?([aApP])(?:\.[mM]\.|[mM]\b))";

/// `10:30`, `10:30 a.m.`, `5.30pm`, `14:30:15`.
pub(super) fn clock(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"(\d{1,2})([:.])(\d\d)(?::(\d\d)(?:\.\d+)?)?",
        HALF,
        "?"
    ))?;
    let (hour, minute) = (f.value(1)?, f.value(3)?);
    let half = f.part(5);
    let dotted = f.part(2) == "." && half.is_empty();
    if dotted || hour > 24 || minute > 59 || !here.closed_number(f.end()) {
        return None;
    }
    if here.after(f.end()).starts_with(':') {
        return None;
    }
    let mut words = time(hour, f.part(3), half)?;
    if let Some(seconds) = f.value(4) {
        let unit = if seconds == 1 { "second" } else { "seconds" };
        words = format!("{words} and {} {unit}", cardinal(seconds));
    }
    said(here, f.end(), words)
}

/// `5pm`, `5 p.m.`.
pub(super) fn hour(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"(\d{1,2})", HALF))?;
    let hour = f.value(1).filter(|h| (1..=12).contains(h))?;
    let words = format!("{} {}", cardinal(hour), letters(f.part(2)));
    here.closed(f.end()).then(|| said(here, f.end(), words))?
}

/// The dot of `p.m.` may be the sentence's too.
fn said(here: &Here, len: usize, words: String) -> Option<Said> {
    let dotted = here.rest()[..len].ends_with('.');
    let mark = if dotted {
        Mark::Dotted
    } else {
        Mark::Number(None)
    };
    Said::of(len, words, mark)
}

/// An hour and two figures of minutes; `half` is an `a` or a `p`, or empty.
pub(super) fn time(hour: u64, minutes: &str, half: &str) -> Option<String> {
    let minute: u64 = minutes.parse().ok()?;
    let words = match (hour, minute) {
        (0 | 24, 0) if half.is_empty() => "midnight".into(),
        (1..=12, 0) if half.is_empty() => format!("{} o'clock", cardinal(hour)),
        (13.., 0) => format!("{} hundred", cardinal(hour)),
        (_, 0) => cardinal(hour),
        (_, 1..10) => format!("{} oh {}", cardinal(hour), cardinal(minute)),
        _ => format!("{} {}", cardinal(hour), cardinal(minute)),
    };
    Some(match half {
        "" => words,
        half => format!("{words} {}", letters(half)),
    })
}

fn letters(half: &str) -> &'static str {
    if half.eq_ignore_ascii_case("a") {
        "A M"
    } else {
        "P M"
    }
}

/// `2h30m`, `1h 5min`, `3m20s`.
pub(super) fn length(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"(?:(\d+) ?h(?:rs?|ours?)? ?)?(?:(\d+) ?m(?:ins?)?)?(?: ?(\d+) ?s(?:ecs?)?)?"
    ))?;
    let parts: Vec<String> = [(1, "hour"), (2, "minute"), (3, "second")]
        .into_iter()
        .filter(|(group, _)| !f.part(*group).is_empty())
        .map(|(group, unit)| {
            let s = if f.value(group) == Some(1) { "" } else { "s" };
            format!("{} {unit}{s}", whole(f.part(group)))
        })
        .collect();
    // One part alone may be metres as well.
    (parts.len() > 1 && here.closed(f.end())).then(|| Said::number(f.end(), parts.join(" ")))?
}
