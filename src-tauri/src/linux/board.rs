//! The clipboard as bytes, for [`crate::loan`]: GTK reads and serves them on the thread of its events, whoever waits does so on
//! another one.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::channel;
use std::thread::sleep;
use std::time::Duration;

use gtk::gdk::{Atom, SELECTION_CLIPBOARD};
use gtk::{Clipboard, TargetEntry, TargetFlags, glib};

use super::x11::X11;
use crate::loan::{Board, Item};

/// The types of text that programs ask for.
const TEXTS: [&str; 3] = ["UTF8_STRING", "text/plain;charset=utf-8", "text/plain"];
/// What an owner answers or does beside handing content over: every owner has its own, so they are not kept. `TEXT` stands for
/// one of the others, and a `PIXMAP` is a number that its owner knows.
const NOT_KEPT: [&str; 9] = [
    "TARGETS",
    "TIMESTAMP",
    "MULTIPLE",
    "SAVE_TARGETS",
    "DELETE",
    "INSERT_PROPERTY",
    "INSERT_SELECTION",
    "TEXT",
    "PIXMAP",
];

pub struct General {
    /// None where there is no X server: then nobody can tell who writes.
    server: Option<X11>,
    writes: isize,
    takings: Arc<AtomicU32>,
}

impl General {
    pub fn new() -> Self {
        Self {
            server: X11::open(),
            writes: 0,
            takings: Arc::default(),
        }
    }

    fn owner(&self) -> Option<u32> {
        self.server.as_ref()?.clipboard_owner().ok()?
    }
}

impl Board for General {
    /// What was written from here, and who holds it now.
    fn count(&self) -> isize {
        (self.writes << 32) | self.owner().unwrap_or_default() as isize
    }

    fn items(&self) -> Vec<Item> {
        let owned = self.owner().is_some();
        let item = in_events(read).flatten();
        match item {
            Some(item) => vec![item],
            // Somebody holds it and does not answer.
            None if owned => vec![Item(vec![("TARGETS".into(), None)])],
            None => Vec::new(),
        }
    }

    #[cfg(test)]
    fn text(&self) -> Option<String> {
        None
    }

    fn worded(&self, text: &str) -> Item {
        let types = TEXTS.iter();
        Item(
            types
                .map(|name| (name.to_string(), Some(text.into())))
                .collect(),
        )
    }

    fn takings(&self) -> Option<u32> {
        Some(self.takings.load(Ordering::Relaxed))
    }

    fn put(&mut self, items: &[Item]) -> bool {
        let (items, takings) = (items.to_vec(), Arc::<AtomicU32>::default());
        self.writes += 1;
        self.takings = takings.clone();
        in_events(move || serve(items, takings)).unwrap_or(false)
    }

    fn pause(&mut self) {
        sleep(Duration::from_millis(10));
    }
}

/// Everything that is there. None where nobody answers.
fn read() -> Option<Item> {
    let clipboard = Clipboard::get(&SELECTION_CLIPBOARD);
    let names = clipboard.wait_for_targets()?.into_iter();
    let names = names.map(|target| target.name().to_string());
    let kept = names.filter(|name| !NOT_KEPT.contains(&name.as_str()));
    let types = kept.map(|name| {
        let content = clipboard.wait_for_contents(&Atom::intern(&name));
        // Content in other units than bytes is the owner's own business.
        let bytes = content.filter(|content| content.format() == 8);
        (name, bytes.map(|content| content.data()))
    });
    Some(Item(types.collect()))
}

/// Offers these from now on, until somebody else offers something.
fn serve(items: Vec<Item>, takings: Arc<AtomicU32>) -> bool {
    let clipboard = Clipboard::get(&SELECTION_CLIPBOARD);
    let types: Vec<(String, Vec<u8>)> = items
        .into_iter()
        .flat_map(|item| item.0)
        .filter_map(|(name, data)| Some((name, data?)))
        .collect();
    if types.is_empty() {
        clipboard.clear();
        return true;
    }
    let entry = |(at, (name, _)): (usize, &(String, Vec<u8>))| {
        TargetEntry::new(name, TargetFlags::empty(), at as u32)
    };
    let entries: Vec<_> = types.iter().enumerate().map(entry).collect();
    clipboard.set_with_data(&entries, move |_, wanted, at| {
        if let Some((_, data)) = types.get(at as usize) {
            takings.fetch_add(1, Ordering::Relaxed);
            wanted.set(&wanted.target(), 8, data);
        }
    })
}

/// What this gives where the window system's events are; none once they have ended.
fn in_events<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let (sender, answer) = channel();
    glib::idle_add_once(move || {
        // Whoever asked waits for it.
        _ = sender.send(work());
    });
    answer.recv().ok()
}
