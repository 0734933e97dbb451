//! Ctrl-C, and SIGTERM: gentle where something would be lost, at once where nothing is.
//!
//! Until [`Interrupt::gentle`] is called a signal ends the process with code 130. After it, the first signal sets a flag that
//! the work looks at for every frame; a second one ends the process. Output files are valid at every moment, so even
//! that loses nothing that was written.

use crate::failure::{Failure, Result};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

const CANCELLED: i32 = 130;

pub struct Interrupt {
    at_once: Arc<AtomicBool>,
    asked: Arc<AtomicBool>,
}

impl Interrupt {
    pub fn install() -> Result<Self> {
        let this = Self {
            at_once: Arc::new(AtomicBool::new(true)),
            asked: Arc::default(),
        };
        for signal in [SIGINT, SIGTERM] {
            // The order matters: the flag is set last, so that only a second signal finds it set.
            flag::register_conditional_shutdown(signal, CANCELLED, this.at_once.clone())
                .and_then(|_| {
                    flag::register_conditional_shutdown(signal, CANCELLED, this.asked.clone())
                })
                .and_then(|_| flag::register(signal, this.asked.clone()))
                .map_err(|e| Failure::new("io", format!("signals cannot be watched: {e}"), ""))?;
        }
        Ok(this)
    }

    /// From now on the first signal only sets the flag, which this returns.
    pub fn gentle(&self) -> &AtomicBool {
        self.at_once.store(false, Ordering::SeqCst);
        &self.asked
    }

    /// What the first signal ended is over: the next one ends the process, until [`Self::gentle`] is called again.
    pub fn again(&self) {
        self.at_once.store(true, Ordering::SeqCst);
        self.asked.store(false, Ordering::SeqCst);
    }

    pub fn asked(&self) -> bool {
        self.asked.load(Ordering::SeqCst)
    }
}
