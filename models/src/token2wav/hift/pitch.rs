//! The small network that finds the pitch of each frame of a mel spectrogram.
//!
//! Fails while loading where a tensor is missing or of another shape.

use super::super::conformer::linear_tensors;
use super::super::flow::to_host;
use super::HiftSizes;
use crate::Result;
use crate::nn::{Conv1d, Conv1dSpec, Linear, elu};
use crate::weights::{TensorSpec, Weights};
use mlx_rs::{Array, ops};

/// Convolutions of the pitch network.
const PITCH_LAYERS: usize = 5;

/// Keys: `f0_predictor.condnet.{0,2,4,6,8}`, `f0_predictor.classifier`.
#[derive(Debug)]
pub(super) struct Pitch {
    convs: Vec<Conv1d>,
    classifier: Linear,
}

impl Pitch {
    fn convs(s: &HiftSizes) -> impl Iterator<Item = (String, Conv1dSpec)> {
        let (mel, channels) = (s.mel, s.pitch_channels);
        (0..PITCH_LAYERS).map(move |i| {
            let inputs = if i == 0 { mel } else { channels };
            let spec = Conv1dSpec::new(inputs, channels, 3).same();
            (format!("f0_predictor.condnet.{}", 2 * i), spec)
        })
    }

    pub(super) fn tensors(s: &HiftSizes) -> Vec<TensorSpec> {
        let mut all: Vec<_> = Self::convs(s)
            .flat_map(|(path, c)| c.tensors(&path))
            .collect();
        all.extend(linear_tensors(
            "f0_predictor.classifier",
            1,
            s.pitch_channels,
        ));
        all
    }

    pub(super) fn load(w: &mut Weights, s: &HiftSizes) -> Result<Self> {
        Ok(Self {
            convs: Self::convs(s)
                .map(|(path, spec)| Conv1d::load(w, &path, spec))
                .collect::<Result<_>>()?,
            classifier: Linear::load_biased(w, "f0_predictor.classifier", 1, s.pitch_channels)?,
        })
    }

    /// `[1, n, mel]` → Hz, one a frame.
    pub(super) fn forward(&self, mel: &Array) -> Result<Vec<f32>> {
        let mut x = mel.clone();
        for conv in &self.convs {
            x = elu(&conv.forward(&x)?)?;
        }
        to_host(&ops::abs(&self.classifier.forward(&x)?)?)
    }
}
