//! Keys that work in every program, held on the X server, under Wayland on the one that comes with it.
//!
//! One thread waits for them and costs nothing until one is pressed. A key that is held down counts once. Fails, saying so
//! once, where there is no X server: then no key can be had.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use tauri::{AppHandle, Runtime};
use tauri_plugin_global_shortcut::{Code, Modifiers, Shortcut};
use x11rb::connection::Connection;
use x11rb::errors::{ConnectError, ConnectionError, ReplyError};
use x11rb::protocol::Event;
use x11rb::protocol::xkb::{ConnectionExt as _, ID, PerClientFlag};
use x11rb::protocol::xproto::{ConnectionExt as _, GrabMode, Keycode, Keysym, ModMask, Window};
use x11rb::rust_connection::RustConnection;

use super::x11;
use crate::keys::{self, Keyboard, NoKeyboard};

/// Keys are taken with each of these, because a lock must make no difference: none, Caps Lock, Num Lock, both.
const LOCKS: [u16; 4] = [0, 1 << 1, 1 << 4, 1 << 1 | 1 << 4];

/// What can be held with a key, apart from locks: Shift, Control, Alt, Super.
const HELD: u16 = 1 | 1 << 2 | 1 << 3 | 1 << 6;

/// A key of the keyboard and what is held with it.
type Pressed = (Keycode, u16);

#[derive(Clone)]
struct Server {
    connection: Arc<RustConnection>,
    root: Window,
    /// What each key does.
    taken: Arc<Mutex<BTreeMap<Pressed, &'static str>>>,
}

#[derive(Debug, thiserror::Error)]
enum Trouble {
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error(transparent)]
    Reply(#[from] ReplyError),
    #[error(transparent)]
    Thread(#[from] std::io::Error),
}

/// The system's keys.
pub fn keyboard<R: Runtime>(app: &AppHandle<R>) -> Box<dyn Keyboard> {
    let app = app.clone();
    match Server::start(move |does| keys::press(&app, does)) {
        Ok(server) => Box::new(server),
        Err(e) => {
            eprintln!("myna-app: no keys in other programs: {e}");
            Box::new(NoKeyboard)
        }
    }
}

impl Server {
    fn start(press: impl Fn(&'static str) + Send + 'static) -> Result<Self, Trouble> {
        let (connection, screen) = RustConnection::connect(None)?;
        connection.xkb_use_extension(1, 0)?.reply()?;
        // A key that is held down is pressed again and again, and let go once.
        let (once, none) = (PerClientFlag::DETECTABLE_AUTO_REPEAT, Default::default());
        let keyboard = ID::USE_CORE_KBD.into();
        connection
            .xkb_per_client_flags(keyboard, once, once, none, none, none)?
            .reply()?;
        let server = Self {
            root: connection.setup().roots[screen].root,
            connection: Arc::new(connection),
            taken: Arc::default(),
        };
        let waiting = server.clone();
        let thread = std::thread::Builder::new().name("keys".into());
        thread.spawn(move || waiting.wait(press))?;
        Ok(server)
    }

    /// Until the server is gone.
    fn wait(&self, press: impl Fn(&'static str)) {
        let mut down = None;
        while let Ok(event) = self.connection.wait_for_event() {
            match event {
                Event::KeyPress(event) if down != Some(event.detail) => {
                    down = Some(event.detail);
                    let held = u16::from(event.state) & HELD;
                    let does = self.taken().get(&(event.detail, held)).copied();
                    does.into_iter().for_each(&press);
                }
                Event::KeyRelease(event) if down == Some(event.detail) => down = None,
                _ => {}
            }
        }
    }

    fn taken(&self) -> MutexGuard<'_, BTreeMap<Pressed, &'static str>> {
        // A list of keys is whole at every moment.
        self.taken.lock().unwrap_or_else(|e| e.into_inner())
    }

    /// Where the key lies on this keyboard, if it does.
    fn place(&self, key: Shortcut) -> Result<Option<Pressed>, Trouble> {
        let Some(wanted) = keysym(key.key) else {
            return Ok(None);
        };
        let place = x11::key(&self.connection, wanted)?;
        Ok(place.map(|place| (place, held_with(key.mods))))
    }

    /// False where another program has it.
    fn grab(&self, (key, held): Pressed) -> Result<bool, Trouble> {
        for lock in LOCKS {
            let with = ModMask::from(held | lock);
            let (root, mode) = (self.root, GrabMode::ASYNC);
            let asked = self
                .connection
                .grab_key(false, root, with, key, mode, mode)?;
            match asked.check() {
                Ok(()) => {}
                Err(ReplyError::X11Error(_)) => {
                    self.ungrab((key, held))?;
                    return Ok(false);
                }
                Err(e) => return Err(e.into()),
            }
        }
        Ok(true)
    }

    fn ungrab(&self, (key, held): Pressed) -> Result<(), Trouble> {
        for lock in LOCKS {
            let with = ModMask::from(held | lock);
            self.connection.ungrab_key(key, self.root, with)?.check()?;
        }
        Ok(())
    }
}

impl Keyboard for Server {
    fn take(&self, key: Shortcut, does: &'static str) -> bool {
        let Ok(Some(place)) = self.place(key) else {
            return false;
        };
        // The server would give it a second time to the same program.
        let ours = self.taken().contains_key(&place);
        let had = !ours && self.grab(place).unwrap_or(false);
        if had {
            self.taken().insert(place, does);
        }
        had
    }

    fn release(&self, key: Shortcut) {
        if let Ok(Some(place)) = self.place(key) {
            self.taken().remove(&place);
            // What is not held any more need not be given back.
            _ = self.ungrab(place);
        }
    }
}

fn held_with(held: Modifiers) -> u16 {
    let bits = [
        (Modifiers::SHIFT, 0),
        (Modifiers::CONTROL, 2),
        (Modifiers::ALT, 3),
        (Modifiers::SUPER, 6),
    ];
    let bits = bits.iter().filter(|(one, _)| held.contains(*one));
    bits.fold(0, |all, (_, bit)| all | 1 << bit)
}

/// The X server's number of what is printed on a key. Its letters, digits and signs are those of Latin-1.
fn keysym(key: Code) -> Option<Keysym> {
    let name = key.to_string();
    let one = |start: &str| {
        let mut rest = name.strip_prefix(start)?.chars();
        rest.next()
            .filter(|c| c.is_ascii() && rest.next().is_none())
    };
    if let Some(letter) = one("Key") {
        return Some(Keysym::from(letter.to_ascii_lowercase() as u8));
    }
    if let Some(digit) = one("Digit") {
        return Some(Keysym::from(digit as u8));
    }
    if let Some(digit) = one("Numpad") {
        return digit.to_digit(10).map(|digit| 0xffb0 + digit);
    }
    let number = name.strip_prefix('F').and_then(|n| n.parse::<u32>().ok());
    if let Some(number) = number.filter(|n| (1..=24).contains(n)) {
        return Some(0xffbd + number);
    }
    Some(match key {
        Code::Space => 0x20,
        Code::Quote => 0x27,
        Code::Comma => 0x2c,
        Code::Minus => 0x2d,
        Code::Period => 0x2e,
        Code::Slash => 0x2f,
        Code::Semicolon => 0x3b,
        Code::Equal => 0x3d,
        Code::BracketLeft => 0x5b,
        Code::Backslash => 0x5c,
        Code::BracketRight => 0x5d,
        Code::Backquote => 0x60,
        Code::Backspace => 0xff08,
        Code::Tab => 0xff09,
        Code::Enter => 0xff0d,
        Code::Pause => 0xff13,
        Code::ScrollLock => 0xff14,
        Code::Escape => 0xff1b,
        Code::Home => 0xff50,
        Code::ArrowLeft => 0xff51,
        Code::ArrowUp => 0xff52,
        Code::ArrowRight => 0xff53,
        Code::ArrowDown => 0xff54,
        Code::PageUp => 0xff55,
        Code::PageDown => 0xff56,
        Code::End => 0xff57,
        Code::PrintScreen => 0xff61,
        Code::Insert => 0xff63,
        Code::NumLock => 0xff7f,
        Code::NumpadMultiply => 0xffaa,
        Code::NumpadAdd => 0xffab,
        Code::NumpadSubtract => 0xffad,
        Code::NumpadDecimal => 0xffae,
        Code::NumpadDivide => 0xffaf,
        Code::CapsLock => 0xffe5,
        Code::Delete => 0xffff,
        Code::AudioVolumeDown => 0x1008_ff11,
        Code::AudioVolumeMute => 0x1008_ff12,
        Code::AudioVolumeUp => 0x1008_ff13,
        Code::MediaPlay => 0x1008_ff14,
        Code::MediaStop => 0x1008_ff15,
        Code::MediaTrackPrevious => 0x1008_ff16,
        Code::MediaTrackNext => 0x1008_ff17,
        Code::MediaPause => 0x1008_ff31,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_have_the_numbers_of_what_is_printed_on_them() {
        let number = |text: &str| {
            text.parse::<Shortcut>()
                .ok()
                .and_then(|key| keysym(key.key))
        };
        for (text, wanted) in [
            ("ctrl+s", Some(0x73)),
            ("ctrl+7", Some(0x37)),
            ("ctrl+f5", Some(0xffc2)),
            ("ctrl+f24", Some(0xffd5)),
            ("ctrl+comma", Some(0x2c)),
            ("ctrl+num7", Some(0xffb7)),
            ("ctrl+up", Some(0xff52)),
        ] {
            assert_eq!(number(text), wanted, "{text}");
        }
        assert_eq!(keysym(Code::BrowserBack), None);
    }

    #[test]
    fn what_is_held_is_told_apart_and_locks_are_none_of_it() {
        let all = Modifiers::SHIFT | Modifiers::CONTROL | Modifiers::ALT | Modifiers::SUPER;
        assert_eq!(held_with(all), HELD);
        assert_eq!(held_with(Modifiers::CONTROL | Modifiers::ALT), 0b1100);
        assert!(LOCKS.iter().all(|lock| lock & HELD == 0));
    }
}
