//! Links to the app: `myna://speak?text=…`. Any page and any program can open one, so a link does nothing by itself: its text is
//! shown, and spoken when a person says so.
//!
//! A link comes as an argument of a start (Linux) or as an event (a Mac); both are in Tauri itself, so no plugin is needed for
//! them, and the scheme is written into the bundles from `plugins.deep-link` of the configuration. Fails with `link` for
//! anything that is not exactly such a link.

use tauri::Url;

use crate::Error;

/// How a link begins, in any case.
const SCHEME: &str = "myna";
/// Of the text, in characters: some pages. Longer ones are refused and not cut, since nobody would see where.
const LONGEST: usize = 5_000;
/// Of the address, in bytes, each character of the text written as up to four bytes of three signs.
const LONGEST_ADDRESS: usize = LONGEST * 12 + 100;

/// Whether an argument of a start is meant to be a link.
pub fn is_link(argument: &str) -> bool {
    let scheme = argument.split_once(':').map(|(scheme, _)| scheme);
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
}

/// The text that a link wants spoken: what can be read, and no signs that would hide some of it.
pub fn text(address: &str) -> Result<String, Error> {
    if address.len() > LONGEST_ADDRESS {
        return Err(Error::Link("it is too long"));
    }
    let url = Url::parse(address).map_err(|_| Error::Link("it is no address"))?;
    let place = (url.scheme(), url.host_str(), url.path().trim_matches('/'));
    if !matches!(place, (SCHEME, Some("speak"), "")) {
        return Err(Error::Link("Myna only speaks"));
    }
    let mut texts = url.query_pairs().filter(|(key, _)| key == "text");
    let (Some((_, text)), None) = (texts.next(), texts.next()) else {
        return Err(Error::Link("it has no text, or several"));
    };
    let text: String = text.chars().filter(|c| !hides(*c)).collect();
    match text.trim() {
        "" => Err(Error::Link("its text is empty")),
        text if text.chars().count() > LONGEST => Err(Error::Link("its text is too long")),
        text => Ok(text.to_owned()),
    }
}

/// Control characters but the ends of lines, and those that turn the direction of what is shown around.
fn hides(c: char) -> bool {
    let turns = matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    turns || (c.is_control() && !matches!(c, '\n' | '\t'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_what_was_written() {
        for (link, expected) in [
            ("myna://speak?text=Hello%20there.", "Hello there."),
            ("MYNA://speak/?text=a+b&from=page", "a b"),
            (
                "myna://speak?text=Gr%C3%BC%C3%9Fe%0Aund%20mehr",
                "Grüße\nund mehr",
            ),
            ("myna://speak?text=%26%3D%3F%23", "&=?#"),
            ("myna://speak?text=a%00%1b[2J%E2%80%AEb", "a[2Jb"),
            ("myna://speak?text=%FF%FE", "\u{fffd}\u{fffd}"),
            ("myna://speak?text=%3Cb%3E%zz", "<b>%zz"),
        ] {
            assert_eq!(text(link).unwrap(), expected, "{link}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let long = "ü".repeat(LONGEST + 1);
        let longer = "%20".repeat(1 << 20);
        for link in [
            "",
            "myna:",
            "myna:speak?text=a",
            "myna://",
            "myna://speak",
            "myna://speak?text=",
            "myna://speak?text=%20%00%0A",
            "myna://speak?text=a&text=b",
            "myna://speak?Text=a",
            "myna://speak/aloud?text=a",
            "myna://quit?text=a",
            "myna://record?text=a",
            "myna://user@speak:9?text",
            "myna://[speak?text=a",
            "http://speak?text=a",
            "mynas://speak?text=a",
            "file:///etc/passwd",
            "--show",
            &format!("myna://speak?text={long}"),
            &format!("myna://speak?text={longer}"),
        ] {
            let refused = text(link).expect_err(link);
            assert_eq!(refused.kind(), "link");
        }
        let longest = "ü".repeat(LONGEST);
        assert_eq!(
            text(&format!("myna://speak?text={longest}")).unwrap(),
            longest
        );
    }

    #[test]
    fn an_argument_is_a_link_by_its_scheme_alone() {
        assert!(is_link("myna://speak?text=a") && is_link("Myna:nonsense"));
        assert!(!is_link("--show") && !is_link("mynas://a") && !is_link("myna"));
    }
}
