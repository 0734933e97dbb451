//! The engine process from its program's side: what it gives, and that losing it in any way at any moment ends in the
//! same samples or in a clear error, never in a hang or in lost work.
//!
//! `cargo test -p myna --test engine -- --nocapture` prints how many faults were tried.

#[path = "../common/mod.rs"]
mod common;
#[path = "../../../models/tests/common/expand.rs"]
mod expand;
mod fake;
mod faults;
mod life;
mod recordings;
mod rig;

use common::fixture;
