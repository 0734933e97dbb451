//! What follows each upsampling: residual convolutions with the periodic activation Snake.
//!
//! Fails while loading where a tensor is missing or of another shape.

use crate::Result;
use crate::nn::{Conv1d, Conv1dSpec};
use crate::weights::{TensorSpec, Weights};
use mlx_rs::{Array, ops};

const DILATIONS: [usize; 3] = [1, 3, 5];

/// Three pairs of convolutions, the first of each pair dilated, Snake before each. Keys: `convs1.N`, `convs2.N`,
/// `activations1.N.alpha`, `activations2.N.alpha`.
#[derive(Debug)]
pub(super) struct Residual {
    pairs: Vec<(Snake, Conv1d, Snake, Conv1d)>,
}

impl Residual {
    fn conv(channels: usize, kernel: usize, dilation: usize) -> Conv1dSpec {
        Conv1dSpec {
            dilation,
            ..Conv1dSpec::new(channels, channels, kernel)
        }
        .same()
    }

    pub(super) fn tensors(path: &str, channels: usize, kernel: usize) -> Vec<TensorSpec> {
        let spec = Self::conv(channels, kernel, 1);
        let mut all = Vec::new();
        for i in 0..DILATIONS.len() {
            for half in ["1", "2"] {
                all.extend(spec.tensors(&format!("{path}.convs{half}.{i}")));
                let alpha = format!("{path}.activations{half}.{i}.alpha");
                all.push(TensorSpec::array(alpha, &[channels]));
            }
        }
        all
    }

    pub(super) fn load(
        w: &mut Weights,
        path: &str,
        channels: usize,
        kernel: usize,
    ) -> Result<Self> {
        let mut pairs = Vec::new();
        for (i, &dilation) in DILATIONS.iter().enumerate() {
            let alpha = |half: &str| format!("{path}.activations{half}.{i}.alpha");
            pairs.push((
                Snake::load(w, &alpha("1"), channels)?,
                Conv1d::load(
                    w,
                    &format!("{path}.convs1.{i}"),
                    Self::conv(channels, kernel, dilation),
                )?,
                Snake::load(w, &alpha("2"), channels)?,
                Conv1d::load(
                    w,
                    &format!("{path}.convs2.{i}"),
                    Self::conv(channels, kernel, 1),
                )?,
            ));
        }
        Ok(Self { pairs })
    }

    pub(super) fn forward(&self, x: &Array) -> Result<Array> {
        let mut x = x.clone();
        for (snake1, conv1, snake2, conv2) in &self.pairs {
            let y = conv1.forward(&snake1.forward(&x)?)?;
            x = conv2.forward(&snake2.forward(&y)?)?.add(&x)?;
        }
        Ok(x)
    }
}

/// `x + sin²(α x) / α`, α per channel.
#[derive(Debug)]
struct Snake {
    alpha: Array,
    inverse: Array,
}

impl Snake {
    fn load(w: &mut Weights, name: &str, channels: usize) -> Result<Self> {
        let alpha = w.tensor(name, &[channels])?;
        let tiny = Array::from_f32(1e-9).as_dtype(alpha.dtype())?;
        let inverse = ops::reciprocal(&alpha.add(&tiny)?)?;
        inverse.eval()?;
        Ok(Self { alpha, inverse })
    }

    fn forward(&self, x: &Array) -> Result<Array> {
        let sine = ops::sin(&x.multiply(&self.alpha)?)?;
        Ok(x.add(&sine.square()?.multiply(&self.inverse)?)?)
    }
}
