//! The pasteboard, borrowed: what a program copies is read from it, and what was there before is put back.
//!
//! Nothing is borrowed that could not be given back: a pasteboard of which something cannot be held is left alone. Every
//! wait has an end.

use super::ladder::Outcome;

/// How long a program may take to copy, in looks at the pasteboard ([`Board::pause`], a hundredth of a second).
const PATIENCE: u32 = 60;
/// Programs write in several goes; after this many looks without a change it is theirs to read.
const SETTLED: u32 = 3;
/// More than this is not held in memory, bytes; tests need not fill it.
const LARGEST: usize = if cfg!(test) { 1 << 20 } else { 256 << 20 };

/// One thing on the pasteboard: its types, and what is there of each. A type of which nothing is there could not be pasted
/// before and will not be afterwards.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Item(pub Vec<(String, Option<Vec<u8>>)>);

impl Item {
    /// There is something to hold, or nothing was offered.
    fn held(&self) -> bool {
        self.0.is_empty() || self.0.iter().any(|(_, data)| data.is_some())
    }

    fn size(&self) -> usize {
        let each = self.0.iter().flat_map(|(_, data)| data);
        each.map(Vec::len).sum()
    }
}

pub trait Board {
    /// Grows whenever somebody writes.
    fn count(&self) -> isize;
    fn items(&self) -> Vec<Item>;
    fn text(&self) -> Option<String>;
    /// Instead of all that is there. False where the system refused.
    fn put(&mut self, items: &[Item]) -> bool;
    /// Lets a hundredth of a second pass.
    fn pause(&mut self);
}

struct Kept {
    count: isize,
    items: Vec<Item>,
}

/// Gives back when it is dropped.
pub struct Loan<B: Board> {
    board: B,
    kept: Option<Kept>,
}

impl<B: Board> Loan<B> {
    pub fn of(board: B) -> Self {
        Self { board, kept: None }
    }

    /// What a program copies when told to. `copy` says whether it could be told.
    pub fn copied(&mut self, copy: impl FnOnce() -> bool) -> Outcome {
        let Some(before) = self.keep() else {
            return Outcome::Silent;
        };
        // A way that was tried before may have worked late.
        let late = self.board.count() != before;
        if !late && !copy() {
            return Outcome::Silent;
        }
        let (mut last, mut still) = (before, 0);
        for _ in 0..PATIENCE {
            self.board.pause();
            let count = self.board.count();
            still = if count == last { still + 1 } else { 0 };
            last = count;
            if count != before
                && still >= SETTLED
                && let Some(text) = self.board.text()
            {
                return Outcome::Text(text);
            }
        }
        if last == before {
            return Outcome::Silent;
        }
        // A picture alone: something is marked, but no text.
        self.board.text().map_or(Outcome::Nothing, Outcome::Text)
    }

    /// Holds what is there, once. None where that cannot be done.
    fn keep(&mut self) -> Option<isize> {
        if self.kept.is_none() {
            let count = self.board.count();
            let items = self.board.items();
            // Somebody wrote meanwhile: what was read may be half of each.
            let torn = self.board.count() != count;
            let size: usize = items.iter().map(Item::size).sum();
            if torn || size > LARGEST || !items.iter().all(Item::held) {
                return None;
            }
            self.kept = Some(Kept { count, items });
        }
        self.kept.as_ref().map(|kept| kept.count)
    }
}

impl<B: Board> Drop for Loan<B> {
    fn drop(&mut self) {
        let Some(kept) = self.kept.take() else {
            return;
        };
        if self.board.count() != kept.count && !self.board.put(&kept.items) {
            eprintln!("myna-app: the clipboard could not be put back");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;
    use std::rc::Rc;

    use super::*;

    #[derive(Default)]
    struct Desk {
        count: isize,
        items: Vec<Item>,
        pauses: u32,
        /// What programs write, and after how many pauses.
        coming: Vec<(u32, Vec<Item>)>,
        refuses: bool,
    }

    #[derive(Default, Clone)]
    struct Fake(Rc<RefCell<Desk>>);

    impl Fake {
        fn with(items: Vec<Item>) -> Self {
            let fake = Self::default();
            fake.0.borrow_mut().items = items;
            fake
        }

        fn comes(&self, after: u32, items: Vec<Item>) {
            let mut desk = self.0.borrow_mut();
            let at = desk.pauses + after;
            desk.coming.push((at, items));
        }

        fn items(&self) -> Vec<Item> {
            self.0.borrow().items.clone()
        }
    }

    impl Board for Fake {
        fn count(&self) -> isize {
            self.0.borrow().count
        }
        fn items(&self) -> Vec<Item> {
            self.items()
        }
        fn text(&self) -> Option<String> {
            let desk = self.0.borrow();
            let mut types = desk.items.iter().flat_map(|item| &item.0);
            let (_, data) = types.find(|(name, _)| name == "text")?;
            String::from_utf8(data.clone()?).ok()
        }
        fn put(&mut self, items: &[Item]) -> bool {
            let mut desk = self.0.borrow_mut();
            desk.count += 1;
            desk.items = items.to_vec();
            !desk.refuses
        }
        fn pause(&mut self) {
            let mut desk = self.0.borrow_mut();
            desk.pauses += 1;
            let now = desk.pauses;
            let ready = desk.coming.iter().position(|(at, _)| *at <= now);
            if let Some(ready) = ready {
                desk.items = desk.coming.remove(ready).1;
                desk.count += 1;
            }
        }
    }

    fn item(types: &[(&str, &[u8])]) -> Item {
        let held = types.iter();
        Item(
            held.map(|(name, data)| (name.to_string(), Some(data.to_vec())))
                .collect(),
        )
    }

    fn before() -> Vec<Item> {
        vec![
            item(&[("picture", &[0, 159, 146, 150]), ("text", b"alt")]),
            item(&[("file", b"file:///a"), ("secret", b"")]),
        ]
    }

    #[test]
    fn every_item_and_type_is_put_back() {
        let board = Fake::with(before());
        let mut loan = Loan::of(board.clone());
        let outcome = loan.copied(|| {
            board.comes(2, vec![item(&[("text", "Märked".as_bytes())])]);
            true
        });
        assert_eq!(outcome, Outcome::Text("Märked".into()));
        assert_ne!(board.items(), before());
        drop(loan);
        assert_eq!(board.items(), before());
    }

    #[test]
    fn an_empty_pasteboard_is_empty_again() {
        let board = Fake::default();
        let mut loan = Loan::of(board.clone());
        board.comes(1, vec![item(&[("text", b"x")])]);
        assert_eq!(loan.copied(|| true), Outcome::Text("x".into()));
        drop(loan);
        assert!(board.items().is_empty());
    }

    #[test]
    fn a_program_that_writes_in_several_goes_is_waited_for() {
        let board = Fake::with(before());
        let mut loan = Loan::of(board.clone());
        board.comes(1, vec![]);
        board.comes(3, vec![item(&[("text", b"half")])]);
        board.comes(4, vec![item(&[("text", b"whole"), ("rich", b"whole")])]);
        assert_eq!(loan.copied(|| true), Outcome::Text("whole".into()));
    }

    #[test]
    fn where_nothing_comes_the_wait_ends_and_nothing_is_written() {
        let board = Fake::with(before());
        let mut loan = Loan::of(board.clone());
        assert_eq!(loan.copied(|| true), Outcome::Silent);
        assert_eq!(board.0.borrow().pauses, PATIENCE);
        drop(loan);
        assert_eq!(board.count(), 0);
    }

    #[test]
    fn a_program_that_cannot_be_told_is_not_waited_for() {
        let board = Fake::with(before());
        assert_eq!(Loan::of(board.clone()).copied(|| false), Outcome::Silent);
        assert_eq!(board.0.borrow().pauses, 0);
    }

    #[test]
    fn a_copy_that_comes_late_is_taken_by_the_next_step() {
        let board = Fake::with(before());
        let mut loan = Loan::of(board.clone());
        board.comes(PATIENCE + 1, vec![item(&[("text", b"late")])]);
        assert_eq!(loan.copied(|| true), Outcome::Silent);
        board.clone().pause();
        let again = loan.copied(|| panic!("told twice"));
        assert_eq!(again, Outcome::Text("late".into()));
        drop(loan);
        assert_eq!(board.items(), before());
    }

    #[test]
    fn a_picture_is_no_text_and_is_taken_away_again() {
        let board = Fake::with(before());
        let mut loan = Loan::of(board.clone());
        board.comes(1, vec![item(&[("picture", b"p")])]);
        assert_eq!(loan.copied(|| true), Outcome::Nothing);
        drop(loan);
        assert_eq!(board.items(), before());
    }

    #[test]
    fn what_cannot_be_held_is_left_alone() {
        let promised = vec![Item(vec![("promise".into(), None)])];
        let huge = vec![item(&[("picture", &vec![0; LARGEST + 1])])];
        for items in [promised, huge] {
            let board = Fake::with(items);
            let outcome = Loan::of(board.clone()).copied(|| panic!("the pasteboard would be lost"));
            assert_eq!(outcome, Outcome::Silent);
            assert_eq!(board.count(), 0);
        }
    }

    #[test]
    fn a_type_without_content_does_not_keep_the_others() {
        let mixed = vec![Item(vec![
            ("text".into(), Some(b"a".to_vec())),
            ("promise".into(), None),
        ])];
        let board = Fake::with(mixed.clone());
        let mut loan = Loan::of(board.clone());
        board.comes(1, vec![item(&[("text", b"b")])]);
        assert_eq!(loan.copied(|| true), Outcome::Text("b".into()));
        drop(loan);
        assert_eq!(board.items(), mixed);
    }
}
