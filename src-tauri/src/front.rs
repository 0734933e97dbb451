//! The program in front: the one in which a person was at work when Myna was asked for something, to be named and gone
//! back to.
//!
//! It is followed from the start, since it is not in front any more once a window of Myna's is; those do not count. Where the
//! system does not tell, as under Wayland, there is none.

use std::sync::{Arc, Mutex, MutexGuard};

/// Where the system finds a program: its window, or its process.
#[cfg(target_os = "linux")]
pub type Handle = u32;
#[cfg(target_os = "macos")]
pub type Handle = i32;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// The same at every start: the identifier of its bundle, on Linux the class of its window. Some have none.
    pub id: Option<String>,
    /// What people call it.
    pub name: String,
    pub handle: Handle,
}

/// Cheap to hand on; all of them know the same.
#[derive(Debug, Default, Clone)]
pub struct Front(Arc<Mutex<Option<Program>>>);

impl Front {
    /// The one that is in front, or was before Myna.
    pub fn program(&self) -> Option<Program> {
        self.held().clone()
    }

    /// Another one came to the front.
    pub fn came(&self, program: Program) {
        *self.held() = Some(program);
    }

    /// From here on, until the app ends.
    pub fn follow(&self) {
        #[cfg(target_os = "linux")]
        crate::linux::front::follow(self.clone());
        #[cfg(target_os = "macos")]
        crate::mac::front::follow(self.clone());
    }

    fn held(&self) -> MutexGuard<'_, Option<Program>> {
        // A program is whole at every moment.
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}
