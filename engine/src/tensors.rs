//! Whether a file of codes or a trace can be written, asked before long work begins.

use crate::{Error, Result};
use std::path::Path;

/// Changes nothing.
pub fn check_writable(path: &Path) -> Result<()> {
    myna_models::trace::check_writable(path).map_err(Error::writing)
}
