//! Code, names of files and hosts as words: names are cut where a programmer hears them cut, signs have names.

use super::flat::Flat;
use super::numbers::{cardinal, whole};
use super::policy::Treatment;
use super::token::{Mark, Token};

/// Signs that are said. Brackets, quotes, commas and semicolons are silent.
const SIGNS: [(&str, &str); 44] = [
    ("===", "equals"),
    ("!==", "is not"),
    ("...", "dot dot dot"),
    ("..=", "to"),
    ("<=>", "compared to"),
    ("==", "equals"),
    ("!=", "is not"),
    ("<=", "is at most"),
    (">=", "is at least"),
    ("=>", "gives"),
    ("->", "arrow"),
    ("<-", "from"),
    ("::", "colon colon"),
    ("&&", "and"),
    ("||", "or"),
    ("++", "plus plus"),
    ("--", "dash dash"),
    ("+=", "plus equals"),
    ("-=", "minus equals"),
    ("*=", "times equals"),
    ("/=", "divided by equals"),
    (":=", "becomes"),
    ("**", "star star"),
    ("//", "slash slash"),
    ("<<", "shift left"),
    (">>", "shift right"),
    ("..", "dot dot"),
    ("=", "equals"),
    ("+", "plus"),
    ("-", "dash"),
    ("*", "star"),
    ("/", "slash"),
    ("\\", "backslash"),
    ("<", "less than"),
    (">", "greater than"),
    ("&", "and"),
    ("|", "pipe"),
    ("!", "not"),
    ("?", "question mark"),
    ("@", "at"),
    ("#", "hash"),
    ("$", "dollar"),
    ("%", "percent"),
    ("^", "caret"),
];
const DOTS: [(&str, &str); 3] = [(".", "dot"), ("~", "tilde"), (":", "colon")];
/// Lower case, no vowel to say them by, or never said as a word.
const LETTERS: [&str; 30] = [
    "api", "cli", "cpu", "css", "csv", "dns", "fm", "ftp", "gpu", "html", "http", "https", "id",
    "io", "ip", "js", "ml", "mp", "npm", "os", "pdf", "php", "py", "rs", "sql", "ssh", "tv", "ui",
    "uk", "url",
];

/// A block of code: what it is, or all of it line by line.
pub(super) fn block(language: &str, flat: &Flat, treatment: Treatment) -> Vec<Token> {
    let said: fn(&str) -> String = match treatment {
        Treatment::Skip => return Vec::new(),
        Treatment::Shorten => {
            let lines = flat.text.lines().filter(|l| !l.trim().is_empty()).count();
            let s = if lines == 1 { "" } else { "s" };
            let code = format!(
                "{} code, {} line{s}",
                words(language),
                cardinal(lines as u64)
            );
            return vec![word(code.trim().to_owned(), 0..flat.text.trim_end().len())];
        }
        Treatment::Speak => words,
        Treatment::Spell => spell,
    };
    let mut tokens = Vec::new();
    let mut at = 0;
    for line in flat.text.split_inclusive('\n') {
        let end = at + line.trim_end().len();
        let say = said(line);
        if !say.is_empty() {
            tokens.push(word(say, at..end));
            tokens.push(Token {
                mark: Mark::End,
                ..word(String::new(), end..end)
            });
        }
        at += line.len();
    }
    tokens
}

fn word(say: String, at: std::ops::Range<usize>) -> Token {
    Token {
        say,
        at,
        mark: Mark::Word,
        joined: false,
    }
}

/// All of it, as words.
pub(super) fn words(code: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    let mut rest = code;
    while let Some(c) = rest.chars().next() {
        let word = |f: fn(&char) -> bool| rest.chars().take_while(f).map(char::len_utf8).sum();
        let len: usize = if c.is_ascii_digit() {
            word(char::is_ascii_digit)
        } else if c.is_alphabetic() {
            word(|c| c.is_alphabetic())
        } else if let Some((sign, name)) =
            SIGNS.iter().chain(&DOTS).find(|(s, _)| rest.starts_with(s))
        {
            // A full stop, a colon at the end and the two strokes behind a scheme are nobody's words.
            let inside = rest.len() > sign.len();
            if !matches!(*sign, "." | ":" | "?") || inside {
                out.push((*name).to_owned());
            }
            sign.len()
        } else {
            c.len_utf8()
        };
        let part = &rest[..len];
        if c.is_ascii_digit() {
            out.push(whole(part));
        } else if c.is_alphabetic() {
            out.extend(humps(part).into_iter().map(name));
        }
        rest = &rest[len..];
    }
    out.join(" ")
}

/// Letter by letter, figure by figure; signs have their names.
pub(super) fn spell(code: &str) -> String {
    let mut out: Vec<String> = Vec::new();
    for c in code.chars() {
        let mut buffer = [0; 4];
        let one: &str = c.encode_utf8(&mut buffer);
        if c.is_alphabetic() {
            out.push(c.to_uppercase().collect());
        } else if c.is_ascii_digit() {
            out.push(whole(one));
        } else if let Some((_, name)) = SIGNS.iter().chain(&DOTS).find(|(s, _)| *s == one) {
            out.push((*name).to_owned());
        } else if c == '_' {
            out.push("underscore".to_owned());
        }
    }
    out.join(" ")
}

/// `parseHTTPHeader` is parse, HTTP, Header.
fn humps(name: &str) -> Vec<&str> {
    let mut cuts = vec![0];
    let letters: Vec<(usize, char)> = name.char_indices().collect();
    for i in 1..letters.len() {
        let [before, here] = [letters[i - 1].1, letters[i].1].map(char::is_uppercase);
        let next = letters.get(i + 1).is_some_and(|(_, c)| c.is_lowercase());
        if here && (!before || next) {
            cuts.push(letters[i].0);
        }
    }
    cuts.push(name.len());
    cuts.windows(2).map(|w| &name[w[0]..w[1]]).collect()
}

/// One part of a name: a word, or letters if it cannot be said.
fn name(part: &str) -> String {
    let lower = part.to_lowercase();
    let vowel = lower.contains(|c: char| "aeiouy".contains(c) || !c.is_ascii());
    let capitals = part.len() > 1 && part.chars().all(char::is_uppercase) && part.len() < 4;
    // One letter is a letter, even if it is a word.
    if part.chars().count() == 1 {
        return part.to_uppercase();
    }
    if !vowel && part.len() < 6 || capitals || LETTERS.contains(&lower.as_str()) {
        spell(part)
    } else {
        lower
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fall_apart_where_they_are_heard_to() {
        for (code, said) in [
            ("getUserName", "get user name"),
            ("parse_http_header", "parse H T T P header"),
            ("parseHTTPHeader", "parse H T T P header"),
            ("x2", "X two"),
            ("a.b()", "A dot B"),
            ("i != 10", "I is not ten"),
            ("std::fs", "S T D colon colon F S"),
        ] {
            assert_eq!(words(code), said, "{code}");
        }
        assert_eq!(spell("a1-B"), "A one dash B");
    }
}
