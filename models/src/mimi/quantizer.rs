//! The split residual quantizer: one codebook of meaning, and a chain of further ones for sound.
//!
//! Both parts quantise the same latent, each in its own narrow projection; decoding adds their two results.
//! Distances are compared in f32 whatever the weights are held in.

use super::{Codes, Config};
use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::ops::indexing::{TryIndexOp, take_axis};
use mlx_rs::{Array, Dtype, ops};

/// Codebooks store sums and counts of a moving average; a count below this is taken for this.
const LEAST_USAGE: f32 = 1e-5;

#[derive(Debug)]
pub(super) struct Quantizer {
    first: Residual,
    rest: Residual,
    codebooks: usize,
    size: usize,
}

#[derive(Debug)]
struct Residual {
    /// `[hidden, dim]`
    input: Array,
    /// `[dim, hidden]`
    output: Array,
    /// All codebooks, one below the other: `[count · size, dim]`, f32.
    table: Array,
    /// Half the squared length of every vector, `[count, size]`.
    half_squares: Array,
    size: i32,
}

impl Quantizer {
    /// The two parts: name and number of codebooks.
    fn parts(c: &Config) -> [(&'static str, usize); 2] {
        [
            ("quantizer.rvq_first", 1),
            ("quantizer.rvq_rest", c.codebooks - 1),
        ]
    }

    pub(super) fn tensors(c: &Config) -> Vec<TensorSpec> {
        let (d, dim, size) = (c.hidden, c.codebook_dim, c.codebook_size);
        let mut specs = Vec::new();
        for (path, count) in Self::parts(c) {
            specs.push(TensorSpec::array(
                format!("{path}.input_proj.weight"),
                &[dim, d, 1],
            ));
            specs.push(TensorSpec::array(
                format!("{path}.output_proj.weight"),
                &[d, dim, 1],
            ));
            for q in 0..count {
                let book = format!("{path}.vq.layers.{q}._codebook");
                specs.push(TensorSpec::array(
                    format!("{book}.embedding_sum"),
                    &[size, dim],
                ));
                specs.push(TensorSpec::array(format!("{book}.cluster_usage"), &[size]));
            }
        }
        specs
    }

    pub(super) fn load(w: &mut Weights, c: &Config) -> Result<Self> {
        let [(first, one), (rest, many)] = Self::parts(c);
        Ok(Self {
            first: Residual::load(w, first, one, c)?,
            rest: Residual::load(w, rest, many, c)?,
            codebooks: c.codebooks,
            size: c.codebook_size,
        })
    }

    /// Latent `[1, frames, hidden]` → codes of the first `codebooks` codebooks.
    pub(super) fn encode(&self, latent: &Array, codebooks: usize) -> Result<Vec<Array>> {
        let mut rows = self.first.encode(latent, 1)?;
        if codebooks > 1 {
            rows.extend(self.rest.encode(latent, codebooks - 1)?);
        }
        Ok(rows)
    }

    /// Refuses what has no meaning here: too many codebooks, ids outside a codebook (lookups do not check).
    pub(super) fn check(&self, codes: &Codes) -> Result<()> {
        if codes.codebooks() > self.codebooks {
            return Err(Error::input(
                format!(
                    "the codes use {} codebooks, this codec has {}",
                    codes.codebooks(),
                    self.codebooks
                ),
                "The codes were made with another codec.",
            ));
        }
        let inside = |id: &i32| usize::try_from(*id).is_ok_and(|id| id < self.size);
        if let Some(at) = codes.data().iter().position(|id| !inside(id)) {
            let (k, t) = (at / codes.frames(), at % codes.frames());
            return Err(Error::input(
                format!(
                    "code {} of codebook {k} in frame {t} is outside 0..{}",
                    codes.data()[at],
                    self.size
                ),
                "The codes were made with another codec, or the speech model drew one of its special tokens.",
            ));
        }
        Ok(())
    }

    /// Codes that passed [`Quantizer::check`], frames `from..to` → `[1, frames, hidden]`.
    pub(super) fn decode(&self, codes: &Codes, from: usize, to: usize) -> Result<Array> {
        let first = self.first.decode(codes, 0..1, from..to)?;
        if codes.codebooks() == 1 {
            return Ok(first);
        }
        Ok(first.add(&self.rest.decode(codes, 1..codes.codebooks(), from..to)?)?)
    }
}

impl Residual {
    fn load(w: &mut Weights, path: &str, count: usize, c: &Config) -> Result<Self> {
        let (d, dim, size) = (c.hidden, c.codebook_dim, c.codebook_size);
        let mut projection = |name: &str, outputs: usize, inputs: usize| -> Result<Array> {
            let matrix = w
                .tensor(&format!("{path}.{name}.weight"), &[outputs, inputs, 1])?
                .reshape(&[outputs as i32, inputs as i32])?
                .t()
                .contiguous()?;
            matrix.eval()?;
            Ok(matrix)
        };
        let input = projection("input_proj", dim, d)?;
        let output = projection("output_proj", d, dim)?;
        let mut books = Vec::with_capacity(count);
        for q in 0..count {
            let book = format!("{path}.vq.layers.{q}._codebook");
            let sum = w
                .tensor(&format!("{book}.embedding_sum"), &[size, dim])?
                .as_dtype(Dtype::Float32)?;
            let usage = w
                .tensor(&format!("{book}.cluster_usage"), &[size])?
                .as_dtype(Dtype::Float32)?;
            let usage = ops::maximum(&usage, Array::from_f32(LEAST_USAGE))?;
            let vectors = sum.divide(&usage.reshape(&[size as i32, 1])?)?;
            vectors.eval()?;
            books.push(vectors);
        }
        let table = ops::concatenate(&books, 0)?;
        let half_squares = ops::sum_axis(&table.square()?, 1, false)?
            .multiply(Array::from_f32(0.5))?
            .reshape(&[count as i32, size as i32])?;
        mlx_rs::transforms::eval([&table, &half_squares])?;
        Ok(Self {
            input,
            output,
            table,
            half_squares,
            size: size as i32,
        })
    }

    /// Nearest vector, subtract, and so on with what remains: `count` arrays of ids `[frames]`.
    fn encode(&self, latent: &Array, count: usize) -> Result<Vec<Array>> {
        let projected = latent.matmul(&self.input)?.as_dtype(Dtype::Float32)?;
        let mut remains = projected.try_index((0, .., ..))?;
        let mut rows = Vec::with_capacity(count);
        for k in 0..count as i32 {
            let book = self
                .table
                .try_index((k * self.size..(k + 1) * self.size, ..))?;
            // argmin |x − e|² = argmin |e|²/2 − x·e
            let distance = self
                .half_squares
                .try_index(k)?
                .subtract(&remains.matmul(book.t())?)?;
            let ids = ops::indexing::argmin_axis(&distance, 1, false)?;
            remains = remains.subtract(&take_axis(&book, &ids, 0)?)?;
            rows.push(ids);
        }
        Ok(rows)
    }

    /// The sum of the vectors that `codebooks` of `codes` name, projected back: `[1, frames, hidden]`.
    fn decode(
        &self,
        codes: &Codes,
        codebooks: std::ops::Range<usize>,
        frames: std::ops::Range<usize>,
    ) -> Result<Array> {
        let (count, n) = (codebooks.len() as i32, frames.len() as i32);
        let ids: Vec<i32> = codebooks
            .enumerate()
            .flat_map(|(i, k)| codes.row(k)[frames.clone()].iter().map(move |&id| (i, id)))
            .map(|(i, id)| i as i32 * self.size + id)
            .collect();
        let vectors = take_axis(&self.table, Array::from_slice(&ids, &[count, n]), 0)?;
        let sum = ops::sum_axis(&vectors, 0, false)?.as_dtype(self.output.dtype())?;
        Ok(sum.matmul(&self.output)?.reshape(&[1, n, -1])?)
    }
}
