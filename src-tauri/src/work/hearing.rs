//! Files on their way to words: one queue, one file at a time, each with a way to stop it and to try it again. Where a file
//! comes from ([`Origin`]) says what else is done for it.
//!
//! What was heard before a stop or a failure is kept. A file that fails costs itself only.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use myna_engine::hear::Transcript;

use super::Pen;
use super::book::Book;
use super::origin::Origin;
use crate::desk::{Desk, Outcome};
use crate::{Error, Problem};

/// Whatever turns a file into words.
pub trait Ear: Send {
    /// Tells progress as it comes; stops within moments of `cancel`. Returns what was heard, also after a stop.
    fn hear(
        &mut self,
        file: &Path,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(Heard),
    ) -> Result<Transcript, Error>;
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// This share of the file, where its length is known.
    Share(Option<f64>),
    /// The next words.
    Words(String),
}

/// Before this share, or in less than this many seconds, nobody can tell how long the rest takes.
const SHARE_TO_TELL: f64 = 0.05;
const SECONDS_TO_TELL: f64 = 2.0;

#[derive(Clone)]
struct Order {
    id: u32,
    file: PathBuf,
    origin: Origin,
    cancel: Arc<AtomicBool>,
}

impl Order {
    fn new(id: u32, file: &Path, origin: Origin) -> Self {
        Self {
            id,
            file: file.to_owned(),
            origin,
            cancel: Arc::default(),
        }
    }
}

/// Files that were given in and not put away, by job.
type Files = Arc<Mutex<HashMap<u32, Order>>>;

/// The queue's front; cheap to keep, and to hand on.
#[derive(Clone)]
pub struct Hearing {
    desk: Desk,
    orders: Sender<Order>,
    files: Files,
}

impl Hearing {
    /// Starts the one thread that listens; it ends with the queue.
    pub fn start(desk: Desk, book: Arc<Book>, ear: Box<dyn Ear>, pen: Pen) -> Result<Self, Error> {
        let (orders, queue) = channel();
        let files = Files::default();
        let worker = Worker {
            desk: desk.clone(),
            files: files.clone(),
            book,
            ear,
            pen,
        };
        std::thread::Builder::new()
            .name("hearing".into())
            .spawn(move || worker.run(&queue))
            .map_err(|e| Error::System(e.into()))?;
        Ok(Self {
            desk,
            orders,
            files,
        })
    }

    pub fn add(&self, file: &Path, origin: Origin) {
        let id = self.desk.add_job(&name_of(file));
        let order = Order::new(id, file, origin);
        lock(&self.files).insert(id, order.clone());
        // The thread ends only with this queue.
        _ = self.orders.send(order);
    }

    /// Offers a file that an earlier run of the app has left.
    pub fn offer(&self, file: &Path, origin: Origin, why: &Error) {
        let id = self.desk.left(&name_of(file), Problem::from(why));
        lock(&self.files).insert(id, Order::new(id, file, origin));
    }

    /// Stops a file, or takes it out of the queue.
    pub fn cancel(&self, id: u32) {
        if let Some(order) = lock(&self.files).get(&id) {
            order.cancel.store(true, Ordering::Relaxed);
        }
        self.desk.gave_up(id, None);
    }

    /// Tries an unfinished file again.
    pub fn retry(&self, id: u32) -> Result<(), Error> {
        if !self.desk.forget_job(id) {
            return Err(Error::Gone);
        }
        let order = lock(&self.files).remove(&id).ok_or(Error::Gone)?;
        self.add(&order.file, order.origin.again());
        Ok(())
    }

    /// Puts an unfinished file away.
    pub fn forget(&self, id: u32) {
        if self.desk.forget_job(id)
            && let Some(order) = lock(&self.files).remove(&id)
        {
            order.origin.put_away(&order.file);
        }
    }
}

struct Worker {
    desk: Desk,
    files: Files,
    book: Arc<Book>,
    ear: Box<dyn Ear>,
    pen: Pen,
}

impl Worker {
    fn run(mut self, queue: &Receiver<Order>) {
        for order in queue {
            if order.cancel.load(Ordering::Relaxed) {
                continue;
            }
            match self.hear(&order) {
                Ok(()) => {
                    lock(&self.files).remove(&order.id);
                    self.desk.drop_job(order.id);
                    // Stopped too late: it is whole.
                    self.desk.forget_job(order.id);
                }
                // What somebody stopped has left the queue already.
                Err(e) => self.desk.gave_up(order.id, Some(Problem::from(&e))),
            }
        }
    }

    fn hear(&mut self, order: &Order) -> Result<(), Error> {
        let desk = &self.desk;
        desk.job(order.id, |job| job.started = true);
        let told = |e: Error| {
            desk.trouble(named(&order.file, &e));
            Err(e)
        };
        if let Err(e) = order.origin.check(&order.file) {
            return told(e);
        }
        let begin = Instant::now();
        let mut words = String::new();
        let outcome = self.ear.hear(&order.file, &order.cancel, &mut |heard| {
            match heard {
                Heard::Share(share) => desk.job(order.id, |job| {
                    job.progress = share;
                    job.seconds_left = share.and_then(|s| left(s, begin.elapsed().as_secs_f64()));
                }),
                Heard::Words(next) => {
                    if !words.is_empty() {
                        words.push(' ');
                    }
                    words.push_str(&next);
                    desk.job(order.id, |job| job.heard.clone_from(&words))
                }
            };
        });
        let name = name_of(&order.file);
        match outcome {
            // A stop before the first word leaves nothing to keep.
            Ok(transcript) if transcript.cancelled && transcript.segments.is_empty() => {
                Err(Error::Stopped)
            }
            Ok(transcript) => {
                let id = self.keep(&transcript);
                desk.finished(Outcome::Heard, &transcript.text, Some(&name), id);
                if transcript.cancelled {
                    return Err(Error::Stopped);
                }
                let settled = order.origin.settle(&order.file, &transcript, &self.pen);
                settled.or_else(told)
            }
            Err(e) => {
                if !words.is_empty() {
                    desk.finished(Outcome::Heard, &words, Some(&name), None);
                }
                if order.cancel.load(Ordering::Relaxed) {
                    return Err(e);
                }
                told(e)
            }
        }
    }

    /// What cannot be kept is told; the words are among the results all the same.
    fn keep(&self, transcript: &Transcript) -> Option<i64> {
        match self.book.keep(transcript) {
            Ok(id) => {
                self.desk.transcripts_changed();
                Some(id)
            }
            Err(e) => {
                self.desk.trouble(Problem::from(&e));
                None
            }
        }
    }
}

/// Seconds to go, from the share of the file and the seconds it took.
fn left(share: f64, took: f64) -> Option<f64> {
    (share >= SHARE_TO_TELL && took >= SECONDS_TO_TELL).then(|| took * (1.0 - share) / share)
}

fn name_of(file: &Path) -> String {
    let name = file.file_name().unwrap_or(file.as_os_str());
    name.to_string_lossy().into_owned()
}

/// What went wrong with a file, with its name alone: a page never sees a folder.
fn named(file: &Path, error: &Error) -> Problem {
    let name = format!("the file “{}”", name_of(file));
    let problem = Problem::from(error);
    let mut message = problem.message.replace(&*file.to_string_lossy(), &name);
    // What is made of it lies beside it.
    if let Some(folder) = file.parent().filter(|f| f.parent().is_some()) {
        let folder = format!("{}{}", folder.display(), std::path::MAIN_SEPARATOR);
        message = message.replace(&folder, "");
    }
    Problem { message, ..problem }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Flags stay true to themselves whatever a thread did before.
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

#[cfg(test)]
mod tests;
