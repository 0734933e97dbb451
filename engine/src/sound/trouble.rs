//! What a sound device reports from its own thread, for the thread that waits for it.

use rodio::cpal::{self, ErrorKind};
use std::sync::{Arc, Mutex};

/// The last report.
#[derive(Default)]
pub(super) struct Troubles(Mutex<Option<Trouble>>);

struct Trouble {
    /// The device will not come back.
    gone: bool,
    message: String,
}

impl Troubles {
    /// Takes reports, on the device's thread.
    pub fn listener(self: &Arc<Self>) -> impl FnMut(cpal::Error) + Send + Clone + use<> {
        let this = self.clone();
        move |e: cpal::Error| {
            // What backends report in passing (gaps, a changed default device, a late answer) repairs itself; if it
            // does not, the device moves no more sound, and that is noticed.
            let gone = matches!(
                e.kind(),
                ErrorKind::DeviceNotAvailable
                    | ErrorKind::StreamInvalidated
                    | ErrorKind::HostUnavailable
                    | ErrorKind::PermissionDenied
            );
            if let Ok(mut last) = this.0.lock() {
                // Nothing that comes after the end explains it better.
                if !last.as_ref().is_some_and(|t| t.gone) {
                    *last = Some(Trouble {
                        gone,
                        message: e.to_string(),
                    });
                }
            }
        }
    }

    /// Why the device will not come back, if so.
    pub fn end(&self) -> Option<String> {
        let last = self.0.lock().ok()?;
        Some(last.as_ref().filter(|t| t.gone)?.message.clone())
    }

    /// What was reported last, the end or not.
    pub fn last(&self) -> Option<String> {
        Some(self.0.lock().ok()?.as_ref()?.message.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passing_troubles_are_remembered_and_the_end_is_kept() {
        let troubles = Arc::new(Troubles::default());
        let mut report = troubles.listener();
        report(cpal::Error::new(ErrorKind::Xrun));
        assert!(troubles.end().is_none() && troubles.last().is_some());
        report(cpal::Error::new(ErrorKind::DeviceNotAvailable));
        let end = troubles.end();
        report(cpal::Error::new(ErrorKind::Xrun));
        assert!(end.is_some() && troubles.end() == end && troubles.last() == end);
    }
}
