//! Addresses: pages, mail, files, machines, versions, telephones; and strings of figures that nobody counts.

use super::code;
use super::numbers::{cardinal, digits, whole};
use super::policy::Treatment;
use super::token::{Found, Here, Said, pattern};

/// Endings of host names that people write without `https://`.
const ENDINGS: &str = r"(?:com|org|net|edu|gov|mil|int|io|ai|co|app|dev|info|biz|me|tv|fm|uk|de|fr|it|es|nl|eu|ch|at|au|ca|us|nz|jp|in|br|se|no|dk|fi|ie|pl|be|xyz|blog|cloud|online|shop|news|tech|wiki)\b";

/// `https://example.com/a?b=c`, `www.example.com`, `example.com/a`.
pub(super) fn url(here: &Here) -> Option<Said> {
    let f = here
        .find(pattern!(
            r"(?:[a-z][a-z0-9+]{1,9}://|www\.)([^\s<>\u{201c}\u{201d}]+)"
        ))
        .or_else(|| {
            here.find(pattern!(
                r"((?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?\.)+",
                ENDINGS,
                r"(?::\d{1,5})?(?:[/?#][^\s<>]*)?)"
            ))
            .filter(|f| {
                here.closed(f.end()) && !here.after(f.end()).starts_with('@') && host(f.part(1))
            })
        })?;
    if !here.fresh() {
        return None;
    }
    let len = bare(f.part(0));
    let start = f.get(1)?.start();
    let address = here.rest().get(start..len)?;
    let address = address.strip_prefix("www.").unwrap_or(address);
    let (host, path) = address.split_at(address.find(['/', '?', '#']).unwrap_or(address.len()));
    let words = match here.policy.url {
        Treatment::Speak => format!(
            "{} {}",
            code::words(host),
            code::words(path.trim_end_matches('/'))
        ),
        Treatment::Shorten => code::words(host.split(['@', ':']).next().unwrap_or(host)),
        Treatment::Skip => String::new(),
        Treatment::Spell => code::spell(address),
    };
    Said::word(len, words.trim())
}

/// Not the missing space of "the end.It begins", nor initials.
fn host(text: &str) -> bool {
    let host = text.split(['/', '?', '#', ':']).next().unwrap_or(text);
    let last = host.rsplit('.').next().unwrap_or_default();
    last.chars().all(|c| c.is_ascii_lowercase()) && host.len() > last.len() + 2
}

/// The length of an address without the punctuation of the sentence around it.
fn bare(address: &str) -> usize {
    let mut text = address;
    loop {
        let shorter =
            text.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '"', '*', '\u{2014}']);
        let closing = [('(', ')'), ('[', ']'), ('{', '}')]
            .into_iter()
            .find(|(open, close)| {
                shorter.ends_with(*close)
                    && shorter.matches(*open).count() < shorter.matches(*close).count()
            });
        let shorter = match closing {
            Some(_) => &shorter[..shorter.len() - 1],
            None => shorter,
        };
        if shorter.len() == text.len() {
            return text.len();
        }
        text = shorter;
    }
}

/// `anna.b@example.com`.
pub(super) fn email(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"(?:mailto:)?([A-Za-z0-9][A-Za-z0-9._%+-]*)@([A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)"
    ))?;
    let len = bare(f.part(0));
    let words = match here.policy.email {
        Treatment::Speak => {
            let name = f.part(1).replace('_', " underscore ");
            format!("{} at {}", code::words(&name), code::words(f.part(2)))
        }
        Treatment::Shorten => code::words(f.part(1)),
        Treatment::Skip => String::new(),
        Treatment::Spell => format!("{} at {}", code::spell(f.part(1)), code::spell(f.part(2))),
    };
    here.fresh().then(|| Said::word(len, words))?
}

/// `/usr/lib/x.so`, `~/notes.txt`, `C:\Users`, `src/main.rs`.
pub(super) fn path(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"(?:(?:~|\.{1,2})?(?:/[\w.@+-]+){2,}/?|(?:~|\.{1,2})(?:/[\w.@+-]+)+/?|[A-Za-z]:(?:\\[\w .-]*\w)+|[\w-]+(?:/[\w.-]+)*/[\w-]+\.[a-z][a-z0-9]{0,4}\b)"
    ))?;
    let before = here
        .before()
        .is_none_or(|c| !c.is_alphanumeric() && c != '/' && c != '.');
    if !before {
        return None;
    }
    let len = bare(f.part(0));
    let path = &here.rest()[..len];
    let last = path
        .trim_end_matches('/')
        .rsplit(['/', '\\'])
        .next()
        .unwrap_or(path);
    let words = match here.policy.path {
        Treatment::Speak => code::words(path),
        Treatment::Shorten => code::words(last),
        Treatment::Skip => String::new(),
        Treatment::Spell => code::spell(path),
    };
    Said::word(len, words)
}

/// Files by themselves: `notes.txt`, `main.rs`.
pub(super) fn file(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"[A-Za-z_][\w-]*\.(?:txt|md|pdf|docx?|xlsx?|pptx?|csv|tsv|json|toml|ya?ml|xml|html?|css|jsx?|tsx?|py|rs|go|rb|java|cpp|hpp|sh|sql|png|jpe?g|gif|svg|webp|mp3|mp4|wav|flac|m4a|mov|zip|tar|gz|exe|dmg|app|log|cfg|conf|ini|lock|bak|srt|vtt)\b"
    ))?;
    (here.fresh() && here.closed(f.end())).then(|| Said::word(f.end(), code::words(f.part(0))))?
}

/// UUIDs, hashes, colours, `0x1F`.
pub(super) fn id(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"(?:[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|0x[0-9a-fA-F]+|#[0-9a-fA-F]{6}|[0-9a-f]{7,64})\b"
    ))?;
    let text = f.part(0);
    let mixed = text.contains(|c: char| c.is_ascii_digit())
        && text.contains(|c: char| c.is_ascii_alphabetic());
    if !mixed || !here.fresh() || !here.closed(f.end()) {
        return None;
    }
    let words = match here.policy.id {
        Treatment::Shorten if text.len() > 10 => code::spell(&text[..7]),
        Treatment::Skip => String::new(),
        _ => code::spell(text),
    };
    Said::word(f.end(), words)
}

/// `192.168.0.1`, `v1.2.3-beta`, `2.0.1`, `v2`.
pub(super) fn version(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"(v\.?)?(\d{1,6}(?:\.\d{1,6}){0,4})"))?;
    let (v, figures) = (f.part(1), f.part(2));
    let groups: Vec<&str> = figures.split('.').collect();
    if !here.fresh() || here.before() == Some('.') || !here.closed_number(f.end()) {
        return None;
    }
    if v.is_empty() && groups.len() < 3 {
        return None;
    }
    let name = match v {
        "" => "",
        _ if here.follows(&["version", "release"]) => "",
        _ => "version ",
    };
    let machine = groups.len() == 4 && v.is_empty();
    let between = if machine { " dot " } else { " point " };
    let words: Vec<String> = groups
        .iter()
        .map(|g| if machine { digits(g) } else { whole(g) })
        .collect();
    Said::number(f.end(), format!("{name}{}", words.join(between)))
}

/// `+44 20 7946 0958`, `(555) 123-4567`, `0800 123 456`, `555-1234`; and `999` behind "call".
pub(super) fn phone(here: &Here) -> Option<Said> {
    const CALLING: [&str; 8] = [
        "call", "dial", "phone", "ring", "tel", "text", "fax", "calling",
    ];
    if let Some(f) = here.find(pattern!(r"(?:911|999|112|111|101)\b"))
        && here.follows(&CALLING)
    {
        return Said::number(f.end(), digits(f.part(0)));
    }
    let f = here.find(pattern!(
        r"(?:\+\d{1,3}(?:[ .\u{a0}-]?\(?\d{1,5}\)?){2,6}|\(\d{2,5}\)[ .-]?\d{3,4}(?:[ .-]\d{3,4})?|0\d{2,4}[ -]\d{3,4}(?:[ -]?\d{3,4})?|(?:1[ -])?\d{3}[-.]\d{3}[-.]\d{4}|1-\d{3}-\d{3}-\d{4}|[2-9]\d{2}-\d{4})"
    ))?;
    let written = f.part(0);
    let count = written.chars().filter(char::is_ascii_digit).count();
    if !(7..=15).contains(&count) || !here.fresh() || !here.closed_number(f.end()) {
        return None;
    }
    let groups = grouped(written);
    let plus = if written.starts_with('+') {
        "plus "
    } else {
        ""
    };
    let words = match here.policy.phone {
        Treatment::Skip => String::new(),
        _ => format!("{plus}{groups}"),
    };
    Said::number(f.end(), words)
}

/// Cards, ISBNs and other codes in groups: `4111 1111 1111 1111`, `978-3-16-148410-0`.
pub(super) fn groups(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"(?:\d{4}(?: \d{4}){2,}|\d+(?:-\d+){2,})(?:-[\dX]\b)?"
    ))?;
    let fits = here.fresh() && here.closed_number(f.end());
    fits.then(|| Said::number(f.end(), grouped(f.part(0))))?
}

/// Figure by figure, with a rest between the groups.
fn grouped(written: &str) -> String {
    let groups = written
        .split(|c: char| !c.is_ascii_digit())
        .filter(|g| !g.is_empty());
    groups.map(digits).collect::<Vec<_>>().join(", ")
}

/// `#5`, `No. 7`, `@anna`, `#topic`.
pub(super) fn tag(here: &Here) -> Option<Said> {
    if let Some(f) = here.find(pattern!(r"(?:#|№ ?|[Nn]o\. ?|[Nn]os\. ?)(\d{1,6})\b")) {
        return here.fresh().then(|| {
            let n = f.value(1).map(cardinal).unwrap_or_default();
            let several = if f.part(0).to_ascii_lowercase().starts_with("nos") {
                "s"
            } else {
                ""
            };
            Said::number(f.end(), format!("number{several} {n}"))
        })?;
    }
    let f = here.find(pattern!(r"([#@])([A-Za-z][\w]*)"))?;
    let kind = if f.part(1) == "#" { "hashtag" } else { "at" };
    here.fresh()
        .then(|| Said::word(f.end(), format!("{kind} {}", code::words(f.part(2)))))?
}
