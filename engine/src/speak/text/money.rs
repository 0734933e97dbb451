//! Prices: `$5.50`, `£2.5m`, `50 €`, `USD 1,200`, `99p`, `$10/month`.

use super::figures::{Amount, WHOLE, amount};
use super::numbers::whole;
use super::token::{Found, Here, Said, pattern};
use super::units;

struct Currency {
    sign: &'static str,
    one: &'static str,
    many: &'static str,
    /// A hundredth, one and many; empty where nobody uses them.
    parts: [&'static str; 2],
}

const fn of(
    sign: &'static str,
    one: &'static str,
    many: &'static str,
    parts: [&'static str; 2],
) -> Currency {
    Currency {
        sign,
        one,
        many,
        parts,
    }
}

const CENTS: [&str; 2] = ["cent", "cents"];
const NONE: [&str; 2] = ["", ""];

/// Longer signs before the shorter ones that they end with.
const CURRENCIES: [Currency; 40] = [
    of("US$", "U S dollar", "U S dollars", CENTS),
    of("CA$", "Canadian dollar", "Canadian dollars", CENTS),
    of("AU$", "Australian dollar", "Australian dollars", CENTS),
    of("NZ$", "New Zealand dollar", "New Zealand dollars", CENTS),
    of("HK$", "Hong Kong dollar", "Hong Kong dollars", CENTS),
    of("A$", "Australian dollar", "Australian dollars", CENTS),
    of("C$", "Canadian dollar", "Canadian dollars", CENTS),
    of("S$", "Singapore dollar", "Singapore dollars", CENTS),
    of("R$", "real", "reais", ["centavo", "centavos"]),
    of("$", "dollar", "dollars", CENTS),
    of("£", "pound", "pounds", ["penny", "pence"]),
    of("€", "euro", "euros", CENTS),
    of("¥", "yen", "yen", NONE),
    of("₹", "rupee", "rupees", ["paisa", "paise"]),
    of("₩", "won", "won", NONE),
    of("₽", "rouble", "roubles", ["kopeck", "kopecks"]),
    of("₺", "lira", "lira", NONE),
    of("₪", "shekel", "shekels", NONE),
    of("₴", "hryvnia", "hryvnia", NONE),
    of("₫", "dong", "dong", NONE),
    of("฿", "baht", "baht", NONE),
    of("₿", "bitcoin", "bitcoins", NONE),
    of("USD", "U S dollar", "U S dollars", CENTS),
    of("EUR", "euro", "euros", CENTS),
    of("GBP", "pound", "pounds", ["penny", "pence"]),
    of("JPY", "yen", "yen", NONE),
    of("CHF", "Swiss franc", "Swiss francs", NONE),
    of("CAD", "Canadian dollar", "Canadian dollars", CENTS),
    of("AUD", "Australian dollar", "Australian dollars", CENTS),
    of("NZD", "New Zealand dollar", "New Zealand dollars", CENTS),
    of("HKD", "Hong Kong dollar", "Hong Kong dollars", CENTS),
    of("SGD", "Singapore dollar", "Singapore dollars", CENTS),
    of("INR", "rupee", "rupees", NONE),
    of("CNY", "yuan", "yuan", NONE),
    of("SEK", "Swedish krona", "Swedish kronor", NONE),
    of("NOK", "Norwegian krone", "Norwegian kroner", NONE),
    of("DKK", "Danish krone", "Danish kroner", NONE),
    of("PLN", "zloty", "zloty", NONE),
    of("BTC", "bitcoin", "bitcoins", NONE),
    of("ETH", "ether", "ether", NONE),
];

fn currency(text: &str) -> Option<&'static Currency> {
    CURRENCIES.iter().find(|c| text.starts_with(c.sign))
}

fn name(currency: &Currency, one: bool) -> &'static str {
    if one { currency.one } else { currency.many }
}

/// The sign first.
pub(super) fn sign_first(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"([-+\u{2212}~]?)((?:US|CA|AU|NZ|HK|A|C|S|R)?\$|[£€¥₹₩₽₺₪₴₫฿₿]|(?:USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|HKD|SGD|INR|CNY|SEK|NOK|DKK|PLN|BTC|ETH)\b)[ \u{a0}]?([-\u{2212}]?)(?:\d|\.\d)"
    ))?;
    if !here.fresh() {
        return None;
    }
    let mut start = f.end() - 1;
    // The figure itself is the amount's; so is a leading dot.
    if here.rest()[..start].ends_with('.') {
        start -= 1;
    }
    let there = Here {
        at: here.at + start,
        ..*here
    };
    let price = price(&there, here, currency(f.part(2))?)?;
    let sign = match (f.part(1), f.part(3)) {
        ("+", _) => "plus ",
        ("~", _) => "about ",
        ("", "") => "",
        _ => "minus ",
    };
    Said::number(start + price.len, format!("{sign}{}", price.words))
}

/// The sign behind the number: `50 €`, `20 USD`, `99p`, `5¢`.
pub(super) fn sign_last(here: &Here) -> Option<Said> {
    if let Some(f) = here.find(pattern!("(", WHOLE, r")(?:[ \u{a0}]?(¢)|(p)\b)")) {
        let (one, many) = if f.part(2).is_empty() {
            ("penny", "pence")
        } else {
            ("cent", "cents")
        };
        // From two hundred on it is a screen: 720p.
        let few = f.part(1).len() < 3 || f.part(1).starts_with('1') && f.part(1).len() == 3;
        let unit = if f.value(1) == Some(1) { one } else { many };
        return (few && here.closed(f.end()))
            .then(|| Said::number(f.end(), format!("{} {unit}", whole(f.part(1)))))?;
    }
    // Points and commas the other way round: 1.234,56 €.
    if let Some(f) = here.find(pattern!(r"(\d{1,3}(?:\.\d{3})+|\d+),(\d\d)[ \u{a0}]?(€)")) {
        let amount = Amount {
            len: f.end(),
            words: whole(f.part(1)),
            one: false,
            value: None,
            whole: f.part(1).replace('.', ""),
            decimals: f.part(2).to_owned(),
        };
        let words = coins(&amount, currency(f.part(3))?)?;
        return Said::number(f.end(), words);
    }
    let amount = amount(here)?;
    let rest = here.after(amount.len);
    let gap = rest.len() - rest.trim_start_matches([' ', '\u{a0}']).len();
    let mark = &rest[gap..];
    let behind = pattern!(
        r"[£€¥₹₩₽₺₪₴₫฿₿$]|(?:USD|EUR|GBP|JPY|CHF|CAD|AUD|NZD|HKD|SGD|INR|CNY|SEK|NOK|DKK|PLN|BTC|ETH)\b"
    );
    if gap > 2 || !behind.is_match(mark) {
        return None;
    }
    let currency = currency(mark)?;
    let len = amount.len + gap + currency.sign.len();
    // `5 $10 notes`: the sign belongs to what follows.
    if here.after(len).starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let words = whole_price(&amount, currency, here.describes(len));
    Said::number(len, words)
}

struct Price {
    len: usize,
    words: String,
}

/// An amount, its magnitude, and per what; `sign` is where its sign is.
fn price(here: &Here, sign: &Here, currency: &Currency) -> Option<Price> {
    let amount = amount(here)?;
    let describes = |len| sign.describes(len + here.at - sign.at);
    let f = pattern!(
        r"(?:[ \u{a0}]?(hundred|thousand|million|billion|trillion)\b|[ \u{a0}]?(bn|tn|mn|mm)\b|([kKmMbBtT])\b)(?: ?(million|billion)\b)?"
    )
    .captures(here.after(amount.len));
    let (mut len, mut words) = match f {
        Some(f) => {
            let scale = match (f.part(1), f.part(2), f.part(3)) {
                ("", "", "k" | "K") => "thousand",
                ("", "", "m" | "M") | ("", "mn" | "mm", _) => "million",
                ("", "", "b" | "B") | ("", "bn", _) => "billion",
                ("", "", _) | ("", "tn", _) => "trillion",
                (word, ..) => word,
            };
            let len = amount.len + f.end();
            let words = format!(
                "{} {scale} {}",
                amount.words,
                name(currency, describes(len))
            );
            (len, words)
        }
        None => (
            amount.len,
            whole_price(&amount, currency, describes(amount.len)),
        ),
    };
    if !here.closed_number(len) {
        return None;
    }
    if let Some((more, per)) = units::per(here.after(len)) {
        len += more;
        words = format!("{words} {per}");
    }
    Some(Price { len, words })
}

fn whole_price(amount: &Amount, currency: &Currency, describes: bool) -> String {
    coins(amount, currency).unwrap_or_else(|| {
        let name = name(currency, amount.one || describes);
        format!("{} {name}", amount.words)
    })
}

/// `5.50` as coins; None for other than two decimals.
fn coins(amount: &Amount, currency: &Currency) -> Option<String> {
    let cents: u64 = amount.decimals.parse().ok()?;
    if amount.decimals.len() != 2 || currency.parts[0].is_empty() {
        return None;
    }
    let units = whole(if amount.whole.is_empty() {
        "0"
    } else {
        &amount.whole
    });
    let small = currency.parts[usize::from(cents != 1)];
    let coins = format!("{} {small}", super::numbers::cardinal(cents));
    Some(match (units.as_str(), cents) {
        (_, 0) => format!("{units} {}", name(currency, units == "one")),
        ("zero", _) => coins,
        _ => format!("{units} {} and {coins}", name(currency, units == "one")),
    })
}
