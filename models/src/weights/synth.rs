//! Random checkpoints of real size: speed and memory can be measured without any download.

use super::TensorSpec;
use super::writer::{Entry, SafetensorsWriter};
use crate::Result;
use mlx_rs::{Array, Dtype, ops};
use std::path::Path;

/// Bytes made at a time.
const PIECE: usize = 1 << 20;

/// SplitMix64: small, fast, the same everywhere. Not for sampling (that is PyTorch's stream, `sampling`).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Uniform in ±`limit`.
    fn value(&mut self, limit: f32) -> f32 {
        ((self.next() >> 40) as f32 / (1u64 << 23) as f32 - 1.0) * limit
    }
}

/// Writes the specs as random weights of a sane scale (vectors are ones, so that norms keep the signal alive).
/// `dtype` is f32, f16 or bf16; with `bits`, every matrix that allows it is MLX-quantised in groups of 64.
pub fn write_random(
    out: &Path,
    specs: &[TensorSpec],
    dtype: Dtype,
    bits: Option<i32>,
    prefix: &str,
    seed: u64,
) -> Result<()> {
    const GROUP: usize = 64;
    let quantized = |s: &TensorSpec| bits.filter(|_| s.matrix && s.shape[1].is_multiple_of(GROUP));
    let mut entries = Vec::new();
    for s in specs {
        let name = format!("{prefix}{}", s.name);
        if let Some(bits) = quantized(s) {
            let base = name.strip_suffix(".weight").unwrap_or(&name).to_owned();
            let groups = [s.shape[0], s.shape[1] / GROUP];
            entries.push(Entry::new(
                name,
                Dtype::Uint32,
                &[s.shape[0], s.shape[1] * bits as usize / 32],
            ));
            entries.push(Entry::new(format!("{base}.scales"), dtype, &groups));
            entries.push(Entry::new(format!("{base}.biases"), dtype, &groups));
        } else {
            entries.push(Entry::new(name, dtype, &s.shape));
        }
    }
    let mut writer = SafetensorsWriter::create(
        out,
        entries,
        &[("format", "mlx"), ("made_by", "myna models synth")],
    )?;
    let mut random = Random(seed);
    for s in specs {
        // What is summed for one output: a row, or a convolution's inputs times its kernel.
        let inputs = s.shape.iter().skip(1).product::<usize>().max(1);
        let limit = (3.0 / inputs as f32).sqrt();
        if let Some(bits) = quantized(s) {
            let rows = s.shape[0] as i32;
            let values: Vec<f32> = (0..s.shape.iter().product::<usize>())
                .map(|_| random.value(limit))
                .collect();
            let full = Array::from_slice(&values, &[rows, s.shape[1] as i32]).as_dtype(dtype)?;
            let (q, scales, biases) = ops::quantize(&full, GROUP as i32, bits)?;
            for part in [q, scales, biases] {
                writer.array(&part)?;
            }
            continue;
        }
        let ones = s.shape.len() == 1;
        let mut next = || if ones { 1.0 } else { random.value(limit) };
        writer.pieces(PIECE, |buffer| {
            fill(buffer, dtype, &mut next);
            Ok(())
        })?;
    }
    writer.finish()
}

fn fill(buffer: &mut [u8], dtype: Dtype, mut next: impl FnMut() -> f32) {
    match dtype {
        Dtype::Float32 => buffer
            .chunks_exact_mut(4)
            .for_each(|b| b.copy_from_slice(&next().to_le_bytes())),
        Dtype::Float16 => buffer
            .chunks_exact_mut(2)
            .for_each(|b| b.copy_from_slice(&half::f16::from_f32(next()).to_le_bytes())),
        _ => buffer
            .chunks_exact_mut(2)
            .for_each(|b| b.copy_from_slice(&half::bf16::from_f32(next()).to_le_bytes())),
    }
}
