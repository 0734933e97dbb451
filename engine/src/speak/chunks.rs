//! How many frames are decoded together: few at first, so that sound comes soon, then more, which costs less.

/// Frames of the chunks to come.
#[derive(Debug, Clone)]
pub struct Chunks {
    next: usize,
    most: usize,
}

impl Chunks {
    /// 1, 2, 4, 8, 8 … or always the given number.
    pub fn new(given: Option<usize>) -> Self {
        match given {
            Some(n) => Self {
                next: n.max(1),
                most: n.max(1),
            },
            None => Self { next: 1, most: 8 },
        }
    }

    /// Whether `waiting` frames make the next chunk; if so, the one after it is planned.
    pub fn full(&mut self, waiting: usize) -> bool {
        let full = waiting >= self.next;
        if full {
            self.next = (self.next * 2).min(self.most);
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
    fn begins_small_and_grows_to_eight_unless_given() {
        assert_eq!(sizes(Chunks::new(None), 31), [1, 2, 4, 8, 8, 8]);
        assert_eq!(sizes(Chunks::new(Some(3)), 10), [3, 3, 3]);
    }
}
