//! Cutting without looking: a chunk ends when it is full (`--no-vad`).
//!
//! Every sample is in exactly one chunk. A rest under a tenth of a second joins the chunk before it, which is the only
//! way for a chunk to be longer than the limit.

use super::RATE;
use super::chunk::Chunk;

/// No chunk is shorter, except in a file that is.
const SHORTEST: usize = RATE as usize / 10;

pub struct BlindCutter {
    limit: usize,
    start: u64,
    waiting: Vec<f32>,
}

impl BlindCutter {
    /// `limit` in samples.
    pub fn new(limit: usize) -> Self {
        Self {
            limit: limit.max(SHORTEST),
            start: 0,
            waiting: Vec::new(),
        }
    }

    pub fn push(&mut self, samples: &[f32], out: &mut Vec<Chunk>) {
        self.waiting.extend_from_slice(samples);
        // The rest of the file must be long enough to stand alone before a chunk may go.
        while self.waiting.len() >= self.limit + SHORTEST {
            let rest = self.waiting.split_off(self.limit);
            let full = std::mem::replace(&mut self.waiting, rest);
            out.push(self.chunk(full));
        }
    }

    pub fn finish(mut self, out: &mut Vec<Chunk>) {
        let rest = std::mem::take(&mut self.waiting);
        if !rest.is_empty() {
            out.push(self.chunk(rest));
        }
    }

    fn chunk(&mut self, samples: Vec<f32>) -> Chunk {
        let own = self.start..self.start + samples.len() as u64;
        self.start = own.end;
        Chunk {
            start: own.start,
            samples,
            speech: own.end - own.start,
            own,
            doubtful: true,
            overlaps: false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn nothing_is_lost_nothing_comes_twice(
            limit in 1600usize..40_000,
            pieces in proptest::collection::vec(0usize..30_000, 0..12),
        ) {
            let mut cutter = BlindCutter::new(limit);
            let (mut out, mut all) = (Vec::new(), Vec::new());
            for n in pieces {
                let piece: Vec<f32> = (all.len()..all.len() + n).map(|i| i as f32).collect();
                cutter.push(&piece, &mut out);
                all.extend(piece);
            }
            cutter.finish(&mut out);
            prop_assert_eq!(out.iter().flat_map(|c| c.samples.clone()).collect::<Vec<_>>(), all.clone());
            let mut at = 0;
            for (i, chunk) in out.iter().enumerate() {
                prop_assert_eq!(chunk.start, at);
                prop_assert_eq!(&chunk.own, &(at..chunk.end()));
                prop_assert!(chunk.samples.len() < limit + SHORTEST);
                prop_assert!(chunk.samples.len() >= SHORTEST || all.len() < SHORTEST);
                prop_assert!(i + 1 == out.len() || chunk.samples.len() == limit);
                at = chunk.end();
            }
        }
    }
}
