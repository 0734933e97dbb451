//! The selection of the program in front, through Accessibility: no copy, so the pasteboard stays untouched.
//!
//! Needs the person's permission. Until it is given, every call fails with `no_permission`, and the system shows its own
//! question beside it, without waiting for the answer. Programs that tell nothing (some drawn by Chromium) count as nothing selected.

#![expect(unsafe_code, reason = "Accessibility is a C interface")]

use std::ptr::{NonNull, null};

use objc2_application_services::{
    AXError, AXIsProcessTrustedWithOptions, AXUIElement, kAXTrustedCheckOptionPrompt,
};
use objc2_core_foundation::{CFBoolean, CFDictionary, CFRetained, CFString, CFType};

use crate::Error;

/// A program that hangs must not hold Myna up. Set on the system-wide object it holds for every call of this process, on any
/// other for that one alone.
const PATIENCE_SECONDS: f32 = 0.3;

/// The marked text; empty when nothing is marked, or the program does not tell.
pub fn selected_text() -> Result<String, Error> {
    if !may_look() {
        return Err(Error::NoPermission);
    }
    // SAFETY: takes no argument, returns an object that we own.
    let system = unsafe { AXUIElement::new_system_wide() };
    let focused = attribute(&system, "AXFocusedUIElement")?;
    let Some(focused) = focused.and_then(|found| found.downcast::<AXUIElement>().ok()) else {
        return Ok(String::new());
    };
    let selected = attribute(&focused, "AXSelectedText")?;
    Ok(selected
        .and_then(|found| found.downcast::<CFString>().ok())
        .map(|text| text.to_string())
        .unwrap_or_default())
}

/// Whether Myna may ask other programs. Where it may not, the system tells the person how to allow it.
fn may_look() -> bool {
    // SAFETY: a constant of the framework, there as long as the process is.
    let ask = unsafe { kAXTrustedCheckOptionPrompt };
    let options = CFDictionary::from_slices(&[ask], &[CFBoolean::new(true)]);
    // SAFETY: the dictionary holds the one key with a Boolean, as the function asks for.
    unsafe { AXIsProcessTrustedWithOptions(Some(options.as_opaque())) }
}

/// An attribute's value; none where the program has no answer.
fn attribute(of: &AXUIElement, name: &str) -> Result<Option<CFRetained<CFType>>, Error> {
    let mut value: *const CFType = null();
    // SAFETY: both live through the calls, and `value` is only read after success.
    let outcome = unsafe {
        of.set_messaging_timeout(PATIENCE_SECONDS);
        of.copy_attribute_value(&CFString::from_str(name), NonNull::from(&mut value))
    };
    match outcome {
        AXError::Success => {
            let value = NonNull::new(value.cast_mut());
            // SAFETY: a function named Copy hands its object over to us.
            Ok(value.map(|value| unsafe { CFRetained::from_raw(value) }))
        }
        // The grant can be stale: given to an earlier build, listed as allowed, and yet refused.
        AXError::APIDisabled => Err(Error::NoPermission),
        _ => Ok(None),
    }
}
