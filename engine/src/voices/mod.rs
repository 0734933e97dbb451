//! Voices of one's own: recordings with their words, and all that makes a voice stay the same.
//!
//! - [`Store`]: a folder per voice; list, find, add, edit, rename, duplicate, remove and restore; [`Take`]: a
//!   recording to make one of
//! - [`Profile`]: what `voice.toml` holds, with [`Consent`] and where the voice came from
//! - [`Health`]: whether a recording can carry a voice, in plain words; [`Checkup`]: the same of a voice's own recordings,
//!   with what networks find
//! - [`export`], [`import`]: a voice as one `.mynavoice` file; [`unpack`] alone for whoever only looks
//! - [`Watch`]: changes from outside
//!
//! A voice is spoken in only after somebody has said why it may be ([`Profile::require_consent`]) and if its recordings are
//! those it was made with. Everything that is stored is whole or not there.

mod archive;
mod bundled;
mod checkup;
pub(crate) mod codes;
#[cfg(test)]
mod faults;
mod health;
mod prepare;
mod profile;
mod removed;
mod store;
mod watch;

pub use archive::{Contents, export, import, unpack};
pub use checkup::{Checkup, Heard, compare_speakers, compare_words, transcribe};
pub use health::{Health, Verdict, examine};
pub use profile::{Consent, ConsentKind, Profile, Provenance, Segment};
pub use removed::KEPT_DAYS;
pub use store::{Listing, Store, Take, Voice};
pub use watch::Watch;
