//! What is marked in the program in front: `selection::ladder` says which way is taken when, this carries them out.
//!
//! Needs the person's permission. Until it is given, every call fails with `no_permission`, and the system shows its own
//! question beside it, without waiting for the answer.

use std::sync::Mutex;

use myna_engine::home::Home;
use objc2::rc::autoreleasepool;
use objc2_app_kit::{NSRunningApplication, NSWorkspace};
use objc2_foundation::NSString;

use super::accessibility::{Element, allowed};
use super::pasteboard::General;
use super::typing::{COPY, command};
use crate::Error;
use crate::loan::Loan;
use crate::selection::ladder::{Entry, Outcome, Step, Ways, climb};
use crate::selection::memory::Memory;

/// Always runs, and answers.
const DOCK: &str = "com.apple.dock";
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
            Step::Keys => self.loan.copied(|| command(COPY)),
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
