//! A speech model with its codec, and the loop from frames to sound.
//!
//! Frames are decoded in chunks by the codec's stream, on the thread that computes them, while the next frame is
//! already queued. A model draws from a few ids more than the codec has codes for; such ids are heard as the codec's
//! last code and counted, because sampling stays exact and an utterance is not thrown away for one of them.

use super::capture::{Meta, write_trace};
use super::{Chunks, Reference, Report, Request};
use crate::codec::Codec;
use crate::{Result, library, sound};
use myna_models::backend::Precision;
use myna_models::csm::{Config, Csm, Noise, Options, Prompt, Segment, StoppedBy};
use myna_models::mimi::Codes;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Belongs to the thread that loaded it.
pub struct Speaker {
    pub(super) csm: Csm,
    pub(super) codec: Codec,
    model: PathBuf,
}

/// What happens while speaking.
#[derive(Debug)]
pub enum Event<'a> {
    /// The prompt is made, speaking begins.
    Started {
        prompt_rows: usize,
        max_frames: usize,
    },
    /// So many frames are there.
    Frames(usize),
    /// The next samples: mono, at [`sound::RATE`].
    Sound(&'a [f32]),
}

impl Speaker {
    /// Loads a model's folder and its codec: the one given, or the one that the folder holds.
    pub fn load(model: &Path, codec: Option<&Path>) -> Result<Self> {
        // What is cheap to find out comes first: that there is a model, then the codec, which is often forgotten.
        Config::read(model)?;
        let codec = Codec::for_model(model, codec)?;
        let csm = Csm::load(model, Precision::for_device()?)?;
        codec.check_fits(&csm)?;
        Ok(Self {
            csm,
            codec,
            model: model.to_owned(),
        })
    }

    /// Codes per codebook that the model draws from.
    pub fn vocabulary(&self) -> usize {
        self.csm.audio_vocab()
    }

    pub fn codebooks(&self) -> usize {
        self.csm.codebooks()
    }

    /// Tensors of the checkpoint that nothing uses.
    pub fn surplus(&self) -> &[String] {
        self.csm.surplus()
    }

    /// Speaks one utterance. Sound and progress go to `on_event` as they come; an error from it ends the
    /// utterance and is passed on. With `cancel` set it stops within a frame and gives out what is there.
    pub fn speak(
        &mut self,
        request: &Request,
        cancel: &AtomicBool,
        on_event: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<Report> {
        request.check()?;
        let begin = Instant::now();
        let prompt = self.prompt(request)?;
        let rate = self.codec.frame_rate();
        let room = self
            .csm
            .config()
            .max_positions()
            .saturating_sub(prompt.rows());
        let max_frames = ((request.max_seconds * rate) as usize).clamp(1, room.max(1));
        let codebooks = request.codebooks.unwrap_or(self.csm.codebooks());
        let options = Options {
            sampling: request.sampling.clone(),
            noise: Noise::Seed(request.seed),
            codebooks,
            max_frames,
            capture: request.trace.is_some(),
        };
        on_event(Event::Started {
            prompt_rows: prompt.rows(),
            max_frames,
        })?;

        let mut voice = Voice::new(&mut self.codec, request, on_event, begin);
        let mut failure = None;
        let generated =
            self.csm
                .generate(&prompt, &options, &mut |codes| match voice.frame(codes) {
                    Err(e) => {
                        failure = Some(e);
                        ControlFlow::Break(())
                    }
                    Ok(()) if cancel.load(Ordering::Relaxed) => ControlFlow::Break(()),
                    Ok(()) => ControlFlow::Continue(()),
                })?;
        if let Some(e) = failure {
            return Err(e);
        }
        voice.flush()?;
        let Voice {
            samples,
            first_sound,
            beyond,
            frames,
            ..
        } = voice;
        if let (Some(path), Some(capture)) = (&request.trace, generated.capture) {
            let meta = Meta {
                model_hash: library::fingerprint(&self.model)?,
                seed: Some(request.seed),
                sampling: &request.sampling,
                stopped_by: generated.stopped_by,
            };
            write_trace(
                path,
                &frames,
                codebooks,
                self.csm.audio_vocab(),
                capture,
                &meta,
            )?;
        }
        let seconds = samples as f64 / f64::from(sound::RATE);
        let work = begin.elapsed().as_secs_f64();
        Ok(Report {
            file: None,
            text: request.text.clone(),
            voice: None,
            model: self.model.display().to_string(),
            seed: request.seed,
            frames: generated.frames,
            seconds,
            first_sound_ms: first_sound,
            real_time_factor: (seconds > 0.0).then(|| work / seconds),
            stopped_by: match generated.stopped_by {
                // The last frame may come and the wish to stop with it.
                StoppedBy::Length if cancel.load(Ordering::Relaxed) => StoppedBy::Cancelled.name(),
                other => other.name(),
            },
            beyond_codec: beyond,
            max_seconds: max_frames as f64 / rate,
        })
    }

    /// The request as rows: references encoded, text tokenised.
    fn prompt(&mut self, request: &Request) -> Result<Prompt> {
        let mut context = Vec::new();
        for Reference { audio, transcript } in &request.references {
            context.push(Segment {
                speaker: request.speaker,
                text: transcript.clone(),
                codes: self.codec.encode_file(audio, self.csm.codebooks())?,
            });
        }
        Ok(self.csm.prompt(
            &context,
            request.speaker,
            &request.text,
            request.voice_match,
        )?)
    }
}

/// Frames on their way to sound.
struct Voice<'a> {
    codec: &'a mut Codec,
    on_event: &'a mut dyn FnMut(Event) -> Result<()>,
    chunks: Chunks,
    waiting: Vec<Vec<i32>>,
    /// All frames as drawn, kept for a trace only.
    frames: Vec<i32>,
    keep: bool,
    count: usize,
    beyond: usize,
    samples: u64,
    begin: Instant,
    first_sound: Option<f64>,
}

impl<'a> Voice<'a> {
    fn new(
        codec: &'a mut Codec,
        request: &Request,
        on_event: &'a mut dyn FnMut(Event) -> Result<()>,
        begin: Instant,
    ) -> Self {
        codec.mimi.reset_decoder();
        Self {
            codec,
            on_event,
            chunks: Chunks::new(request.chunk_frames),
            waiting: Vec::new(),
            frames: Vec::new(),
            keep: request.trace.is_some(),
            count: 0,
            beyond: 0,
            samples: 0,
            begin,
            first_sound: None,
        }
    }

    fn frame(&mut self, codes: &[i32]) -> Result<()> {
        if self.keep {
            self.frames.extend(codes);
        }
        let last = i32::try_from(self.codec.mimi.codebook_size())
            .unwrap_or(i32::MAX)
            .saturating_sub(1);
        self.beyond += codes.iter().filter(|&&c| c > last).count();
        self.waiting
            .push(codes.iter().map(|&c| c.min(last)).collect());
        self.count += 1;
        (self.on_event)(Event::Frames(self.count))?;
        if self.chunks.full(self.waiting.len()) {
            self.flush()?;
        }
        Ok(())
    }

    /// Decodes and gives out what is waiting.
    fn flush(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let codes = Codes::from_frames(&std::mem::take(&mut self.waiting))?;
        let samples = self.codec.mimi.decode_step(&codes)?;
        if self.first_sound.is_none() {
            self.first_sound = Some(self.begin.elapsed().as_secs_f64() * 1e3);
        }
        self.samples += samples.len() as u64;
        (self.on_event)(Event::Sound(&samples))
    }
}

impl std::fmt::Debug for Speaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Speaker({})", self.model.display())
    }
}
