//! What is read of a text, kind by kind, as it is named in the settings: for a page that shows them all alike.
//!
//! Fails with `gone` for a kind or a treatment that there is not.

use myna_engine::speak::text::Policy;
use serde_json::{Map, Value};

use crate::Error;

/// Every kind that can be set, in the order of a page, and what makes sense for it. What has no shorter form is spoken
/// when it is to be shortened, so that is not offered.
const KINDS: [(&str, &[&str]); 14] = [
    ("url", &["speak", "shorten", "skip", "spell"]),
    ("email", &["speak", "skip", "spell"]),
    ("phone", &["speak", "skip"]),
    ("path", &["speak", "shorten", "skip"]),
    ("id", &["speak", "shorten", "skip"]),
    ("code", &["speak", "skip", "spell"]),
    ("code-block", &["speak", "shorten", "skip"]),
    ("emoji", &["speak", "shorten", "skip"]),
    ("image", &["speak", "skip"]),
    ("citation", &["speak", "skip"]),
    ("table", &["speak", "skip"]),
    ("acronym", &["speak", "spell", "skip"]),
    ("date-order", &["day-first", "month-first"]),
    ("markup", &["markdown", "plain"]),
];

/// A kind, how it is treated, and how it could be.
pub type Kind = (&'static str, String, &'static [&'static str]);

/// Every kind as a policy treats it.
pub fn of(policy: &Policy) -> Result<Vec<Kind>, Error> {
    let all = named(policy)?;
    let kind = |(kind, choices)| {
        let set = all.get(kind).and_then(Value::as_str);
        Ok((kind, set.ok_or(Error::Gone)?.to_owned(), choices))
    };
    KINDS.into_iter().map(kind).collect()
}

/// The policy with another treatment of one kind.
pub fn with(policy: &Policy, kind: &str, treatment: &str) -> Result<Policy, Error> {
    let known = KINDS.iter().find(|known| known.0 == kind);
    let (kind, choices) = known.ok_or(Error::Gone)?;
    if !choices.contains(&treatment) {
        return Err(Error::Gone);
    }
    let mut all = named(policy)?;
    all.insert((*kind).to_owned(), treatment.into());
    serde_json::from_value(all.into()).map_err(|_| Error::Gone)
}

/// By the names that the settings have for them.
fn named(policy: &Policy) -> Result<Map<String, Value>, Error> {
    match serde_json::to_value(policy) {
        Ok(Value::Object(all)) => Ok(all),
        _ => Err(Error::Gone),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use myna_engine::speak::text::{DateOrder, Treatment};

    #[test]
    fn every_kind_of_the_policy_is_here_and_its_usual_treatment_makes_sense() {
        let policy = Policy::default();
        let mut here: Vec<_> = KINDS.iter().map(|(kind, _)| *kind).collect();
        here.sort();
        let all = named(&policy).unwrap();
        let mut there: Vec<_> = all.keys().filter(|kind| *kind != "budget").collect();
        there.sort();
        assert_eq!(here, there);
        for (kind, set, choices) in of(&policy).unwrap() {
            assert!(choices.contains(&set.as_str()), "{kind} = {set}");
        }
    }

    #[test]
    fn one_kind_is_changed_and_no_other() {
        let mut before = Policy::default();
        before.phone = Treatment::Spell;
        let after = with(&before, "url", "skip").unwrap();
        assert_eq!(after.url, Treatment::Skip);
        let after = with(&after, "date-order", "month-first").unwrap();
        assert_eq!(after.date_order, DateOrder::MonthFirst);
        before.url = Treatment::Skip;
        before.date_order = DateOrder::MonthFirst;
        assert_eq!(after, before);
        for (kind, treatment) in [("budget", "speak"), ("url", "sing"), ("markup", "skip")] {
            assert_eq!(with(&before, kind, treatment).unwrap_err().kind(), "gone");
        }
    }
}
