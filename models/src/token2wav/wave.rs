//! The two networks that speak, together, and a voice for them to speak in.

use super::flow::{Flow, FlowMemory, to_host};
use super::hift::Hift;
use super::noise::Noise;
use super::prompt::Prompt;
use super::stream::Stream;
use crate::Result;
use crate::backend::Precision;
use std::path::Path;

/// Intermediate signals, row-major, for comparison with a reference.
#[doc(hidden)]
pub type Stages = Vec<(&'static str, Vec<f32>)>;

/// A loaded token2wav. Belongs to the thread that loaded it.
#[derive(Debug)]
pub struct Token2Wav {
    pub(super) flow: Flow,
    pub(super) hift: Hift,
}

/// A prompt with the noise that its speech is made from. What a stream remembers of the prompt is computed once.
#[derive(Debug, Clone)]
pub struct Voice {
    prompt: Prompt,
    noise: Noise,
    memory: Option<FlowMemory>,
}

impl Voice {
    pub fn new(prompt: Prompt, noise: Noise) -> Self {
        Self {
            prompt,
            noise,
            memory: None,
        }
    }

    pub fn prompt(&self) -> &Prompt {
        &self.prompt
    }
}

impl Token2Wav {
    /// Loads `flow.safetensors` and `hift.safetensors` from a token2wav folder, or from a checkpoint's folder that holds one.
    pub fn load(dir: &Path, precision: Precision) -> Result<Self> {
        Ok(Self {
            hift: Hift::load(dir, precision)?,
            flow: Flow::load(dir, precision)?,
        })
    }

    /// Stored tensors that nothing uses.
    pub fn surplus(&self) -> impl Iterator<Item = &str> {
        let all = self.flow.surplus().iter().chain(self.hift.surplus());
        all.map(String::as_str)
    }

    /// A whole utterance, 960 samples for every code; the same codes, voice and seed give the same samples.
    pub fn speak(&mut self, voice: &Voice, codes: &[u32]) -> Result<Vec<f32>> {
        if codes.is_empty() {
            return Ok(Vec::new());
        }
        let mel = self.flow.whole(&voice.prompt, codes, &voice.noise)?;
        let mut noise = voice.noise.clone();
        Ok(self.hift.sound(&mel, &[], &mut noise)?.samples)
    }

    /// Begins a stream; the first one of a voice listens to its prompt.
    pub fn stream(&mut self, voice: &mut Voice) -> Result<Stream> {
        let memory = match &voice.memory {
            Some(memory) => memory.clone(),
            None => {
                let memory = self.flow.remember(&voice.prompt, &voice.noise)?;
                voice.memory.insert(memory).clone()
            }
        };
        Ok(Stream::new(
            voice.prompt.clone(),
            voice.noise.clone(),
            memory,
        ))
    }

    /// What a whole utterance passes through, frames of the prompt included: `encoder_out`, `mu`, then of the first and the
    /// last moment the noisy mel and both velocities, and `mel` without the prompt.
    #[doc(hidden)]
    pub fn stages(&mut self, voice: &Voice, codes: &[u32]) -> Result<Stages> {
        let piece = self.flow.whole_piece(&voice.prompt, codes, &voice.noise)?;
        let mut all = vec![
            ("encoder_out", to_host(&piece.states)?),
            ("mu", to_host(&piece.mu)?),
        ];
        for (names, moment) in [
            (["step0_x", "step0_out"], piece.moments.first()),
            (["step9_x", "step9_out"], piece.moments.last()),
        ] {
            if let Some((x, out)) = moment {
                all.push((names[0], to_host(x)?));
                all.push((names[1], to_host(out)?));
            }
        }
        let bands = crate::audio::VOICE_BANDS;
        let mel = to_host(&piece.mel)?;
        all.push(("mel", mel[voice.prompt.frames() * bands..].to_vec()));
        Ok(all)
    }

    /// The vocoder alone, for comparisons.
    #[doc(hidden)]
    pub fn vocoder(&self) -> &Hift {
        &self.hift
    }

    #[doc(hidden)]
    pub fn flow(&mut self) -> &mut Flow {
        &mut self.flow
    }

    /// Gives memory that MLX keeps for reuse back to the system; for the end of a long job.
    pub fn release_buffers(&self) -> Result<()> {
        Ok(mlx_rs::memory::clear_cache()?)
    }
}
