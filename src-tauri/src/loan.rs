//! The clipboard, borrowed: a program copies to it or pastes from it, and what was there before is put back.
//!
//! Nothing is borrowed that could not be given back: a clipboard of which something cannot be held is left alone. What a
//! person copies meanwhile stays. Every wait has an end. Fails with `unheld` and `untaken`.

use crate::Error;
#[cfg(any(target_os = "macos", test))]
use crate::selection::ladder::Outcome;

/// How long a program may take to copy, in looks at the clipboard ([`Board::pause`], a hundredth of a second).
#[cfg(any(target_os = "macos", test))]
const PATIENCE: u32 = 60;
/// How long it may take to paste, where the system tells when it has, …
const LONG: u32 = 500;
/// … and how long it gets where nobody can tell.
const BLIND: u32 = 100;
/// Programs write in several goes; after this many looks without a change it is theirs to read.
const SETTLED: u32 = 3;
/// More than this is not held in memory, bytes; tests need not fill it.
const LARGEST: usize = if cfg!(test) { 1 << 20 } else { 256 << 20 };

/// One thing on the clipboard: its types, and what is there of each. A type of which nothing is there could not be pasted
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
    #[cfg(any(target_os = "macos", test))]
    fn text(&self) -> Option<String>;
    /// A text, in the types in which programs here look for one.
    fn worded(&self, text: &str) -> Item;
    /// How often somebody has taken what was put there last; none where that cannot be told.
    fn takings(&self) -> Option<u32>;
    /// Instead of all that is there. False where the system refused.
    fn put(&mut self, items: &[Item]) -> bool;
    /// Lets a hundredth of a second pass.
    fn pause(&mut self);
}

struct Kept {
    count: isize,
    items: Vec<Item>,
    /// The count after something was lent: another one means that a person has copied since.
    lent: Option<isize>,
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

    /// Has a program paste a text. `paste` tells it to; where it fails, or nobody takes the text, that stays there.
    pub fn pasted(
        mut self,
        text: &str,
        paste: impl FnOnce() -> Result<(), Error>,
    ) -> Result<(), Error> {
        if self.keep().is_none() {
            return Err(Error::Unheld);
        }
        let item = self.board.worded(text);
        if !self.board.put(&[item]) {
            return Err(Error::Clipboard("it takes no text".into()));
        }
        // What keeps a list of all that is copied looks at once; only what is taken later is the program's.
        for _ in 0..SETTLED {
            self.board.pause();
        }
        let count = self.board.count();
        let before = self.board.takings();
        let pasted = match paste() {
            Ok(()) if self.taken(before) => Ok(()),
            Ok(()) => Err(Error::Untaken),
            Err(e) => Err(e),
        };
        match &mut self.kept {
            Some(kept) if pasted.is_ok() => kept.lent = Some(count),
            kept => *kept = None,
        }
        pasted
    }

    /// Waits until somebody takes what was put there, and is done with it.
    fn taken(&mut self, before: Option<u32>) -> bool {
        let Some(before) = before else {
            for _ in 0..BLIND {
                self.board.pause();
            }
            return true;
        };
        let (mut last, mut still) = (before, 0);
        for _ in 0..LONG {
            self.board.pause();
            let takings = self.board.takings().unwrap_or(before);
            still = if takings == last { still + 1 } else { 0 };
            last = takings;
            if takings > before && still >= SETTLED {
                return true;
            }
        }
        last > before
    }

    /// What a program copies when told to. `copy` says whether it could be told.
    #[cfg(any(target_os = "macos", test))]
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
            self.kept = Some(Kept {
                count,
                items,
                lent: None,
            });
        }
        self.kept.as_ref().map(|kept| kept.count)
    }
}

impl<B: Board> Drop for Loan<B> {
    fn drop(&mut self) {
        let Some(kept) = self.kept.take() else {
            return;
        };
        let count = self.board.count();
        let theirs = kept.lent.is_some_and(|lent| lent != count);
        if count != kept.count && !theirs && !self.board.put(&kept.items) {
            eprintln!("myna-app: the clipboard could not be put back");
        }
    }
}

#[cfg(test)]
mod tests;
