//! The devices that a person has chosen: what is heard through, and what is recorded.
//!
//! The choice is read from the settings with every opening. A device that is not to be had leaves the system's own, and that
//! is told; without any, it fails as the engine's sound does.

use myna_engine::Result;
use myna_engine::home::Home;
use myna_engine::settings::{self, SettingsFile};
use myna_engine::sound::Playback;
use myna_engine::sound::record::Microphone;

use crate::desk::Desk;
use crate::{Error, Problem};

/// Seconds that the output can hold; a reading keeps far less in it.
const ROOM: f64 = 2.0;

#[derive(Clone)]
pub struct Devices {
    home: Home,
    desk: Desk,
}

impl Devices {
    pub fn of(home: Home, desk: Desk) -> Self {
        Self { home, desk }
    }

    pub fn speaker(&self) -> Result<Playback> {
        let wanted = self.chosen()?.speaker;
        self.open(wanted, |name| Playback::open_on(name, ROOM))
    }

    pub fn microphone(&self) -> Result<Microphone> {
        let wanted = self.chosen()?.microphone;
        self.open(wanted, Microphone::open)
    }

    fn chosen(&self) -> Result<settings::Devices> {
        let file = SettingsFile::read(&self.home.settings())?;
        Ok(file.settings().devices.clone())
    }

    fn open<T>(
        &self,
        wanted: Option<String>,
        open: impl Fn(Option<&str>) -> Result<T>,
    ) -> Result<T> {
        let Some(name) = wanted else {
            return open(None);
        };
        open(Some(&name)).or_else(|_| {
            let device = open(None)?;
            self.desk.trouble(Problem::from(&Error::NoDevice(name)));
            Ok(device)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn devices() -> (Devices, Desk) {
        let desk = Desk::default();
        (Devices::of(Home::at("nowhere"), desk.clone()), desk)
    }

    /// Of a machine with these.
    fn plugged<'a>(there: &'a [&str]) -> impl Fn(Option<&str>) -> Result<String> + 'a {
        move |name| {
            let name = name.unwrap_or("default");
            let found = there.iter().find(|one| **one == name);
            let none = || myna_engine::Error::request(format!("no {name}"), "Connect one.");
            found.map(|one| one.to_string()).ok_or_else(none)
        }
    }

    #[test]
    fn a_device_that_is_gone_leaves_the_systems_and_is_told() {
        let (devices, desk) = devices();
        let there = plugged(&["default", "USB"]);
        let open = |name: Option<&str>| devices.open(name.map(str::to_owned), &there);
        assert_eq!(open(None).unwrap(), "default");
        assert_eq!(open(Some("USB")).unwrap(), "USB");
        assert_eq!(desk.snapshot().problem, None);
        assert_eq!(open(Some("Headset")).unwrap(), "default");
        let told = desk.snapshot().problem.unwrap();
        assert_eq!(told.kind, "no_device");
        assert!(told.message.contains("“Headset”"));
    }

    #[test]
    fn without_any_device_that_is_what_is_told() {
        let (devices, desk) = devices();
        let refusal = devices.open(Some("USB".into()), plugged(&[])).unwrap_err();
        assert_eq!(refusal.to_string(), "no default");
        assert_eq!(desk.snapshot().problem, None);
    }
}
