//! Goldens for the parity tests: tensors of a fixture file as plain vectors, and comparisons that say where.
#![allow(dead_code, reason = "each test binary uses its own part")]

pub mod expand;

use safetensors::{Dtype, SafeTensors};
use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// `tests/fixtures/…` of the workspace.
pub fn fixture(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures")
        .join(path)
}

pub struct Golden {
    tensors: HashMap<String, (Vec<usize>, Values)>,
}

enum Values {
    F32(Vec<f32>),
    F64(Vec<f64>),
    I64(Vec<i64>),
}

impl Golden {
    pub fn open(path: &str) -> Self {
        let path = fixture(path);
        let data = std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let file = SafeTensors::deserialize(&data).expect("a readable golden");
        let tensors = file
            .iter()
            .map(|(name, view)| {
                (
                    name.to_owned(),
                    (view.shape().to_vec(), values(view.dtype(), view.data())),
                )
            })
            .collect();
        Self { tensors }
    }

    fn get(&self, name: &str) -> &(Vec<usize>, Values) {
        self.tensors
            .get(name)
            .unwrap_or_else(|| panic!("no tensor {name} in the golden"))
    }

    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    pub fn shape(&self, name: &str) -> &[usize] {
        &self.get(name).0
    }

    pub fn f32(&self, name: &str) -> &[f32] {
        let Values::F32(v) = &self.get(name).1 else {
            panic!("{name} is not f32")
        };
        v
    }

    pub fn f64(&self, name: &str) -> &[f64] {
        let Values::F64(v) = &self.get(name).1 else {
            panic!("{name} is not f64")
        };
        v
    }

    /// Any integer tensor, widened.
    pub fn ints(&self, name: &str) -> &[i64] {
        let Values::I64(v) = &self.get(name).1 else {
            panic!("{name} is not an integer tensor")
        };
        v
    }
}

fn values(dtype: Dtype, data: &[u8]) -> Values {
    fn each<const N: usize, T>(data: &[u8], f: impl Fn([u8; N]) -> T) -> Vec<T> {
        data.as_chunks::<N>().0.iter().map(|b| f(*b)).collect()
    }
    match dtype {
        Dtype::F32 => Values::F32(each(data, f32::from_le_bytes)),
        Dtype::F16 => Values::F32(each(data, |b| half::f16::from_le_bytes(b).to_f32())),
        Dtype::BF16 => Values::F32(each(data, |b| half::bf16::from_le_bytes(b).to_f32())),
        Dtype::F64 => Values::F64(each(data, f64::from_le_bytes)),
        Dtype::I64 => Values::I64(each(data, i64::from_le_bytes)),
        Dtype::I32 => Values::I64(each(data, |b| i32::from_le_bytes(b).into())),
        Dtype::U32 => Values::I64(each(data, |b| u32::from_le_bytes(b).into())),
        Dtype::I16 => Values::I64(each(data, |b| i16::from_le_bytes(b).into())),
        Dtype::U8 | Dtype::BOOL => Values::I64(data.iter().map(|&b| b.into()).collect()),
        other => panic!("goldens hold no {other:?}"),
    }
}

/// Largest absolute difference, and where.
pub fn max_difference(a: &[f32], b: &[f32]) -> (f32, usize) {
    assert_eq!(a.len(), b.len(), "lengths differ");
    a.iter()
        .zip(b)
        .enumerate()
        .fold((0.0, 0), |worst, (i, (x, y))| {
            let d = (x - y).abs();
            // A NaN must not slip through a comparison.
            if d > worst.0 || d.is_nan() {
                (if d.is_nan() { f32::INFINITY } else { d }, i)
            } else {
                worst
            }
        })
}

pub fn assert_close(what: &str, got: &[f32], expected: &[f32], tolerance: f32) {
    let (worst, at) = max_difference(got, expected);
    assert!(
        worst <= tolerance,
        "{what}: differs by {worst} at {at} (tolerance {tolerance})"
    );
}

/// |a − b| / |b| over the whole tensor.
pub fn relative_l2(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len(), "lengths differ");
    let sum = |f: &dyn Fn(usize) -> f64| (0..b.len()).map(f).sum::<f64>();
    (sum(&|i| (f64::from(a[i]) - f64::from(b[i])).powi(2))
        / sum(&|i| f64::from(b[i]).powi(2)).max(1e-30))
    .sqrt()
}

/// A 16-bit mono wav of the fixtures as samples in [−1, 1).
pub fn pcm16(path: &str) -> Vec<f32> {
    let path = fixture(path);
    let reader =
        hound::WavReader::open(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    reader
        .into_samples::<i16>()
        .map(|s| f32::from(s.expect("a sample")) / 32768.0)
        .collect()
}

/// The ids of the stored vocabulary rows, in the order of `first_logits_rows`.
pub fn row_ids(checkpoint: &str) -> Vec<usize> {
    let golden = Golden::open(&format!(
        "{}/{checkpoint}/vocab-rows.safetensors",
        expand::FIXTURES
    ));
    golden
        .ints("row_ids")
        .iter()
        .map(|&id| id as usize)
        .collect()
}
