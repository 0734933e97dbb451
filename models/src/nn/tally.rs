//! How many graph nodes are asked of MLX, counted where they are asked for, and how often the host reads a result.
//!
//! MLX has no way to ask a graph for its size. Each layer adds what its call issues, one for every operation that a
//! GPU runs as one kernel or view; on the CPU some of them (norms, rotary positions, attention) fall apart into
//! several. The time that building a graph takes can be added up here, too. Per thread, like every graph.

use std::cell::Cell;
use std::time::{Duration, Instant};

thread_local! {
    static ISSUED: Cell<usize> = const { Cell::new(0) };
    static READS: Cell<usize> = const { Cell::new(0) };
    static BUILDING: Cell<Duration> = const { Cell::new(Duration::ZERO) };
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

/// Builds a part of a graph and adds up the time of it.
pub(crate) fn building<T>(build: impl FnOnce() -> T) -> T {
    let begin = Instant::now();
    let built = build();
    BUILDING.with(|time| time.set(time.get() + begin.elapsed()));
    built
}

/// The building time since the last call.
pub(crate) fn take_building() -> Duration {
    BUILDING.with(Cell::take)
}
