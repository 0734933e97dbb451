//! Keys and values of what was said so far.

use super::tally::issued;
use crate::Result;
use mlx_rs::ops::indexing::{TryIndexMutOp, TryIndexOp};
use mlx_rs::{Array, ops};

/// Room is added in steps of this many positions, so that a token seldom pays for copying the whole cache.
const STEP: usize = 256;

/// A KV cache that grows: `[1, kv heads, positions, head size]`, filled from the front.
#[derive(Debug, Default)]
pub struct KvCache {
    keys: Option<Array>,
    values: Option<Array>,
    len: usize,
}

impl KvCache {
    pub fn new() -> Self {
        Self::default()
    }

    /// Positions filled.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn reset(&mut self) {
        *self = Self::default();
    }

    /// Forgets all but the first `len` positions; their room is kept. What comes next overwrites the rest.
    pub fn truncate(&mut self, len: usize) {
        self.len = self.len.min(len);
    }

    /// Appends `[1, kv heads, time, head size]` and returns keys and values of all positions so far.
    pub fn append(&mut self, keys: &Array, values: &Array) -> Result<(Array, Array)> {
        let (from, to) = (self.len as i32, self.len as i32 + keys.shape()[2]);
        issued(4);
        self.len = to as usize;
        let put = |slot: &mut Option<Array>, new: &Array| -> Result<Array> {
            let mut room = reserve(slot.take(), new, to)?;
            room.try_index_mut((.., .., from..to, ..), new)?;
            let filled = room.try_index((.., .., 0..to, ..))?;
            *slot = Some(room);
            Ok(filled)
        };
        Ok((put(&mut self.keys, keys)?, put(&mut self.values, values)?))
    }

    /// The arrays held, for evaluation together with what was computed from them.
    pub fn arrays(&self) -> impl Iterator<Item = &Array> {
        self.keys.iter().chain(self.values.iter())
    }
}

fn reserve(room: Option<Array>, like: &Array, needed: i32) -> Result<Array> {
    let capacity = room.as_ref().map_or(0, |r| r.shape()[2]);
    if needed <= capacity
        && let Some(room) = room
    {
        return Ok(room);
    }
    let target = (needed as usize).div_ceil(STEP) * STEP;
    let mut shape = like.shape().to_vec();
    shape[2] = target as i32 - capacity;
    let fresh = ops::zeros_dtype(&shape, like.dtype())?;
    Ok(match room {
        Some(room) => ops::concatenate(&[room, fresh], 2)?,
        None => fresh,
    })
}
