//! A text, its voice and its bounds; saying it, and what there is to say of how it went.

use super::stage::Stage;
use crate::console::Console;
use crate::engine;
use crate::failure::Result;
use myna_engine::hear;
use myna_engine::host::{Blocking, EarModel, VoiceModel};
use myna_engine::speak::session::{
    Check, Checked, Ending, EngineMaker, Piece, Rendered, Voice, render,
};
use myna_engine::speak::{Report, Request, StoppedBy};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

/// Who says what, and for how long.
pub struct Job {
    pub model: VoiceModel,
    pub ear: Option<EarModel>,
    pub pieces: Vec<Piece>,
    /// What holds for all pieces.
    pub request: Request,
    /// Seconds of all together.
    pub most: f64,
}

impl Job {
    pub fn say(
        &self,
        engine: &Arc<Blocking>,
        stage: &mut Stage,
        cancel: &AtomicBool,
        console: &Console,
    ) -> Result<Vec<Rendered>> {
        let voice = Voice {
            model: self.model.clone(),
            template: self.request.clone(),
        };
        let (bar, told) = (stage.bar(), *console);
        let mut maker = EngineMaker::new(engine.clone(), Arc::new(Mutex::new(voice)))
            .telling(move |why| bar.suspend(|| engine::restarted(why, &told)));
        let listening = hear::Request::default();
        let mut ear = self
            .ear
            .as_ref()
            .map(|model| engine.ear(model, &listening, cancel));
        let check = ear.as_mut().map(|ear| Check::new(ear));
        // What is said in one go is bounded by that alone.
        let most = match self.pieces.as_slice() {
            [one] if one.attempt.is_some() => one.longest.min(self.most),
            _ => self.most,
        };
        Ok(render(
            &mut maker,
            &self.pieces,
            most,
            check,
            cancel,
            stage,
        )?)
    }

    /// The pieces, each with the attempt that was given out.
    pub fn said(&self, rendered: &[Rendered]) -> Vec<Piece> {
        let mut pieces = self.pieces.clone();
        for (piece, one) in pieces.iter_mut().zip(rendered) {
            piece.attempt = Some(one.attempt);
        }
        pieces
    }

    pub fn checked(&self, ear: &str, rendered: &[Rendered]) -> Checked {
        let all = self.pieces.iter().zip(rendered);
        Checked::of(
            ear,
            all.filter_map(|(piece, one)| Some((piece, one.heard.as_ref()?, one.tries))),
        )
    }

    /// What all pieces have in common or add up to.
    pub fn report(&self, rendered: &[Rendered], asked: bool) -> Report {
        let cut = rendered.iter().any(|one| one.ending == Ending::Cut);
        let missing = rendered.len() < self.pieces.len();
        let stopped = rendered.iter().any(|one| one.ending == Ending::Stopped);
        let seconds: f64 = rendered.iter().map(|one| one.seconds).sum();
        let work: f64 = rendered.iter().map(|one| one.work).sum();
        Report {
            file: None,
            text: String::new(),
            voice: None,
            model: String::new(),
            seed: self.request.seed,
            frames: rendered.iter().map(|one| one.frames).sum(),
            seconds,
            first_sound_ms: None,
            real_time_factor: (seconds > 0.0).then(|| work / seconds),
            stopped_by: match () {
                () if stopped || (missing && asked) => StoppedBy::Cancelled,
                () if cut || missing => StoppedBy::Length,
                () => StoppedBy::Eos,
            },
            underruns: None,
            check: None,
            beyond_codec: rendered.iter().map(|one| one.beyond_codec).sum(),
            max_seconds: self.most,
            codes: Vec::new(),
        }
    }

    /// Names the sentences that are not as they should be.
    pub fn remark(&self, rendered: &[Rendered], console: &Console) {
        if let [_] = self.pieces.as_slice() {
            return;
        }
        for (piece, one) in self.pieces.iter().zip(rendered) {
            if let Some(flaw) = one.flaw {
                let (number, text) = (piece.number + 1, &piece.text);
                console.note(format!("sentence {number}: {flaw} ({text:?})"));
            }
        }
    }
}
