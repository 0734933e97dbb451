//! What pastes dictated words into another program. The app gives it once it runs; without it, they are only written down.

use std::fmt;
use std::sync::{Arc, OnceLock};

use crate::front::Program;

/// Must not wait, and tells by itself what goes wrong.
type Paste = Box<dyn Fn(&Program, &str) + Send + Sync>;

/// Cheap to hand on; all of them write with the same.
#[derive(Clone, Default)]
pub struct Pen(Arc<OnceLock<Paste>>);

impl Pen {
    /// The first one that is given stays.
    pub fn give(&self, paste: impl Fn(&Program, &str) + Send + Sync + 'static) {
        _ = self.0.set(Box::new(paste));
    }

    /// Nothing, where there is nothing to write.
    pub fn write(&self, program: &Program, text: &str) {
        if let Some(paste) = self.0.get()
            && !text.is_empty()
        {
            paste(program, text);
        }
    }
}

impl fmt::Debug for Pen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pen")
    }
}
