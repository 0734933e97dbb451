//! How the app is started: people start it by a click, scripts by `./dev app`, and the desktop with a link.

use crate::link;

/// What the command line asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// Open the popover at once instead of waiting for a click on the tray icon.
    pub show: bool,
    /// A link to follow.
    pub link: Option<String>,
}

impl Start {
    /// Reads the arguments after the program's name; an unknown one is answered with the usage line.
    pub fn from_args(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut start = Self::default();
        for arg in args {
            match arg.as_str() {
                "--show" => start.show = true,
                address if link::is_link(address) => start.link = Some(arg.clone()),
                // Finder of older systems adds a process serial number.
                psn if psn.starts_with("-psn_") => {}
                other => {
                    return Err(format!(
                        "unknown option {other}\nusage: myna-app [--show] [LINK]"
                    ));
                }
            }
        }
        Ok(start)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(args: &[&str]) -> Result<Start, String> {
        Start::from_args(args.iter().map(|a| a.to_string()))
    }

    #[test]
    fn stays_hidden_unless_asked() {
        assert_eq!(parse(&[]), Ok(Start::default()));
        assert!(parse(&["--show"]).unwrap().show);
    }

    #[test]
    fn answers_an_unknown_option_with_the_usage() {
        let usage = parse(&["--shout"]).unwrap_err();
        assert!(usage.contains("--shout") && usage.contains("usage:"));
    }

    #[test]
    fn ignores_the_process_number_that_finder_adds() {
        assert_eq!(parse(&["-psn_0_12345"]), Ok(Start::default()));
    }

    #[test]
    fn takes_a_link_from_the_desktop() {
        let start = parse(&["myna://speak?text=a"]).unwrap();
        assert_eq!(start.link.as_deref(), Some("myna://speak?text=a"));
        assert!(!start.show);
    }
}
