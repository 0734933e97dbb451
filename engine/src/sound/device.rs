//! Which of the devices that there are is meant, by its name.

use crate::{Error, Result};
use rodio::cpal::Device;

/// The name of each, once: some systems list a device under several ways to it.
pub(super) fn names(devices: &[Device]) -> Vec<String> {
    once(devices.iter().map(Device::to_string))
}

/// The device of this name. `kind` is what people call its like.
pub(super) fn choose(devices: Vec<Device>, kind: &str, name: &str) -> Result<Device> {
    let all: Vec<String> = devices.iter().map(Device::to_string).collect();
    match which(&all, name) {
        Some(at) => devices.into_iter().nth(at),
        None => None,
    }
    .ok_or_else(|| {
        Error::request(
            format!("there is no {kind} {name:?}"),
            format!("There are: {}.", once(all.into_iter()).join("; ")),
        )
    })
}

fn once(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut all = Vec::new();
    for name in names {
        if !all.contains(&name) {
            all.push(name);
        }
    }
    all
}

/// By its full name, else by a part of it, in any case.
fn which(names: &[String], wanted: &str) -> Option<usize> {
    let wanted = wanted.to_lowercase();
    let lower: Vec<String> = names.iter().map(|n| n.to_lowercase()).collect();
    let exact = lower.iter().position(|n| *n == wanted);
    exact.or_else(|| {
        lower
            .iter()
            .position(|n| !wanted.is_empty() && n.contains(&wanted))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_device_is_found_by_its_name_or_a_part_of_it() {
        let names = ["Built-in Microphone", "USB Mic", "usb mic 2", "Mic"].map(String::from);
        assert_eq!(which(&names, "mic"), Some(3));
        assert_eq!(which(&names, "USB"), Some(1));
        assert_eq!(which(&names, "usb mic 2"), Some(2));
        assert_eq!(which(&names, "headset"), None);
        assert_eq!(which(&names, ""), None);
    }

    #[test]
    fn a_device_is_named_once() {
        let names = ["b", "a", "b"].map(String::from);
        assert_eq!(once(names.into_iter()), ["b", "a"]);
    }

    #[test]
    fn a_device_that_is_not_there_is_named_with_those_that_are() {
        let refusal = choose(Vec::new(), "speaker", "USB").unwrap_err();
        assert_eq!(refusal.kind(), "bad-input");
        assert!(refusal.to_string().contains("speaker \"USB\""), "{refusal}");
    }
}
