//! The engine as a maker: one voice, one way of drawing, a seed to begin with.

use super::{Ending, Maker, Piece};
use crate::Result;
use crate::host::{Blocking, VoiceModel};
use crate::speak::{Event, Request, StoppedBy};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// Who speaks, and how. Shared, so that the voice can be changed while it speaks: the next piece follows.
#[derive(Debug, Clone)]
pub struct Voice {
    pub model: VoiceModel,
    /// Its text and length are replaced piece by piece.
    pub template: Request,
}

pub struct EngineMaker {
    engine: Arc<Blocking>,
    voice: Arc<Mutex<Voice>>,
}

impl EngineMaker {
    pub fn new(engine: Arc<Blocking>, voice: Arc<Mutex<Voice>>) -> Self {
        Self { engine, voice }
    }
}

impl Maker for EngineMaker {
    fn make(
        &mut self,
        piece: &Piece,
        attempt: u64,
        cancel: &AtomicBool,
        on_sound: &mut dyn FnMut(&[f32]),
    ) -> Result<Ending> {
        // A voice is replaced as a whole.
        let Voice { model, template } =
            self.voice.lock().unwrap_or_else(|e| e.into_inner()).clone();
        let request = Request {
            text: piece.text.clone(),
            seed: template.seed.wrapping_add(attempt),
            max_seconds: piece.longest.min(template.max_seconds),
            ..template
        };
        let report = self.engine.speak(&model, &request, cancel, &mut |event| {
            if let Event::Sound(samples) = event {
                on_sound(samples);
            }
            Ok(())
        })?;
        Ok(match report.stopped_by {
            StoppedBy::Eos => Ending::Whole,
            StoppedBy::Length => Ending::Cut,
            StoppedBy::Cancelled => Ending::Stopped,
        })
    }
}
