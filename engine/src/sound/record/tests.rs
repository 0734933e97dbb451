//! Recording from a source that does what it is told.

use super::*;
use std::collections::VecDeque;

const RATE: u32 = 16_000;

/// What one call of `take` gives.
enum Give {
    Samples(Vec<f32>),
    /// Samples, and the end.
    Last(Vec<f32>),
}

struct Script(VecDeque<Give>);

impl Script {
    fn new(gives: impl IntoIterator<Item = Give>) -> Self {
        Self(gives.into_iter().collect())
    }
}

fn gone() -> Error {
    Error::Device {
        message: "unplugged".into(),
        hint: "",
    }
}

impl Input for Script {
    fn rate(&self) -> u32 {
        RATE
    }

    fn take(&mut self, into: &mut Vec<f32>) -> Result<()> {
        match self.0.pop_front() {
            Some(Give::Samples(samples)) => into.extend(samples),
            Some(Give::Last(samples)) => {
                into.extend(samples);
                return Err(gone());
            }
            None => {}
        }
        Ok(())
    }

    fn stalled(&self) -> Error {
        gone()
    }

    fn lost(&self) -> u64 {
        160
    }
}

fn tone(n: usize) -> Vec<f32> {
    (0..n).map(|i| 0.5 * (i as f32 * 0.3).sin()).collect()
}

fn samples(path: &Path) -> Vec<i16> {
    let wav = hound::WavReader::open(path).unwrap();
    assert_eq!((wav.spec().sample_rate, wav.spec().channels), (RATE, 1));
    wav.into_samples().map(|s| s.unwrap()).collect()
}

fn at(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

#[test]
fn the_moments_before_are_in_it_and_the_file_is_whole_at_every_moment() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    let blocks = tone(8000);
    let script = blocks.chunks(1000).map(|b| Give::Samples(b.to_vec()));
    let mut recorder = Recorder::new(Script::new(script), at(100));
    for i in 0..4 {
        recorder.pump(at(i)).unwrap();
    }
    assert!(!path.exists());
    recorder.begin(&path, Existing::Keep).unwrap();
    for i in 4..8 {
        recorder.pump(at(i)).unwrap();
        // As a crash would leave it: 1600 samples of pre-roll, then what came since.
        assert_eq!(samples(&path).len(), 1600 + 1000 * (i as usize - 3));
    }
    let take = recorder.finish(None).unwrap();
    assert_eq!((take.seconds, take.heard), (5600.0 / 16e3, true));
    assert!(take.trouble.is_none() && take.lost_seconds == 0.01);
    let wanted: Vec<i16> = blocks[2400..]
        .iter()
        .map(|s| (s * 32768.0).round() as i16)
        .collect();
    assert_eq!(samples(&path), wanted);
}

#[test]
fn a_device_that_vanishes_leaves_what_it_gave() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    let script = [Give::Samples(tone(500)), Give::Last(tone(300))];
    let recorder = Recorder::new(Script::new(script), at(0));
    let stop = AtomicBool::new(false);
    let take = record(recorder, &path, Existing::Keep, &stop, &mut |_| {}).unwrap();
    assert_eq!(take.trouble.unwrap().to_string(), "unplugged");
    assert_eq!(samples(&path).len(), 800);

    // So does one that falls silent without a word.
    let mut recorder = Recorder::new(Script::new([Give::Samples(tone(500))]), at(0));
    let path = dir.path().join("b.wav");
    recorder.begin(&path, Existing::Keep).unwrap();
    assert_eq!(recorder.pump(at(0)).unwrap(), None);
    assert_eq!(recorder.pump(at(900)).unwrap(), Some(Signal::Nothing));
    assert_eq!(recorder.pump(at(4900)).unwrap(), None);
    let trouble = recorder.pump(at(5000)).unwrap_err();
    recorder.finish(Some(trouble)).unwrap();
    assert_eq!(samples(&path).len(), 500);
}

#[test]
fn silence_is_told_within_a_second_and_sound_after_it() {
    let dir = tempfile::tempdir().unwrap();
    let script = (0..60).map(|i| Give::Samples(vec![if i < 50 { 0.0 } else { 0.1 }; 320]));
    let mut recorder = Recorder::new(Script::new(script), at(0));
    let path = dir.path().join("a.wav");
    recorder.begin(&path, Existing::Keep).unwrap();
    let mut told = Vec::new();
    for i in 0..60 {
        if let Some(signal) = recorder.pump(at(20 * i)).unwrap() {
            told.push((20 * i, signal));
        }
    }
    assert_eq!(told, [(800, Signal::Silence), (1000, Signal::Sound)]);
}

#[test]
fn a_wish_ends_it_and_nothing_recorded_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    let stop = AtomicBool::new(true);
    let run = |script: Vec<Give>, existing| {
        let recorder = Recorder::new(Script::new(script), at(0));
        let mut levels = Vec::new();
        let take = record(recorder, &path, existing, &stop, &mut |e| {
            if let Event::Level { seconds, .. } = e {
                levels.push(seconds);
            }
        });
        (take, levels)
    };
    let (take, _) = run(Vec::new(), Existing::Keep);
    assert_eq!(take.unwrap().seconds, 0.0);
    assert!(!path.exists());
    let (take, levels) = run(vec![Give::Samples(tone(320))], Existing::Keep);
    assert!(take.unwrap().trouble.is_none());
    assert_eq!((samples(&path).len(), levels), (320, vec![0.02]));

    // Another file is not touched unless that is wanted.
    let (refused, _) = run(vec![Give::Samples(tone(10))], Existing::Keep);
    assert_eq!(refused.unwrap_err().kind(), "output");
    assert_eq!(samples(&path).len(), 320);
    run(vec![Give::Samples(tone(10))], Existing::Replace)
        .0
        .unwrap();
    assert_eq!(samples(&path).len(), 10);
}

#[test]
fn a_microphone_is_listened_to_until_it_is_enough_or_vanishes() {
    let loud = |events: &[Event]| {
        let levels = events.iter().filter_map(|event| match event {
            Event::Level { level, .. } => Some(level.decibels()),
            Event::Signal(_) => None,
        });
        levels.fold(f32::MIN, f32::max)
    };
    let stop = AtomicBool::new(false);
    let mut events = Vec::new();
    let script = Script::new((0..10).map(|_| Give::Samples(tone(1600))));
    listen(Recorder::new(script, Duration::ZERO), &stop, &mut |event| {
        events.push(event);
        stop.store(events.len() >= 10, Ordering::Relaxed);
    })
    .unwrap();
    assert!(loud(&events) > -12.0, "{}", loud(&events));
    let script = Script::new([Give::Last(tone(1600))]);
    let recorder = Recorder::new(script, Duration::ZERO);
    let refusal = listen(recorder, &AtomicBool::new(false), &mut |_| {}).unwrap_err();
    assert_eq!(refusal.to_string(), "unplugged");
}
