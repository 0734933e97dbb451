//! Abbreviations, titles and initials: which dots belong to a word, and what the word is.

use super::dates::names_a_day;
use super::token::{Found, Here, Mark, Said, capitalised, pattern};

/// When an abbreviation is one.
#[derive(Clone, Copy, PartialEq)]
enum When {
    /// With its dot or without.
    Always,
    /// With its dot only; the dot may be the sentence's too.
    Dot,
    /// Before a name; its dot ends nothing.
    Title,
    /// The same, with its dot only.
    Rank,
    /// Before a number; its dot ends nothing.
    Number,
    /// Behind a name.
    Behind,
}
use When::*;

/// Without the last dot; the first that fits counts.
const SHORT: [(&str, &str, When); 108] = [
    ("Mr", "Mister", Title),
    ("Mrs", "Missus", Title),
    ("Ms", "Miz", Title),
    ("Messrs", "Messrs", Title),
    ("Dr", "Drive", Behind),
    ("Dr", "Doctor", Title),
    ("Prof", "Professor", Title),
    ("Rev", "Reverend", Title),
    ("Hon", "Honourable", Rank),
    ("Gen", "General", Rank),
    ("Col", "Colonel", Title),
    ("Capt", "Captain", Title),
    ("Cpt", "Captain", Title),
    ("Maj", "Major", Rank),
    ("Lt", "Lieutenant", Title),
    ("Sgt", "Sergeant", Title),
    ("Cpl", "Corporal", Rank),
    ("Cmdr", "Commander", Rank),
    ("Adm", "Admiral", Rank),
    ("Gov", "Governor", Rank),
    ("Sen", "Senator", Rank),
    ("Rep", "Representative", Rank),
    ("Pres", "President", Rank),
    ("Supt", "Superintendent", Rank),
    ("Insp", "Inspector", Rank),
    ("Fr", "Father", Rank),
    ("Sr", "Senior", Behind),
    ("Jr", "Junior", Behind),
    ("Snr", "Senior", Behind),
    ("Jnr", "Junior", Behind),
    ("Esq", "Esquire", Behind),
    ("St", "Street", Behind),
    ("St", "Saint", Title),
    ("Ste", "Sainte", Title),
    ("Mt", "Mount", Title),
    ("Ft", "Fort", Title),
    ("Ave", "Avenue", Behind),
    ("Blvd", "Boulevard", Behind),
    ("Rd", "Road", Behind),
    ("Ln", "Lane", Behind),
    ("Hwy", "Highway", Always),
    ("Apt", "Apartment", Number),
    ("Inc", "Incorporated", Behind),
    ("Ltd", "Limited", Behind),
    ("Corp", "Corporation", Behind),
    ("Co", "Company", Behind),
    ("Bros", "Brothers", Behind),
    ("Univ", "University", Dot),
    ("Dept", "Department", Always),
    ("dept", "department", Always),
    ("Govt", "Government", Always),
    ("govt", "government", Always),
    ("Assn", "Association", Dot),
    ("p", "page", Number),
    ("pp", "pages", Number),
    ("P", "page", Number),
    ("pg", "page", Number),
    ("ch", "chapter", Number),
    ("Ch", "Chapter", Number),
    ("chap", "chapter", Number),
    ("vol", "volume", Number),
    ("Vol", "Volume", Number),
    ("fig", "figure", Number),
    ("Fig", "Figure", Number),
    ("Figs", "Figures", Number),
    ("figs", "figures", Number),
    ("eq", "equation", Number),
    ("Eq", "Equation", Number),
    ("sec", "section", Number),
    ("Sec", "Section", Number),
    ("art", "article", Number),
    ("Art", "Article", Number),
    ("c", "circa", Number),
    ("ca", "circa", Number),
    ("ext", "extension", Number),
    ("ver", "version", Number),
    ("min", "minimum", Dot),
    ("max", "maximum", Dot),
    ("avg", "average", Always),
    ("approx", "approximately", Always),
    ("est", "established", Number),
    ("est", "estimated", Dot),
    ("etc", "et cetera", Always),
    ("e.g", "for example", Always),
    ("eg", "for example", Dot),
    ("E.g", "For example", Always),
    ("i.e", "that is", Always),
    ("I.e", "That is", Always),
    ("ie", "that is", Dot),
    ("vs", "versus", Always),
    ("viz", "namely", Dot),
    ("cf", "compare", Dot),
    ("al", "al", Dot),
    ("incl", "including", Always),
    ("excl", "excluding", Dot),
    ("resp", "respectively", Dot),
    ("misc", "miscellaneous", Dot),
    ("temp", "temperature", Dot),
    ("tel", "telephone", Dot),
    ("Tel", "Telephone", Dot),
    ("attn", "attention", Dot),
    ("Attn", "Attention", Dot),
    ("a.k.a", "also known as", Always),
    ("aka", "also known as", Always),
    ("Ph.D", "P H D", Always),
    ("PhD", "P H D", Always),
    ("w/o", "without", Always),
    ("w/", "with", Always),
];

/// What people type instead of words. Case does not matter.
const TYPED: [(&str, &str); 26] = [
    ("asap", "as soon as possible"),
    ("atm", "at the moment"),
    ("brb", "be right back"),
    ("btw", "by the way"),
    ("b/c", "because"),
    ("cu", "see you"),
    ("fwiw", "for what it's worth"),
    ("fyi", "for your information"),
    ("idk", "I don't know"),
    ("iirc", "if I recall correctly"),
    ("imho", "in my humble opinion"),
    ("imo", "in my opinion"),
    ("irl", "in real life"),
    ("jk", "just kidding"),
    ("lmk", "let me know"),
    ("msg", "message"),
    ("nvm", "never mind"),
    ("omg", "oh my god"),
    ("pls", "please"),
    ("plz", "please"),
    ("ppl", "people"),
    ("rn", "right now"),
    ("tbh", "to be honest"),
    ("thx", "thanks"),
    ("ttyl", "talk to you later"),
    ("wrt", "with respect to"),
];

/// Words that begin sentences much more often than they stand in names.
const BEGINNERS: [&str; 46] = [
    "A", "After", "All", "Although", "An", "And", "As", "At", "Because", "But", "By", "Do", "For",
    "From", "He", "Her", "His", "How", "However", "I", "If", "In", "It", "Its", "Many", "My", "No",
    "On", "Our", "She", "Since", "So", "Some", "That", "The", "Their", "Then", "There", "These",
    "They", "This", "We", "What", "When", "You", "Your",
];

/// Whether a word after an abbreviation's dot begins a sentence.
pub(super) fn begins(word: &str) -> bool {
    let word = word.split('\'').next().unwrap_or(word);
    BEGINNERS.binary_search(&word).is_ok()
}

/// Titles, streets, companies, Latin: the table.
pub(super) fn short(here: &Here) -> Option<Said> {
    if !here.fresh() {
        return None;
    }
    let fits = SHORT.iter().filter(|(short, _, when)| {
        here.rest().starts_with(short) && applies(here, short.len(), *when)
    });
    // The longest, and among those the first.
    let (short, said, when) = fits.rev().max_by_key(|(s, ..)| s.len())?;
    let dot = here.after(short.len()).starts_with('.');
    let len = short.len() + usize::from(dot);
    match (dot, when) {
        (true, Title | Rank | Number) => Said::of(len, *said, Mark::Initial),
        (true, _) => Said::of(len, *said, Mark::Dotted),
        (false, _) => Said::word(len, *said),
    }
}

fn applies(here: &Here, len: usize, when: When) -> bool {
    let rest = here.after(len);
    let dot = rest.starts_with('.');
    let closed = here.closed(len) || here.rest()[..len].ends_with('/');
    let tail = rest.strip_prefix('.').unwrap_or(rest);
    if !closed || tail.starts_with(char::is_alphanumeric) && !here.rest()[..len].ends_with('/') {
        return false;
    }
    let next = tail.trim_start();
    match when {
        Always => true,
        Dot => dot,
        Number => dot && pattern!(r"\d|[IVX]+\b").is_match(next),
        // "Dr Elm", not "Elm Dr, Leeds"; many titles need no dot in Britain.
        Title | Rank => {
            (dot || when == Title)
                && tail.starts_with([' ', '\u{a0}'])
                && capitalised(next)
                && !begins(here.next_word(len + usize::from(dot)))
        }
        Behind => {
            let last = here.last_word();
            let name = capitalised(last) && !names_a_day(last) && !begins(last);
            let company = matches!(
                &here.rest()[..len],
                "Inc" | "Ltd" | "Corp" | "Bros" | "Jr" | "Sr" | "Jnr" | "Snr" | "Esq"
            );
            // "St Mary" is no street though a name stands before; "Main St. It" is.
            let follows_name = capitalised(next)
                && tail.starts_with(' ')
                && !begins(next.split(' ').next().unwrap_or_default());
            match company {
                true => name || here.done.last().is_some_and(|t| t.mark == Mark::Comma),
                false => name && (!follows_name || numbered(here)),
            }
        }
    }
}

/// `12 Elm St Leeds`: a number two words before.
fn numbered(here: &Here) -> bool {
    let before = here.done.iter().rev().nth(1);
    before.is_some_and(|t| matches!(t.mark, Mark::Number(_)))
}

/// What people type instead of words.
pub(super) fn typed(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"(?:b/c|[A-Za-z]{2,5})\b"))?;
    let lower = f.part(0).to_ascii_lowercase();
    // Capitals are an acronym, which these are not all.
    if f.part(0) != lower && !matches!(lower.as_str(), "asap" | "fyi" | "btw" | "imo" | "imho") {
        return None;
    }
    let (_, said) = TYPED.iter().find(|(typed, _)| *typed == lower)?;
    let fits =
        here.fresh() && here.closed(f.end()) && !here.after(f.end()).starts_with(['-', '\'']);
    fits.then(|| Said::word(f.end(), *said))?
}

/// `U.S.`, `J. R. R. Tolkien`, `Plan B.`
pub(super) fn letters(here: &Here) -> Option<Said> {
    if !here.fresh() {
        return None;
    }
    if let Some(f) = here.find(pattern!(
        r"(?:\p{Lu}\.){2,}(?:\p{Lu}\b)?|[a-z](?:\.[a-z]){1,}\."
    )) {
        let letters: Vec<String> = f
            .part(0)
            .split('.')
            .map(str::to_uppercase)
            .filter(|l| !l.is_empty())
            .collect();
        // J.R.R. Tolkien is a person; U.S. may end a sentence.
        let name = here.next_word(f.end());
        let person = letters.len() < 4 && capitalised(name) && !begins(name) && !known(&letters);
        let mark = match f.part(0).ends_with('.') {
            true if person => Mark::Initial,
            true => Mark::Dotted,
            false => Mark::Word,
        };
        return Said::of(f.end(), letters.join(" "), mark);
    }
    let f = here.find(pattern!(r"(\p{Lu})\."))?;
    let next = here.next_word(f.end());
    // The vitamin, the plan and the first person end sentences; "J. Smith" goes on.
    let initial = capitalised(next) && !begins(next) && f.part(1) != "I"
        || here
            .after(f.end())
            .starts_with(|c: char| c == '-' || c.is_uppercase());
    initial.then(|| Said::of(f.end(), f.part(1), Mark::Initial))?
}

fn known(letters: &[String]) -> bool {
    matches!(
        letters.concat().as_str(),
        "US" | "UK" | "USA" | "EU" | "UN" | "DC" | "AM" | "PM" | "BA" | "MA" | "MD" | "BC" | "AD"
    )
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_beginners_are_in_order_so_that_they_are_found() {
        assert!(super::BEGINNERS.is_sorted());
    }
}
