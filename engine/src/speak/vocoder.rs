//! token2wav in the voice of a recording: codes become sound, recordings become codes, speakers are compared.
//!
//! The networks that listen to the recording are loaded, asked once and let go: half a gigabyte that speaking does not
//! need. A voice is its recording, a seed names what is spoken with it.

use crate::{Error, Result, sound};
use myna_models::backend::Precision;
use myna_models::mimi::Codes;
use myna_models::token2wav::{
    File, LISTEN_RATE, Noise, PromptEncoder, SAMPLE_RATE, SpeakerEncoder, SpeechTokenizer, Stream,
    Token2Wav, Voice,
};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// How alike two speakers' vectors are, −1 to 1.
pub use myna_models::token2wav::similarity;
/// Codes a second, and whether a folder holds token2wav.
pub use myna_models::token2wav::{CODE_RATE, is_token2wav};

/// token2wav, and the voice that it speaks in. Belongs to the thread that loaded it.
#[derive(Debug)]
pub struct Vocoder {
    pub(crate) model: Token2Wav,
    dir: PathBuf,
    voice: Option<Known>,
}

/// The voice of a recording, made ready for a seed.
#[derive(Debug)]
struct Known {
    recording: PathBuf,
    changed: Option<SystemTime>,
    seed: u64,
    voice: Voice,
}

impl Vocoder {
    /// Loads a token2wav folder, or that of a checkpoint.
    pub fn load(dir: &Path) -> Result<Self> {
        // The networks that listen are loaded when there is something to hear; that they are there is asked now.
        for file in File::ALL {
            file.find(dir)?;
        }
        let model = Token2Wav::load(dir, Precision::for_device()?)?;
        model.release_buffers()?;
        Ok(Self {
            model,
            dir: dir.to_owned(),
            voice: None,
        })
    }

    /// Tensors of the files that nothing uses.
    pub fn surplus(&self) -> Vec<String> {
        self.model.surplus().map(str::to_owned).collect()
    }

    /// Listens to the recording of a voice (three to ten seconds; at most 30), unless it was the last one.
    pub fn imitate(&mut self, recording: &Path, seed: u64) -> Result<()> {
        let changed = std::fs::metadata(recording).and_then(|m| m.modified()).ok();
        let same = |k: &Known| k.recording == recording && k.changed == changed;
        let prompt = match self.voice.take().filter(same) {
            Some(known) if known.seed == seed => {
                self.voice = Some(known);
                return Ok(());
            }
            Some(known) => known.voice.prompt().clone(),
            None => {
                let (low, high) = (
                    sound::read_at(recording, LISTEN_RATE)?,
                    sound::read_at(recording, SAMPLE_RATE)?,
                );
                PromptEncoder::load(&self.dir, Precision::for_device()?)?.encode(&low, &high)?
            }
        };
        self.model.release_buffers()?;
        self.voice = Some(Known {
            recording: recording.to_owned(),
            changed,
            seed,
            voice: Voice::new(prompt, Noise::seeded(seed)),
        });
        Ok(())
    }

    /// Begins an utterance in the voice that was listened to.
    pub fn begin(&mut self) -> Result<Stream> {
        match &mut self.voice {
            Some(known) => Ok(self.model.stream(&mut known.voice)?),
            None => Err(no_voice()),
        }
    }

    /// Decodes one row of codes, giving samples as they come: a second at a time as while speaking, or all at once, which
    /// hears more of what follows.
    pub fn decode(
        &mut self,
        codes: &Codes,
        streamed: bool,
        mut on_samples: impl FnMut(&[f32]) -> Result<()>,
    ) -> Result<()> {
        if codes.codebooks() != 1 {
            return Err(Error::request(
                format!(
                    "{} rows of codes are another codec's, token2wav has one",
                    codes.codebooks()
                ),
                "Give codes that `myna codec encode` made with the same --codec.",
            ));
        }
        // A negative code becomes one that is refused by name.
        let codes: Vec<u32> = codes.row(0).iter().map(|&c| c as u32).collect();
        if !streamed {
            let voice = self.voice.as_ref().ok_or_else(no_voice)?;
            return on_samples(&self.model.speak(&voice.voice, &codes)?);
        }
        let mut stream = self.begin()?;
        for codes in codes.chunks(myna_models::token2wav::CHUNK) {
            let samples = stream.push(&mut self.model, codes)?;
            on_samples(&samples)?;
        }
        on_samples(&stream.finish(&mut self.model)?)
    }
}

fn no_voice() -> Error {
    Error::request(
        "there is no voice to speak in",
        "Give the recording of one first.",
    )
}

/// A recording as speech codes, one row, 25 a second.
pub fn speech_codes(dir: &Path, recording: &Path) -> Result<Codes> {
    let samples = sound::read_at(recording, LISTEN_RATE)?;
    let mut tokenizer = SpeechTokenizer::load(dir, Precision::for_device()?)?;
    let codes = tokenizer.encode(&samples)?;
    Ok(Codes::new(
        1,
        codes.into_iter().map(|c| c as i32).collect(),
    )?)
}

/// Tells whether recordings are of one speaker.
#[derive(Debug)]
pub struct Speakers {
    encoder: SpeakerEncoder,
}

impl Speakers {
    /// Loads CAM++ from a token2wav folder, or that of a checkpoint.
    pub fn load(dir: &Path) -> Result<Self> {
        let encoder = SpeakerEncoder::load(dir, Precision::for_device()?)?;
        Ok(Self { encoder })
    }

    /// The speaker of a recording, 192 numbers.
    pub fn vector(&mut self, recording: &Path) -> Result<Vec<f32>> {
        let samples = sound::read_at(recording, LISTEN_RATE)?;
        Ok(self.encoder.embed(&samples)?)
    }

    /// The speaker of mono samples at `rate`.
    pub fn vector_of(&mut self, samples: &[f32], rate: u32) -> Result<Vec<f32>> {
        let samples = sound::resample(samples, rate, LISTEN_RATE)?;
        Ok(self.encoder.embed(&samples)?)
    }
}
