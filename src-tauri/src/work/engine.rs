//! Speech and hearing through the engine's own process, which is this program once more. It is started with the first
//! order, ends when idle, and may die: that costs the order in hand, and the next one starts a new engine.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use myna_engine::hear::{self, Event, Media, Request, Transcript};
use myna_engine::home::Home;
use myna_engine::host::{Blocking, Config, EarModel};
use myna_engine::library;
use myna_engine::settings::SettingsFile;

use super::speech::Reader;
use super::tape::Player;
use super::{Book, Cast, Devices, Ear, Heard, Work};
use crate::desk::Desk;
use crate::{Error, Problem};

/// What the app works with. Nothing is loaded before the first order.
pub fn start(desk: &Desk) -> Result<Work, Error> {
    let engine = Arc::new(Blocking::start(Config::default())?);
    let home = Home::find()?;
    let ear = EngineEar {
        engine: engine.clone(),
        home: home.clone(),
    };
    let cast = Cast::start(home.clone(), desk.clone())?;
    let speech = Reader::start(desk.clone(), &home, engine)?;
    let tape = Player::start(desk.clone(), Devices::of(home.clone(), desk.clone()))?;
    let work = Work::new(
        desk.clone(),
        Box::new(speech),
        Box::new(ear),
        Book::new(home)?,
        Box::new(tape),
        cast,
    )?;
    // The app works with what comes first, too.
    if let Err(e) = work.restore() {
        desk.trouble(Problem::from(&e));
    }
    Ok(work)
}

/// The bundled ear, by the name it has in transcripts.
const EAR: &str = "pocket";

struct EngineEar {
    engine: Arc<Blocking>,
    home: Home,
}

/// The model that a person has chosen to hear with, and its name.
fn chosen(home: &Home) -> Result<(String, EarModel), Error> {
    let file = SettingsFile::read(&home.settings())?;
    let chosen = file.settings().models.hear.as_deref();
    let model = EarModel {
        dir: library::find_ear(chosen)?,
        words: true,
        max_cache_len: hear::DecodeOptions::default().max_cache_len,
        partial: false,
    };
    Ok((chosen.unwrap_or(EAR).to_owned(), model))
}

impl Ear for EngineEar {
    fn hear(
        &mut self,
        file: &Path,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(Heard),
    ) -> Result<Transcript, Error> {
        let request = Request::default();
        let mut media = Media::open(file)?;
        let (name, model) = chosen(&self.home)?;
        let mut recogniser = self.engine.ear(&model, &request, cancel);
        let mut told = 0.0;
        let mut transcript = hear::listen(
            &mut media,
            &mut recogniser,
            &request,
            cancel,
            &mut |event| match event {
                Event::Read { seconds, of } => {
                    // A file is read in small pieces; pages need to know of a hundredth at most.
                    let share = of.map(|of| (seconds / of.max(seconds)).clamp(0.0, 1.0));
                    if share.is_none_or(|share| share - told >= 0.01) {
                        told = share.unwrap_or(0.0);
                        tell(Heard::Share(share));
                    }
                }
                Event::Segment(segment) if !segment.text.is_empty() => {
                    tell(Heard::Words(segment.text.clone()));
                }
                _ => {}
            },
        )?;
        // The name that was asked for, rather than where it was found.
        transcript.model = name;
        Ok(transcript)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_chosen_ear_listens_and_one_that_is_gone_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let (name, bundled) = chosen(&home).unwrap();
        assert_eq!(
            (name.as_str(), bundled.dir.join("config.json").is_file()),
            ("pocket", true)
        );
        let own = dir.path().join("own");
        std::fs::create_dir(&own).unwrap();
        let hear = |what: &std::path::Path| {
            let text = format!("[models]\nhear = {:?}\n", what.to_str().unwrap());
            std::fs::write(home.settings(), text).unwrap();
            chosen(&home)
        };
        assert_eq!(hear(&own).unwrap().1.dir, own);
        assert_eq!(hear(Path::new("gone")).unwrap_err().kind(), "model-missing");
    }
}
