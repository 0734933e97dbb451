//! From the ids that mean something to the program (`ids`) to the rows of a checkpoint's embedding.
//!
//! In the genuine checkpoints both are the same. A small one names the same control tokens in its tokenizer.json, at rows
//! of its own behind a short vocabulary, and has none for audio codes. Everything outside the language model speaks of
//! ids; rows are known to the language model and the tokenizer alone.

/// Empty where rows and ids are the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Rows(Vec<(u32, u32)>);

impl Rows {
    /// Pairs of id and row.
    pub(super) fn new(pairs: Vec<(u32, u32)>) -> Self {
        Self(pairs)
    }

    /// Whether rows are the checkpoint's own.
    pub(super) fn own(&self) -> bool {
        !self.0.is_empty()
    }

    pub(super) fn row(&self, id: u32) -> u32 {
        let pair = self.0.iter().find(|(known, _)| *known == id);
        pair.map_or(id, |(_, row)| *row)
    }

    pub(super) fn id(&self, row: u32) -> u32 {
        let pair = self.0.iter().find(|(_, known)| *known == row);
        pair.map_or(row, |(id, _)| *id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_tokens_are_moved_and_letters_stay() {
        let rows = Rows::new(vec![(151_665, 261), (151_666, 262)]);
        assert_eq!((rows.row(151_666), rows.id(262)), (262, 151_666));
        assert_eq!((rows.row(97), rows.id(97)), (97, 97));
        assert!(rows.own() && !Rows::default().own());
        assert_eq!(Rows::default().row(151_665), 151_665);
    }
}
