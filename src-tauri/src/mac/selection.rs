//! What is marked in the program in front: `selection::ladder` says which way is taken when, this carries them out.
//!
//! Needs the person's permission. Until it is given, every call fails with `no_permission`, and the system shows its own
//! question beside it, without waiting for the answer.

use std::sync::Mutex;
use std::thread::sleep;
use std::time::Duration;

use myna_engine::home::Home;
use objc2::rc::autoreleasepool;
use objc2_app_kit::{NSRunningApplication, NSWorkspace};
use objc2_core_graphics::{
    CGEvent, CGEventFlags, CGEventSource, CGEventSourceStateID, CGEventTapLocation,
};
use objc2_foundation::NSString;

use super::accessibility::{Element, allowed};
use super::pasteboard::General;
use crate::Error;
use crate::selection::ladder::{Entry, Outcome, Step, Ways, climb};
use crate::selection::loan::Loan;
use crate::selection::memory::Memory;

/// Always runs, and answers.
const DOCK: &str = "com.apple.dock";
/// The place of C on the keyboard; the letter is sent along, for layouts that have another one there.
const KEY_C: u16 = 8;
/// Held by the person who pressed Myna's key.
const HELD: [CGEventFlags; 4] = [
    CGEventFlags::MaskCommand,
    CGEventFlags::MaskShift,
    CGEventFlags::MaskControl,
    CGEventFlags::MaskAlternate,
];
/// Menus have fewer entries than this; what looks for more is lost in one that never ends.
const ENTRIES: usize = 600;

/// The marked text; empty when nothing is marked, or the program does not tell. One call at a time: the pasteboard is one.
pub fn selected_text(home: &Home) -> Result<String, Error> {
    static ONE: Mutex<()> = Mutex::new(());
    let _one = ONE.lock().unwrap_or_else(|e| e.into_inner());
    if !allowed() {
        return Err(Error::NoPermission);
    }
    autoreleasepool(|_| {
        let Some(program) = NSWorkspace::sharedWorkspace().frontmostApplication() else {
            return Ok(String::new());
        };
        let name = program.bundleIdentifier().map(|name| name.to_string());
        let mut ways = Front {
            program: Element::of_program(program.processIdentifier()),
            loan: Loan::of(General::new()),
        };
        let mut memory = Memory::at(home.selection());
        // A program without an identifier is none that can be known again; all of them share what worked last.
        climb(&name.unwrap_or_default(), &mut memory, &mut ways)
    })
}

/// The program in front.
struct Front {
    program: Element,
    loan: Loan<General>,
}

impl Ways for Front {
    fn answers(&mut self) -> bool {
        self.program.answers()
    }

    fn another_answers(&mut self) -> bool {
        let docks = NSRunningApplication::runningApplicationsWithBundleIdentifier(
            &NSString::from_str(DOCK),
        );
        docks
            .iter()
            .any(|dock| Element::of_program(dock.processIdentifier()).answers())
    }

    fn take(&mut self, step: Step) -> Outcome {
        match step {
            Step::Ask => self.ask(),
            Step::Menu => self.press_copy(),
            Step::Keys => self.loan.copied(type_copy),
        }
    }
}

impl Front {
    fn ask(&self) -> Outcome {
        let Some(focused) = self.program.part("AXFocusedUIElement") else {
            return Outcome::Silent;
        };
        if focused.text("AXSubrole").as_deref() == Some("AXSecureTextField") {
            return Outcome::Nothing;
        }
        focused
            .text("AXSelectedText")
            .map_or(Outcome::Silent, Outcome::Text)
    }

    fn press_copy(&mut self) -> Outcome {
        let Some(copy) = self.find_copy() else {
            return Outcome::Silent;
        };
        if copy.holds("AXEnabled") == Some(false) {
            return Outcome::Nothing;
        }
        self.loan.copied(|| copy.press())
    }

    /// In the menus of the bar, but for Apple's, which comes first; not in menus within them.
    fn find_copy(&self) -> Option<Element> {
        let bar = self.program.part("AXMenuBar")?;
        let menus = bar.parts().into_iter().skip(1);
        let entries = menus.flat_map(|menu| menu.parts()).flat_map(|m| m.parts());
        entries.take(ENTRIES).find(|entry| {
            let letter = entry.text("AXMenuItemCmdChar");
            // Most have no key; those need not be asked more.
            letter.is_some()
                && Entry {
                    held: entry.number("AXMenuItemCmdModifiers").unwrap_or_default(),
                    letter,
                }
                .copies()
        })
    }
}

/// ⌘C, once nothing is held any more: held keys would make another key of it.
fn type_copy() -> bool {
    let free = || {
        let held = CGEventSource::flags_state(CGEventSourceStateID::CombinedSessionState);
        !HELD.iter().any(|&key| held.contains(key))
    };
    for _ in 0..100 {
        if free() {
            return press(KEY_C, "c");
        }
        sleep(Duration::from_millis(10));
    }
    false
}

#[expect(unsafe_code, reason = "the letter is handed over as a C array")]
fn press(key: u16, letter: &str) -> bool {
    let letter: Vec<u16> = letter.encode_utf16().collect();
    let source = CGEventSource::new(CGEventSourceStateID::Private);
    let [down, up] = [true, false].map(|down| {
        let event = CGEvent::new_keyboard_event(source.as_deref(), key, down)?;
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
