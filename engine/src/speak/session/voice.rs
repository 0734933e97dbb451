//! The engine as a maker: one voice, one way of drawing, a seed to begin with.

use super::piece::seed;
use super::{Ending, Made, Maker, Piece};
use crate::Result;
use crate::host::{Blocking, VoiceModel};
use crate::speak::{Event, Prior, Request, StoppedBy};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// Who speaks, and how. Shared, so that the voice can be changed while it speaks: the next piece follows.
#[derive(Debug, Clone)]
pub struct Voice {
    pub model: VoiceModel,
    /// Its text, seed and length are replaced piece by piece.
    pub template: Request,
}

/// Hears why the engine began anew.
type Restarted = Box<dyn FnMut(&str) + Send>;

pub struct EngineMaker {
    engine: Arc<Blocking>,
    voice: Arc<Mutex<Voice>>,
    restarted: Option<Restarted>,
}

impl EngineMaker {
    pub fn new(engine: Arc<Blocking>, voice: Arc<Mutex<Voice>>) -> Self {
        Self {
            engine,
            voice,
            restarted: None,
        }
    }

    /// Tells why, whenever the engine was lost and began anew.
    #[must_use]
    pub fn telling(mut self, restarted: impl FnMut(&str) + Send + 'static) -> Self {
        self.restarted = Some(Box::new(restarted));
        self
    }
}

impl Maker for EngineMaker {
    fn make(
        &mut self,
        piece: &Piece,
        attempt: u64,
        prior: Option<&Prior>,
        cancel: &AtomicBool,
        on_sound: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<Made> {
        // A voice is replaced as a whole.
        let Voice { model, template } =
            self.voice.lock().unwrap_or_else(|e| e.into_inner()).clone();
        let request = Request {
            text: piece.text.clone(),
            prior: prior.cloned(),
            seed: seed(template.seed, piece.number, attempt),
            max_seconds: piece.longest,
            ..template
        };
        let report = self
            .engine
            .speak(&model, &request, cancel, &mut |event| match event {
                Event::Sound(samples) => on_sound(samples),
                Event::Restarted { why } => {
                    if let Some(tell) = &mut self.restarted {
                        tell(why);
                    }
                    Ok(())
                }
                Event::Started { .. } | Event::Frames(_) => Ok(()),
            })?;
        Ok(Made {
            ending: match report.stopped_by {
                StoppedBy::Eos => Ending::Whole,
                StoppedBy::Length => Ending::Cut,
                StoppedBy::Cancelled => Ending::Stopped,
            },
            frames: report.frames,
            beyond_codec: report.beyond_codec,
            work: report.real_time_factor.unwrap_or(0.0) * report.seconds,
            prior: (report.stopped_by == StoppedBy::Eos).then_some(Prior {
                text: request.text,
                frames: report.codes,
            }),
        })
    }
}
