//! The end of work that was handed to the device without waiting for it.

use mlx_rs::Array;

/// Waits, when dropped, until the device has done what this thread has handed to it.
///
/// Loops that queue the next step before they have read the last one leave work behind when they end, by an error too.
/// A process that exits meanwhile unloads the libraries which that work runs in, and crashes; memory that the work
/// holds is not free before its end either.
///
/// To be made before whatever queues. Works because a stream's operations run in order: what is asked for last is
/// there when everything before it is.
pub(crate) struct Settle;

impl Drop for Settle {
    fn drop(&mut self) {
        // An error here would be that of the work itself, which its own reader is told.
        _ = Array::from_f32(0.0)
            .add(Array::from_f32(1.0))
            .and_then(|last| last.eval());
    }
}
