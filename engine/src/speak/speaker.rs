//! A speech model with its codec, and the loop from frames to sound.
//!
//! Frames are decoded in chunks by the codec's stream, on the thread that computes them, while the next frame is
//! already queued. The chunks are always the same, because other chunks round sums in another order: in which pieces
//! the sound is wanted decides only when it is given out. A model draws from a few ids more than the codec has codes for; such ids are heard as the codec's
//! last code and counted, because sampling stays exact and an utterance is not thrown away for one of them.

use super::{Chunks, Prior, Reference, Report, Request};
use crate::codec::Codec;
use crate::tokens::Identity;
use crate::{Error, Result, library, sound, voices};
use myna_models::csm::{Config, Csm, Noise, Options, Prompt, Record, Segment, StoppedBy};
use myna_models::mimi::Codes;
use myna_models::trace::{Layout, Stages, TraceWriter};
use myna_models::weights::{Fit, Loading};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// Belongs to the thread that loaded it.
pub struct Speaker {
    pub(super) csm: Csm,
    pub(super) codec: Codec,
    model: PathBuf,
    /// References as codes, by what the recordings hold: a text of many sentences has the same ones for each.
    heard: BTreeMap<String, Codes>,
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
    /// The engine process was lost and began anew; nothing given out so far is given out again.
    Restarted { why: &'a str },
}

impl Speaker {
    /// Loads a model's folder and its codec: the one given, or the one that the folder holds.
    pub fn load(model: &Path, codec: Option<&Path>) -> Result<Self> {
        Self::load_as(model, codec, false)
    }

    /// The same; with `partial`, what is missing or does not fit is zeros, and [`Self::fits`] tells.
    pub fn load_as(model: &Path, codec: Option<&Path>, partial: bool) -> Result<Self> {
        let loading = Loading::for_device(partial)?;
        // What is cheap to find out comes first: that there is a model, then the codec, which is often forgotten.
        Config::read(model)?;
        let codec = Codec::for_model(model, codec, partial)?;
        let csm = Csm::load(model, loading)?;
        codec.check_fits(&csm)?;
        Ok(Self {
            csm,
            codec,
            model: model.to_owned(),
            heard: BTreeMap::new(),
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

    /// How far model and codec were provided by their checkpoints.
    pub fn fits(&self) -> [&Fit; 2] {
        [self.csm.fit(), self.codec.fit()]
    }

    /// Speaks one utterance. Sound and progress go to `on_event` as they come; an error from it ends the
    /// utterance and is passed on. With `cancel` set it stops within a frame and gives out what is there.
    pub fn speak(
        &mut self,
        request: &Request,
        cancel: &AtomicBool,
        on_event: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<Report> {
        self.run(request, cancel, on_event, None)
    }

    /// As [`Self::speak`]; `record` gets everything that went into each frame.
    pub fn speak_recorded(
        &mut self,
        request: &Request,
        cancel: &AtomicBool,
        on_event: &mut dyn FnMut(Event) -> Result<()>,
        record: &mut dyn Record,
    ) -> Result<Report> {
        self.run(request, cancel, on_event, Some(record))
    }

    fn run(
        &mut self,
        request: &Request,
        cancel: &AtomicBool,
        on_event: &mut dyn FnMut(Event) -> Result<()>,
        record: Option<&mut dyn Record>,
    ) -> Result<Report> {
        request.check()?;
        let begin = Instant::now();
        let rate = self.codec.frame_rate();
        let wanted = (request.max_seconds * rate) as usize;
        let prompt = self.prompt(request, wanted)?;
        let max_frames = wanted.clamp(1, self.room(&prompt).max(1));
        let codebooks = request.codebooks.unwrap_or(self.csm.codebooks());
        let options = Options {
            sampling: request.sampling.clone(),
            noise: Noise::Seed(request.seed),
            codebooks,
            max_frames,
        };
        let mut trace = self.trace(request, &prompt, codebooks)?;
        on_event(Event::Started {
            prompt_rows: prompt.rows(),
            max_frames,
        })?;

        let mut voice = Voice::new(&mut self.codec, request, on_event, begin);
        let mut failure = None;
        let mut on_frame = |codes: &[i32]| match voice.frame(codes) {
            Err(e) => {
                failure = Some(e);
                ControlFlow::Break(())
            }
            Ok(()) if cancel.load(Ordering::Relaxed) => ControlFlow::Break(()),
            Ok(()) => ControlFlow::Continue(()),
        };
        let record = match &mut trace {
            Some(trace) => Some(trace as &mut dyn Record),
            None => record,
        };
        let generated = match record {
            Some(record) => self
                .csm
                .generate_recorded(&prompt, &options, &mut on_frame, record)
                .map_err(Error::writing)?,
            None => self.csm.generate(&prompt, &options, &mut on_frame)?,
        };
        if let Some(e) = failure {
            return Err(e);
        }
        voice.finish()?;
        let Voice {
            samples,
            first_sound,
            beyond,
            drawn,
            ..
        } = voice;
        if let Some(trace) = trace {
            // Hashed at the end: nobody should wait for the first sound because of it.
            let hash = library::fingerprint(&self.model)?;
            let stopped_by = generated.stopped_by.name();
            trace
                .finish(&[("model_hash", &hash), ("stopped_by", stopped_by)])
                .map_err(Error::writing)?;
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
                StoppedBy::Length if cancel.load(Ordering::Relaxed) => StoppedBy::Cancelled,
                other => other,
            },
            beyond_codec: beyond,
            max_seconds: max_frames as f64 / rate,
            codes: drawn,
            underruns: None,
            check: None,
        })
    }

    /// Where the request wants its numbers written.
    fn trace(
        &self,
        request: &Request,
        prompt: &Prompt,
        codebooks: usize,
    ) -> Result<Option<TraceWriter>> {
        let Some(path) = &request.trace else {
            return Ok(None);
        };
        let identity = Identity {
            model: &self.model,
            seed: Some(request.seed),
            sampling: &request.sampling,
        };
        let mut metadata = identity.metadata()?;
        metadata.insert("text".into(), request.text.clone());
        let layout = Layout {
            codebooks,
            vocabulary: self.csm.audio_vocab(),
            hidden: self.csm.config().backbone.block.hidden,
            stages: Stages::all(),
            greedy: request.sampling.is_greedy(),
            excludes: request.sampling.exclude.is_some(),
        };
        let writer = TraceWriter::create(path, layout, prompt, &metadata);
        writer.map(Some).map_err(Error::writing)
    }

    /// Positions that a prompt leaves for speech.
    fn room(&self, prompt: &Prompt) -> usize {
        let positions = self.csm.config().max_positions();
        positions.saturating_sub(prompt.rows())
    }

    /// The request as rows: references encoded, what was said before as it was drawn, text tokenised. What was said before
    /// stays away where it would leave less room than is `wanted`.
    fn prompt(&mut self, request: &Request, wanted: usize) -> Result<Prompt> {
        let mut context = self.references(request)?;
        let rows = |context: &[Segment]| {
            self.csm
                .prompt(context, request.speaker, &request.text, request.voice_match)
        };
        if let Some(prior) = self.usable(request) {
            context.push(Segment {
                speaker: request.speaker,
                text: prior.text.clone(),
                codes: Codes::from_frames(&prior.frames)?,
            });
            let whole = rows(&context)?;
            if self.room(&whole) >= wanted {
                return Ok(whole);
            }
            context.pop();
        }
        Ok(rows(&context)?)
    }

    /// Voice match continues one recording and nothing else; a prompt needs frames of all codebooks.
    fn usable<'a>(&self, request: &'a Request) -> Option<&'a Prior> {
        let whole = |prior: &&Prior| {
            let first = prior.frames.first();
            first.is_some_and(|frame| frame.len() == self.csm.codebooks())
        };
        let prior = request.prior.as_ref().filter(whole);
        prior.filter(|_| !request.voice_match)
    }

    fn references(&mut self, request: &Request) -> Result<Vec<Segment>> {
        let mut known = std::mem::take(&mut self.heard);
        let mut context = Vec::new();
        for Reference { audio, transcript } in &request.references {
            let codebooks = self.csm.codebooks();
            let hash = library::file_hash(audio).ok();
            let kept = hash.as_ref().and_then(|hash| {
                let again = self.heard.get(hash).cloned();
                again.or_else(|| known.remove(hash))
            });
            let codes = match kept {
                Some(codes) => codes,
                None => voices::codes::codes(&mut self.codec, audio, codebooks)?,
            };
            if let Some(hash) = hash {
                self.heard.insert(hash, codes.clone());
            }
            context.push(Segment {
                speaker: request.speaker,
                text: transcript.clone(),
                codes,
            });
        }
        Ok(context)
    }
}

/// Frames on their way to sound.
struct Voice<'a> {
    codec: &'a mut Codec,
    on_event: &'a mut dyn FnMut(Event) -> Result<()>,
    chunks: Chunks,
    waiting: Vec<Vec<i32>>,
    count: usize,
    beyond: usize,
    /// All frames, as they were drawn.
    drawn: Vec<Vec<i32>>,
    /// Samples per piece that is given out; as they come when None.
    piece: Option<usize>,
    /// Decoded and not given out yet.
    ready: Vec<f32>,
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
            piece: request
                .chunk_frames
                .map(|n| n.max(1) * codec.frame_samples()),
            ready: Vec::new(),
            codec,
            on_event,
            chunks: Chunks::default(),
            waiting: Vec::new(),
            count: 0,
            beyond: 0,
            drawn: Vec::new(),
            samples: 0,
            begin,
            first_sound: None,
        }
    }

    fn frame(&mut self, codes: &[i32]) -> Result<()> {
        let last = i32::try_from(self.codec.mimi.codebook_size())
            .unwrap_or(i32::MAX)
            .saturating_sub(1);
        self.beyond += codes.iter().filter(|&&c| c > last).count();
        self.waiting
            .push(codes.iter().map(|&c| c.min(last)).collect());
        self.drawn.push(codes.to_vec());
        self.count += 1;
        (self.on_event)(Event::Frames(self.count))?;
        if self.chunks.full(self.waiting.len()) {
            self.decode()?;
            let ready = self.ready.len();
            self.give(self.piece.map_or(ready, |piece| ready / piece * piece))?;
        }
        Ok(())
    }

    /// Decodes what is waiting and gives out all that is left.
    fn finish(&mut self) -> Result<()> {
        self.decode()?;
        self.give(self.ready.len())
    }

    fn decode(&mut self) -> Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        let codes = Codes::from_frames(&std::mem::take(&mut self.waiting))?;
        self.ready.extend(self.codec.mimi.decode_step(&codes)?);
        Ok(())
    }

    /// Gives out so many samples, in pieces.
    fn give(&mut self, count: usize) -> Result<()> {
        if count == 0 {
            return Ok(());
        }
        if self.first_sound.is_none() {
            self.first_sound = Some(self.begin.elapsed().as_secs_f64() * 1e3);
        }
        self.samples += count as u64;
        let ready: Vec<f32> = self.ready.drain(..count).collect();
        for piece in ready.chunks(self.piece.unwrap_or(count)) {
            (self.on_event)(Event::Sound(piece))?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for Speaker {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Speaker({})", self.model.display())
    }
}
