//! How many frames are decoded together: few at first, so that sound comes soon, then more, which costs less.

/// Frames of the chunks to come.
#[derive(Debug, Clone)]
pub struct Chunks {
    next: usize,
}

/// Decoding more together saves little and makes sound come in bursts.
const MOST: usize = 8;

impl Default for Chunks {
    /// 1, 2, 4, 8, 8 …
    fn default() -> Self {
        Self { next: 1 }
    }
}

impl Chunks {
    /// Whether `waiting` frames make the next chunk; if so, the one after it is planned.
    pub fn full(&mut self, waiting: usize) -> bool {
        let full = waiting >= self.next;
        if full {
            self.next = (self.next * 2).min(MOST);
        }
        full
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sizes(mut chunks: Chunks, frames: usize) -> Vec<usize> {
        let (mut all, mut waiting) = (Vec::new(), 0);
        for _ in 0..frames {
            waiting += 1;
            if chunks.full(waiting) {
                all.push(std::mem::take(&mut waiting));
            }
        }
        all
    }

    #[test]
    fn begins_small_and_grows_to_eight() {
        assert_eq!(sizes(Chunks::default(), 31), [1, 2, 4, 8, 8, 8]);
    }
}
