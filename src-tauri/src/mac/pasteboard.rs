//! The general pasteboard as bytes: for [`crate::loan`], and sound that was copied as such.

use std::thread::sleep;
use std::time::Duration;

use objc2::rc::{Retained, autoreleasepool};
use objc2::runtime::ProtocolObject;
use objc2_app_kit::{NSPasteboard, NSPasteboardItem, NSPasteboardWriting};
use objc2_foundation::{NSArray, NSData, NSString};

use crate::clipboard::{Sound, best};
use crate::loan::{Board, Item};

/// Of text, on every system that there is.
const TEXT: &str = "public.utf8-plain-text";
/// Says to programs that keep a list of all that is copied that this is not for them.
const TRANSIENT: &str = "org.nspasteboard.TransientType";

pub struct General(Retained<NSPasteboard>);

impl General {
    pub fn new() -> Self {
        Self(NSPasteboard::generalPasteboard())
    }
}

impl Board for General {
    fn count(&self) -> isize {
        self.0.changeCount()
    }

    fn items(&self) -> Vec<Item> {
        autoreleasepool(|_| {
            let items = self.0.pasteboardItems();
            let items = items.iter().flat_map(|all| all.iter());
            items.map(|item| read(&item)).collect()
        })
    }

    fn text(&self) -> Option<String> {
        let text = self.0.stringForType(&NSString::from_str(TEXT))?;
        Some(text.to_string())
    }

    fn worded(&self, text: &str) -> Item {
        let held = |name: &str, bytes: &[u8]| (name.to_owned(), Some(bytes.to_vec()));
        Item(vec![held(TEXT, text.as_bytes()), held(TRANSIENT, b"")])
    }

    fn takings(&self) -> Option<u32> {
        None
    }

    fn put(&mut self, items: &[Item]) -> bool {
        autoreleasepool(|_| {
            self.0.clearContents();
            let items: Vec<_> = items.iter().map(written).collect();
            items.is_empty() || self.0.writeObjects(&NSArray::from_retained_slice(&items))
        })
    }

    fn pause(&mut self) {
        sleep(Duration::from_millis(10));
    }
}

/// The best kind of sound that is offered; not a file, which is no content of the pasteboard.
pub fn sound() -> Option<Sound> {
    autoreleasepool(|_| {
        let board = NSPasteboard::generalPasteboard();
        let offered: Vec<_> = board.types()?.iter().map(|name| name.to_string()).collect();
        let (kind, extension) = best(&offered)?;
        let bytes = board.dataForType(&NSString::from_str(kind))?;
        Sound::new(bytes.to_vec(), extension)
    })
}

fn read(item: &NSPasteboardItem) -> Item {
    let types = item.types();
    let types = types.iter().map(|name| {
        let data = item.dataForType(&name).map(|data| data.to_vec());
        (name.to_string(), data)
    });
    Item(types.collect())
}

fn written(item: &Item) -> Retained<ProtocolObject<dyn NSPasteboardWriting>> {
    let board = NSPasteboardItem::new();
    for (name, data) in &item.0 {
        if let Some(data) = data {
            board.setData_forType(&NSData::with_bytes(data), &NSString::from_str(name));
        }
    }
    ProtocolObject::from_retained(board)
}
