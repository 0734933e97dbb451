//! What was spoken and heard: kept, found again, spoken again.
//!
//! - [`History`]: the database; many processes may use it at once
//! - [`Entry`], [`Summary`]: what is kept of one utterance or transcript
//! - [`Recipe`]: everything that made an utterance's samples, so that they can be made again
//! - [`Retention`]: how long and how much; [`keep`]: adding as the settings want it
//! - [`export`]: entries as files
//!
//! SQLite in WAL mode with full commits: an entry is there whole, or not at all, also after a crash. A damaged
//! database is never written to: it is copied untouched, and read as far as it goes. Removing an entry overwrites it.
//! Fails with `storage`, or with `output` when the disk is full.

mod damage;
mod entry;
pub mod export;
mod keep;
mod query;
mod recipe;
mod schema;
mod store;
mod write;

pub use entry::{Entry, Kind, Summary, What};
pub use keep::keep;
pub use query::Hit;
pub use recipe::{Recipe, Source};
pub use schema::LATEST;
pub use store::{History, Trouble};
pub use write::{Retention, Utterance};
