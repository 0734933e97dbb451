//! A voice and a device for tests, with a clock of their own.

use super::{Ending, Made, Maker, Output, Piece};
use crate::sound::RATE;
use crate::speak::Prior;
use crate::{Error, Result};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

pub fn piece(text: &str, seconds: f64) -> Piece {
    Piece {
        number: 0,
        attempt: None,
        text: text.into(),
        seconds,
        longest: 4.0 * seconds,
        pause: 0.0,
    }
}

/// Sings each piece as long as it should be, at once. "endless N" fails to end in its first N attempts, "broken" fails, "slow"
/// takes its time.
#[derive(Default)]
pub struct Singer {
    pub attempts: Vec<u64>,
    /// What each attempt followed on from.
    pub priors: Vec<String>,
}

impl Maker for Singer {
    fn make(
        &mut self,
        piece: &Piece,
        attempt: u64,
        prior: Option<&Prior>,
        cancel: &AtomicBool,
        on_sound: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<Made> {
        self.attempts.push(attempt);
        self.priors
            .push(prior.map_or(String::new(), |prior| prior.text.clone()));
        let made = |ending| Made {
            ending,
            frames: 1,
            beyond_codec: 0,
            work: 0.5,
            prior: Some(Prior {
                text: piece.text.clone(),
                frames: Vec::new(),
            }),
        };
        if piece.text == "broken" {
            return Err(Error::request("the voice broke", "Rest it."));
        }
        // The first letter's number is the level: tests can tell pieces apart by what they hear.
        let level = f32::from(piece.text.as_bytes()[0]) / 256.0;
        let samples = (piece.seconds * f64::from(RATE)) as usize;
        for chunk in vec![level; samples].chunks(1920) {
            if piece.text.starts_with("slow") {
                std::thread::sleep(Duration::from_millis(2));
            }
            if cancel.load(Ordering::Relaxed) {
                return Ok(made(Ending::Stopped));
            }
            on_sound(chunk)?;
        }
        let bad = piece.text.strip_prefix("endless ");
        let bad = bad.map_or(0, |n| n.parse().unwrap());
        Ok(made(if attempt < bad {
            Ending::Cut
        } else {
            Ending::Whole
        }))
    }
}

/// A device whose time passes when it is told to.
#[derive(Default)]
pub struct Device {
    queued: VecDeque<f32>,
    pub heard: Vec<f32>,
    held: bool,
    expecting: bool,
    dry: usize,
    pub broken: bool,
}

/// The device as the player and the test see it.
#[derive(Clone, Default)]
pub struct Shared(pub Arc<Mutex<Device>>);

impl Shared {
    pub fn pass(&self, seconds: f64) {
        let device = &mut *self.0.lock().unwrap();
        for _ in 0..(seconds * f64::from(RATE)) as usize {
            if device.held {
                continue;
            }
            match device.queued.pop_front() {
                Some(sample) => device.heard.push(sample),
                None => device.dry += usize::from(device.expecting),
            }
        }
    }

    /// The letters that were heard, each as often as it lasted tenths of a second.
    pub fn letters(&self) -> String {
        let heard = &self.0.lock().unwrap().heard;
        let tenths = heard.chunks(RATE as usize / 10);
        tenths.map(|t| (t[0] * 256.0) as u8 as char).collect()
    }
}

impl Output for Shared {
    fn unheard(&self) -> f64 {
        self.0.lock().unwrap().queued.len() as f64 / f64::from(RATE)
    }

    fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.0.lock().unwrap().queued.extend(samples);
        Ok(())
    }

    fn hold(&mut self, held: bool) {
        self.0.lock().unwrap().held = held;
    }

    fn clear(&mut self) {
        self.0.lock().unwrap().queued.clear();
    }

    fn ran_dry(&self) -> f64 {
        self.0.lock().unwrap().dry as f64 / f64::from(RATE)
    }

    fn expect(&mut self, more: bool) {
        self.0.lock().unwrap().expecting = more;
    }

    fn end(&mut self) -> Result<()> {
        self.expect(false);
        Ok(())
    }

    fn check(&mut self) -> Result<()> {
        if self.0.lock().unwrap().broken {
            return Err(Error::request("the device is gone", "Connect one."));
        }
        Ok(())
    }
}
