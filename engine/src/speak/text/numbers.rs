//! Numbers as words, the way they are said in British English: `one hundred and one`, `nineteen eighty four`.
//!
//! Plain functions from figures to words; nothing here knows a text. Words are separated by single spaces, never by
//! hyphens.

const ONES: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 10] = [
    "", "", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const SCALES: [&str; 7] = [
    "",
    "thousand",
    "million",
    "billion",
    "trillion",
    "quadrillion",
    "quintillion",
];

/// More figures than this are read one by one: nobody follows quintillions.
const LONGEST: usize = 15;

pub(super) fn cardinal(n: u64) -> String {
    if n == 0 {
        return ONES[0].into();
    }
    let mut words = Vec::new();
    for (power, scale) in SCALES.iter().enumerate().rev() {
        let group = n / 1000u64.pow(power as u32) % 1000;
        if group == 0 {
            continue;
        }
        if power == 0 && group < 100 && !words.is_empty() {
            words.push("and");
        }
        hundreds(group as usize, &mut words);
        if !scale.is_empty() {
            words.push(scale);
        }
    }
    words.join(" ")
}

fn hundreds(n: usize, words: &mut Vec<&str>) {
    if n >= 100 {
        words.extend([ONES[n / 100], "hundred"]);
        if !n.is_multiple_of(100) {
            words.push("and");
        }
    }
    match n % 100 {
        0 => {}
        n @ 1..20 => words.push(ONES[n]),
        n => {
            words.push(TENS[n / 10]);
            if n % 10 > 0 {
                words.push(ONES[n % 10]);
            }
        }
    }
}

pub(super) fn ordinal(n: u64) -> String {
    let words = cardinal(n);
    let cut = words.rfind(' ').map_or(0, |i| i + 1);
    let (start, last) = words.split_at(cut);
    let last = match last {
        "one" => "first".into(),
        "two" => "second".into(),
        "three" => "third".into(),
        "five" => "fifth".into(),
        "eight" => "eighth".into(),
        "nine" => "ninth".into(),
        "twelve" => "twelfth".into(),
        tens if tens.ends_with('y') => format!("{}ieth", &tens[..tens.len() - 1]),
        other => format!("{other}th"),
    };
    format!("{start}{last}")
}

/// One by one. Whatever is no figure is passed over.
pub(super) fn digits(figures: &str) -> String {
    let words: Vec<&str> = figures
        .chars()
        .filter_map(|c| c.to_digit(10))
        .map(|d| ONES[d as usize])
        .collect();
    words.join(" ")
}

/// A whole number as written, separators and all. Figures after a zero, and very many, are read one by one.
pub(super) fn whole(figures: &str) -> String {
    let bare: String = figures.chars().filter(char::is_ascii_digit).collect();
    match bare.parse() {
        Ok(n) if bare.len() <= LONGEST && (bare.len() == 1 || !bare.starts_with('0')) => {
            cardinal(n)
        }
        _ => digits(&bare),
    }
}

/// `3` and `14` are three point one four; `-` or no whole number is left out.
pub(super) fn decimal(figures: &str, decimals: &str) -> String {
    match (figures.is_empty(), decimals.is_empty()) {
        (false, true) => whole(figures),
        (true, _) => format!("point {}", digits(decimals)),
        (false, false) => format!("{} point {}", whole(figures), digits(decimals)),
    }
}

/// Four figures in pairs: nineteen eighty four, nineteen oh five, twelve hundred, two thousand and one.
pub(super) fn year(n: u64) -> String {
    let (century, rest) = (n / 100, n % 100);
    match rest {
        _ if !(10..100).contains(&century) || century % 10 == 0 && rest < 10 => cardinal(n),
        0 => format!("{} hundred", cardinal(century)),
        1..10 => format!("{} oh {}", cardinal(century), cardinal(rest)),
        _ => format!("{} {}", cardinal(century), cardinal(rest)),
    }
}

/// The plural of a decade's last word: nineties, nineteen hundreds.
pub(super) fn decade(n: u64) -> String {
    let words = if n < 100 { cardinal(n) } else { year(n) };
    match words.strip_suffix('y') {
        Some(stem) => format!("{stem}ies"),
        None => format!("{words}s"),
    }
}

/// `article` says "a half" instead of "one half", as after "two and".
pub(super) fn fraction(above: u64, below: u64, article: bool) -> String {
    let one = match below {
        2 => "half".into(),
        4 => "quarter".into(),
        n => ordinal(n),
    };
    let several = if below == 2 {
        "halves".into()
    } else {
        format!("{one}s")
    };
    match above {
        1 if article => format!("{} {one}", if below == 8 { "an" } else { "a" }),
        1 => format!("one {one}"),
        n => format!("{} {several}", cardinal(n)),
    }
}

/// The value of a well-formed Roman numeral in capitals.
pub(super) fn roman(numeral: &str) -> Option<u64> {
    const PARTS: [(&str, u64); 13] = [
        ("M", 1000),
        ("CM", 900),
        ("D", 500),
        ("CD", 400),
        ("C", 100),
        ("XC", 90),
        ("L", 50),
        ("XL", 40),
        ("X", 10),
        ("IX", 9),
        ("V", 5),
        ("IV", 4),
        ("I", 1),
    ];
    let (mut rest, mut value) = (numeral, 0);
    for (part, worth) in PARTS {
        // Only I, X, C and M repeat, three times at most.
        let most = if part.len() == 1 && worth.to_string().starts_with('1') {
            3
        } else {
            1
        };
        for _ in 0..most {
            if let Some(less) = rest.strip_prefix(part) {
                (rest, value) = (less, value + worth);
            }
        }
    }
    (rest.is_empty() && value > 0).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What words say, read back by other rules than they were made by.
    fn value(words: &str) -> u64 {
        let (mut total, mut group) = (0, 0);
        for word in words.split(' ').filter(|w| *w != "and") {
            if let Some(n) = ONES.iter().position(|w| *w == word) {
                group += n as u64;
            } else if let Some(n) = TENS.iter().position(|w| *w == word) {
                group += 10 * n as u64;
            } else if word == "hundred" {
                group *= 100;
            } else {
                let power = SCALES.iter().position(|w| *w == word).unwrap();
                total += group * 1000u64.pow(power as u32);
                group = 0;
            }
        }
        total + group
    }

    #[test]
    fn small_and_round_numbers_are_said_as_people_say_them() {
        let said: Vec<String> = [
            0, 7, 13, 20, 21, 100, 101, 999, 1000, 1001, 1100, 1_000_005, 2_345_678,
        ]
        .map(cardinal)
        .into();
        assert_eq!(
            said,
            [
                "zero",
                "seven",
                "thirteen",
                "twenty",
                "twenty one",
                "one hundred",
                "one hundred and one",
                "nine hundred and ninety nine",
                "one thousand",
                "one thousand and one",
                "one thousand one hundred",
                "one million and five",
                "two million three hundred and forty five thousand six hundred and seventy eight"
            ]
        );
        assert_eq!(
            [1, 2, 3, 12, 20, 21, 100, 111].map(ordinal),
            [
                "first",
                "second",
                "third",
                "twelfth",
                "twentieth",
                "twenty first",
                "one hundredth",
                "one hundred and eleventh"
            ]
        );
        assert_eq!(
            [1066, 1900, 1905, 1984, 2000, 2001, 2025].map(year),
            [
                "ten sixty six",
                "nineteen hundred",
                "nineteen oh five",
                "nineteen eighty four",
                "two thousand",
                "two thousand and one",
                "twenty twenty five"
            ]
        );
        assert_eq!(
            [90, 1990, 1900, 2010].map(decade),
            [
                "nineties",
                "nineteen nineties",
                "nineteen hundreds",
                "twenty tens"
            ]
        );
    }

    #[test]
    fn roman_numerals_are_well_formed_or_nothing() {
        assert_eq!(
            ["I", "IV", "IX", "XIV", "XLII", "XCIX", "MCMLXXXIV", "MMXXV"].map(roman),
            [1, 4, 9, 14, 42, 99, 1984, 2025].map(Some)
        );
        for wrong in ["", "IIII", "VV", "IC", "VX", "ILL", "XM", "LL"] {
            assert_eq!(roman(wrong), None, "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_number_can_be_heard_back(n in 0..10u64.pow(15)) {
            prop_assert_eq!(value(&cardinal(n)), n);
            prop_assert_eq!(whole(&n.to_string()), cardinal(n));
        }

        #[test]
        fn figures_are_all_said(figures in "[0-9]{1,40}") {
            prop_assert_eq!(digits(&figures).split(' ').count(), figures.len());
        }
    }
}
