//! Tables of vectors, plain or MLX-quantised.

use super::tally::issued;
use crate::weights::{Quantized, Weights};
use crate::{Error, Result};
use mlx_rs::Array;
use mlx_rs::ops::indexing::{TryIndexOp, take_axis};

/// `[rows, width]`; looks up ids. MLX does not check ranges (it reads outside the table), so ids that come from
/// the host pass [`Embedding::lookup`], and only ids that the graph itself bounds pass [`Embedding::gather`].
#[derive(Debug, Clone)]
pub struct Embedding {
    table: Table,
    rows: usize,
}

#[derive(Debug, Clone)]
enum Table {
    Plain(Array),
    Quantized(Quantized),
}

impl Embedding {
    /// Reads `{path}.weight` `[rows, width]` or its quantised triple.
    pub fn load(w: &mut Weights, path: &str, rows: usize, width: usize) -> Result<Self> {
        let table = match w.quantized(path, rows, width)? {
            Some(q) => Table::Quantized(q),
            None => Table::Plain(w.tensor(&format!("{path}.weight"), &[rows, width])?),
        };
        Ok(Self { table, rows })
    }

    /// `ids` (any count) → `[count, width]`; an id outside the table is an error.
    pub fn lookup(&self, ids: &[u32]) -> Result<Array> {
        if let Some(bad) = ids.iter().find(|&&id| id as usize >= self.rows) {
            return Err(Error::input(
                format!("id {bad} is outside a table of {} rows", self.rows),
                "The tokenizer or the codes do not belong to this model.",
            ));
        }
        self.gather(&Array::from_slice(ids, &[ids.len() as i32]))
    }

    /// Rows by an array of ids that the caller guarantees to be in range.
    pub fn gather(&self, ids: &Array) -> Result<Array> {
        match &self.table {
            Table::Plain(t) => {
                issued(2);
                Ok(take_axis(t, ids, 0)?)
            }
            Table::Quantized(q) => {
                issued(7);
                q.rows(ids)
            }
        }
    }

    /// A view of `count` rows from `first` on; nothing is copied.
    pub fn part(&self, first: usize, count: usize) -> Result<Self> {
        let rows = first as i32..(first + count) as i32;
        let cut = |a: &Array| -> Result<Array> {
            let part = a.try_index(rows.clone())?;
            part.eval()?;
            Ok(part)
        };
        let table = match &self.table {
            Table::Plain(t) => Table::Plain(cut(t)?),
            Table::Quantized(q) => Table::Quantized(Quantized {
                weight: cut(&q.weight)?,
                scales: cut(&q.scales)?,
                biases: cut(&q.biases)?,
                ..*q
            }),
        };
        Ok(Self { table, rows: count })
    }

    pub fn rows(&self) -> usize {
        self.rows
    }
}
