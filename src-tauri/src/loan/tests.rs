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
    /// How often what was put there is taken, and after how many pauses the next time; none tells nothing.
    takings: Option<u32>,
    takers: Vec<u32>,
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
    fn worded(&self, text: &str) -> Item {
        item(&[("text", text.as_bytes())])
    }
    fn takings(&self) -> Option<u32> {
        self.0.borrow().takings
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
        let taken = desk.takers.iter().filter(|at| **at == now).count() as u32;
        desk.takings = desk.takings.map(|before| before + taken);
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

/// Programs that take what is there after so many pauses.
fn takes(board: &Fake, after: &[u32]) {
    let mut desk = board.0.borrow_mut();
    desk.takings.get_or_insert(0);
    let now = desk.pauses;
    desk.takers.extend(after.iter().map(|pauses| now + pauses));
}

#[test]
fn a_program_pastes_and_everything_is_put_back() {
    let board = Fake::with(before());
    takes(&board, &[]);
    let pasted = Loan::of(board.clone()).pasted("Wörter", || {
        assert_eq!(board.text().as_deref(), Some("Wörter"));
        takes(&board, &[2, 4]);
        Ok(())
    });
    pasted.unwrap();
    assert_eq!(board.items(), before());
    let pauses = board.0.borrow().pauses;
    assert_eq!(
        pauses,
        SETTLED + 4 + SETTLED,
        "until it is done, and no longer"
    );
}

#[test]
fn what_only_keeps_a_list_of_copies_has_not_pasted() {
    let board = Fake::with(before());
    takes(&board, &[1]);
    let pasted = Loan::of(board.clone()).pasted("words", || Ok(()));
    assert_eq!(pasted.unwrap_err().kind(), "untaken");
    assert_eq!(board.text().as_deref(), Some("words"), "they stay");
    assert_eq!(board.0.borrow().pauses, SETTLED + LONG);
}

#[test]
fn where_nobody_can_tell_there_is_time_to_paste() {
    let board = Fake::with(before());
    Loan::of(board.clone()).pasted("words", || Ok(())).unwrap();
    assert_eq!(board.0.borrow().pauses, SETTLED + BLIND);
    assert_eq!(board.items(), before());
}

#[test]
fn where_no_program_can_be_told_the_words_stay() {
    let board = Fake::with(before());
    let refused = Loan::of(board.clone()).pasted("words", || Err(Error::NothingInFront));
    assert_eq!(refused.unwrap_err().kind(), "nothing_in_front");
    assert_eq!(board.text().as_deref(), Some("words"));
}

#[test]
fn what_a_person_copies_meanwhile_stays() {
    let board = Fake::with(before());
    let pasted = Loan::of(board.clone()).pasted("words", || {
        takes(&board, &[1]);
        board.comes(2, vec![item(&[("text", b"new")])]);
        Ok(())
    });
    pasted.unwrap();
    assert_eq!(board.text().as_deref(), Some("new"));
}

#[test]
fn what_cannot_be_held_is_not_replaced_by_words() {
    let promised = vec![Item(vec![("promise".into(), None)])];
    let board = Fake::with(promised.clone());
    let refused = Loan::of(board.clone()).pasted("words", || panic!("it would be lost"));
    assert_eq!(refused.unwrap_err().kind(), "unheld");
    assert_eq!(board.items(), promised);

    let board = Fake::with(before());
    board.0.borrow_mut().refuses = true;
    let refused = Loan::of(board.clone()).pasted("words", || panic!("nothing to paste"));
    assert_eq!(refused.unwrap_err().kind(), "clipboard");
    assert_eq!(board.items(), before());
}
