//! The keys that work in every program: what they do, which ones a person has set, and taking them from the system.
//!
//! Set keys are in the settings, by what they do. A key from there that cannot be had is told once and costs nothing else:
//! the menu does the same. A new key is applied at once; one that is refused leaves the old one. Fails with `no_key`,
//! `bare_key`, `key_shared` and `shortcut`.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use std::sync::{Mutex, MutexGuard};

use myna_engine::settings::SettingsFile;
use tauri::{AppHandle, Manager, Runtime};
use tauri_plugin_global_shortcut::{Code, Modifiers, Shortcut};

#[cfg(target_os = "linux")]
use crate::linux::keyboard;
#[cfg(target_os = "macos")]
use crate::mac::keyboard;
use crate::work::Work;
use crate::{Error, actions};

type Action<R> = fn(&AppHandle<R>) -> Result<(), Error>;

/// What each key does, by its name in the settings and on pages; its usual key; and the doing. The usual ones clash with
/// little: systems and large programs leave Control and Option (Alt) together nearly free.
fn table<R: Runtime>() -> Vec<(&'static str, &'static str, Action<R>)> {
    vec![
        ("speak", "ctrl+alt+s", actions::speak_selection),
        ("queue", "ctrl+alt+shift+s", actions::queue_selection),
        ("record", "ctrl+alt+r", actions::record),
    ]
}

/// What there are keys for.
fn deeds() -> impl Iterator<Item = (&'static str, &'static str)> {
    let all = table::<tauri::Wry>().into_iter();
    all.map(|(does, usual, _)| (does, usual))
}

/// A combination of keys, with at least one of Control, Option (Alt) and Command in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key(Shortcut);

impl FromStr for Key {
    type Err = Error;

    /// As it stands in the settings: `ctrl+alt+s`.
    fn from_str(text: &str) -> Result<Self, Error> {
        let parsed = text.trim().parse::<Shortcut>();
        let key = Self(parsed.map_err(|_| Error::NoKey(text.trim().to_owned()))?);
        let held = Modifiers::CONTROL | Modifiers::ALT | Modifiers::SUPER;
        match key.0.mods.intersects(held) {
            true => Ok(key),
            false => Err(Error::BareKey(key.to_string())),
        }
    }
}

/// Modifiers in the order in which people name them: as they are written, and as they are shown elsewhere and on a Mac.
const MODIFIERS: [(Modifiers, &str, &str, &str); 4] = [
    (Modifiers::CONTROL, "ctrl", "Ctrl", "⌃"),
    (Modifiers::ALT, "alt", "Alt", "⌥"),
    (Modifiers::SHIFT, "shift", "Shift", "⇧"),
    (Modifiers::SUPER, "super", "Super", "⌘"),
];

impl Key {
    /// As it is kept in the settings.
    fn written(self) -> String {
        let held = MODIFIERS.iter().filter(|one| self.0.mods.contains(one.0));
        let held = held.map(|one| format!("{}+", one.1)).collect::<String>();
        held + &short(self.0.key).to_lowercase()
    }
}

impl fmt::Display for Key {
    /// As people read it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, _, elsewhere, mac) in MODIFIERS {
            if self.0.mods.contains(modifier) {
                match cfg!(target_os = "macos") {
                    true => f.write_str(mac)?,
                    false => write!(f, "{elsewhere}+")?,
                }
            }
        }
        f.write_str(&short(self.0.key))
    }
}

/// A key without the word that tells its kind: `KeyS` is S, `Digit1` is 1.
fn short(code: Code) -> String {
    let name = code.to_string();
    let one = ["Key", "Digit"]
        .iter()
        .find_map(|kind| name.strip_prefix(kind));
    one.filter(|rest| rest.len() == 1)
        .unwrap_or(&name)
        .to_owned()
}

/// Whatever takes keys away from all other programs.
pub trait Keyboard: Send + Sync {
    /// Says whether it could be had.
    fn take(&self, key: Shortcut, does: &'static str) -> bool;
    fn release(&self, key: Shortcut);
}

/// A system that gives no keys out.
pub struct NoKeyboard;

impl Keyboard for NoKeyboard {
    fn take(&self, _: Shortcut, _: &'static str) -> bool {
        false
    }

    fn release(&self, _: Shortcut) {}
}

/// Does what the key of this name does.
pub fn press<R: Runtime>(app: &AppHandle<R>, does: &str) {
    if let Some((_, _, action)) = table::<R>().into_iter().find(|one| one.0 == does) {
        actions::report(app, action(app));
    }
}

/// Takes every key from the system.
pub fn claim<R: Runtime>(app: &AppHandle<R>) {
    claim_from(app, keyboard(app));
}

/// Takes every key; each that cannot be had is reported, the others work.
pub fn claim_from<R: Runtime>(app: &AppHandle<R>, keyboard: Box<dyn Keyboard>) {
    let set = app.state::<Work>().settings().map(|set| set.keys);
    let keys = app.state::<Keys>();
    // The settings were read before, and what is wrong with them was told then.
    for refusal in keys.begin(keyboard, &set.unwrap_or_default()) {
        actions::report(app, Err(refusal));
    }
}

/// The keys that are held.
#[derive(Default)]
pub struct Keys(Mutex<Held>);

#[derive(Default)]
struct Held {
    keyboard: Option<Box<dyn Keyboard>>,
    keys: BTreeMap<&'static str, Key>,
    /// Given back for now, because a page listens for one.
    resting: bool,
}

/// A key as it is listed: what it does, how people read it where it could be had, and whether it is the usual one.
pub type Listed = (&'static str, Option<String>, bool);

impl Keys {
    fn begin(&self, keyboard: Box<dyn Keyboard>, set: &BTreeMap<String, String>) -> Vec<Error> {
        let mut held = self.held();
        held.keyboard = Some(keyboard);
        let mut refusals = Vec::new();
        for (does, usual) in deeds() {
            let wanted = set.get(does).map_or(usual, String::as_str);
            if let Err(e) = wanted.parse().and_then(|key| held.take(does, key)) {
                refusals.push(e);
            }
        }
        refusals
    }

    /// All of them, in their order.
    pub fn listed(&self) -> Vec<Listed> {
        let held = self.held();
        let list = deeds().map(|(does, usual)| {
            let key = held.keys.get(does);
            let same = key.is_some_and(|key| usual.parse::<Key>().is_ok_and(|usual| usual == *key));
            (does, key.map(Key::to_string), same)
        });
        list.collect()
    }

    /// Has `key` do this from now on, the usual one without it, and keeps it in the settings.
    pub fn set(
        &self,
        does: &str,
        key: Option<&str>,
        settings: &mut SettingsFile,
    ) -> Result<(), Error> {
        let deed = deeds().find(|(name, _)| *name == does);
        let (does, usual) = deed.ok_or(Error::Gone)?;
        let new: Key = key.unwrap_or(usual).parse()?;
        let mut held = self.held();
        let old = held.keys.get(does).copied();
        if old != Some(new) {
            held.take(does, new)?;
        }
        let kept = settings.update(|settings| {
            match key {
                Some(_) => settings.keys.insert(does.to_owned(), new.written()),
                None => settings.keys.remove(does),
            };
        });
        let gone = match (&kept, old) {
            (Err(_), _) => Some(new),
            (Ok(()), old) => old,
        };
        if let Some(gone) = gone.filter(|_| old != Some(new)) {
            held.release(gone);
        }
        if kept.is_err() {
            match old {
                Some(old) => held.keys.insert(does, old),
                None => held.keys.remove(does),
            };
        }
        Ok(kept?)
    }

    /// Gives all keys back while a page listens for a new one, or takes them again; what another program took meanwhile is
    /// told.
    pub fn rest(&self, resting: bool) -> Result<(), Error> {
        let mut held = self.held();
        if std::mem::replace(&mut held.resting, resting) == resting {
            return Ok(());
        }
        let all: Vec<_> = held.keys.iter().map(|(does, key)| (*does, *key)).collect();
        let mut outcome = Ok(());
        for (does, key) in all {
            if resting {
                held.release_now(key);
            } else if let Err(e) = held.take_now(does, key) {
                held.keys.remove(does);
                outcome = Err(e);
            }
        }
        outcome
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        // A list of keys is whole at every moment.
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

impl Held {
    fn take(&mut self, does: &'static str, key: Key) -> Result<(), Error> {
        let shared = self
            .keys
            .iter()
            .any(|(other, held)| *other != does && *held == key);
        if shared {
            return Err(Error::KeyShared(key.to_string()));
        }
        // Also while they rest: only the system knows whether another program has it.
        self.take_now(does, key)?;
        if self.resting {
            self.release_now(key);
        }
        self.keys.insert(does, key);
        Ok(())
    }

    fn release(&self, key: Key) {
        if !self.resting {
            self.release_now(key);
        }
    }

    fn take_now(&self, does: &'static str, key: Key) -> Result<(), Error> {
        let had = self.keyboard.as_ref().is_none_or(|k| k.take(key.0, does));
        had.then_some(())
            .ok_or_else(|| Error::Shortcut(key.to_string()))
    }

    fn release_now(&self, key: Key) {
        if let Some(keyboard) = &self.keyboard {
            keyboard.release(key.0);
        }
    }
}

#[cfg(test)]
mod tests;
