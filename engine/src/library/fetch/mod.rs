//! Models over the network, the only thing in Myna that uses it: whole, checked, and only when asked for.
//!
//! - [`Hub`]: the server, and what it says of a repository
//! - [`Patience`]: how long a silent line is waited for
//! - [`pull`]: all files of a model, resumed where they were left, published together
//!
//! What is on the disk is the truth: progress is its size, a resume begins at its end, the hash is taken of it. Fails with
//! `network`, `output` (the disk), `model-refused` (not what was announced), `cancelled`.

mod file;
mod hub;
mod pull;

pub use hub::{Hub, Listing, Patience, Wanted};
pub use pull::{Progress, pull};

#[cfg(test)]
mod server;
#[cfg(test)]
mod tests;
