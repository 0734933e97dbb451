//! Why an engine is no more, and what a person is told of it.

use super::super::link::Ending;
use super::super::protocol::Failure;
use crate::error::ENGINE;

/// Why an engine is no more.
pub(super) enum Loss {
    Ended,
    Garbage(String),
    NoStart,
    Silent,
    Stuck,
}

impl Loss {
    pub(super) fn reason(&self, ending: &Ending) -> Failure {
        const HANGS: &str =
            "The machine may be short of memory: close other programs and try again.";
        let (how, hint) = match self {
            Loss::Ended => ending.sentence(),
            Loss::Garbage(why) => (
                format!("was ended because it wrote what it should not ({why})"),
                "This is a defect in Myna; try again.",
            ),
            Loss::NoStart => ("was ended because it did not get ready".into(), HANGS),
            Loss::Silent => ("was ended because it gave no sign of life".into(), HANGS),
            Loss::Stuck => ("was ended because it did not get on".into(), HANGS),
        };
        failure(format!("the engine process {how}"), hint)
    }
}

/// A failure of the engine itself.
pub(super) fn failure(message: String, hint: &str) -> Failure {
    Failure {
        kind: ENGINE.into(),
        message,
        hint: hint.into(),
    }
}
