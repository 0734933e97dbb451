//! Sound from the clipboard, as bytes of the kind that another program offers. GTK asks for them, so it works on X11 and on
//! Wayland, in pieces where they are large.

use gtk::gdk::{Atom, SELECTION_CLIPBOARD};

use crate::clipboard::{SOUNDS, Sound};

/// The best kind that is offered. GTK answers on the thread of its events alone, and goes on with them meanwhile.
pub fn sound() -> Option<Sound> {
    let clipboard = gtk::Clipboard::get(&SELECTION_CLIPBOARD);
    let offered: Vec<String> = clipboard
        .wait_for_targets()?
        .iter()
        .map(|target| target.name().to_ascii_lowercase())
        .collect();
    let mut kinds = SOUNDS.iter();
    let (kind, extension) = kinds.find(|(kind, _)| offered.iter().any(|one| one == kind))?;
    let bytes = clipboard.wait_for_contents(&Atom::intern(kind))?.data();
    (!bytes.is_empty()).then_some(Sound { bytes, extension })
}
