//! What is wrong with a checkpoint, one line each.

use std::fmt;

#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Problem {
    /// The network needs it, the checkpoint has it not.
    Missing { name: String, shape: Vec<usize> },
    Shape {
        name: String,
        stored: String,
        expected: Vec<usize>,
        found: Vec<usize>,
    },
    /// Not a floating-point tensor where one is needed.
    Dtype {
        name: String,
        stored: String,
        found: &'static str,
    },
    /// `.scales` without matching `.weight` words or `.biases`, or bits and group size that MLX has not.
    Quantization { name: String, why: String },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Problem::Missing { name, shape } => write!(f, "missing: {name} {shape:?}"),
            Problem::Shape {
                name,
                stored,
                expected,
                found,
            } => {
                write!(
                    f,
                    "wrong shape: {name} is {found:?}, should be {expected:?}"
                )?;
                as_stored(f, name, stored)
            }
            Problem::Dtype {
                name,
                stored,
                found,
            } => {
                write!(f, "wrong type: {name} is {found}, should be floating point")?;
                as_stored(f, name, stored)
            }
            Problem::Quantization { name, why } => write!(f, "quantised layer {name}: {why}"),
        }
    }
}

fn as_stored(f: &mut fmt::Formatter<'_>, name: &str, stored: &str) -> fmt::Result {
    if name == stored {
        Ok(())
    } else {
        write!(f, " (stored as {stored})")
    }
}
