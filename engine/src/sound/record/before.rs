//! The moments before a recording begins: whoever presses a key has often begun to speak.

use std::collections::VecDeque;

/// The newest samples, so many at most.
pub(super) struct PreRoll {
    capacity: usize,
    samples: VecDeque<f32>,
}

impl PreRoll {
    pub fn new(capacity: usize) -> Self {
        Self {
            capacity,
            samples: VecDeque::with_capacity(capacity),
        }
    }

    pub fn push(&mut self, samples: &[f32]) {
        let new = &samples[samples.len().saturating_sub(self.capacity)..];
        let surplus = (self.samples.len() + new.len()).saturating_sub(self.capacity);
        self.samples.drain(..surplus);
        self.samples.extend(new);
    }

    /// Everything it holds, oldest first; it is empty afterwards.
    pub fn take(&mut self) -> Vec<f32> {
        self.samples.drain(..).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_in_order() {
        let mut ring = PreRoll::new(4);
        ring.push(&[1.0, 2.0, 3.0]);
        ring.push(&[4.0, 5.0]);
        assert_eq!(ring.take(), [2.0, 3.0, 4.0, 5.0]);
        assert!(ring.take().is_empty());
        ring.push(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(ring.take(), [3.0, 4.0, 5.0, 6.0]);
        let mut none = PreRoll::new(0);
        none.push(&[1.0]);
        assert!(none.take().is_empty());
    }
}
