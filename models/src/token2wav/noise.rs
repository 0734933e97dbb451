//! The noise that speech is made from: PyTorch's CPU stream, so that a seed names a waveform.
//!
//! The reference draws its flow's noise once, unseeded, as `randn(1, 80, 30000)`, and each vocoder call draws from the
//! global stream: nine uniforms for phases (which never reach the sound), normals for the harmonics, normals for a branch
//! that is not used. Here one stream per seed gives all of them in this order.

use crate::sampling::TorchStream;
use crate::{Error, Result};
use mlx_rs::Array;
use std::sync::Arc;

/// Frames of noise that a seed gives: ten minutes.
const FRAMES: usize = 30_000;
const BANDS: usize = 80;

/// Start noise of the flow and the stream that the vocoder goes on with.
#[derive(Clone)]
pub struct Noise {
    /// `[80, frames]`
    flow: Arc<[f32]>,
    frames: usize,
    vocoder: Option<TorchStream>,
}

impl std::fmt::Debug for Noise {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Noise")
            .field("frames", &self.frames)
            .field("silent", &self.vocoder.is_none())
            .finish()
    }
}

impl Noise {
    /// All randomness of a seed.
    pub fn seeded(seed: u64) -> Self {
        let mut stream = TorchStream::new(seed);
        Self {
            flow: stream.normals(BANDS * FRAMES).into(),
            frames: FRAMES,
            vocoder: Some(stream),
        }
    }

    /// Flow noise made elsewhere, `[80, frames]`, and none in the vocoder: what goldens are made with.
    pub fn given(flow: &[f32]) -> Result<Self> {
        if flow.is_empty() || !flow.len().is_multiple_of(BANDS) {
            return Err(Error::input(
                format!("{} values are no noise for {BANDS} bands", flow.len()),
                "Give a table of 80 × frames.",
            ));
        }
        Ok(Self {
            flow: flow.into(),
            frames: flow.len() / BANDS,
            vocoder: None,
        })
    }

    /// Frames `from .. from + count`, `[1, count, 80]`.
    pub(super) fn frames(&self, from: usize, count: usize) -> Result<Array> {
        let to = from.saturating_add(count);
        if to > self.frames || count == 0 {
            return Err(Error::input(
                format!(
                    "{:.0} s are too much to speak at once, the noise ends after {:.0} s",
                    to as f64 / 50.0,
                    self.frames as f64 / 50.0
                ),
                "Speak it sentence by sentence, or as a stream.",
            ));
        }
        let values: Vec<f32> = (from..to)
            .flat_map(|t| self.flow.iter().skip(t).step_by(self.frames))
            .copied()
            .collect();
        Ok(Array::from_slice(&values, &[1, count as i32, BANDS as i32]))
    }

    /// Normals for `harmonics` sines of `samples` samples, `[samples, harmonics]`; nothing when silent.
    pub(super) fn vocoder(&mut self, samples: usize, harmonics: usize) -> Option<Vec<f32>> {
        let stream = self.vocoder.as_mut()?;
        for _ in 0..harmonics {
            stream.uniform();
        }
        let normals = stream.normals(samples * harmonics);
        stream.normals(samples);
        Some(normals)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn noise_is_cut_by_frames_and_ends() {
        let values: Vec<f32> = (0..240).map(|v| v as f32).collect();
        let noise = Noise::given(&values).expect("three frames");
        let cut = noise.frames(1, 2).expect("two frames");
        let got = cut.try_as_slice::<f32>().expect("values");
        // Band b of frame t is 3 b + t.
        assert_eq!((got[0], got[1], got[80]), (1.0, 4.0, 2.0));
        assert!(noise.frames(2, 2).is_err());
        assert!(noise.frames(0, 0).is_err());
        assert!(Noise::given(&values[..79]).is_err());
    }

    #[test]
    fn the_vocoder_goes_on_where_the_flow_ended() {
        let (mut a, mut b) = (Noise::seeded(3), Noise::seeded(3));
        let first = a.vocoder(32, 9);
        assert_eq!(first, b.vocoder(32, 9));
        assert_ne!(first, a.vocoder(32, 9));
        assert_eq!(first.map(|v| v.len()), Some(288));
    }
}
