//! Matrix times vector: plain or MLX-quantised, alone or several side by side in one multiplication.

use super::tally::issued;
use crate::Result;
use crate::weights::{Quantized, Weights};
use mlx_rs::{Array, Dtype, ops};

/// A linear layer `[…, inputs] → […, outputs]`, with an optional bias.
///
/// Plain weights stay as stored, `[outputs, inputs]`, and are multiplied through a view made once: one row then
/// meets each output's weights in one stretch of memory, and loading copies nothing.
#[derive(Debug, Clone)]
pub struct Linear {
    weight: Weight,
    bias: Option<Array>,
}

#[derive(Debug, Clone)]
enum Weight {
    Plain(Array),
    Quantized(Quantized),
    /// Layers that could not be fused (their quantisation differs); outputs are concatenated.
    SideBySide(Vec<Weight>),
}

impl Linear {
    /// Reads `{path}.weight` `[outputs, inputs]` (or its quantised triple), and no bias.
    pub fn load(w: &mut Weights, path: &str, outputs: usize, inputs: usize) -> Result<Self> {
        Self::load_fused(w, &[(path, outputs)], inputs)
    }

    /// Reads `{path}.weight` and the bias `{path}.bias` `[outputs]`.
    pub fn load_biased(w: &mut Weights, path: &str, outputs: usize, inputs: usize) -> Result<Self> {
        Self::load_fused_biased(w, &[(path, outputs)], inputs)
    }

    /// [`Linear::load_fused`] where every part has a bias.
    pub fn load_fused_biased(
        w: &mut Weights,
        parts: &[(&str, usize)],
        inputs: usize,
    ) -> Result<Self> {
        let layer = Self::load_fused(w, parts, inputs)?;
        let biases = parts
            .iter()
            .map(|(path, outputs)| w.tensor(&format!("{path}.bias"), &[*outputs]))
            .collect::<Result<Vec<_>>>()?;
        let bias = stack_rows(&biases)?;
        bias.eval()?;
        Ok(layer.with_bias(bias))
    }

    /// Whisper's `{path}.{query,key,value}` side by side, `[width, width]` each; the key has no bias.
    pub fn load_whisper_qkv(w: &mut Weights, path: &str, width: usize) -> Result<Self> {
        let [q, k, v] = ["query", "key", "value"].map(|part| format!("{path}.{part}"));
        let layer = Self::load_fused(w, &[(&q, width), (&k, width), (&v, width)], width)?;
        let (q_bias, v_bias) = (
            w.tensor(&format!("{q}.bias"), &[width])?,
            w.tensor(&format!("{v}.bias"), &[width])?,
        );
        let no_bias = ops::zeros_dtype(&[width as i32], q_bias.dtype())?;
        let bias = ops::concatenate(&[&q_bias, &no_bias, &v_bias], 0)?;
        bias.eval()?;
        Ok(layer.with_bias(bias))
    }

    /// Several layers of the same input as one: their outputs stand side by side in the order given.
    /// One large multiplication replaces several small ones, and the graph has fewer nodes.
    pub fn load_fused(w: &mut Weights, parts: &[(&str, usize)], inputs: usize) -> Result<Self> {
        let mut plain = Vec::new();
        let mut quantized: Vec<Quantized> = Vec::new();
        for &(path, outputs) in parts {
            match w.quantized(path, outputs, inputs)? {
                Some(q) => quantized.push(q),
                None => plain.push(w.tensor(&format!("{path}.weight"), &[outputs, inputs])?),
            }
        }
        let weight = if quantized.is_empty() {
            Weight::Plain(transposed(&stack_rows(&plain)?)?)
        } else if plain.is_empty() && quantized.iter().all(|q| q.same_format(&quantized[0])) {
            Weight::Quantized(Quantized::stack(&quantized)?)
        } else {
            // Mixed recipes: read again one by one, in order.
            let mut each = Vec::new();
            for &(path, outputs) in parts {
                each.push(match w.quantized(path, outputs, inputs)? {
                    Some(q) => Weight::Quantized(q),
                    None => Weight::Plain(transposed(
                        &w.tensor(&format!("{path}.weight"), &[outputs, inputs])?,
                    )?),
                });
            }
            Weight::SideBySide(each)
        };
        Ok(Self { weight, bias: None })
    }

    /// Adds the bias `[outputs]`.
    pub fn with_bias(mut self, bias: Array) -> Self {
        self.bias = Some(bias);
        self
    }

    /// A plain layer from a matrix that already stands as `[inputs, outputs]`.
    pub fn from_matrix(weight: Array) -> Self {
        Self {
            weight: Weight::Plain(weight),
            bias: None,
        }
    }

    pub fn forward(&self, x: &Array) -> Result<Array> {
        let y = self.weight.forward(x)?;
        Ok(match &self.bias {
            Some(bias) => {
                issued(1);
                y.add(bias)?
            }
            None => y,
        })
    }

    /// What it computes in.
    pub fn dtype(&self) -> Dtype {
        self.weight.dtype()
    }

    /// Bytes read from memory by one call.
    pub fn bytes(&self) -> usize {
        self.weight.bytes() + self.bias.as_ref().map_or(0, Array::nbytes)
    }
}

impl Weight {
    fn forward(&self, x: &Array) -> Result<Array> {
        issued(1);
        Ok(match self {
            Weight::Plain(w) => x.matmul(w)?,
            Weight::Quantized(q) => q.matmul(x)?,
            Weight::SideBySide(parts) => {
                let outputs = parts
                    .iter()
                    .map(|p| p.forward(x))
                    .collect::<Result<Vec<_>>>()?;
                ops::concatenate(&outputs, -1)?
            }
        })
    }

    fn dtype(&self) -> Dtype {
        match self {
            Weight::Plain(w) => w.dtype(),
            Weight::Quantized(q) => q.scales.dtype(),
            Weight::SideBySide(parts) => parts.first().map_or(Dtype::Float32, Weight::dtype),
        }
    }

    fn bytes(&self) -> usize {
        match self {
            Weight::Plain(w) => w.nbytes(),
            Weight::Quantized(q) => q.bytes(),
            Weight::SideBySide(parts) => parts.iter().map(Weight::bytes).sum(),
        }
    }
}

fn stack_rows(parts: &[Array]) -> Result<Array> {
    Ok(match parts {
        [one] => one.clone(),
        many => ops::concatenate(many, 0)?,
    })
}

/// `[outputs, inputs] → [inputs, outputs]` as a view; nothing is copied.
fn transposed(weight: &Array) -> Result<Array> {
    let turned = weight.t();
    turned.eval()?;
    Ok(turned)
}
