//! The models of this machine: what there is and could be, fetching one at a time, taking away.
//!
//! A download goes on where it was stopped, and is there whole or not at all ([`library::fetch`]). What goes wrong shows on
//! the desk. Fails as the library does, with `busy` while another model is fetched.

use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use myna_engine::home::Home;
use myna_engine::library::fetch::{Hub, pull};
use myna_engine::library::{self, Kept, Known};
use myna_engine::settings::SettingsFile;

use crate::desk::{Desk, Fetching};
use crate::{Error, Problem};

/// In less than this many seconds nobody can tell how long the rest takes.
const SECONDS_TO_TELL: f64 = 5.0;

pub struct Shelf {
    desk: Desk,
    home: Home,
    /// Stops the download that is under way.
    cancel: Mutex<Arc<AtomicBool>>,
}

impl Shelf {
    pub fn new(home: Home, desk: Desk) -> Self {
        Self {
            desk,
            home,
            cancel: Mutex::default(),
        }
    }

    /// Known models, and what is there.
    pub fn list(&self) -> Result<(Vec<Known>, Vec<Kept>), Error> {
        Ok((library::catalogue()?, library::kept(&self.folder())))
    }

    /// Begins to fetch a known model.
    pub fn fetch(&self, id: &str) -> Result<(), Error> {
        let known = library::known(id)?;
        let settings = SettingsFile::read(&self.home.settings())?;
        let hub = Hub::new(settings.settings().models.mirror.as_deref())?;
        let begun = self.desk.change(|now| {
            let free = now.fetching.is_none();
            now.fetching.get_or_insert_with(|| Fetching {
                id: known.id.clone(),
                progress: None,
                seconds_left: None,
            });
            free
        });
        if !begun {
            return Err(Error::Fetching);
        }
        let cancel = Arc::new(AtomicBool::new(false));
        *self.cancel.lock().unwrap_or_else(|e| e.into_inner()) = cancel.clone();
        let (desk, folder) = (self.desk.clone(), self.folder());
        let run = move || {
            let (begin, mut first) = (Instant::now(), None);
            let outcome = pull(&hub, &known, &folder, &cancel, &mut |progress| {
                // What was there before says nothing about speed.
                let first = *first.get_or_insert(progress.done);
                let done = progress.done as f64 / progress.of.max(1) as f64;
                let new = (progress.done - first.min(progress.done)) as f64;
                let rest = progress.of.saturating_sub(progress.done) as f64;
                let took = begin.elapsed().as_secs_f64();
                desk.change(|now| {
                    if let Some(fetching) = &mut now.fetching {
                        fetching.progress = Some((done * 1000.0).round() / 1000.0);
                        let told = took >= SECONDS_TO_TELL && new > 0.0;
                        fetching.seconds_left = told.then(|| (took * rest / new).round());
                    }
                });
            });
            desk.change(|now| {
                now.fetching = None;
                now.settings = now.settings.wrapping_add(1);
            });
            if let Err(e) = outcome
                && !e.is_cancelled()
            {
                desk.trouble(Problem::from(&Error::from(e)));
            }
        };
        let thread = std::thread::Builder::new().name("fetching".into());
        thread.spawn(run).map(drop).map_err(|e| {
            self.desk.change(|now| now.fetching = None);
            Error::System(e.into())
        })
    }

    /// Stops fetching; what is there is gone on with another time.
    pub fn stop(&self) {
        let cancel = self.cancel.lock().unwrap_or_else(|e| e.into_inner());
        cancel.store(true, Ordering::Relaxed);
    }

    pub fn remove(&self, id: &str) -> Result<(), Error> {
        library::remove(id, &self.folder())?;
        Ok(())
    }

    fn folder(&self) -> PathBuf {
        self.home.models()
    }
}
