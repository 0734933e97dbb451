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
pub struct Front(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    program: Option<Program>,
    /// Myna is in front of it.
    covered: bool,
}

impl Front {
    /// The one that is in front, or was before Myna.
    pub fn program(&self) -> Option<Program> {
        self.held().program.clone()
    }

    /// The one that is in front now, if that is not Myna.
    pub fn now(&self) -> Option<Program> {
        let seen = self.held();
        seen.program.clone().filter(|_| !seen.covered)
    }

    /// Another one came to the front; none is Myna itself.
    pub fn came(&self, program: Option<Program>) {
        let mut seen = self.held();
        seen.covered = program.is_none();
        if program.is_some() {
            seen.program = program;
        }
    }

    /// From here on, until the app ends.
    pub fn follow(&self) {
        #[cfg(target_os = "linux")]
        crate::linux::front::follow(self.clone());
        #[cfg(target_os = "macos")]
        crate::mac::front::follow(self.clone());
    }

    fn held(&self) -> MutexGuard<'_, Seen> {
        // A program is whole at every moment.
        self.0.lock().unwrap_or_else(|e| e.into_inner())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_was_in_front_before_myna_is_remembered() {
        let front = Front::default();
        front.came(None);
        assert_eq!((front.program(), front.now()), (None, None));
        let editor = Program {
            id: Some("editor".into()),
            name: "Editor".into(),
            handle: 1,
        };
        front.came(Some(editor.clone()));
        assert_eq!(front.now(), Some(editor.clone()));
        front.came(None);
        assert_eq!((front.program(), front.now()), (Some(editor), None));
    }
}
