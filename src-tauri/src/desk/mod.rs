//! What the app is doing, in one place: the state that pages show, and who is told when it changes.
//!
//! [`Desk`] holds the [`Snapshot`] and sends it, whole, to every watching page after each change; the tray's icon follows
//! in the same way. Work itself is done
//! elsewhere (`reader` speaks, `listener` writes down); they change the desk and nothing else. A page that has gone away
//! is forgotten at the next change. Nothing here waits for sound, files or networks.

mod jobs;
mod snapshot;

pub use snapshot::{
    App, Asked, Fetching, Job, Outcome, Pace, Purpose, RECENT, Reading, Recent, Recording, Sample,
    Snapshot, Tape, UNFINISHED, Unfinished, Voice,
};

use std::sync::{Arc, Mutex, MutexGuard};

use tauri::ipc::Channel;

use crate::Problem;

/// Shared by commands, windows, the tray and the workers.
#[derive(Clone, Default)]
pub struct Desk(Arc<Mutex<Inner>>);

/// Is told every later state.
type Follower = Box<dyn FnMut(&Snapshot) + Send>;

#[derive(Default)]
struct Inner {
    now: Snapshot,
    watchers: Vec<Channel<Snapshot>>,
    followers: Vec<Follower>,
    /// The last id given to a job or a result.
    last: u32,
}

impl Desk {
    pub fn snapshot(&self) -> Snapshot {
        self.inner().now.clone()
    }

    /// Tells `page` the state, and every later one.
    pub fn watch(&self, page: Channel<Snapshot>) {
        let mut inner = self.inner();
        if page.send(inner.now.clone()).is_ok() {
            inner.watchers.push(page);
        }
    }

    /// Tells `follower` every later state. It must not wait, nor ask the desk: the desk is held meanwhile.
    pub fn follow(&self, follower: impl FnMut(&Snapshot) + Send + 'static) {
        self.inner().followers.push(Box::new(follower));
    }

    /// Changes the state and tells every page, unless nothing is different.
    pub fn change<T>(&self, change: impl FnOnce(&mut Snapshot) -> T) -> T {
        let mut inner = self.inner();
        let before = inner.now.clone();
        let answer = change(&mut inner.now);
        if inner.now != before {
            let now = inner.now.clone();
            inner.watchers.retain(|page| page.send(now.clone()).is_ok());
            inner.followers.iter_mut().for_each(|tell| tell(&now));
        }
        answer
    }

    /// Something was set, or a model came or went.
    pub fn settings_changed(&self) {
        self.change(|now| now.settings = now.settings.wrapping_add(1));
    }

    /// A transcript was kept, changed or removed.
    pub fn transcripts_changed(&self) {
        self.change(|now| now.transcripts = now.transcripts.wrapping_add(1));
    }

    /// Asks whether a text from outside may be spoken; the last one counts.
    pub fn ask(&self, text: &str) {
        let asked = Asked {
            id: self.number(),
            text: text.to_owned(),
        };
        self.change(|now| now.asked = Some(asked));
    }

    /// The text that was asked about, once: an answer to an older question gets none.
    pub fn answered(&self, id: u32) -> Option<String> {
        self.change(|now| {
            let asked = now.asked.take_if(|asked| asked.id == id)?;
            Some(asked.text)
        })
    }

    pub fn trouble(&self, problem: Problem) {
        self.change(|now| now.problem = Some(problem));
    }

    /// A number that no other job or result has.
    fn number(&self) -> u32 {
        let mut inner = self.inner();
        inner.last = inner.last.wrapping_add(1);
        inner.last
    }

    // A poisoned lock holds nothing worse than a stale line on the screen.
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}
