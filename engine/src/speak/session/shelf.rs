//! The takes around the place that is heard, shared by the thread that makes them and the one that plays them.
//!
//! Pieces before the place stay for a step back, pieces after it are made until a minute is ready. Everything further
//! away is forgotten, so that a book takes no more memory than a page.

use super::{Flaw, Piece};
use crate::Error;
use crate::sound::RATE;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};

/// Pieces kept behind the place that is heard.
const BEHIND: usize = 3;
/// Seconds to have ready ahead of it.
const AHEAD: f64 = 60.0;
/// How fast a new measurement replaces what is known of the speed.
const LEARN: f64 = 0.3;

/// One piece's sound.
#[derive(Debug, Default)]
pub struct Take {
    pub samples: Vec<f32>,
    /// No more samples will come.
    pub done: bool,
    /// Its beginning was handed to the output: it cannot be made better any more.
    pub sounding: bool,
    pub flaw: Option<Flaw>,
    pub error: Option<Error>,
}

#[derive(Default)]
pub struct Inner {
    pub pieces: Vec<Piece>,
    takes: BTreeMap<usize, Take>,
    /// The piece that is heard, or will be next.
    place: usize,
    /// Counts readings: a take of an earlier one is nothing to this.
    reading: u64,
    /// Counts voices.
    voice: u64,
    /// What is being made, and how to stop it.
    making: Option<(usize, Arc<AtomicBool>)>,
    /// Seconds of work for a second of sound, as measured last.
    factor: Option<f64>,
    /// Whether anything is to be made at all: not after a stop, nor when everything was heard.
    active: bool,
    /// Nobody listens any more.
    closed: bool,
}

#[derive(Default)]
pub struct Shelf {
    inner: Mutex<Inner>,
    changed: Condvar,
}

/// A reading and a voice: within them one piece follows on from another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line {
    pub reading: u64,
    voice: u64,
}

/// What to make next.
pub struct Order {
    pub line: Line,
    pub index: usize,
    pub piece: Piece,
    pub cancel: Arc<AtomicBool>,
}

impl Shelf {
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        // Samples and flags are whole at every moment, whatever a thread did before.
        self.inner.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Looks at the shelf, changes it, and wakes the maker.
    pub fn change<T>(&self, change: impl FnOnce(&mut Inner) -> T) -> T {
        let answer = change(&mut self.lock());
        self.changed.notify_all();
        answer
    }

    /// Waits for something to make; None when nobody listens any more.
    pub fn next(&self) -> Option<Order> {
        let mut inner = self.lock();
        loop {
            if inner.closed {
                return None;
            }
            if let Some(index) = inner.wanted() {
                let cancel = Arc::new(AtomicBool::new(false));
                inner.making = Some((index, cancel.clone()));
                inner.takes.insert(index, Take::default());
                return Some(Order {
                    line: Line {
                        reading: inner.reading,
                        voice: inner.voice,
                    },
                    index,
                    piece: inner.pieces[index].clone(),
                    cancel,
                });
            }
            inner = self.changed.wait(inner).unwrap_or_else(|e| e.into_inner());
        }
    }
}

impl Inner {
    /// Begins another reading; nothing of the one before stays.
    pub fn begin(&mut self, pieces: Vec<Piece>) {
        self.stop_making();
        self.reading += 1;
        self.pieces = pieces;
        self.takes.clear();
        self.place = 0;
        self.active = true;
    }

    /// Whether to make ahead from here on.
    pub fn set_active(&mut self, active: bool) {
        self.active = active;
        if !active {
            self.stop_making();
        }
    }

    pub fn close(&mut self) {
        self.stop_making();
        self.closed = true;
    }

    #[cfg(test)]
    pub fn place(&self) -> usize {
        self.place
    }

    /// Goes to a piece. What is being made goes on if it is needed soon.
    pub fn go(&mut self, place: usize) {
        self.place = place;
        let (from, to) = (place.saturating_sub(BEHIND), self.horizon());
        self.takes.retain(|&index, _| index >= from && index < to);
        if let Some((index, _)) = self.making
            && (index < place
                || !self.takes.contains_key(&index)
                || self.wanted().is_some_and(|w| w < index))
        {
            self.stop_making();
        }
    }

    /// Forgets every take whose beginning was not handed to the output.
    pub fn remake(&mut self) {
        self.voice += 1;
        if self
            .making
            .as_ref()
            .is_some_and(|(index, _)| !self.takes.get(index).is_some_and(|take| take.sounding))
        {
            self.stop_making();
        }
        self.takes.retain(|_, take| take.sounding);
    }

    /// A piece that could not be made is tried again.
    pub fn forgive(&mut self) {
        self.takes.retain(|_, take| take.error.is_none());
    }

    pub fn take(&mut self, index: usize) -> Option<&mut Take> {
        self.takes.get_mut(&index)
    }

    #[cfg(test)]
    pub fn failed(&self, index: usize) -> bool {
        self.takes.get(&index).is_some_and(|t| t.error.is_some())
    }

    /// The take that an order is for, unless it is not wanted any more.
    pub fn ordered(&mut self, order: &Order) -> Option<&mut Take> {
        if order.line.reading != self.reading || order.cancel.load(Ordering::Relaxed) {
            return None;
        }
        self.takes.get_mut(&order.index)
    }

    /// The order is done with; what was stopped half-way is forgotten.
    pub fn made(&mut self, order: &Order) {
        if order.line.reading != self.reading {
            return;
        }
        if self.takes.get(&order.index).is_some_and(|take| !take.done) {
            self.takes.remove(&order.index);
        }
        if self
            .making
            .as_ref()
            .is_some_and(|(index, _)| *index == order.index)
        {
            self.making = None;
        }
    }

    /// So much work made so much sound, in seconds.
    pub fn measured(&mut self, work: f64, sound: f64) {
        if sound > 0.2 {
            let now = work / sound;
            self.factor = Some(self.factor.map_or(now, |old| old + LEARN * (now - old)));
        }
    }

    /// Seconds of work for a second of sound; None before anything was made.
    pub fn factor(&self) -> Option<f64> {
        self.factor
    }

    /// Seconds ready from a place in a piece on, without a gap, and whether that is all there is to come.
    pub fn ready(&self, from: usize, offset: usize) -> (f64, bool) {
        let mut samples = 0;
        for index in from..self.pieces.len() {
            let Some(take) = self.takes.get(&index) else {
                return (seconds(samples), false);
            };
            let skip = if index == from { offset } else { 0 };
            samples += take.samples.len().saturating_sub(skip);
            if !take.done {
                return (seconds(samples), false);
            }
        }
        (seconds(samples), true)
    }

    /// Seconds that are still to be made, as far as it is known.
    pub fn to_come(&self, from: usize) -> f64 {
        let rest = self.pieces.iter().enumerate().skip(from);
        let missing = rest.map(|(index, piece)| match self.takes.get(&index) {
            Some(take) if take.done => 0.0,
            Some(take) => (piece.seconds - seconds(take.samples.len())).max(0.0),
            None => piece.seconds,
        });
        // What lies further than can be kept ready cannot be waited for.
        missing.sum::<f64>().min(AHEAD)
    }

    /// The first piece beyond what is kept ready.
    fn horizon(&self) -> usize {
        let mut sum = 0.0;
        for (index, piece) in self.pieces.iter().enumerate().skip(self.place) {
            if sum > AHEAD {
                return index;
            }
            sum += self
                .takes
                .get(&index)
                .filter(|take| take.done)
                .map_or(piece.seconds, |take| seconds(take.samples.len()));
        }
        self.pieces.len()
    }

    /// The first piece within reach that is not there.
    fn wanted(&self) -> Option<usize> {
        if !self.active {
            return None;
        }
        let mut index = self.place..self.horizon();
        let missing = index.find(|i| self.takes.get(i).is_none_or(|take| !take.done));
        // Nothing is made beyond a piece that failed: the reading will stop there.
        missing.filter(|_| self.takes.values().all(|take| take.error.is_none()))
    }

    /// Whether all that can be kept ready is: waiting longer brings nothing more.
    pub fn is_full(&self) -> bool {
        self.wanted().is_none()
    }

    fn stop_making(&mut self) {
        if let Some((index, cancel)) = self.making.take() {
            cancel.store(true, Ordering::Relaxed);
            self.takes.remove(&index);
        }
    }
}

fn seconds(samples: usize) -> f64 {
    samples as f64 / f64::from(RATE)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speak::session::test::piece;

    fn shelf(pieces: usize, each: f64) -> Shelf {
        let shelf = Shelf::default();
        shelf.change(|inner| inner.begin(vec![piece("x", each); pieces]));
        shelf
    }

    fn make(shelf: &Shelf) -> Option<usize> {
        shelf.lock().wanted()?;
        let order = shelf.next()?;
        shelf.change(|inner| {
            let samples = (order.piece.seconds * f64::from(RATE)) as usize;
            let take = inner.ordered(&order).unwrap();
            take.samples = vec![0.5; samples];
            take.done = true;
            inner.made(&order);
        });
        Some(order.index)
    }

    #[test]
    fn a_minute_is_kept_ready_and_three_pieces_behind() {
        let shelf = shelf(100, 10.0);
        let made: Vec<_> = std::iter::from_fn(|| make(&shelf)).collect();
        assert_eq!(made, [0, 1, 2, 3, 4, 5, 6]);
        shelf.change(|inner| inner.go(5));
        let made: Vec<_> = std::iter::from_fn(|| make(&shelf)).collect();
        assert_eq!(made, [7, 8, 9, 10, 11]);
        let mut inner = shelf.lock();
        assert!(inner.take(1).is_none() && inner.take(2).is_some());
        assert_eq!(inner.ready(5, RATE as usize), (69.0, false));
    }

    #[test]
    fn a_jump_back_to_what_is_missing_stops_what_is_being_made() {
        let shelf = shelf(20, 10.0);
        shelf.change(|inner| inner.go(10));
        let order = shelf.next().unwrap();
        assert_eq!(order.index, 10);
        // A step on leaves the next piece alone, a jump away does not.
        shelf.change(|inner| inner.go(9));
        assert!(order.cancel.load(Ordering::Relaxed));
        assert!(shelf.lock().ordered(&order).is_none());
        shelf.change(|inner| inner.made(&order));
        assert_eq!(shelf.next().unwrap().index, 9);
    }

    #[test]
    fn takes_of_an_earlier_reading_are_nothing_to_the_next() {
        let shelf = shelf(2, 1.0);
        let order = shelf.next().unwrap();
        shelf.change(|inner| inner.begin(vec![piece("y", 1.0)]));
        assert!(shelf.lock().ordered(&order).is_none());
        shelf.change(|inner| inner.made(&order));
        assert_eq!(shelf.next().unwrap().piece.text, "y");
    }

    #[test]
    fn nothing_is_made_beyond_a_failure_until_it_is_forgiven() {
        let shelf = shelf(3, 1.0);
        let order = shelf.next().unwrap();
        shelf.change(|inner| {
            let take = inner.ordered(&order).unwrap();
            take.error = Some(Error::request("no", "yes"));
            take.done = true;
            inner.made(&order);
        });
        assert_eq!(make(&shelf), None);
        shelf.change(Inner::forgive);
        assert_eq!(make(&shelf), Some(0));
    }
}
