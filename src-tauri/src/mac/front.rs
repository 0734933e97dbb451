//! The program in front, as the workspace tells it, and pasting into it.

use std::mem;
use std::ptr::NonNull;
use std::thread::sleep;
use std::time::Duration;

use block2::RcBlock;
use objc2::MainThreadMarker;
use objc2_app_kit::{
    NSApplication, NSApplicationActivationOptions, NSRunningApplication, NSWorkspace,
    NSWorkspaceDidActivateApplicationNotification,
};
use objc2_foundation::NSNotification;
use tauri::{AppHandle, Runtime};

use super::accessibility::allowed;
use super::typing::{PASTE, command};
use crate::Error;
use crate::front::{Front, Program};

/// How long a program may take to come to the front, in hundredths of a second.
const PATIENCE: u32 = 300;

/// The workspace tells of every program that comes to the front.
#[expect(unsafe_code, reason = "the observer is called by Objective-C")]
pub fn follow(front: Front) {
    look(&front);
    let came = RcBlock::new(move |_: NonNull<NSNotification>| look(&front));
    let center = NSWorkspace::sharedWorkspace().notificationCenter();
    // SAFETY: a constant of the framework; the block takes a notification and owns what it uses.
    let observer = unsafe {
        center.addObserverForName_object_queue_usingBlock(
            Some(NSWorkspaceDidActivateApplicationNotification),
            None,
            None,
            &came,
        )
    };
    // Until the app ends.
    mem::forget(observer);
}

fn look(front: &Front) {
    let Some(program) = NSWorkspace::sharedWorkspace().frontmostApplication() else {
        return;
    };
    let handle = program.processIdentifier();
    let own = u32::try_from(handle).ok() == Some(std::process::id());
    let id = program.bundleIdentifier().map(|id| id.to_string());
    let name = program.localizedName().map(|name| name.to_string());
    front.came((!own).then(|| Program {
        name: name.or_else(|| id.clone()).unwrap_or_default(),
        id,
        handle,
    }));
}

/// What can type into other programs.
pub struct Hand;

impl Hand {
    /// None without the person's permission; the system then asks for it by itself.
    pub fn free() -> Option<Self> {
        allowed().then_some(Self)
    }

    /// Brings the program to the front, and types ⌘V.
    pub fn paste_into<R: Runtime>(
        &self,
        app: &AppHandle<R>,
        program: &Program,
    ) -> Result<(), Error> {
        let handle = program.handle;
        app.run_on_main_thread(move || bring(handle))?;
        for _ in 0..PATIENCE {
            let front = NSWorkspace::sharedWorkspace().frontmostApplication();
            if front.is_some_and(|front| front.processIdentifier() == handle) {
                return command(PASTE).then_some(()).ok_or(Error::NoPaste);
            }
            sleep(Duration::from_millis(10));
        }
        Err(Error::NothingInFront)
    }
}

/// Only the program in front can hand that place on.
fn bring(handle: i32) {
    let found = NSRunningApplication::runningApplicationWithProcessIdentifier(handle);
    if let (Some(program), Some(main)) = (found, MainThreadMarker::new()) {
        NSApplication::sharedApplication(main).yieldActivationToApplication(&program);
        let myna = NSRunningApplication::currentApplication();
        program.activateFromApplication_options(&myna, NSApplicationActivationOptions::empty());
    }
}
