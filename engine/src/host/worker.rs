//! The one thread that owns every array: it does one job after the other.
//!
//! One speech model and one recogniser stay loaded; another of its kind takes its place, and where memory is
//! short so does the other kind. What is refused or fails is told, and the next job begins from a clean state: in another
//! process where a computation failed, since nobody vouches for what it left behind.

use super::memory::Limits;
use super::protocol::{FromEngine, MOST_SAMPLES};
use super::work::{Answer, EarFacts, EarModel, Event, VoiceFacts, VoiceModel, Work};
use crate::hear::{Listener, Progress};
use crate::machine::total_memory;
use crate::speak::{self, Tongue};
use crate::{Error, Result};
use myna_models::backend;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::Receiver;
use tokio::sync::mpsc::Sender;

/// What the reader of the pipe and the worker both see.
#[derive(Default)]
pub struct Desk {
    /// The job that is running; 0 is none.
    job: AtomicU64,
    cancel: AtomicBool,
    pulse: AtomicU64,
}

impl Desk {
    /// False when another job is running.
    pub fn begin(&self, job: u64) -> bool {
        if self.job.load(Ordering::SeqCst) != 0 {
            return false;
        }
        self.cancel.store(false, Ordering::SeqCst);
        self.job.store(job, Ordering::SeqCst);
        true
    }

    fn end(&self) {
        self.job.store(0, Ordering::SeqCst);
    }

    /// Stops this job, and no later one.
    pub fn cancel(&self, job: u64) {
        if self.job.load(Ordering::SeqCst) == job {
            self.cancel_any();
        }
    }

    pub fn cancel_any(&self) {
        self.cancel.store(true, Ordering::SeqCst);
    }

    pub fn pulse(&self) -> u64 {
        self.pulse.load(Ordering::Relaxed)
    }
}

pub struct Worker {
    out: Sender<FromEngine>,
    desk: Arc<Desk>,
    voice: Option<(VoiceModel, Tongue)>,
    ear: Option<(EarModel, Listener)>,
    limits: Option<Limits>,
}

impl Worker {
    pub fn new(out: Sender<FromEngine>, desk: Arc<Desk>) -> Self {
        Self {
            out,
            desk,
            voice: None,
            ear: None,
            limits: None,
        }
    }

    /// Works until there are no more orders. `memory` stands for the machine's when given.
    pub fn run(mut self, memory: Option<u64>, orders: &Receiver<(u64, Work)>) {
        self.limits = Limits::of_machine(memory.unwrap_or_else(total_memory));
        // Also the first touch of MLX: without a usable device nothing else makes sense.
        let ready = backend::device_name()
            .map_err(Error::from)
            .and_then(|_| self.limits.map_or(Ok(()), Limits::apply));
        self.tell(match ready {
            Ok(()) => FromEngine::Ready {
                limits: self.limits,
            },
            Err(e) => FromEngine::Failed {
                job: 0,
                error: (&e).into(),
                spent: true,
            },
        });
        while let Ok((job, work)) = orders.recv() {
            let outcome = self.work(job, work);
            // Sentences differ in length, so their buffers fit each other badly: kept from one to the next they would only
            // grow. That they stay with the process costs nothing else.
            _ = backend::free_unused();
            // Before the answer: the next job may come at once.
            self.desk.end();
            self.tell(match outcome {
                Ok(answer) => FromEngine::Done { job, answer },
                Err(e) => FromEngine::Failed {
                    job,
                    error: (&e).into(),
                    spent: e.spends(),
                },
            });
        }
    }

    fn tell(&self, message: FromEngine) {
        self.desk.pulse.fetch_add(1, Ordering::Relaxed);
        // Nobody there: the thread that reads sees it, too, and ends all this.
        _ = self.out.blocking_send(message);
    }

    fn work(&mut self, job: u64, work: Work) -> Result<Answer> {
        match work {
            Work::LoadVoice { model } => {
                let speaker = self.speaker(&model)?;
                Ok(Answer::Voice(VoiceFacts {
                    vocabulary: speaker.vocabulary(),
                    codebooks: speaker.codebooks(),
                    surplus: speaker.surplus().to_vec(),
                    fits: speaker.fits(),
                }))
            }
            Work::Speak { model, request } => {
                let mut report = self.speak(job, &model, &request)?;
                Ok(Answer::Spoken {
                    beyond_codec: report.beyond_codec,
                    max_seconds: report.max_seconds,
                    codes: std::mem::take(&mut report.codes),
                    report: Box::new(report),
                })
            }
            Work::LoadEar { model } => {
                let listener = self.listener(&model)?;
                Ok(Answer::Ear(EarFacts {
                    surplus: listener.surplus().to_vec(),
                    fit: listener.fit().clone(),
                }))
            }
            Work::Hear {
                model,
                task,
                decode,
                capture,
                samples,
            } => {
                let (out, desk) = (self.out.clone(), self.desk.clone());
                let listener = self.listener(&model)?;
                let words = listener.hear(&samples, &task, &decode, capture, &mut |progress| {
                    desk.pulse.fetch_add(1, Ordering::Relaxed);
                    let event = match progress {
                        Progress::Tokens { attempt, tokens } => Event::Tokens { attempt, tokens },
                        Progress::Restarted { why } => Event::Restarted { why: why.into() },
                    };
                    let gone = out.blocking_send(FromEngine::Event { job, event }).is_err();
                    if gone || desk.cancel.load(Ordering::SeqCst) {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                })?;
                Ok(Answer::Heard(words))
            }
            Work::EndRecording { model, trace } => {
                if trace.is_some() || self.ear.as_ref().is_some_and(|(m, _)| *m == model) {
                    self.listener(&model)?.end_recording(trace.as_ref())?;
                }
                Ok(Answer::RecordingEnded)
            }
        }
    }

    fn speak(
        &mut self,
        job: u64,
        model: &VoiceModel,
        request: &speak::Request,
    ) -> Result<speak::Report> {
        let (out, desk) = (self.out.clone(), self.desk.clone());
        let tell = |event: Event| {
            desk.pulse.fetch_add(1, Ordering::Relaxed);
            out.blocking_send(FromEngine::Event { job, event })
                .map_err(|_| Error::cancelled())
        };
        let speaker = self.speaker(model)?;
        speaker.speak(request, &desk.cancel, &mut |event| match event {
            speak::Event::Started {
                prompt_rows,
                max_frames,
            } => tell(Event::Started {
                prompt_rows,
                max_frames,
            }),
            speak::Event::Frames(frames) => tell(Event::Frames(frames)),
            speak::Event::Sound(sound) => sound.chunks(MOST_SAMPLES).try_for_each(|piece| {
                tell(Event::Sound {
                    samples: piece.to_vec(),
                })
            }),
            speak::Event::Restarted { .. } => Ok(()),
        })
    }

    fn speaker(&mut self, model: &VoiceModel) -> Result<&mut Tongue> {
        if self
            .voice
            .as_ref()
            .is_none_or(|(loaded, _)| loaded != model)
        {
            self.voice = None;
            if self.is_tight(&model.dir) {
                self.ear = None;
            }
        }
        if self.voice.is_none() {
            let (codec, partial) = (model.codec.as_deref(), model.partial);
            let speaker = Tongue::load(&model.dir, codec, partial)?;
            self.voice = Some((model.clone(), speaker));
        }
        let loaded = self.voice.as_mut().map(|(_, speaker)| speaker);
        loaded.ok_or_else(Error::cancelled)
    }

    fn listener(&mut self, model: &EarModel) -> Result<&mut Listener> {
        if self.ear.as_ref().is_none_or(|(loaded, _)| loaded != model) {
            self.ear = None;
            if self.is_tight(&model.dir) {
                self.voice = None;
            }
        }
        if self.ear.is_none() {
            let listener =
                Listener::load_as(&model.dir, model.words, model.max_cache_len, model.partial)?;
            self.ear = Some((model.clone(), listener));
        }
        let loaded = self.ear.as_mut().map(|(_, listener)| listener);
        loaded.ok_or_else(Error::cancelled)
    }

    /// Whether a model's files and what is loaded already go beyond the limit. Weights may be widened to f32.
    fn is_tight(&self, dir: &Path) -> bool {
        let files = std::fs::read_dir(dir).into_iter().flatten().flatten();
        let bytes: u64 = files.filter_map(|f| Some(f.metadata().ok()?.len())).sum();
        let loaded = backend::active_memory().unwrap_or(0) as u64;
        self.limits
            .is_some_and(|l| loaded.saturating_add(bytes.saturating_mul(2)) > l.arrays)
    }
}
