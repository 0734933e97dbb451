//! Codes to sound while the codes are still being made: pieces of 25 codes, one second of speech.
//!
//! A piece is spoken when three codes beyond it are there. The vocoder hears the last eight frames of the piece before again,
//! fades from what it made of them then to what it makes of them now, and holds the last 3840 samples back until it knows what
//! follows. Nothing grows with the length of a stream. Reference: `Token2wav.stream` of the public Step-Audio2 repository.

use super::FRAME_SAMPLES;
use super::flow::FlowMemory;
use super::noise::Noise;
use super::prompt::Prompt;
use super::wave::Token2Wav;
use crate::audio::VOICE_BANDS;
use crate::{Error, Result};
use std::time::{Duration, Instant};

/// Codes of a piece.
pub const CHUNK: usize = 25;
/// Mel frames that the vocoder hears again, and their samples.
const AGAIN: usize = 8;
const OVERLAP: usize = AGAIN * FRAME_SAMPLES;

/// One utterance on its way. Does not hold the networks, so several may be under way at once.
#[derive(Debug)]
pub struct Stream {
    prompt: Prompt,
    noise: Noise,
    memory: FlowMemory,
    /// Not yet spoken.
    codes: Vec<u32>,
    tail: Option<Tail>,
    spent: Spent,
    /// The last piece is spoken, or one failed half way.
    over: bool,
}

/// Time that the two networks took so far.
#[derive(Debug, Clone, Copy, Default)]
pub struct Spent {
    pub flow: Duration,
    pub vocoder: Duration,
}

/// The end of what the vocoder made so far.
#[derive(Debug)]
struct Tail {
    /// `[8, 80]`
    mel: Vec<f32>,
    source: Vec<f32>,
    samples: Vec<f32>,
}

impl Stream {
    pub(super) fn new(prompt: Prompt, noise: Noise, memory: FlowMemory) -> Self {
        Self {
            prompt,
            noise,
            memory,
            codes: Vec::new(),
            tail: None,
            spent: Spent::default(),
            over: false,
        }
    }

    /// Takes codes, any number of them, and gives the samples that are ready: none most of the time, then a second. Refused
    /// codes leave the stream as it was; any other failure ends it.
    pub fn push(&mut self, model: &mut Token2Wav, codes: &[u32]) -> Result<Vec<f32>> {
        if self.over {
            return Err(Error::input(
                "this utterance is over",
                "Begin another one; after a failure the error before this one tells why.",
            ));
        }
        model.flow.check(codes)?;
        self.codes.extend(codes);
        let ahead = model.flow.sizes().look_ahead;
        let mut samples = Vec::new();
        while self.codes.len() >= CHUNK + ahead {
            let piece: Vec<u32> = self.codes[..CHUNK + ahead].to_vec();
            samples.extend(self.piece(model, &piece, false)?);
            self.codes.drain(..CHUNK);
        }
        Ok(samples)
    }

    /// The rest, when no more codes come. The stream is over then.
    pub fn finish(&mut self, model: &mut Token2Wav) -> Result<Vec<f32>> {
        let rest = std::mem::take(&mut self.codes);
        if rest.is_empty() {
            return Ok(Vec::new());
        }
        self.piece(model, &rest, true)
    }

    fn piece(&mut self, model: &mut Token2Wav, codes: &[u32], last: bool) -> Result<Vec<f32>> {
        self.over = true;
        let begin = Instant::now();
        let mel = self.mel(model, codes, last)?;
        let middle = Instant::now();
        let samples = self.sound(model, mel, last)?;
        self.spent.flow += middle - begin;
        self.spent.vocoder += middle.elapsed();
        self.over = last;
        Ok(samples)
    }

    /// Where the time went.
    pub fn spent(&self) -> Spent {
        self.spent
    }

    /// The mel of the next piece, `[frames, 80]`.
    fn mel(&mut self, model: &mut Token2Wav, codes: &[u32], last: bool) -> Result<Vec<f32>> {
        model
            .flow
            .next(codes, last, &self.prompt, &self.noise, &mut self.memory)
    }

    fn sound(&mut self, model: &mut Token2Wav, new: Vec<f32>, last: bool) -> Result<Vec<f32>> {
        let (mel, before) = match &self.tail {
            Some(tail) => ([tail.mel.as_slice(), &new].concat(), tail.source.as_slice()),
            None => (new, &[][..]),
        };
        let mut sound = model.hift.sound(&mel, before, &mut self.noise)?;
        if let Some(tail) = &self.tail {
            fade(&mut sound.samples, &tail.samples);
        }
        if last {
            return Ok(sound.samples);
        }
        let end = |values: &[f32], n: usize| values[values.len().saturating_sub(n)..].to_vec();
        self.tail = Some(Tail {
            mel: end(&mel, AGAIN * VOICE_BANDS),
            source: end(&sound.source, OVERLAP),
            samples: end(&sound.samples, OVERLAP),
        });
        sound
            .samples
            .truncate(sound.samples.len().saturating_sub(OVERLAP));
        Ok(sound.samples)
    }

    /// Codes taken and not yet spoken.
    pub fn waiting(&self) -> usize {
        self.codes.len()
    }

    /// Bytes that the stream remembers.
    pub fn memory_bytes(&self) -> usize {
        self.memory.bytes()
    }

    /// The next piece's mel alone, as given, and what the estimator remembers then.
    #[doc(hidden)]
    pub fn mel_of(
        &mut self,
        model: &mut Token2Wav,
        codes: &[u32],
        last: bool,
    ) -> Result<(Vec<f32>, usize)> {
        let mel = self.mel(model, codes, last)?;
        Ok((mel, self.memory.frames()))
    }
}

/// From the samples made before to those made now, along the two halves of a Hamming window.
fn fade(now: &mut [f32], before: &[f32]) {
    let turn = 2.0 * std::f64::consts::PI / (2 * OVERLAP - 1) as f64;
    let window = |i: usize| (0.54 - 0.46 * (turn * i as f64).cos()) as f32;
    for (i, (now, before)) in now.iter_mut().zip(before).enumerate() {
        *now = *now * window(i) + before * window(OVERLAP + i);
    }
}
