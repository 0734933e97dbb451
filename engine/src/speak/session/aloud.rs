//! A text straight through to a device: heard from when it will not run dry, and after a gap in the same way.
//!
//! What comes goes into the output's ring; a full ring keeps the maker waiting, so that a book takes no more memory than a
//! minute. Fails with the device.

use super::Output;
use crate::Result;
use crate::sound::{Pacing, RATE};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Seconds that the ring holds at most, and what an output must have room for besides.
const AHEAD: f64 = 60.0;
/// With less ahead than this, sound is needed as soon as it is there.
const NEED: f64 = 1.5;
/// Samples handed over at once.
const CHUNK: usize = 2400;
/// How often a full ring is looked at.
const TICK: Duration = Duration::from_millis(5);

pub struct Aloud<'a, O: Output> {
    output: O,
    cancel: &'a AtomicBool,
    /// Seconds of sound expected in all.
    expected: f64,
    /// Seconds handed over.
    made: f64,
    begin: Instant,
    /// Of the time since, that in which a full ring kept the maker waiting.
    waited: Duration,
    /// Whether the device plays.
    playing: bool,
    first: Option<Duration>,
    /// Seconds of gaps that are counted already.
    dry: f64,
    underruns: usize,
}

impl<'a, O: Output> Aloud<'a, O> {
    /// Seconds that the output must be able to hold.
    pub const ROOM: f64 = AHEAD + 2.0;

    /// For about `expected` seconds of sound. The output stays silent at first.
    pub fn new(mut output: O, expected: f64, cancel: &'a AtomicBool) -> Self {
        output.hold(true);
        Self {
            output,
            cancel,
            expected,
            made: 0.0,
            begin: Instant::now(),
            waited: Duration::ZERO,
            playing: false,
            first: None,
            dry: 0.0,
            underruns: 0,
        }
    }

    /// Whether sound is needed as soon as there is any.
    pub fn hurries(&self) -> bool {
        self.playing && self.output.unheard() < NEED
    }

    /// Hands sound over; waits while there is a minute ahead. With `cancel` set it drops the sound and returns.
    pub fn push(&mut self, samples: &[f32]) -> Result<()> {
        self.notice_gap();
        for part in samples.chunks(CHUNK) {
            self.wait_for_room()?;
            if self.cancel.load(Ordering::Relaxed) {
                return Ok(());
            }
            self.output.push(part)?;
            self.output.expect(true);
            self.made += part.len() as f64 / f64::from(RATE);
        }
        if !self.playing && self.made > 0.0 && self.is_enough() {
            self.play();
        }
        self.output.check()
    }

    /// From the beginning until it was heard; None if it was not.
    pub fn first_sound(&self) -> Option<Duration> {
        self.first
    }

    /// Gaps in what was heard.
    pub fn underruns(&self) -> usize {
        self.underruns
    }

    /// Nothing follows: what is there is heard, however little it is.
    pub fn end(&mut self) -> Result<()> {
        if !self.playing && self.made > 0.0 {
            self.play();
        }
        self.output.end()
    }

    /// The output, which may have a rest to play.
    pub fn into_output(self) -> O {
        self.output
    }

    /// Sound comes, and the output was silent for want of it: there was a gap. It waits until the rest will do without.
    fn notice_gap(&mut self) {
        let dry = self.output.ran_dry();
        if self.playing && dry > self.dry && self.made > 0.0 {
            self.underruns += 1;
            self.playing = false;
            self.output.hold(true);
        }
        self.dry = dry;
    }

    fn is_enough(&self) -> bool {
        let ready = self.output.unheard();
        let to_come = (self.expected - self.made).clamp(0.0, AHEAD);
        let work = self.begin.elapsed().saturating_sub(self.waited);
        // As long as what is ready took, by the speed so far.
        let work = work.mul_f64((ready / self.made).clamp(0.0, 1.0));
        Pacing::expecting(ready + to_come).ready(ready, work)
    }

    fn play(&mut self) {
        self.output.hold(false);
        self.playing = true;
        self.first.get_or_insert_with(|| self.begin.elapsed());
    }

    fn wait_for_room(&mut self) -> Result<()> {
        if self.output.unheard() < AHEAD {
            return Ok(());
        }
        if !self.playing {
            self.play();
        }
        let begin = Instant::now();
        while self.output.unheard() >= AHEAD && !self.cancel.load(Ordering::Relaxed) {
            self.output.check()?;
            std::thread::sleep(TICK);
        }
        self.waited += begin.elapsed();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speak::session::test::Shared;

    /// Text of ten seconds through a device whose time passes by itself only when told to.
    fn aloud(device: &Shared, cancel: &'static AtomicBool) -> Aloud<'static, Shared> {
        Aloud::new(device.clone(), 10.0, cancel)
    }

    static GO: AtomicBool = AtomicBool::new(false);
    static STOP: AtomicBool = AtomicBool::new(true);

    fn second() -> Vec<f32> {
        vec![0.5; RATE as usize]
    }

    fn heard(device: &Shared) -> usize {
        device.0.lock().unwrap().heard.len()
    }

    #[test]
    fn it_waits_until_it_will_not_run_dry() {
        let device = Shared::default();
        let mut aloud = aloud(&device, &GO);
        // A second of sound took an hour.
        aloud.begin = Instant::now()
            .checked_sub(Duration::from_secs(3600))
            .unwrap();
        aloud.push(&second()).unwrap();
        device.pass(1.0);
        assert_eq!((heard(&device), aloud.first_sound()), (0, None));
        assert!(!aloud.hurries(), "nobody hears it yet");
        aloud.end().unwrap();
        device.pass(2.0);
        assert_eq!(heard(&device), RATE as usize);
        assert!(aloud.first_sound().unwrap() >= Duration::from_secs(3600));
        assert_eq!(aloud.underruns(), 0);
    }

    #[test]
    fn a_gap_is_counted_once_and_followed_by_a_reserve() {
        let device = Shared::default();
        let mut aloud = aloud(&device, &GO);
        aloud.push(&second()).unwrap();
        assert!(aloud.first_sound().is_some() && aloud.hurries());
        device.pass(1.5);
        aloud.push(&[0.5; 100]).unwrap();
        device.pass(0.5);
        assert_eq!(heard(&device), RATE as usize, "too little to go on with");
        aloud.push(&second()).unwrap();
        device.pass(1.0);
        assert_eq!(aloud.underruns(), 1);
        assert_eq!(heard(&device), 2 * RATE as usize);
        // The end is no gap.
        aloud.end().unwrap();
        device.pass(3.0);
        assert_eq!(aloud.underruns(), 1);
        assert_eq!(heard(&device), 2 * RATE as usize + 100);
    }

    #[test]
    fn a_full_ring_plays_whatever_the_speed_and_a_stop_ends_the_wait() {
        let device = Shared::default();
        let mut aloud = Aloud::new(device.clone(), 1000.0, &GO);
        aloud.begin = Instant::now()
            .checked_sub(Duration::from_secs(3600))
            .unwrap();
        for _ in 0..60 {
            aloud.push(&second()).unwrap();
        }
        assert_eq!(aloud.first_sound(), None);
        aloud.cancel = &STOP;
        aloud.push(&second()).unwrap();
        assert!(aloud.first_sound().is_some());
        assert_eq!(aloud.into_output().unheard(), 60.0);
    }
}
