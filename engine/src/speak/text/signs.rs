//! Signs by themselves: mathematics, superscripts, punctuation, emoji, and what has no sound.

use super::figures::amount;
use super::numbers::{cardinal, whole};
use super::policy::{Policy, Treatment};
use super::token::{Found, Here, Mark, Said, pattern};
use unicode_segmentation::UnicodeSegmentation;

/// Signs with a name wherever they stand.
const NAMED: [(char, &str); 33] = [
    ('&', "and"),
    ('@', "at"),
    ('%', "percent"),
    ('°', "degrees"),
    ('§', "section"),
    ('¶', "paragraph"),
    ('©', "copyright"),
    ('№', "number"),
    ('×', "times"),
    ('÷', "divided by"),
    ('\u{2212}', "minus"),
    ('±', "plus or minus"),
    ('≈', "is about"),
    ('≠', "is not"),
    ('≤', "is at most"),
    ('≥', "is at least"),
    ('√', "the square root of"),
    ('∞', "infinity"),
    ('∑', "the sum of"),
    ('∫', "the integral of"),
    ('∂', "partial"),
    ('∆', "delta"),
    ('∈', "in"),
    ('∪', "union"),
    ('∩', "intersection"),
    ('∀', "for all"),
    ('∃', "there is"),
    ('→', "to"),
    ('⇒', "so"),
    ('↔', "to and from"),
    ('€', "euro"),
    ('£', "pound"),
    ('₿', "bitcoin"),
];

/// Faces typed with punctuation.
const FACES: [(&str, &str); 12] = [
    (":-)", "smiling face"),
    (":)", "smiling face"),
    (":-(", "sad face"),
    (":(", "sad face"),
    (";-)", "winking face"),
    (";)", "winking face"),
    (":-D", "laughing face"),
    (":D", "laughing face"),
    (":P", "cheeky face"),
    (":-P", "cheeky face"),
    (":'(", "crying face"),
    ("<3", "heart"),
];

/// Pictures. The same several times over is said once, unless the policy wants all.
pub(super) fn emoji(here: &Here) -> Option<Said> {
    let faces = FACES.iter().find(|(face, _)| {
        let alone = here.before().is_none_or(char::is_whitespace);
        here.rest().starts_with(face) && alone && here.closed(face.len())
    });
    let (mut len, name) = match faces {
        Some((face, name)) => (face.len(), (*name).to_owned()),
        None => picture(here.rest())?,
    };
    let one = here.rest()[..len].to_owned();
    if here.policy.emoji != Treatment::Speak {
        while here.after(len).starts_with(&one) {
            len += one.len();
        }
    }
    match here.policy.emoji {
        Treatment::Skip => Said::nothing(len),
        _ => Said::word(len, name),
    }
}

/// The first picture's bytes and name.
fn picture(text: &str) -> Option<(usize, String)> {
    let first = text.chars().next()?;
    // Letters, figures and what the other rules know are no pictures unless marked as such.
    let cluster = text.graphemes(true).next()?;
    let mark =
        matches!(first, '™' | '®' | '©') || first.is_ascii() && !cluster.contains('\u{fe0f}');
    if mark || first.is_alphanumeric() || NAMED.iter().any(|(c, _)| *c == first) {
        return None;
    }
    let emoji = emojis::get(cluster)?;
    let plain = emoji
        .with_skin_tone(emojis::SkinTone::Default)
        .unwrap_or(emoji);
    // Names hold figures and signs of their own: "1st place medal", "flag: France".
    let policy = Policy {
        emoji: Treatment::Skip,
        ..Policy::default()
    };
    Some((
        cluster.len(),
        super::normalise::phrase(plain.name(), &policy),
    ))
}

/// `x²`, `10⁻³`, `2^10`, notes¹.
pub(super) fn power(here: &Here) -> Option<Said> {
    if let Some(f) = here.find(pattern!(r"\^\{?([-\u{2212}]?)(\d+|[a-z])\}?")) {
        let words = raised(!f.part(1).is_empty(), f.part(2));
        return Said::number(f.end(), words);
    }
    let f = here.find(pattern!("([⁻⁺]?)([⁰¹²³⁴⁵⁶⁷⁸⁹]+|ⁿ)"))?;
    let figures: String = f.part(2).chars().map(plain_figure).collect();
    // Behind a word of some length it is a note's number.
    let word = here.last_word();
    let note = word.chars().count() > 2 && word.chars().all(char::is_alphabetic);
    match here.policy.citation {
        Treatment::Skip if note => Said::nothing(f.end()),
        _ if note => Said::number(f.end(), format!("note {}", whole(&figures))),
        _ => Said::number(f.end(), raised(f.part(1) == "⁻", &figures)),
    }
}

fn plain_figure(c: char) -> char {
    match c {
        '⁰' => '0',
        '¹' => '1',
        '²' => '2',
        '³' => '3',
        '⁴'..='⁹' => char::from_digit(c as u32 - '⁰' as u32, 10).unwrap_or(c),
        _ => 'n',
    }
}

fn raised(minus: bool, power: &str) -> String {
    match (minus, power) {
        (false, "2") => "squared".into(),
        (false, "3") => "cubed".into(),
        (minus, power) => {
            let sign = if minus { "minus " } else { "" };
            let power = if power.starts_with(|c: char| c.is_ascii_digit()) {
                whole(power)
            } else {
                power.to_owned()
            };
            format!("to the power of {sign}{power}")
        }
    }
}

/// `[12]`, `[3, 4]`, `[note 1]` behind a sentence.
pub(super) fn citation(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"\[((?:note )?\d{1,3}(?:[,–-] ?\d{1,3})*|citation needed)\]"
    ))?;
    let behind = here
        .before()
        .is_some_and(|c| !c.is_whitespace() && !"([".contains(c));
    if !behind {
        return None;
    }
    match here.policy.citation {
        Treatment::Skip => Said::nothing(f.end()),
        _ => Said::number(
            f.end(),
            format!("note {}", super::normalise::phrase(f.part(1), here.policy)),
        ),
    }
}

/// Between numbers and names: `2 + 2 = 4`, `a < b`, `3 * 4`.
pub(super) fn sum(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"(==?|!=|<=|>=|->|=>|[+*/<>~])"))?;
    let behind = here.after(f.end());
    let spaced =
        here.before().is_some_and(char::is_whitespace) && behind.starts_with(char::is_whitespace);
    let numbers = matches!(here.done.last(), Some(t) if matches!(t.mark, Mark::Number(_)))
        && behind
            .trim_start()
            .starts_with(|c: char| c.is_ascii_digit() || "($£€".contains(c));
    let tight = here.before().is_some_and(char::is_alphanumeric)
        && behind.starts_with(char::is_alphanumeric);
    let name = match f.part(1) {
        "=" | "==" => "equals",
        "!=" => "is not",
        "<=" => "is at most",
        ">=" => "is at least",
        "->" | "=>" => "to",
        "+" => "plus",
        "*" if numbers || spaced => "times",
        "/" if numbers && spaced => "divided by",
        "<" if numbers || spaced || tight && behind.starts_with(|c: char| c.is_ascii_digit()) => {
            "is less than"
        }
        ">" if (numbers || spaced) && !here.last_word().is_empty() => "is greater than",
        "~" if here.after(1).starts_with(|c: char| c.is_ascii_digit()) => "about",
        // and/or, he/she: two words are enough.
        _ => return Said::nothing(f.end()),
    };
    let arrow = matches!(f.part(1), "->" | "=>" | "=" | "==");
    if spaced || numbers || tight || arrow || f.part(1) == "+" || f.part(1) == "~" {
        Said::word(f.end(), name)
    } else {
        Said::nothing(f.end())
    }
}

/// Greek letters by themselves.
pub(super) fn greek(here: &Here) -> Option<Said> {
    const LETTERS: [(char, &str); 20] = [
        ('α', "alpha"),
        ('β', "beta"),
        ('γ', "gamma"),
        ('δ', "delta"),
        ('ε', "epsilon"),
        ('η', "eta"),
        ('θ', "theta"),
        ('κ', "kappa"),
        ('λ', "lambda"),
        ('μ', "mu"),
        ('π', "pi"),
        ('ρ', "rho"),
        ('σ', "sigma"),
        ('τ', "tau"),
        ('φ', "phi"),
        ('χ', "chi"),
        ('ψ', "psi"),
        ('ω', "omega"),
        ('Δ', "delta"),
        ('Ω', "omega"),
    ];
    let first = here.first();
    let (_, name) = LETTERS.iter().find(|(letter, _)| *letter == first)?;
    let alone = !here
        .after(first.len_utf8())
        .starts_with(char::is_alphabetic);
    alone.then(|| Said::word(first.len_utf8(), *name))?
}

/// Stops, rests, brackets, quotes.
pub(super) fn punctuation(here: &Here) -> Option<Said> {
    let c = here.first();
    let len = c.len_utf8();
    let open = here
        .before()
        .is_none_or(|c| c.is_whitespace() || "([{\"'—–-".contains(c));
    match c {
        // `.NET`, `foo.bar`; "the end.It begins" lacks a space.
        '.' if here.after(1).starts_with(char::is_alphabetic)
            && (open || here.before().is_some_and(char::is_alphanumeric))
            && !(here.before().is_some_and(char::is_lowercase)
                && here.after(1).starts_with(char::is_uppercase)) =>
        {
            Said::word(1, "dot")
        }
        '.' | '…' => {
            let dots = here.rest().len() - here.rest().trim_start_matches(['.', '…']).len();
            // Three dots trail off: a rest where the sentence goes on.
            let mark = if dots > 1 {
                Mark::Stop('…')
            } else {
                Mark::Stop('.')
            };
            Said::rest(dots, mark)
        }
        '?' | '!' | '؟' | '‽' => {
            let run =
                here.rest().len() - here.rest().trim_start_matches(['?', '!', '؟', '‽']).len();
            let asks = here.rest()[..run].contains(['?', '؟', '‽']);
            Said::rest(run, Mark::Stop(if asks { '?' } else { '!' }))
        }
        '¿' | '¡' => Said::nothing(len),
        ',' | '،' => Said::rest(len, Mark::Comma),
        ';' | ':' => Said::rest(len, Mark::Clause),
        '—' => Said::rest(len, Mark::Clause),
        '–' => Said::rest(len, Mark::Comma),
        '|' | '•' | '·' | '¦' | '▪' | '◦' | '‣' => Said::rest(len, Mark::Clause),
        '(' | '[' | '{' => Said::rest(len, Mark::Open(c)),
        ')' | ']' | '}' => Said::rest(len, Mark::Close(c)),
        '"' => Said::rest(len, if open { Mark::Open(c) } else { Mark::Close(c) }),
        '\'' => Said::nothing(len),
        '-' => hyphen(here),
        _ => None,
    }
}

/// Inside a word it joins; around words with spaces it is a dash; elsewhere it has no sound.
fn hyphen(here: &Here) -> Option<Said> {
    let run = here.rest().len() - here.rest().trim_start_matches('-').len();
    let inside = here.before().is_some_and(char::is_alphanumeric);
    let tail = here.after(run);
    if run == 1 && inside && tail.starts_with(char::is_alphabetic) {
        return Said::rest(run, Mark::Hyphen);
    }
    // A word cut at the end of a line goes on.
    if run == 1 && inside && tail.starts_with('\n') && tail[1..].starts_with(char::is_lowercase) {
        return Said::rest(run + 1, Mark::Hyphen);
    }
    let around =
        here.before().is_some_and(char::is_whitespace) && tail.starts_with(char::is_whitespace);
    if around || run > 1 {
        Said::rest(run, Mark::Clause)
    } else {
        Said::nothing(run)
    }
}

/// What has a name, what is a number in another shape, and what has no sound.
pub(super) fn other(here: &Here) -> Option<Said> {
    let c = here.first();
    let len = c.len_utf8();
    if let Some((_, name)) = NAMED.iter().find(|(sign, _)| *sign == c) {
        return Said::word(len, *name);
    }
    if let Some(n) = circled(c) {
        return Said::number(len, cardinal(n));
    }
    if c == '$' {
        return Said::word(len, "dollar");
    }
    if let Some(f) = amount(here) {
        return Said::number(f.len, f.words);
    }
    match c {
        'º' | 'ª' => Said::nothing(len),
        // A figure of a script that is not known here stays what it is: better read wrongly than lost.
        c if c.is_numeric() => Said::number(len, c.to_string()),
        _ => Said::nothing(len),
    }
}

/// `①`, `⑴`, `❶`.
fn circled(c: char) -> Option<u64> {
    let from = |first: char, last: char| {
        (first..=last)
            .contains(&c)
            .then(|| u64::from(c as u32 - first as u32) + 1)
    };
    from('①', '⑳')
        .or_else(|| from('⑴', '⒇'))
        .or_else(|| from('❶', '❿'))
        .or_else(|| from('Ⅰ', 'Ⅻ'))
}
