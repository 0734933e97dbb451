//! Folders that are looked at for new recordings.
//!
//! What lies in a folder when it is first seen is left alone. A recording that comes later is told once it has stopped growing,
//! and only once, under whatever name. A folder that goes away is told once; when it is back, what came meanwhile is new.
//! Folders below are not looked at. The system says when something changes; where it cannot, folders are looked at in turns.
//!
//! Fails with `bad-input` when the system gives no thread.

use super::folder::{is_hidden, is_named_like_sound};
use crate::{Error, Result};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant, SystemTime};

/// A file that has not changed for so long has stopped growing.
const SETTLED: Duration = Duration::from_secs(2);
/// How often a growing file is looked at.
const TURN: Duration = Duration::from_millis(500);
/// How often a folder is looked at of which the system tells nothing.
const ROUND: Duration = Duration::from_secs(10);
/// Changes come in swarms; so long they are collected.
const SWARM: Duration = Duration::from_millis(100);

/// What the lookout sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sighting {
    /// A recording that is whole.
    New(PathBuf),
    /// A folder that is not there any more, or cannot be read.
    Gone(PathBuf),
}

/// Looks while it lives.
pub struct Lookout {
    orders: Sender<Order>,
}

enum Order {
    Look,
    Folders(Vec<PathBuf>),
    Stop,
}

impl Lookout {
    /// Looks at these folders; what lies in them now is old when this returns. `tell` is called at once for those that are
    /// not there, then on a thread of its own.
    pub fn start(
        folders: Vec<PathBuf>,
        tell: impl FnMut(Sighting) + Send + 'static,
    ) -> Result<Self> {
        let (orders, taken) = channel();
        let change = orders.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Looking is access, and must not make it look again. After an error it is better to look.
            if event.as_ref().map_or(true, |event| !event.kind.is_access()) {
                _ = change.send(Order::Look);
            }
        });
        let mut keeper = Keeper {
            begin: Instant::now(),
            folders: BTreeMap::new(),
            watcher: watcher.ok(),
            tell,
        };
        keeper.take(folders);
        std::thread::Builder::new()
            .name("lookout".into())
            .spawn(move || keeper.run(&taken))
            .map_err(|e| {
                Error::request(
                    format!("folders cannot be looked at: {e}"),
                    "Close other programs, then start Myna again.",
                )
            })?;
        Ok(Self { orders })
    }

    /// Looks at these instead. What it knows of folders that stay is kept.
    pub fn set(&self, folders: Vec<PathBuf>) {
        // The thread ends only with this.
        _ = self.orders.send(Order::Folders(folders));
    }
}

impl Drop for Lookout {
    fn drop(&mut self) {
        _ = self.orders.send(Order::Stop);
    }
}

/// The thread's own.
struct Keeper<T> {
    begin: Instant,
    folders: BTreeMap<PathBuf, Folder>,
    watcher: Option<RecommendedWatcher>,
    tell: T,
}

#[derive(Default)]
struct Folder {
    there: bool,
    /// The system tells of its changes.
    watched: bool,
    /// It was seen before: what it holds now and did not then is new.
    seen: bool,
    arrivals: Arrivals,
}

impl<T: FnMut(Sighting)> Keeper<T> {
    fn run(mut self, orders: &Receiver<Order>) {
        loop {
            self.look();
            let first = match self.patience() {
                Some(wait) => orders.recv_timeout(wait),
                None => orders.recv().map_err(|_| RecvTimeoutError::Disconnected),
            };
            let first = match first {
                Ok(order) => order,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return,
            };
            if matches!(first, Order::Look) {
                std::thread::sleep(SWARM);
            }
            for order in std::iter::once(first).chain(orders.try_iter()) {
                match order {
                    Order::Look => {}
                    Order::Folders(folders) => self.take(folders),
                    Order::Stop => return,
                }
            }
        }
    }

    /// How long nothing needs to be looked at, unless the system says so.
    fn patience(&self) -> Option<Duration> {
        let mut all = self.folders.values();
        if all.any(|folder| folder.arrivals.grows()) {
            return Some(TURN);
        }
        let mut all = self.folders.values();
        all.any(|folder| !folder.watched).then_some(ROUND)
    }

    fn take(&mut self, folders: Vec<PathBuf>) {
        let gone: Vec<_> = self.folders.keys().cloned().collect();
        for folder in gone.iter().filter(|folder| !folders.contains(folder)) {
            self.folders.remove(folder);
            if let Some(watcher) = &mut self.watcher {
                // Of a folder that is not there, nothing is watched.
                _ = watcher.unwatch(folder);
            }
        }
        for folder in folders {
            self.folders.entry(folder).or_insert_with(|| Folder {
                there: true,
                ..Folder::default()
            });
        }
        self.look();
    }

    fn look(&mut self) {
        let now = self.begin.elapsed();
        for (path, folder) in &mut self.folders {
            // Before it is read: what comes in between is then told.
            if let Some(watcher) = self.watcher.as_mut().filter(|_| !folder.watched) {
                folder.watched = watcher.watch(path, RecursiveMode::NonRecursive).is_ok();
            }
            match list(path) {
                Ok(found) if !folder.seen => {
                    folder.arrivals.leave_alone(found);
                    (folder.seen, folder.there) = (true, true);
                }
                Ok(found) => {
                    folder.there = true;
                    for file in folder.arrivals.look(&found, now) {
                        (self.tell)(Sighting::New(file));
                    }
                }
                Err(_) => {
                    // A watch ends with its folder.
                    if let Some(watcher) = self.watcher.as_mut().filter(|_| folder.watched) {
                        _ = watcher.unwatch(path);
                    }
                    folder.watched = false;
                    if std::mem::replace(&mut folder.there, false) {
                        (self.tell)(Sighting::Gone(path.clone()));
                    }
                }
            }
        }
    }
}

/// Length and time of the last change: together they tell a file that grows, and one that was renamed.
type Stamp = (u64, SystemTime);

fn list(folder: &Path) -> std::io::Result<Vec<(PathBuf, Stamp)>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if is_hidden(&path) || !is_named_like_sound(&path) {
            continue;
        }
        // One that went away meanwhile is no new one.
        if let Ok(meta) = path.metadata()
            && meta.is_file()
        {
            let changed = meta.modified().unwrap_or(SystemTime::UNIX_EPOCH);
            found.push((path, (meta.len(), changed)));
        }
    }
    found.sort();
    Ok(found)
}

/// Which files of a folder are new, and whole. Pure: what was found and the time go in.
#[derive(Default)]
struct Arrivals {
    known: HashMap<PathBuf, Stamp>,
    /// Since when they have not changed.
    growing: HashMap<PathBuf, (Stamp, Duration)>,
}

impl Arrivals {
    fn leave_alone(&mut self, found: Vec<(PathBuf, Stamp)>) {
        self.known.extend(found);
    }

    /// Whether something may be whole soon. An empty file says so itself when it begins to grow.
    fn grows(&self) -> bool {
        self.growing.values().any(|((length, _), _)| *length > 0)
    }

    fn look(&mut self, found: &[(PathBuf, Stamp)], now: Duration) -> Vec<PathBuf> {
        let names: HashSet<&PathBuf> = found.iter().map(|(path, _)| path).collect();
        self.growing.retain(|path, _| names.contains(path));
        let mut whole = Vec::new();
        for (path, stamp) in found {
            if self.known.contains_key(path) {
                continue;
            }
            let mut known = self.known.iter();
            let renamed = known.any(|(old, own)| own == stamp && !names.contains(old));
            if renamed {
                self.known.insert(path.clone(), *stamp);
                continue;
            }
            match self.growing.get(path) {
                Some((before, since)) if before == stamp => {
                    if stamp.0 > 0 && now.saturating_sub(*since) >= SETTLED {
                        self.growing.remove(path);
                        self.known.insert(path.clone(), *stamp);
                        whole.push(path.clone());
                    }
                }
                _ => _ = self.growing.insert(path.clone(), (*stamp, now)),
            }
        }
        whole
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::mpsc::Receiver;

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn file(name: &str, length: u64, changed: u64) -> (PathBuf, Stamp) {
        (name.into(), (length, SystemTime::UNIX_EPOCH + at(changed)))
    }

    #[test]
    fn a_file_is_told_once_when_it_has_stopped_growing() {
        let mut arrivals = Arrivals::default();
        arrivals.leave_alone(vec![file("old.wav", 9, 1)]);
        let look = |arrivals: &mut Arrivals, new: (PathBuf, Stamp), now| {
            arrivals.look(&[file("old.wav", 10, 2), new], at(now))
        };
        assert!(look(&mut arrivals, file("new.wav", 1, 10), 10).is_empty());
        assert!(arrivals.grows());
        assert!(look(&mut arrivals, file("new.wav", 5, 13), 13).is_empty());
        assert!(look(&mut arrivals, file("new.wav", 5, 13), 14).is_empty());
        let whole = look(&mut arrivals, file("new.wav", 5, 13), 15);
        assert_eq!(whole, [PathBuf::from("new.wav")]);
        assert!(!arrivals.grows());
        assert!(look(&mut arrivals, file("new.wav", 6, 99), 99).is_empty());
        assert!(arrivals.look(&[file("old.wav", 9, 1)], at(100)).is_empty());
        assert!(look(&mut arrivals, file("new.wav", 6, 99), 200).is_empty());
    }

    #[test]
    fn an_empty_file_waits_and_a_renamed_one_is_known() {
        let mut arrivals = Arrivals::default();
        arrivals.leave_alone(vec![file("a.wav", 9, 1)]);
        for now in 0..9 {
            assert!(arrivals.look(&[file("b.wav", 9, 1)], at(now)).is_empty());
            let empty = [file("b.wav", 9, 1), file("empty.wav", 0, 3)];
            assert!(arrivals.look(&empty, at(now)).is_empty());
            assert!(!arrivals.grows());
        }
    }

    /// The next sighting; a machine that is busy may take long to it.
    fn next(told: &Receiver<Sighting>) -> Sighting {
        told.recv_timeout(at(120)).unwrap()
    }

    /// A folder of this test's own, looked at, and what is told of it.
    fn lookout(folder: &Path) -> (Lookout, Receiver<Sighting>) {
        let (tell, told) = channel();
        let tell = move |sighting| _ = tell.send(sighting);
        (Lookout::start(vec![folder.into()], tell).unwrap(), told)
    }

    #[test]
    fn new_recordings_of_a_real_folder_are_told_and_nothing_else() {
        let dir = tempfile::tempdir().unwrap();
        let of = |name: &str| dir.path().join(name);
        std::fs::write(of("old.wav"), "old").unwrap();
        let (_lookout, told) = lookout(dir.path());
        for (name, text) in [("notes.txt", "n"), (".draft.wav", "d"), ("new.mp3", "new")] {
            std::fs::write(of(name), text).unwrap();
        }
        assert_eq!(next(&told), Sighting::New(of("new.mp3")));
        std::fs::create_dir(of("below.wav")).unwrap();
        std::fs::rename(of("old.wav"), of("renamed.wav")).unwrap();
        std::fs::write(of("last.ogg"), "last").unwrap();
        assert_eq!(next(&told), Sighting::New(of("last.ogg")));
    }

    #[test]
    fn a_folder_that_goes_is_told_once_and_what_comes_back_with_it_is_new() {
        let dir = tempfile::tempdir().unwrap();
        let (folder, away) = (dir.path().join("in"), dir.path().join("away"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("old.wav"), "old").unwrap();
        let (lookout, told) = lookout(&folder);
        std::fs::rename(&folder, &away).unwrap();
        // What an order looks at is looked at at once.
        lookout.set(vec![folder.clone()]);
        lookout.set(vec![folder.clone()]);
        assert_eq!(next(&told), Sighting::Gone(folder.clone()));
        std::fs::write(away.join("new.wav"), "new").unwrap();
        std::fs::rename(&away, &folder).unwrap();
        lookout.set(vec![folder.clone()]);
        let new = Sighting::New(folder.join("new.wav"));
        assert_eq!(next(&told), new, "and nothing in between");
    }

    #[test]
    fn a_folder_that_was_never_there_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let folder = dir.path().join("nowhere");
        let (_lookout, told) = lookout(&folder);
        assert_eq!(next(&told), Sighting::Gone(folder));
    }
}
