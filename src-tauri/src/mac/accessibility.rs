//! Elements of other programs, through Accessibility. A program that hangs costs each question a fraction of a second.

#![expect(unsafe_code, reason = "Accessibility is a C interface")]

use std::ptr::{NonNull, null};

use objc2_application_services::{
    AXError, AXIsProcessTrustedWithOptions, AXUIElement, kAXTrustedCheckOptionPrompt,
};
use objc2_core_foundation::{
    CFArray, CFBoolean, CFDictionary, CFNumber, CFRetained, CFString, CFType,
};

/// A program that hangs must not hold Myna up.
const PATIENCE_SECONDS: f32 = 0.3;

/// Whether Myna may ask other programs. Where it may not, the system tells the person how to allow it.
pub fn allowed() -> bool {
    // SAFETY: a constant of the framework, there as long as the process is.
    let ask = unsafe { kAXTrustedCheckOptionPrompt };
    let options = CFDictionary::from_slices(&[ask], &[CFBoolean::new(true)]);
    // SAFETY: the dictionary holds the one key with a Boolean, as the function asks for.
    unsafe { AXIsProcessTrustedWithOptions(Some(options.as_opaque())) }
}

/// A program, or a part of one.
pub struct Element(CFRetained<AXUIElement>);

impl Element {
    pub fn of_program(pid: i32) -> Self {
        // SAFETY: takes any number, returns an object that we own.
        Self::patient(unsafe { AXUIElement::new_application(pid) })
    }

    fn patient(element: CFRetained<AXUIElement>) -> Self {
        // SAFETY: the element is alive. A timeout that is refused leaves the system's own.
        unsafe { element.set_messaging_timeout(PATIENCE_SECONDS) };
        Self(element)
    }

    /// Whether it says anything about itself. One that is hung does not, nor does any where the permission is stale.
    pub fn answers(&self) -> bool {
        let (outcome, _) = self.read("AXRole");
        outcome != AXError::APIDisabled && outcome != AXError::CannotComplete
    }

    pub fn part(&self, name: &str) -> Option<Self> {
        let part = self.value(name)?.downcast::<AXUIElement>().ok()?;
        Some(Self::patient(part))
    }

    pub fn text(&self, name: &str) -> Option<String> {
        let text = self.value(name)?.downcast::<CFString>().ok()?;
        Some(text.to_string())
    }

    pub fn number(&self, name: &str) -> Option<i64> {
        self.value(name)?.downcast::<CFNumber>().ok()?.as_i64()
    }

    pub fn holds(&self, name: &str) -> Option<bool> {
        Some(self.value(name)?.downcast::<CFBoolean>().ok()?.as_bool())
    }

    /// What it is made of.
    pub fn parts(&self) -> Vec<Self> {
        let parts = self.value("AXChildren");
        let Some(parts) = parts.and_then(|found| found.downcast::<CFArray>().ok()) else {
            return Vec::new();
        };
        // SAFETY: children are elements, which are CFType; each is looked at before it is taken for one.
        let parts = unsafe { CFRetained::cast_unchecked::<CFArray<CFType>>(parts) };
        let elements = parts
            .iter()
            .filter_map(|part| part.downcast::<AXUIElement>().ok());
        elements.map(Self::patient).collect()
    }

    /// As if clicked. False where it cannot be.
    pub fn press(&self) -> bool {
        // SAFETY: the element is alive.
        let outcome = unsafe { self.0.perform_action(&CFString::from_static_str("AXPress")) };
        // Menus answer late, or not at all, and do it all the same.
        outcome == AXError::Success || outcome == AXError::CannotComplete
    }

    fn value(&self, name: &str) -> Option<CFRetained<CFType>> {
        self.read(name).1
    }

    fn read(&self, name: &str) -> (AXError, Option<CFRetained<CFType>>) {
        let mut value: *const CFType = null();
        // SAFETY: both live through the call, and `value` is only read after success.
        let outcome = unsafe {
            self.0
                .copy_attribute_value(&CFString::from_str(name), NonNull::from(&mut value))
        };
        let value = (outcome == AXError::Success).then(|| NonNull::new(value.cast_mut()));
        // SAFETY: a function named Copy hands its object over to us.
        let value = value.flatten().map(|v| unsafe { CFRetained::from_raw(v) });
        (outcome, value)
    }
}
