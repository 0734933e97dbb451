//! Relative positions as ESPnet tabulates them, and attention that knows them.
//!
//! Row p of a table over n positions stands for the distance n − 1 − p: far behind first, far ahead last; sines in even
//! columns, cosines in odd ones. Queries meet the table's rows by distance, so keys that fall out of a cache at the old end
//! change nothing for the others.

use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype};

/// The table rows for `queries` new steps at the end of `keys`: distances `keys − 1` down to `1 − queries`,
/// `[keys + queries − 1, width]`.
pub(super) fn distances(queries: usize, keys: usize, width: usize) -> Array {
    let mut values = Vec::with_capacity((keys + queries) * width);
    let rate = -(10_000f32.ln() / width as f32);
    for row in 0..keys + queries - 1 {
        let distance = keys as f32 - 1.0 - row as f32;
        for pair in 0..width.div_ceil(2) {
            let angle = distance * ((2 * pair) as f32 * rate).exp();
            values.push(angle.sin());
            if 2 * pair + 1 < width {
                values.push(angle.cos());
            }
        }
    }
    Array::from_slice(&values, &[(keys + queries - 1) as i32, width as i32])
}

/// Scores by distance become scores by key: `[1, heads, queries, keys + queries − 1] → [1, heads, queries, keys]`. Query i
/// finds key j at distance `keys − queries + i − j`, which is column `queries − 1 − i + j`.
pub(super) fn by_key(scores: &Array, keys: i32) -> Result<Array> {
    let &[1, heads, queries, columns] = scores.shape() else {
        return Err(Error::Compute("scores have four axes".into()));
    };
    let (row, slice) = (i64::from(columns), i64::from(queries) * i64::from(columns));
    Ok(scores.as_strided(
        &[1, heads, queries, keys][..],
        &[i64::from(heads) * slice, slice, row - 1, 1][..],
        (queries - 1) as usize,
    )?)
}

/// The rows for sequences of up to as many keys as were asked for so far; made anew only when more are needed.
#[derive(Debug, Default)]
pub(super) struct Distances {
    table: Option<Table>,
}

#[derive(Debug)]
struct Table {
    keys: usize,
    queries: usize,
    rows: Array,
}

impl Distances {
    /// What [`distances`] gives, in `dtype`.
    pub(super) fn rows(
        &mut self,
        queries: usize,
        keys: usize,
        width: usize,
        dtype: Dtype,
    ) -> Result<Array> {
        /// A stream asks for some more keys with every chunk.
        const SPARE: usize = 512;
        let fits = |t: &&Table| t.keys >= keys && t.queries >= queries;
        if self.table.as_ref().filter(fits).is_none() {
            let (mut keys, mut queries) = (keys.next_multiple_of(SPARE), queries);
            if let Some(old) = &self.table {
                (keys, queries) = (keys.max(old.keys), queries.max(old.queries));
            }
            let rows = distances(queries, keys, width).as_dtype(dtype)?;
            rows.eval()?;
            self.table = Some(Table {
                keys,
                queries,
                rows,
            });
        }
        let Some(table) = &self.table else {
            return Err(Error::Compute("a table of positions is missing".into()));
        };
        let first = (table.keys - keys) as i32;
        Ok(table
            .rows
            .try_index(first..first + (keys + queries - 1) as i32)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_land_on_the_key_at_their_distance() {
        // One query's score in column m is m; three queries after two old keys.
        let (queries, keys) = (3i32, 5i32);
        let row: Vec<f32> = (0..queries + keys - 1).map(|m| m as f32).collect();
        let scores = Array::from_slice(&row.repeat(3), &[1, 1, 3, 7]);
        let shifted = by_key(&scores, keys)
            .expect("scores")
            .contiguous()
            .expect("one piece");
        let got = shifted.try_as_slice::<f32>().expect("values");
        for i in 0..queries {
            for j in 0..keys {
                let distance = keys - queries + i - j;
                assert_eq!(got[(i * keys + j) as usize], (keys - 1 - distance) as f32);
            }
        }
    }

    #[test]
    fn a_larger_table_holds_the_smaller_ones() {
        let mut all = Distances::default();
        all.rows(4, 700, 6, Dtype::Float32).expect("rows");
        let part = all.rows(3, 5, 6, Dtype::Float32).expect("rows");
        let alone = distances(3, 5, 6);
        let values = |a: &Array| {
            a.contiguous()
                .expect("one piece")
                .try_as_slice::<f32>()
                .expect("values")
                .to_vec()
        };
        assert_eq!(values(&part), values(&alone));
    }
}
