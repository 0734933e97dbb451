//! Keys as if typed, with ⌘ held. Needs the same permission as reading what is marked.

use std::thread::sleep;
use std::time::Duration;

use objc2_core_graphics::{
    CGEvent, CGEventFlags, CGEventSource, CGEventSourceStateID, CGEventTapLocation,
};

/// The place of a key on the keyboard; its letter is sent along, for layouts that have another one there.
pub type Key = (u16, &'static str);
pub const COPY: Key = (8, "c");
pub const PASTE: Key = (9, "v");
/// Held by the person who pressed Myna's key.
const HELD: [CGEventFlags; 4] = [
    CGEventFlags::MaskCommand,
    CGEventFlags::MaskShift,
    CGEventFlags::MaskControl,
    CGEventFlags::MaskAlternate,
];

/// ⌘ and a key, once nothing is held any more: held keys would make another one of it. False where it cannot be typed.
pub fn command(key: Key) -> bool {
    let free = || {
        let held = CGEventSource::flags_state(CGEventSourceStateID::CombinedSessionState);
        !HELD.iter().any(|&key| held.contains(key))
    };
    for _ in 0..100 {
        if free() {
            return press(key);
        }
        sleep(Duration::from_millis(10));
    }
    false
}

#[expect(unsafe_code, reason = "the letter is handed over as a C array")]
fn press((place, letter): Key) -> bool {
    let letter: Vec<u16> = letter.encode_utf16().collect();
    let source = CGEventSource::new(CGEventSourceStateID::Private);
    let [down, up] = [true, false].map(|down| {
        let event = CGEvent::new_keyboard_event(source.as_deref(), place, down)?;
        CGEvent::set_flags(Some(&event), CGEventFlags::MaskCommand);
        // SAFETY: the array lives through the call, which copies that many units of it.
        unsafe {
            CGEvent::keyboard_set_unicode_string(Some(&event), letter.len() as _, letter.as_ptr());
        }
        Some(event)
    });
    let (Some(down), Some(up)) = (down, up) else {
        return false;
    };
    CGEvent::post(CGEventTapLocation::HIDEventTap, Some(&down));
    CGEvent::post(CGEventTapLocation::HIDEventTap, Some(&up));
    true
}
