//! Words in capitals: acronyms to be spelled, acronyms that are words, emphasis, Roman numerals, letters with figures.

use super::numbers::{cardinal, digits, ordinal, roman, whole, year};
use super::policy::Treatment;
use super::token::{Found, Here, Mark, Said, capitalised, pattern};

/// Said as words though they are written in capitals. In order.
const WORDS: [(&str, &str); 63] = [
    ("AIDS", "Aids"),
    ("ALGOL", "Algol"),
    ("ANSI", "Ansi"),
    ("ASCII", "Ascii"),
    ("ASEAN", "Asean"),
    ("BAFTA", "Bafta"),
    ("BASIC", "Basic"),
    ("BREXIT", "Brexit"),
    ("CAPTCHA", "captcha"),
    ("CERN", "Cern"),
    ("COBOL", "Cobol"),
    ("COBRA", "Cobra"),
    ("COVID", "Covid"),
    ("CRISPR", "crisper"),
    ("CUDA", "Cuda"),
    ("DEFRA", "Defra"),
    ("DOS", "Doss"),
    ("EPOS", "Epos"),
    ("EXIF", "Exif"),
    ("FIFA", "Fifa"),
    ("FORTRAN", "Fortran"),
    ("FTSE", "Footsie"),
    ("GIF", "gif"),
    ("GNOME", "Gnome"),
    ("GNU", "Gnu"),
    ("GUI", "gooey"),
    ("HIIT", "hit"),
    ("IKEA", "Ikea"),
    ("INTERPOL", "Interpol"),
    ("ISIS", "Isis"),
    ("JPEG", "jay peg"),
    ("JSON", "jason"),
    ("LAN", "lan"),
    ("LASER", "laser"),
    ("LIDAR", "lidar"),
    ("LINUX", "Linux"),
    ("MIDI", "midi"),
    ("MOMA", "Moma"),
    ("NAFTA", "Nafta"),
    ("NASA", "Nasa"),
    ("NASDAQ", "Nasdaq"),
    ("NATO", "Nato"),
    ("NIMBY", "nimby"),
    ("OFCOM", "Ofcom"),
    ("OK", "okay"),
    ("OPEC", "Opec"),
    ("PIN", "pin"),
    ("POTUS", "Potus"),
    ("RADAR", "radar"),
    ("RAM", "ram"),
    ("REST", "rest"),
    ("ROM", "rom"),
    ("SAGE", "Sage"),
    ("SARS", "Sars"),
    ("SCUBA", "scuba"),
    ("SIM", "sim"),
    ("SONAR", "sonar"),
    ("SWAT", "swat"),
    ("TASER", "taser"),
    ("UEFA", "Uefa"),
    ("UNESCO", "Unesco"),
    ("UNICEF", "Unicef"),
    ("YAML", "yammel"),
];

/// Common words that people raise their voice with. In order.
const RAISED: [&str; 88] = [
    "ALL", "ALSO", "AND", "ANY", "ARE", "BAD", "BEEN", "BEST", "BIG", "BUT", "BUY", "CAN", "DAY",
    "DID", "DO", "DONE", "DONT", "END", "EVEN", "EVER", "FOR", "FREE", "FROM", "GET", "GO", "GOOD",
    "GOT", "HAD", "HAS", "HAVE", "HE", "HELP", "HER", "HERE", "HIS", "HOT", "HOW", "IN", "IS",
    "JUST", "LAST", "LIVE", "LOOK", "LOVE", "MADE", "MAKE", "MORE", "MOST", "MUST", "MY", "NEED",
    "NEW", "NEWS", "NO", "NOT", "NOTE", "NOW", "OF", "OFF", "OLD", "ON", "ONE", "ONLY", "OPEN",
    "OUR", "OUT", "PART", "PLAY", "READ", "REAL", "SAID", "SALE", "SAME", "SEE", "SHE", "SO",
    "STOP", "TAKE", "THAT", "THE", "THIS", "TO", "TOP", "VERY", "WAS", "WILL", "WITH", "YES",
];

/// Behind these a Roman numeral is a number: Part II, World War I.
const COUNTED: [&str; 25] = [
    "act", "appendix", "article", "book", "bowl", "canto", "category", "chapter", "class",
    "figure", "grade", "level", "movement", "part", "phase", "scene", "season", "section", "stage",
    "table", "title", "type", "unit", "volume", "war",
];

/// Behind these one letter alone is a number too: kings, queens and popes.
const CROWNED: [&str; 28] = [
    "Alexander",
    "Benedict",
    "Catherine",
    "Charles",
    "Clement",
    "Edward",
    "Elizabeth",
    "Ferdinand",
    "Francis",
    "Frederick",
    "George",
    "Gregory",
    "Henry",
    "Innocent",
    "James",
    "John",
    "Leo",
    "Leopold",
    "Louis",
    "Mary",
    "Napoleon",
    "Nicholas",
    "Paul",
    "Peter",
    "Philip",
    "Pius",
    "Richard",
    "William",
];

/// A king's number, a chapter's, a year in stone.
pub(super) fn numeral(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"[IVXLCDM]{1,15}\b"))?;
    let (text, last) = (f.part(0), here.last_word());
    let n = roman(text)?;
    if !here.fresh() || !here.closed(f.end()) {
        return None;
    }
    let counted = here.follows(&COUNTED);
    let crowned = CROWNED.contains(&last);
    let simple = !text.contains(['L', 'C', 'D', 'M']);
    if counted && (simple || text.len() > 1) {
        return Said::number(f.end(), cardinal(n));
    }
    if text.len() >= 4 && text.starts_with('M') && (1000..2100).contains(&n) {
        return Said::number(f.end(), year(n));
    }
    // "Elizabeth I was" is a queen, "Mary I think" is not.
    let next = here.next_word(f.end());
    let reigns = [
        "was", "is", "of", "and", "in", "died", "ruled", "reigned", "became",
    ]
    .contains(&next);
    let myself = text == "I" && next.starts_with(char::is_lowercase) && !reigns;
    match () {
        () if crowned && simple && !myself => Said::number(f.end(), format!("the {}", ordinal(n))),
        () if simple && text.len() > 1 && capitalised(last) && !here.shouted => {
            Said::number(f.end(), cardinal(n))
        }
        () => None,
    }
}

/// `BBC`, `NATO`, `PCs`, `STOP`.
pub(super) fn acronym(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"(\p{Lu}{2,})('?s\b)?"))?;
    let (word, tail) = (f.part(1), f.part(2));
    if !here.fresh() || !here.closed(f.end()) {
        return None;
    }
    let tail = if tail.is_empty() { "" } else { "'s" };
    if matches!(word, "WWI" | "WWII") {
        let n = if word.len() == 3 { "One" } else { "Two" };
        return Said::word(f.end(), format!("World War {n}"));
    }
    if let Ok(i) = WORDS.binary_search_by_key(&word, |(w, _)| w) {
        return Said::word(f.end(), format!("{}{}", WORDS[i].1, f.part(2)));
    }
    let raised = here.shouted || RAISED.binary_search(&word).is_ok() || long_word(word);
    let said = match here.policy.acronym {
        Treatment::Skip => String::new(),
        _ if raised && sayable(word) => format!("{}{}", word.to_lowercase(), f.part(2)),
        Treatment::Spell => format!("{}{tail}", spelled(word)),
        Treatment::Speak | Treatment::Shorten => format!("{}{}", word.to_lowercase(), f.part(2)),
    };
    Said::word(f.end(), said)
}

/// Letters apart.
pub(super) fn spelled(word: &str) -> String {
    let letters: Vec<String> = word.chars().map(|c| c.to_uppercase().collect()).collect();
    letters.join(" ")
}

fn sayable(word: &str) -> bool {
    word.contains(['A', 'E', 'I', 'O', 'U', 'Y']) || !word.is_ascii()
}

/// Five letters and more, with vowels where a word has them.
fn long_word(word: &str) -> bool {
    let mut run = 0;
    let longest = word.chars().fold(0, |longest, c| {
        run = if "AEIOUY".contains(c) { 0 } else { run + 1 };
        longest.max(run)
    });
    word.chars().count() >= 5 && sayable(word) && longest <= 3
}

/// `A4`, `MP3`, `H2O`, `B2B`, `3D`, `COVID19`, `iOS`, `OpenAI`.
pub(super) fn mixed(here: &Here) -> Option<Said> {
    if let Some(f) = here.find(pattern!(
        r"(\p{L}+)(\d[\p{L}\d₀-₉]*)|(\p{L}+)([₀-₉][\p{L}₀-₉]*)"
    )) && here.fresh()
    {
        return Said::number(f.end(), parts(f.part(0)));
    }
    // Small letters, then capitals to the end: macOS, OpenAI, PlayTV.
    let f = here.find(pattern!(r"(\p{L}?\p{Ll}+)(\p{Lu}{2,})('?s)?\b"))?;
    let tail = if f.part(3).is_empty() { "" } else { "'s" };
    let head = if f.part(1).chars().count() == 1 {
        f.part(1).to_uppercase()
    } else {
        f.part(1).to_owned()
    };
    let fits = here.fresh() && here.closed(f.end());
    fits.then(|| Said::word(f.end(), format!("{head} {}{tail}", spelled(f.part(2)))))?
}

/// Letters and figures in turn.
fn parts(text: &str) -> String {
    let mut out = Vec::new();
    let text: String = text
        .chars()
        .map(|c| match c {
            '₀'..='₉' => char::from_digit(c as u32 - '₀' as u32, 10).unwrap_or(c),
            c => c,
        })
        .collect();
    let mut rest = text.as_str();
    while let Some(c) = rest.chars().next() {
        let figures = c.is_ascii_digit();
        let end = rest
            .find(|c: char| c.is_ascii_digit() != figures)
            .unwrap_or(rest.len());
        let (part, tail) = rest.split_at(end);
        let capitals = part.chars().all(char::is_uppercase);
        let vowels = part.to_lowercase().contains(['a', 'e', 'i', 'o', 'u', 'y']);
        out.push(match figures {
            true if part.len() > 3 && part.len() != 4 => digits(part),
            true => whole(part),
            false if WORDS.binary_search_by_key(&part, |(w, _)| w).is_ok() => part.to_lowercase(),
            false
                if part.chars().count() == 1
                    || capitals && part.chars().count() < 5
                    || !vowels && part.len() < 5 =>
            {
                spelled(part)
            }
            false => part.to_owned(),
        });
        rest = tail;
    }
    out.join(" ")
}

/// Whether most words of a text are in capitals.
pub(super) fn shouted(text: &str) -> bool {
    let (mut capitals, mut others) = (0, 0);
    for word in text
        .split(|c: char| !c.is_alphabetic())
        .filter(|w| w.chars().count() > 1)
    {
        match word.chars().all(char::is_uppercase) {
            true => capitals += 1,
            false => others += 1,
        }
    }
    capitals >= 3 && capitals > 2 * others
}

/// A word as it stands; the one rule that takes whatever letters there are.
pub(super) fn word(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"\p{L}[\p{L}\p{M}]*(?:'\p{L}[\p{L}\p{M}]*)*"))?;
    if mute(f.part(0)) {
        return Said::word(f.end(), spelled(f.part(0)));
    }
    Said::of(f.end(), f.part(0), Mark::Word)
}

/// Small letters without any vowel are spelled, but for the noises people write.
fn mute(word: &str) -> bool {
    const NOISES: [&str; 12] = [
        "br", "gr", "hm", "m", "nth", "pf", "pfft", "ps", "psst", "sh", "tsk", "z",
    ];
    let letters = (2..6).contains(&word.len()) && word.bytes().all(|c| c.is_ascii_lowercase());
    // Noises grow at their end: hm, hmm, hmmm.
    let last = word.chars().next_back().unwrap_or(' ');
    let stem = word.trim_end_matches(last);
    let noise = NOISES.contains(&word) || NOISES.iter().any(|n| n.strip_suffix(last) == Some(stem));
    letters && !word.contains(['a', 'e', 'i', 'o', 'u', 'y']) && !noise
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lists_are_in_order_so_that_words_are_found() {
        assert!(WORDS.is_sorted_by_key(|(w, _)| *w));
        assert!(RAISED.is_sorted());
    }
}
