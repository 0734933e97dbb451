//! Engine.

/// The engine's version, as the command line and the app print it.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");
