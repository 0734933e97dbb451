//! The X server as Myna asks it: windows and what they say of themselves, who owns the clipboard, keys as if typed.
//!
//! Fails where there is no X server, as under Wayland alone, and where a window goes away in between.

use std::thread::sleep;
use std::time::Duration;

use x11rb::connection::Connection;
use x11rb::errors::ReplyError;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ChangeWindowAttributesAux, ClientMessageEvent, ConnectionExt, EventMask,
    KEY_PRESS_EVENT, KEY_RELEASE_EVENT, KeyButMask, Keycode, Keysym, Window,
};
use x11rb::protocol::xtest::ConnectionExt as _;
use x11rb::rust_connection::RustConnection;
use x11rb::{CURRENT_TIME, NONE};

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        _NET_ACTIVE_WINDOW,
        _NET_WM_PID,
        CLIPBOARD,
    }
}

/// Keys by what they type.
const CONTROL: Keysym = 0xffe3;
const V: Keysym = 0x76;
/// Held by the person who pressed Myna's key; held locks do not matter.
const HELD: [KeyButMask; 4] = [
    KeyButMask::SHIFT,
    KeyButMask::CONTROL,
    KeyButMask::MOD1,
    KeyButMask::MOD4,
];
/// How long is waited for a window, or for the hand, in hundredths of a second.
const PATIENCE: u32 = 500;
/// `_NET_ACTIVE_WINDOW` is asked for by a person, not by the program itself.
const BY_A_PERSON: u32 = 2;

pub struct X11 {
    connection: RustConnection,
    root: Window,
    atoms: Atoms,
}

pub type Answer<T> = Result<T, ReplyError>;

impl X11 {
    /// None where there is no X server.
    pub fn open() -> Option<Self> {
        let (connection, screen) = RustConnection::connect(None).ok()?;
        let root = connection.setup().roots.get(screen)?.root;
        let atoms = Atoms::new(&connection).ok()?.reply().ok()?;
        Some(Self {
            connection,
            root,
            atoms,
        })
    }

    /// Tells of every window that becomes the active one, and of none where it is this process's own, for as long as there is a
    /// server.
    pub fn watch(&self, mut tell: impl FnMut(Option<Window>)) -> Answer<()> {
        let changes = ChangeWindowAttributesAux::new().event_mask(EventMask::PROPERTY_CHANGE);
        self.connection
            .change_window_attributes(self.root, &changes)?
            .check()?;
        loop {
            if let Some(window) = self.active()? {
                let own = self.process(window)? == Some(std::process::id());
                tell((!own).then_some(window));
            }
            while !matches!(
                self.connection.wait_for_event()?,
                Event::PropertyNotify(change) if change.atom == self.atoms._NET_ACTIVE_WINDOW
            ) {}
        }
    }

    /// The kind of program that a window belongs to, as its desktop entry names it.
    pub fn class(&self, window: Window) -> Option<String> {
        let (class, kind) = (AtomEnum::WM_CLASS, AtomEnum::STRING);
        let text = self.property(window, class.into(), kind.into()).ok()??;
        // Two names, each with a zero behind it; the second is the class.
        let class = text.split(|byte| *byte == 0).nth(1)?;
        let class = String::from_utf8_lossy(class);
        (!class.is_empty()).then(|| class.into_owned())
    }

    pub fn title(&self, window: Window) -> Option<String> {
        let (name, any) = (AtomEnum::WM_NAME, AtomEnum::ANY);
        let text = self.property(window, name.into(), any.into()).ok()??;
        Some(String::from_utf8_lossy(&text).into_owned())
    }

    /// Gives a window the keys. False where it is gone, or does not take them.
    pub fn activate(&self, window: Window) -> Answer<bool> {
        if !there(self.connection.get_window_attributes(window)?.reply())? {
            return Ok(false);
        }
        let data = [BY_A_PERSON, CURRENT_TIME, NONE, 0, 0];
        let ask = ClientMessageEvent::new(32, window, self.atoms._NET_ACTIVE_WINDOW, data);
        let mask = EventMask::SUBSTRUCTURE_REDIRECT | EventMask::SUBSTRUCTURE_NOTIFY;
        self.connection
            .send_event(false, self.root, mask, ask)?
            .check()?;
        self.until(|| Ok(self.active()? == Some(window) && self.has_keys(window)?))
    }

    /// Ctrl+V, once nothing is held any more: held keys would make another key of it. False where it cannot be typed.
    pub fn type_paste(&self) -> Answer<bool> {
        let (Some(control), Some(v)) = (key(&self.connection, CONTROL)?, key(&self.connection, V)?)
        else {
            return Ok(false);
        };
        if !self.until(|| self.nothing_held())? {
            return Ok(false);
        }
        for (kind, key) in [
            (KEY_PRESS_EVENT, control),
            (KEY_PRESS_EVENT, v),
            (KEY_RELEASE_EVENT, v),
            (KEY_RELEASE_EVENT, control),
        ] {
            self.connection
                .xtest_fake_input(kind, key, CURRENT_TIME, self.root, 0, 0, 0)?
                .check()?;
        }
        Ok(true)
    }

    /// Whether keys can be typed at all.
    pub fn types(&self) -> bool {
        let version = self.connection.xtest_get_version(2, 2);
        version.is_ok_and(|version| version.reply().is_ok())
    }

    /// The window that holds the clipboard; none where it is empty.
    pub fn clipboard_owner(&self) -> Answer<Option<Window>> {
        let owner = self.connection.get_selection_owner(self.atoms.CLIPBOARD)?;
        Ok(some(owner.reply()?.owner))
    }

    fn active(&self) -> Answer<Option<Window>> {
        let (name, kind) = (self.atoms._NET_ACTIVE_WINDOW, AtomEnum::WINDOW);
        let value = self.property(self.root, name, kind.into())?;
        Ok(value.and_then(|value| number(&value)).and_then(some))
    }

    fn process(&self, window: Window) -> Answer<Option<u32>> {
        let (name, kind) = (self.atoms._NET_WM_PID, AtomEnum::CARDINAL);
        let value = self.property(window, name, kind.into())?;
        Ok(value.and_then(|value| number(&value)))
    }

    /// Whether typed keys arrive in a window, or in one within it.
    fn has_keys(&self, window: Window) -> Answer<bool> {
        let mut at = self.connection.get_input_focus()?.reply()?.focus;
        while at != window {
            let tree = self.connection.query_tree(at)?.reply();
            match tree {
                Ok(tree) if tree.parent != NONE => at = tree.parent,
                Ok(_) | Err(ReplyError::X11Error(_)) => return Ok(false),
                Err(e) => return Err(e),
            }
        }
        Ok(true)
    }

    fn nothing_held(&self) -> Answer<bool> {
        let mask = self.connection.query_pointer(self.root)?.reply()?.mask;
        Ok(!HELD.iter().any(|held| mask.contains(*held)))
    }

    /// None where there is none, or the window is gone.
    fn property(&self, window: Window, name: Atom, kind: Atom) -> Answer<Option<Vec<u8>>> {
        let asked = self
            .connection
            .get_property(false, window, name, kind, 0, 1024)?;
        match asked.reply() {
            Ok(found) if found.type_ != NONE => Ok(Some(found.value)),
            Ok(_) | Err(ReplyError::X11Error(_)) => Ok(None),
            Err(e) => Err(e),
        }
    }

    fn until(&self, holds: impl Fn() -> Answer<bool>) -> Answer<bool> {
        for _ in 0..PATIENCE {
            if holds()? {
                return Ok(true);
            }
            sleep(Duration::from_millis(10));
        }
        Ok(false)
    }
}

/// The key that types this on the keyboard that is set.
pub fn key(connection: &RustConnection, sign: Keysym) -> Answer<Option<Keycode>> {
    let setup = connection.setup();
    let (first, last) = (setup.min_keycode, setup.max_keycode);
    let count = last.saturating_sub(first).saturating_add(1);
    let map = connection.get_keyboard_mapping(first, count)?.reply()?;
    let columns = usize::from(map.keysyms_per_keycode.max(1));
    let at = map.keysyms.chunks(columns).position(|s| s.contains(&sign));
    Ok(at.and_then(|at| first.checked_add(u8::try_from(at).ok()?)))
}

/// An answer of the server that a window is not there is no failure.
fn there<T>(answer: Answer<T>) -> Answer<bool> {
    match answer {
        Ok(_) => Ok(true),
        Err(ReplyError::X11Error(_)) => Ok(false),
        Err(e) => Err(e),
    }
}

fn some(window: Window) -> Option<Window> {
    (window != NONE).then_some(window)
}

fn number(value: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(value.get(..4)?.try_into().ok()?))
}
