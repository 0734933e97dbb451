//! The ways to what is marked in a program, gentlest first, and when the next one is taken.
//!
//! Ask the program; press Copy in its menu; type ⌘C. The way that worked in a program comes first there the next time.
//! Fails with `stale_grant` where no program answers although Myna is allowed to ask; a program that hangs, or tells
//! nothing on any way, counts as nothing marked.

use serde::{Deserialize, Serialize};

use super::memory::Memory;
use crate::Error;

/// A way to what is marked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Step {
    /// Accessibility tells it.
    Ask,
    /// The program's own Copy, through its menu.
    Menu,
    /// ⌘C, as if typed.
    Keys,
}

const GENTLEST_FIRST: [Step; 3] = [Step::Ask, Step::Menu, Step::Keys];

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Text(String),
    /// Nothing is marked, or nothing that may be read: other ways would find nothing either.
    Nothing,
    /// It cannot be told: the way does not work here, or nothing is marked.
    Silent,
}

/// The steps, carried out, in one program.
pub trait Ways {
    /// Whether the program answers at all.
    fn answers(&mut self) -> bool;
    /// Whether a program does that always runs.
    fn another_answers(&mut self) -> bool;
    fn take(&mut self, step: Step) -> Outcome;
}

/// What is marked in a program; empty where nothing is, or the program does not tell.
pub fn climb(program: &str, memory: &mut Memory, ways: &mut impl Ways) -> Result<String, Error> {
    if !ways.answers() {
        // A program that hangs is left alone: it would copy later, when nobody expects it.
        return match ways.another_answers() {
            true => Ok(String::new()),
            false => Err(Error::StaleGrant),
        };
    }
    let known = memory.step(program);
    for step in order(known) {
        match ways.take(step) {
            Outcome::Text(text) if !text.trim().is_empty() => {
                memory.worked(program, step);
                return Ok(text);
            }
            Outcome::Nothing => return Ok(String::new()),
            Outcome::Text(_) | Outcome::Silent if known == Some(step) => memory.forget(program),
            Outcome::Text(_) | Outcome::Silent => {}
        }
    }
    Ok(String::new())
}

/// The known way, then all others.
fn order(known: Option<Step>) -> impl Iterator<Item = Step> {
    let others = GENTLEST_FIRST
        .into_iter()
        .filter(move |&step| known != Some(step));
    known.into_iter().chain(others)
}

/// An entry of a program's menu, as Accessibility describes it.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The letter of its key.
    pub letter: Option<String>,
    /// What is held with it beside ⌘: bits for ⇧ (1), ⌥ (2), ⌃ (4), and 8 for no ⌘.
    pub held: i64,
}

impl Entry {
    /// Found by its key, which is the same in every language; its words are not.
    pub fn copies(&self) -> bool {
        self.held == 0
            && self
                .letter
                .as_deref()
                .is_some_and(|l| l.eq_ignore_ascii_case("c"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A program of which each step comes to what is written here.
    struct Program {
        answers: bool,
        another: bool,
        outcomes: [Outcome; 3],
        taken: Vec<Step>,
    }

    impl Program {
        fn with(ask: Outcome, menu: Outcome, keys: Outcome) -> Self {
            Self {
                answers: true,
                another: true,
                outcomes: [ask, menu, keys],
                taken: Vec::new(),
            }
        }
    }

    impl Ways for Program {
        fn answers(&mut self) -> bool {
            self.answers
        }
        fn another_answers(&mut self) -> bool {
            self.another
        }
        fn take(&mut self, step: Step) -> Outcome {
            self.taken.push(step);
            self.outcomes[step as usize].clone()
        }
    }

    fn text(words: &str) -> Outcome {
        Outcome::Text(words.into())
    }

    fn memory() -> (tempfile::TempDir, Memory) {
        let folder = tempfile::tempdir().unwrap();
        let memory = Memory::at(folder.path().join("selection.json"));
        (folder, memory)
    }

    use Outcome::{Nothing, Silent};
    use Step::{Ask, Keys, Menu};

    #[test]
    fn a_program_that_tells_is_only_asked() {
        let (_folder, mut memory) = memory();
        let mut program = Program::with(text("Marked."), text("x"), text("x"));
        assert_eq!(climb("a", &mut memory, &mut program).unwrap(), "Marked.");
        assert_eq!(program.taken, [Ask]);
        assert_eq!(memory.step("a"), None, "asking comes first anyway");
    }

    #[test]
    fn what_worked_comes_first_the_next_time() {
        let (_folder, mut memory) = memory();
        let mut program = Program::with(Silent, Silent, text("Typed."));
        assert_eq!(climb("a", &mut memory, &mut program).unwrap(), "Typed.");
        assert_eq!(program.taken, [Ask, Menu, Keys]);
        program.taken.clear();
        assert_eq!(climb("a", &mut memory, &mut program).unwrap(), "Typed.");
        assert_eq!(program.taken, [Keys]);
        program.taken.clear();
        climb("b", &mut memory, &mut program).unwrap();
        assert_eq!(program.taken, [Ask, Menu, Keys], "each program by itself");
    }

    #[test]
    fn what_fails_is_forgotten_and_the_others_are_tried() {
        let (_folder, mut memory) = memory();
        memory.worked("a", Menu);
        let mut program = Program::with(text("Asked."), Silent, text("x"));
        assert_eq!(climb("a", &mut memory, &mut program).unwrap(), "Asked.");
        assert_eq!(program.taken, [Menu, Ask]);
        assert_eq!(memory.step("a"), None);
    }

    #[test]
    fn where_nothing_can_be_copied_no_key_is_typed_and_nothing_forgotten() {
        let (_folder, mut memory) = memory();
        memory.worked("a", Menu);
        let mut program = Program::with(Silent, Nothing, text("x"));
        assert_eq!(climb("a", &mut memory, &mut program).unwrap(), "");
        assert_eq!(program.taken, [Menu]);
        assert_eq!(memory.step("a"), Some(Menu));
    }

    #[test]
    fn blanks_are_nothing_marked() {
        let (_folder, mut memory) = memory();
        let mut program = Program::with(text(" \n"), text("\t"), Silent);
        assert_eq!(climb("a", &mut memory, &mut program).unwrap(), "");
        assert_eq!(program.taken, [Ask, Menu, Keys]);
    }

    #[test]
    fn a_program_that_hangs_is_left_alone() {
        let (_folder, mut memory) = memory();
        let mut program = Program::with(text("x"), text("x"), text("x"));
        program.answers = false;
        assert_eq!(climb("a", &mut memory, &mut program).unwrap(), "");
        assert!(program.taken.is_empty());
    }

    #[test]
    fn a_permission_that_no_program_honours_is_stale() {
        let (_folder, mut memory) = memory();
        let mut program = Program::with(text("x"), text("x"), text("x"));
        (program.answers, program.another) = (false, false);
        let error = climb("a", &mut memory, &mut program).unwrap_err();
        assert_eq!(error.kind(), "stale_grant");
        assert!(program.taken.is_empty());
    }

    #[test]
    fn copy_is_known_by_its_key() {
        let entry = |letter: &str, held| Entry {
            letter: Some(letter.into()),
            held,
        };
        assert!(entry("C", 0).copies() && entry("c", 0).copies());
        for other in [
            entry("C", 1),
            entry("C", 2),
            entry("C", 8),
            entry("X", 0),
            entry("", 0),
        ] {
            assert!(!other.copies(), "{other:?}");
        }
        assert!(!Entry::default().copies());
    }
}
