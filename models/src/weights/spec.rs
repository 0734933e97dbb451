//! What a network needs, said once: loading, checking, synthesising and quantising all go by it.

/// One tensor that a network needs, under the network's own name.
#[derive(Debug, Clone, PartialEq)]
pub struct TensorSpec {
    pub name: String,
    pub shape: Vec<usize>,
    /// A matrix that multiplies or is looked up (`….weight`), which MLX checkpoints may hold quantised.
    pub matrix: bool,
}

impl TensorSpec {
    pub fn array(name: impl Into<String>, shape: &[usize]) -> Self {
        Self {
            name: name.into(),
            shape: shape.to_vec(),
            matrix: false,
        }
    }

    pub fn matrix(name: impl Into<String>, rows: usize, columns: usize) -> Self {
        Self {
            name: name.into(),
            shape: vec![rows, columns],
            matrix: true,
        }
    }
}
