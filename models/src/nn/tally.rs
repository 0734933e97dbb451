//! How many graph nodes are asked of MLX, counted where they are asked for.
//!
//! MLX has no way to ask a graph for its size. Each layer adds what its call issues, one for every operation that a
//! GPU runs as one kernel or view; on the CPU some of them (norms, rotary positions, attention) fall apart into
//! several. Per thread, like every graph.

use std::cell::Cell;

thread_local! {
    static ISSUED: Cell<usize> = const { Cell::new(0) };
}

/// Adds `n` operations.
pub(crate) fn issued(n: usize) {
    ISSUED.with(|count| count.set(count.get() + n));
}

/// The count since the last call.
pub(crate) fn take() -> usize {
    ISSUED.with(Cell::take)
}
