//! Where the sound of a text goes: to a file, to a device, to both; and how far it is.

use crate::console::Console;
use indicatif::ProgressBar;
use myna_engine::Result;
use myna_engine::sound::{self, Playback, SoundWriter};
use myna_engine::speak::session::{Aloud, Piece, Taker};
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

pub struct Stage<'a> {
    wav: Option<SoundWriter>,
    aloud: Option<Aloud<'a, Playback>>,
    bar: ProgressBar,
    pieces: usize,
    /// The one that is being made, from 1.
    piece: usize,
    samples: u64,
    begin: Instant,
    first: Option<Duration>,
}

/// What is known when everything is made.
pub struct Made {
    pub file: Option<String>,
    pub seconds: f64,
    /// Until it was heard, of what is played; otherwise until there was some.
    pub first_sound: Option<Duration>,
    /// None of what is not played.
    pub underruns: Option<usize>,
    /// It may still be playing.
    pub playback: Option<Playback>,
}

impl<'a> Stage<'a> {
    /// Time counts from here. `most`: seconds of sound at most.
    pub fn new(
        wav: Option<SoundWriter>,
        playback: Option<Playback>,
        pieces: &[Piece],
        most: f64,
        cancel: &'a AtomicBool,
        console: &Console,
    ) -> Self {
        let expected: f64 = pieces.iter().map(|p| p.seconds + p.pause).sum();
        let bar = console.bar(0, "{spinner} {msg} of speech, {elapsed} passed");
        bar.enable_steady_tick(Duration::from_millis(120));
        Self {
            wav,
            aloud: playback.map(|p| Aloud::new(p, expected.min(most), cancel)),
            bar,
            pieces: pieces.len(),
            piece: 0,
            samples: 0,
            begin: Instant::now(),
            first: None,
        }
    }

    /// For notes between two drawings of it.
    pub fn bar(&self) -> ProgressBar {
        self.bar.clone()
    }

    fn seconds(&self) -> f64 {
        self.samples as f64 / f64::from(sound::RATE)
    }

    /// Everything is made, or as much as there will be.
    pub fn end(self) -> Result<Made> {
        let mut made = Made {
            file: None,
            seconds: self.seconds(),
            first_sound: self.first,
            underruns: None,
            playback: None,
        };
        if let Some(wav) = self.wav {
            made.file = Some(wav.path().display().to_string());
            wav.finish()?;
        }
        if let Some(mut aloud) = self.aloud {
            aloud.end()?;
            made.first_sound = aloud.first_sound();
            made.underruns = Some(aloud.underruns());
            made.playback = Some(aloud.into_output());
        }
        Ok(made)
    }
}

impl Taker for Stage<'_> {
    fn begin(&mut self, index: usize) {
        self.piece = index + 1;
    }

    fn hurries(&self) -> bool {
        self.aloud.as_ref().is_some_and(Aloud::hurries)
    }

    fn take(&mut self, samples: &[f32]) -> Result<()> {
        self.first.get_or_insert_with(|| self.begin.elapsed());
        self.samples += samples.len() as u64;
        let seconds = self.seconds();
        self.bar.set_message(match self.pieces {
            1 => format!("{seconds:.1} s"),
            all => format!("sentence {} of {all}, {seconds:.1} s", self.piece),
        });
        if let Some(wav) = &mut self.wav {
            wav.push(samples)?;
        }
        match &mut self.aloud {
            Some(aloud) => aloud.push(samples),
            None => Ok(()),
        }
    }
}
