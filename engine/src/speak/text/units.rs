//! Measures: `5 km`, `20°C`, `60 mph`, `10×20 cm`, `5'10"`, `5%`, `3x`.

use super::figures::{Amount, WHOLE, amount};
use super::numbers::{cardinal, decimal, whole, year};
use super::token::{Found, Here, Mark, Said, pattern};

/// As written, for one, for many. Case matters: Mb is not MB, and 5G no weight.
const UNITS: [(&str, &str, &str); 112] = [
    ("km/h", "kilometre per hour", "kilometres per hour"),
    ("kph", "kilometre per hour", "kilometres per hour"),
    ("kmh", "kilometre per hour", "kilometres per hour"),
    ("mph", "mile per hour", "miles per hour"),
    (
        "m/s²",
        "metre per second squared",
        "metres per second squared",
    ),
    ("m/s", "metre per second", "metres per second"),
    ("mpg", "mile per gallon", "miles per gallon"),
    ("km²", "square kilometre", "square kilometres"),
    ("km2", "square kilometre", "square kilometres"),
    ("m²", "square metre", "square metres"),
    ("m2", "square metre", "square metres"),
    ("cm²", "square centimetre", "square centimetres"),
    ("m³", "cubic metre", "cubic metres"),
    ("m3", "cubic metre", "cubic metres"),
    ("cm³", "cubic centimetre", "cubic centimetres"),
    ("sq ft", "square foot", "square feet"),
    ("sq. ft.", "square foot", "square feet"),
    ("sq m", "square metre", "square metres"),
    ("ft²", "square foot", "square feet"),
    ("km", "kilometre", "kilometres"),
    ("cm", "centimetre", "centimetres"),
    ("mm", "millimetre", "millimetres"),
    ("μm", "micrometre", "micrometres"),
    ("nm", "nanometre", "nanometres"),
    ("m", "metre", "metres"),
    ("mi", "mile", "miles"),
    ("yd", "yard", "yards"),
    ("yds", "yard", "yards"),
    ("ft", "foot", "feet"),
    ("in.", "inch", "inches"),
    ("″", "inch", "inches"),
    ("′", "foot", "feet"),
    ("ha", "hectare", "hectares"),
    ("kg", "kilogram", "kilograms"),
    ("kgs", "kilogram", "kilograms"),
    ("mg", "milligram", "milligrams"),
    ("μg", "microgram", "micrograms"),
    ("mcg", "microgram", "micrograms"),
    ("g", "gram", "grams"),
    ("lb", "pound", "pounds"),
    ("lbs", "pound", "pounds"),
    ("oz", "ounce", "ounces"),
    ("t", "tonne", "tonnes"),
    ("ml", "millilitre", "millilitres"),
    ("mL", "millilitre", "millilitres"),
    ("cl", "centilitre", "centilitres"),
    ("dl", "decilitre", "decilitres"),
    ("l", "litre", "litres"),
    ("L", "litre", "litres"),
    ("gal", "gallon", "gallons"),
    ("tsp", "teaspoon", "teaspoons"),
    ("tbsp", "tablespoon", "tablespoons"),
    ("°C", "degree Celsius", "degrees Celsius"),
    ("° C", "degree Celsius", "degrees Celsius"),
    ("ºC", "degree Celsius", "degrees Celsius"),
    ("℃", "degree Celsius", "degrees Celsius"),
    ("°F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("° F", "degree Fahrenheit", "degrees Fahrenheit"),
    ("ºF", "degree Fahrenheit", "degrees Fahrenheit"),
    ("℉", "degree Fahrenheit", "degrees Fahrenheit"),
    ("°", "degree", "degrees"),
    ("h", "hour", "hours"),
    ("hr", "hour", "hours"),
    ("hrs", "hour", "hours"),
    ("min", "minute", "minutes"),
    ("mins", "minute", "minutes"),
    ("s", "second", "seconds"),
    ("sec", "second", "seconds"),
    ("secs", "second", "seconds"),
    ("ms", "millisecond", "milliseconds"),
    ("μs", "microsecond", "microseconds"),
    ("ns", "nanosecond", "nanoseconds"),
    ("yr", "year", "years"),
    ("yrs", "year", "years"),
    ("wk", "week", "weeks"),
    ("wks", "week", "weeks"),
    ("Hz", "hertz", "hertz"),
    ("kHz", "kilohertz", "kilohertz"),
    ("MHz", "megahertz", "megahertz"),
    ("GHz", "gigahertz", "gigahertz"),
    ("W", "watt", "watts"),
    ("kW", "kilowatt", "kilowatts"),
    ("MW", "megawatt", "megawatts"),
    ("GW", "gigawatt", "gigawatts"),
    ("kWh", "kilowatt hour", "kilowatt hours"),
    ("Wh", "watt hour", "watt hours"),
    ("mAh", "milliamp hour", "milliamp hours"),
    ("mA", "milliamp", "milliamps"),
    ("V", "volt", "volts"),
    ("mV", "millivolt", "millivolts"),
    ("kV", "kilovolt", "kilovolts"),
    ("Ω", "ohm", "ohms"),
    ("kJ", "kilojoule", "kilojoules"),
    ("kcal", "kilocalorie", "kilocalories"),
    ("cal", "calorie", "calories"),
    ("dB", "decibel", "decibels"),
    ("kB", "kilobyte", "kilobytes"),
    ("KB", "kilobyte", "kilobytes"),
    ("MB", "megabyte", "megabytes"),
    ("GB", "gigabyte", "gigabytes"),
    ("TB", "terabyte", "terabytes"),
    ("KiB", "kibibyte", "kibibytes"),
    ("MiB", "mebibyte", "mebibytes"),
    ("GiB", "gibibyte", "gibibytes"),
    ("Mbps", "megabit per second", "megabits per second"),
    ("Gbps", "gigabit per second", "gigabits per second"),
    ("px", "pixel", "pixels"),
    ("rpm", "turn per minute", "turns per minute"),
    ("bpm", "beat per minute", "beats per minute"),
    ("hPa", "hectopascal", "hectopascals"),
    ("psi", "pound per square inch", "pounds per square inch"),
    ("bps", "basis point", "basis points"),
];

/// Too short to be sure of, unless they touch the number.
const TOUCHING: [&str; 3] = ["t", "V", "h"];

fn unit(text: &str) -> Option<&'static (&'static str, &'static str, &'static str)> {
    let found = UNITS.iter().filter(|(sign, ..)| {
        text.strip_prefix(sign)
            .is_some_and(|rest| sign.ends_with('°') || !rest.starts_with(char::is_alphanumeric))
    });
    found.max_by_key(|(sign, ..)| sign.len())
}

/// A number and its unit.
pub(super) fn measure(here: &Here) -> Option<Said> {
    let Amount {
        len, words, one, ..
    } = amount(here)?;
    if let Some(f) = pattern!(r"[ \u{a0}]?(%|‰)").captures(here.after(len)) {
        let name = if f.part(1) == "%" {
            "percent"
        } else {
            "per thousand"
        };
        return Said::number(len + f.end(), format!("{words} {name}"));
    }
    // A weather report writes 20C, an oven 180C.
    if let Some(f) = pattern!(r"[CF]\b").captures(here.after(len)) {
        let name = if f.part(0) == "C" {
            "Celsius"
        } else {
            "Fahrenheit"
        };
        let degrees = if one { "degree" } else { "degrees" };
        return Said::number(len + 1, format!("{words} {degrees} {name}"));
    }
    let rest = here.after(len);
    let gap = rest.len() - rest.trim_start_matches([' ', '\u{a0}', '-']).len();
    let unit = (gap <= 2).then(|| unit(&rest[gap..])).flatten()?;
    let (sign, single, several) = unit;
    if gap > 0 && TOUCHING.contains(sign) || rest[..gap].contains('-') && sign.len() == 1 {
        return None;
    }
    let mut len = len + gap + sign.len();
    // The dot of "2 tbsp. of oil" is the unit's.
    if pattern!(r"\. \p{Ll}").is_match(here.after(len)) && sign.len() > 1 {
        len += 1;
    }
    // A five-kilometre run; one and a half kilometres.
    let attribute = rest[..gap].contains('-') || here.describes(len);
    let name = if one || attribute { single } else { several };
    let mut words = format!("{words} {name}");
    if let Some((more, per)) = per(here.after(len)) {
        len += more;
        words = format!("{words} {per}");
    }
    Said::number(len, words)
}

/// `/month`, `/kg`: its length, and as words.
pub(super) fn per(rest: &str) -> Option<(usize, String)> {
    let f = pattern!(r" ?/ ?([a-zA-Zμ°²³]+)").captures(rest)?;
    let name = match f.part(1) {
        "mo" | "mth" => "month",
        "d" => "day",
        "w" => "week",
        "y" | "a" => "year",
        "pp" => "person",
        written => unit(written).map_or(written, |(_, single, _)| single),
    };
    Some((f.end(), format!("per {name}")))
}

/// `per kg`, `the last km`: a unit without its number.
pub(super) fn alone(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        r"(?:km/h|kph|mph|mpg|km|cm|mm|kg|mg|ml|lbs|oz|tsp|tbsp|kHz|MHz|GHz|Hz|kWh|kW|kB|KB|MB|GB|TB|Mbps|Gbps|dB|px|rpm|hrs|mins|secs|yrs)\b"
    ))?;
    let (sign, single, several) = unit(f.part(0))?;
    let one = here.follows(&[
        "per", "a", "an", "one", "each", "every", "the", "first", "last", "next",
    ]);
    here.closed(sign.len())
        .then(|| Said::word(sign.len(), if one { *single } else { *several }))?
}

/// `1080p`, `720p`.
pub(super) fn screen(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"(\d{1,2})(\d0|44)p\b"))?;
    let (pairs, rest) = (f.value(1)?, f.value(2)?);
    (f.end() > 3)
        .then(|| Said::number(f.end(), format!("{} {} P", cardinal(pairs), cardinal(rest))))?
}

/// `10×20`, `10 x 20 x 5`; the unit comes with the last.
pub(super) fn by(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(
        "(",
        WHOLE,
        r"(?:\.\d+)?)[ \u{a0}]?(?:mm|cm|m|ft|in)?[ \u{a0}]?[x×✕][ \u{a0}]?\d"
    ))?;
    let spaced = here.rest()[..f.end()].contains(" ×");
    // `3 × 4 = 12` is a sum.
    if spaced
        && here
            .rest()
            .split(['.', '\n'])
            .next()
            .is_some_and(|line| line.contains('='))
    {
        return None;
    }
    let (figures, decimals) = f.part(1).split_once('.').unwrap_or((f.part(1), ""));
    let words = match figures.parse() {
        Ok(n @ 1010..2100) if figures.len() == 4 => year(n),
        _ => decimal(figures, decimals),
    };
    let unit = pattern!(r"[^x×✕]*?(mm|cm|m|ft|in)[ \u{a0}]?[x×✕]")
        .captures(here.after(f.part(1).len()))
        .and_then(|c| unit(c.part(1)).map(|(_, _, many)| format!(" {many}")))
        .unwrap_or_default();
    Said::number(f.end() - 1, format!("{words}{unit} by"))
}

/// `3x`, `2.5×`.
pub(super) fn times(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r"(\d+)(?:\.(\d+))?[x×]"))?;
    let words = decimal(f.part(1), f.part(2));
    // `3x + 2` is algebra.
    let algebra = here
        .after(f.end())
        .trim_start()
        .starts_with(['+', '-', '=', '\u{2212}']);
    (here.closed(f.end()) && !algebra).then(|| Said::number(f.end(), format!("{words} times")))?
}

/// `5'10"`, `6'`: a person's height.
pub(super) fn feet(here: &Here) -> Option<Said> {
    let f = here.find(pattern!(r#"(\d{1,2})['′] ?(\d{1,2})(?:"|″|'')"#))?;
    let (feet, inches) = (f.value(1)?, f.value(2)?);
    let name = |n, one: &'static str, many: &'static str| if n == 1 { one } else { many };
    let words = format!(
        "{} {} {} {}",
        cardinal(feet),
        name(feet, "foot", "feet"),
        cardinal(inches),
        name(inches, "inch", "inches")
    );
    Said::number(f.end(), words)
}

/// `10k`, `2M`, `7B`: thousands, millions, billions. `4K` is a screen and stays one.
pub(super) fn scaled(here: &Here) -> Option<Said> {
    const PLACES: [&str; 9] = [
        "room",
        "flat",
        "unit",
        "gate",
        "seat",
        "apartment",
        "platform",
        "class",
        "row",
    ];
    let f = here.find(pattern!("(", WHOLE, r")(?:\.(\d+))?(k|m|M|B|bn|mn)\b\+?"))?;
    let next = here.next_word(f.end());
    let scale = match f.part(3) {
        "k" => "thousand",
        "M" | "mn" => "million",
        // 1.2m copies, but 2m across.
        "m" if next == "people"
            || next.len() > 3 && next.ends_with('s') && !next.ends_with("ss") =>
        {
            "million"
        }
        "m" => return None,
        "B" if here.follows(&PLACES) => return None,
        _ => "billion",
    };
    let plus = if here.rest()[..f.end()].ends_with('+') {
        " plus"
    } else {
        ""
    };
    let (figures, decimals) = (f.part(1), f.part(2));
    let words = decimal(figures, decimals);
    Said::of(
        f.end(),
        format!("{words} {scale}{plus}"),
        Mark::Number(None),
    )
}

/// `100+`.
pub(super) fn and_more(here: &Here) -> Option<Said> {
    let f = here.find(pattern!("(", WHOLE, r")\+(?:\s|$|[.,;!?)])"))?;
    let len = f.part(1).len() + 1;
    Said::number(len, format!("{} plus", whole(f.part(1))))
}
