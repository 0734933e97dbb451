//! The engine for programs without tokio, such as the command line: every call waits for its end and looks at a flag
//! meanwhile.

use super::engine::{Config, Engine, State};
use super::work::{Answer, EarFacts, EarModel, Event, Trace, VoiceFacts, VoiceModel, Work};
use crate::hear::{self, MOST_TRACED, Progress, Recogniser, Watch, Words};
use crate::speak::{self, Report};
use crate::{Error, Result};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// How often the flag is looked at while nothing else happens.
const LOOK: Duration = Duration::from_millis(20);
/// An engine that is told to end, ends within this time or is made to.
const FAREWELL: Duration = Duration::from_secs(5);

pub struct Blocking {
    /// Both are there until this is dropped.
    engine: Option<(Engine, JoinHandle<()>)>,
    runtime: Runtime,
}

impl Blocking {
    /// The engine itself is started with the first job.
    pub fn start(config: Config) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("supervisor")
            .enable_all()
            .build()
            .map_err(|e| {
                let message = format!("the engine cannot be supervised: {e}");
                Error::told(crate::error::ENGINE, message, String::new())
            })?;
        let engine = runtime.block_on(async { Engine::start(config) });
        Ok(Self {
            engine: Some(engine),
            runtime,
        })
    }

    pub fn state(&self) -> State {
        let engine = self.engine.as_ref();
        engine.map_or(State::Off, |(engine, _)| engine.state())
    }

    pub fn load_voice(&self, model: &VoiceModel) -> Result<VoiceFacts> {
        let model = model.clone();
        match self.wait(Work::LoadVoice { model }, None, &mut |_| Ok(()))? {
            Answer::Voice(facts) => Ok(facts),
            _ => Err(misfit()),
        }
    }

    /// Speaks one utterance. Sound and progress go to `on_event` as they come; an error from it ends the utterance and is
    /// passed on. With `cancel` set it stops within a frame and gives out what is there.
    pub fn speak(
        &self,
        model: &VoiceModel,
        request: &speak::Request,
        cancel: &AtomicBool,
        on_event: &mut dyn FnMut(speak::Event) -> Result<()>,
    ) -> Result<Report> {
        let work = Work::Speak {
            model: model.clone(),
            request: Box::new(request.clone()),
        };
        let answer = self.wait(work, Some(cancel), &mut |event| match &event {
            Event::Started {
                prompt_rows,
                max_frames,
            } => on_event(speak::Event::Started {
                prompt_rows: *prompt_rows,
                max_frames: *max_frames,
            }),
            Event::Frames(frames) => on_event(speak::Event::Frames(*frames)),
            Event::Sound { samples } => on_event(speak::Event::Sound(samples)),
            Event::Restarted { why } => on_event(speak::Event::Restarted { why }),
            Event::Tokens { .. } => Ok(()),
        })?;
        match answer {
            Answer::Spoken {
                mut report,
                beyond_codec,
                max_seconds,
                codes,
            } => {
                (report.beyond_codec, report.max_seconds) = (beyond_codec, max_seconds);
                report.codes = codes;
                Ok(*report)
            }
            _ => Err(misfit()),
        }
    }

    pub fn load_ear(&self, model: &EarModel) -> Result<EarFacts> {
        let model = model.clone();
        match self.wait(Work::LoadEar { model }, None, &mut |_| Ok(()))? {
            Answer::Ear(facts) => Ok(facts),
            _ => Err(misfit()),
        }
    }

    /// What turns the chunks of one recording into words.
    pub fn ear<'a>(
        &'a self,
        model: &'a EarModel,
        request: &'a hear::Request,
        cancel: &'a AtomicBool,
    ) -> Ear<'a> {
        Ear {
            engine: self,
            model,
            request,
            cancel,
            captured: 0,
        }
    }

    fn wait(
        &self,
        work: Work,
        cancel: Option<&AtomicBool>,
        on_event: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<Answer> {
        let Some((engine, _)) = &self.engine else {
            return Err(Error::cancelled());
        };
        let mut job = engine.submit(work);
        let (mut stopped, mut failed) = (false, None);
        loop {
            let next = self
                .runtime
                .block_on(async { timeout(LOOK, job.next()).await });
            if let Ok(None) = next {
                break;
            }
            if let (Ok(Some(event)), None) = (next, &failed) {
                failed = on_event(event).err();
            }
            let stop = failed.is_some() || cancel.is_some_and(|c| c.load(Ordering::Relaxed));
            if stop && !std::mem::replace(&mut stopped, true) {
                job.stop();
            }
        }
        let answer = self.runtime.block_on(job.answer());
        failed.map_or(answer, Err)
    }
}

impl Drop for Blocking {
    fn drop(&mut self) {
        if let Some((engine, supervisor)) = self.engine.take() {
            drop(engine);
            _ = self
                .runtime
                .block_on(async { timeout(FAREWELL, supervisor).await });
        }
    }
}

/// The recogniser behind one recording.
pub struct Ear<'a> {
    engine: &'a Blocking,
    model: &'a EarModel,
    request: &'a hear::Request,
    cancel: &'a AtomicBool,
    captured: usize,
}

impl Recogniser for Ear<'_> {
    fn recognise(&mut self, samples: &[f32], watch: Watch<'_>) -> Result<Words> {
        let capture = self.request.trace.is_some() && self.captured < MOST_TRACED;
        let work = Work::Hear {
            model: self.model.clone(),
            task: self.request.task.clone(),
            decode: Box::new(self.request.decode.clone()),
            capture,
            samples: samples.into(),
        };
        let answer = self.engine.wait(work, Some(self.cancel), &mut |event| {
            let going = match &event {
                &Event::Tokens { attempt, tokens } => watch(Progress::Tokens { attempt, tokens }),
                Event::Restarted { why } => watch(Progress::Restarted { why }),
                _ => ControlFlow::Continue(()),
            };
            match going {
                ControlFlow::Continue(()) => Ok(()),
                ControlFlow::Break(()) => Err(Error::cancelled()),
            }
        })?;
        self.captured += usize::from(capture);
        match answer {
            Answer::Heard(words) => Ok(words),
            _ => Err(misfit()),
        }
    }

    fn finish(&mut self, file: &str) -> Result<()> {
        let trace = self.request.trace.clone().map(|to| Trace {
            to,
            file: file.to_owned(),
            chunks: self.captured,
        });
        let work = Work::EndRecording {
            model: self.model.clone(),
            trace,
        };
        self.engine.wait(work, None, &mut |_| Ok(())).map(drop)
    }

    fn model(&self) -> String {
        self.model.dir.display().to_string()
    }
}

fn misfit() -> Error {
    Error::told(
        crate::error::ENGINE,
        "the engine process answered something else than was asked".into(),
        "This is a defect in Myna; try again.".into(),
    )
}
