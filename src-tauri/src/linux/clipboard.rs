//! Sound from the clipboard, as bytes of the kind that another program offers. GTK asks for them, so it works on X11 and on
//! Wayland, in pieces where they are large.

use gtk::gdk::{Atom, SELECTION_CLIPBOARD};

use crate::clipboard::{Sound, best};

/// The best kind that is offered. GTK answers on the thread of its events alone, and goes on with them meanwhile.
pub fn sound() -> Option<Sound> {
    let clipboard = gtk::Clipboard::get(&SELECTION_CLIPBOARD);
    let targets = clipboard.wait_for_targets()?.into_iter();
    let offered: Vec<_> = targets.map(|target| target.name().to_string()).collect();
    let (kind, extension) = best(&offered)?;
    let content = clipboard.wait_for_contents(&Atom::intern(kind))?;
    Sound::new(content.data(), extension)
}
