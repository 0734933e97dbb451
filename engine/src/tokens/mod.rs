//! Whether generated tokens are right: traces recorded, compared, replayed, swept and reported.
//!
//! - [`capture`]: a generation from prompt rows, with the numbers behind every token
//! - [`compare`], [`Requirement`]: two traces, and what has to hold of them
//! - [`replay`]: a trace's noise through today's model
//! - [`sweep`]: what temperature and top-k do to speech
//! - [`report`]: all of it as a page, pictures and JSON
//!
//! `docs/tokens.md` says what the figures mean.

mod capture;
mod compare;
mod cost;
mod identity;
mod replay;
pub mod report;
mod sweep;

pub use capture::{CaptureRequest, Captured, Source, capture};
pub use compare::{METRICS, Requirement, Verdict, compare, metric};
pub use cost::{CaptureCost, TOP};
pub(crate) use identity::Identity;
/// What is found of two traces.
pub use myna_models::trace::{
    Cause, ChiSquare, Comparison, Divergence, Range, RangeCount, Side, Stages, Weighed,
};
pub use replay::{Replay, ReplayRequest, replay};
pub use sweep::{SweepRequest, SweepRow, sweep};
