//! Files on their way to words: one queue, one file at a time, each with a way to stop it.
//!
//! What was heard before a stop or a failure is kept as a result. A file that fails costs itself only.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex};

use crate::desk::{Desk, Outcome};
use crate::{Error, Problem};

/// Whatever turns a file into words.
pub trait Ear: Send {
    /// Tells progress as it comes; stops within moments of `cancel`. Returns the words, as far as they were heard.
    fn hear(
        &mut self,
        file: &Path,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(Heard),
    ) -> Result<String, Error>;
}

/// How far it is.
#[derive(Debug, Clone, PartialEq)]
pub enum Heard {
    /// This share of the file, where its length is known.
    Share(Option<f64>),
    /// The next words.
    Words(String),
}

struct Order {
    id: u32,
    file: PathBuf,
    cancel: Arc<AtomicBool>,
}

/// The queue's front; cheap to keep.
pub struct Hearing {
    desk: Desk,
    orders: Sender<Order>,
    flags: Arc<Mutex<HashMap<u32, Arc<AtomicBool>>>>,
}

impl Hearing {
    /// Starts the one thread that listens; it ends with the queue.
    pub fn start(desk: Desk, ear: Box<dyn Ear>) -> Result<Self, Error> {
        let (orders, queue) = channel();
        let flags = Arc::new(Mutex::new(HashMap::new()));
        let worker = Worker {
            desk: desk.clone(),
            flags: flags.clone(),
            ear,
        };
        std::thread::Builder::new()
            .name("hearing".into())
            .spawn(move || worker.run(&queue))
            .map_err(|e| Error::System(e.into()))?;
        Ok(Self {
            desk,
            orders,
            flags,
        })
    }

    pub fn add(&self, file: &Path) {
        let name = file.file_name().unwrap_or(file.as_os_str());
        let id = self.desk.add_job(&name.to_string_lossy());
        let cancel = Arc::new(AtomicBool::new(false));
        lock(&self.flags).insert(id, cancel.clone());
        // The thread ends only with this queue.
        _ = self.orders.send(Order {
            id,
            file: file.to_owned(),
            cancel,
        });
    }

    /// Stops a file, or takes it out of the queue.
    pub fn cancel(&self, id: u32) {
        if let Some(flag) = lock(&self.flags).get(&id) {
            flag.store(true, Ordering::Relaxed);
        }
        self.desk.drop_job(id);
    }
}

struct Worker {
    desk: Desk,
    flags: Arc<Mutex<HashMap<u32, Arc<AtomicBool>>>>,
    ear: Box<dyn Ear>,
}

impl Worker {
    fn run(mut self, queue: &Receiver<Order>) {
        for order in queue {
            if !order.cancel.load(Ordering::Relaxed) {
                self.hear(&order);
            }
            self.desk.drop_job(order.id);
            lock(&self.flags).remove(&order.id);
        }
    }

    fn hear(&mut self, order: &Order) {
        let desk = &self.desk;
        desk.job(order.id, |job| job.started = true);
        let mut words = String::new();
        let outcome = self.ear.hear(&order.file, &order.cancel, &mut |heard| {
            match heard {
                Heard::Share(share) => desk.job(order.id, |job| job.progress = share),
                Heard::Words(next) => {
                    if !words.is_empty() {
                        words.push(' ');
                    }
                    words.push_str(&next);
                    desk.job(order.id, |job| job.heard.clone_from(&words))
                }
            };
        });
        let name = order.file.file_name().map(|n| n.to_string_lossy());
        let stopped = order.cancel.load(Ordering::Relaxed);
        match outcome {
            Ok(text) if !(stopped && text.is_empty()) => {
                desk.finished(Outcome::Heard, &text, name.as_deref());
            }
            Ok(_) => {}
            Err(e) => {
                if !words.is_empty() {
                    desk.finished(Outcome::Heard, &words, name.as_deref());
                }
                if !stopped {
                    desk.trouble(named(&order.file, &e));
                }
            }
        }
    }
}

/// What went wrong with a file, with its name alone: a page never sees a folder.
fn named(file: &Path, error: &Error) -> Problem {
    let name = file.file_name().unwrap_or(file.as_os_str());
    let name = format!("the file “{}”", name.to_string_lossy());
    let problem = Problem::from(error);
    let message = problem.message.replace(&*file.to_string_lossy(), &name);
    Problem { message, ..problem }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Flags stay true to themselves whatever a thread did before.
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, Instant};

    /// Hears a file's own name, letter by letter, until it is stopped; "bad" fails after two letters.
    struct Spelling;

    impl Ear for Spelling {
        fn hear(
            &mut self,
            file: &Path,
            cancel: &AtomicBool,
            tell: &mut dyn FnMut(Heard),
        ) -> Result<String, Error> {
            let name = file.to_string_lossy().into_owned();
            let mut text = String::new();
            for (i, letter) in name.chars().enumerate() {
                while name == "endless" && !cancel.load(Ordering::Relaxed) {
                    std::thread::sleep(Duration::from_millis(1));
                }
                if cancel.load(Ordering::Relaxed) {
                    break;
                }
                if name == "bad" && i == 2 {
                    return Err(Error::Gone);
                }
                tell(Heard::Share(Some(i as f64 / name.len() as f64)));
                tell(Heard::Words(letter.into()));
                text.push(letter);
            }
            Ok(text)
        }
    }

    fn hearing() -> (Desk, Hearing) {
        let desk = Desk::default();
        let hearing = Hearing::start(desk.clone(), Box::new(Spelling)).unwrap();
        (desk, hearing)
    }

    fn until(holds: impl Fn() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < Duration::from_secs(10), "never happened");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn texts(desk: &Desk) -> Vec<String> {
        let recent = desk.snapshot().recent;
        recent.into_iter().map(|r| r.text).collect()
    }

    #[test]
    fn files_are_heard_one_after_another() {
        let (desk, hearing) = hearing();
        hearing.add(Path::new("one"));
        hearing.add(Path::new("two"));
        until(|| desk.snapshot().jobs.is_empty());
        assert_eq!(texts(&desk), ["two", "one"]);
    }

    #[test]
    fn a_failed_file_keeps_its_words_and_says_why_and_the_next_works() {
        let (desk, hearing) = hearing();
        hearing.add(Path::new("bad"));
        hearing.add(Path::new("two"));
        until(|| desk.snapshot().jobs.is_empty());
        assert_eq!(texts(&desk), ["two", "b a"]);
        assert_eq!(desk.snapshot().problem.unwrap().kind, "gone");
    }

    #[test]
    fn a_message_names_the_file_and_no_folder() {
        let error = Error::Engine {
            kind: "bad-input".into(),
            message: "/home/somebody/a b.wav: is not there".into(),
            hint: "Check the path.".into(),
        };
        let problem = named(Path::new("/home/somebody/a b.wav"), &error);
        assert_eq!(problem.message, "the file “a b.wav”: is not there");
    }

    #[test]
    fn a_stopped_file_leaves_at_once_and_a_waiting_one_is_never_begun() {
        let (desk, hearing) = hearing();
        hearing.add(Path::new("endless"));
        hearing.add(Path::new("waiting"));
        until(|| desk.snapshot().jobs.first().is_some_and(|job| job.started));
        let ids: Vec<_> = desk.snapshot().jobs.iter().map(|job| job.id).collect();
        hearing.cancel(ids[1]);
        hearing.cancel(ids[0]);
        assert!(desk.snapshot().jobs.is_empty());
        hearing.add(Path::new("after"));
        until(|| texts(&desk) == ["after"]);
        assert_eq!(desk.snapshot().problem, None);
    }
}
