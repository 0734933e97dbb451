//! How many graph nodes are asked of MLX, counted where they are asked for, and how often the host reads a result.
//!
//! MLX has no way to ask a graph for its size. Each layer adds what its call issues, one for every operation that a
//! GPU runs as one kernel or view; on the CPU some of them (norms, rotary positions, attention) fall apart into
//! several. Per thread, like every graph.

use std::cell::Cell;

thread_local! {
    static ISSUED: Cell<usize> = const { Cell::new(0) };
    static READS: Cell<usize> = const { Cell::new(0) };
}

/// Adds `n` operations.
pub(crate) fn issued(n: usize) {
    ISSUED.with(|count| count.set(count.get() + n));
}

/// The count since the last call.
pub(crate) fn take() -> usize {
    ISSUED.with(Cell::take)
}

/// Counts one array that the host reads, and so waits for.
pub(crate) fn host_read() {
    READS.with(|count| count.set(count.get() + 1));
}

/// The reads since the last call.
pub(crate) fn take_reads() -> usize {
    READS.with(Cell::take)
}
