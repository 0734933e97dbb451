//! How the app is started. Two options only: people start it by a click, scripts by `./dev app`.

/// What the command line asks for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Start {
    /// Open the popover at once instead of waiting for a click on the tray icon.
    pub show: bool,
}

impl Start {
    /// Reads the arguments after the program's name; an unknown one is answered with the usage line.
    pub fn from_args(args: impl IntoIterator<Item = String>) -> Result<Self, String> {
        let mut start = Self::default();
        for arg in args {
            match arg.as_str() {
                "--show" => start.show = true,
                // Finder of older systems adds a process serial number.
                psn if psn.starts_with("-psn_") => {}
                other => return Err(format!("unknown option {other}\nusage: myna-app [--show]")),
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
        assert_eq!(parse(&[]), Ok(Start { show: false }));
        assert_eq!(parse(&["--show"]), Ok(Start { show: true }));
    }

    #[test]
    fn answers_an_unknown_option_with_the_usage() {
        let usage = parse(&["--shout"]).unwrap_err();
        assert!(usage.contains("--shout") && usage.contains("usage:"));
    }

    #[test]
    fn ignores_the_process_number_that_finder_adds() {
        assert_eq!(parse(&["-psn_0_12345"]), Ok(Start { show: false }));
    }
}
