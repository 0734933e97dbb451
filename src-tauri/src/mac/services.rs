//! The entry in the Services menu of every program: marked text is handed over, and spoken. Needs no permission, and works
//! where Accessibility tells nothing. `Info.plist` declares it; the system shows it for an installed bundle only.

#![expect(unsafe_code, reason = "services are called by Objective-C")]

use std::mem;

use objc2::rc::Retained;
use objc2::{DefinedClass, MainThreadMarker, MainThreadOnly, define_class, msg_send};
use objc2_app_kit::{NSApplication, NSPasteboard, NSPasteboardTypeString, NSUpdateDynamicServices};
use objc2_foundation::{NSObject, NSObjectProtocol, NSString};
use tauri::{AppHandle, Runtime};

use crate::actions;

struct Ivars {
    speak: Box<dyn Fn(&str)>,
}

define_class!(
    // SAFETY: NSObject asks nothing of its subclasses, and `Provider` does not implement Drop.
    #[unsafe(super(NSObject))]
    #[thread_kind = MainThreadOnly]
    #[name = "MynaServices"]
    #[ivars = Ivars]
    struct Provider;

    // SAFETY: it asks for nothing.
    unsafe impl NSObjectProtocol for Provider {}

    impl Provider {
        // SAFETY: the signature that the system calls, with the message of Info.plist.
        #[unsafe(method(speakWithMyna:userData:error:))]
        fn speak(&self, board: &NSPasteboard, _: Option<&NSString>, _: *mut *mut NSString) {
            // SAFETY: a constant of the framework.
            let text = board.stringForType(unsafe { NSPasteboardTypeString });
            // What is no text is answered like an empty one: nothing is marked.
            let text = text.map(|text| text.to_string()).unwrap_or_default();
            (self.ivars().speak)(&text);
        }
    }
);

/// From here on, until the app ends.
pub fn offer_service<R: Runtime>(app: &AppHandle<R>) {
    let Some(main) = MainThreadMarker::new() else {
        eprintln!("myna-app: no service can be offered from here");
        return;
    };
    let app = app.clone();
    let this = Provider::alloc(main).set_ivars(Ivars {
        speak: Box::new(move |text| actions::report(&app, actions::speak_given(&app, text))),
    });
    // SAFETY: `init` of NSObject takes nothing and returns the object.
    let provider: Retained<Provider> = unsafe { msg_send![super(this), init] };
    // SAFETY: it has the methods that Info.plist names (tests/app/config.rs compares them).
    unsafe { NSApplication::sharedApplication(main).setServicesProvider(Some(&provider)) };
    // The application does not hold on to its provider.
    mem::forget(provider);
    NSUpdateDynamicServices();
}
