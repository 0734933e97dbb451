//! The loop over chunks, with a recogniser that says what it is told.

use super::*;
use crate::hear::RATE;
use crate::hear::{Progress, Watch, Words};
use myna_models::step_audio::FinishReason;
use std::path::Path;

struct Parrot<'a> {
    say: &'a mut dyn FnMut(usize) -> Result<&'static str>,
    chunks: usize,
}

impl Recogniser for Parrot<'_> {
    fn recognise(&mut self, _: &[f32], watch: Watch<'_>) -> Result<Words> {
        let text = (self.say)(self.chunks)?;
        self.chunks += 1;
        for tokens in 0..3 {
            if watch(Progress::Tokens { attempt: 1, tokens }).is_break() {
                return Err(Error::cancelled());
            }
        }
        Ok(Words {
            text: text.into(),
            finish_reason: FinishReason::Stop,
            uncertain: text == "hm",
        })
    }
}

/// Ten seconds of noise, as a file.
fn noise() -> Media {
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: RATE,
        bits_per_sample: 16,
        sample_format: hound::SampleFormat::Int,
    };
    let mut bytes = std::io::Cursor::new(Vec::new());
    let mut wav = hound::WavWriter::new(&mut bytes, spec).unwrap();
    let mut state = 1u32;
    for _ in 0..10 * RATE {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        wav.write_sample((state >> 20) as i16 - 2048).unwrap();
    }
    wav.finalize().unwrap();
    bytes.set_position(0);
    Media::from_reader("noise", bytes).unwrap()
}

fn blind() -> Request {
    Request {
        vad: false,
        chunk_seconds: 2.0,
        ..Default::default()
    }
}

fn run(
    say: &mut dyn FnMut(usize) -> Result<&'static str>,
    cancel: &AtomicBool,
) -> Result<Transcript> {
    let mut parrot = Parrot { say, chunks: 0 };
    listen(&mut noise(), &mut parrot, &blind(), cancel, &mut |_| {})
}

#[test]
fn coverage_adds_up_and_a_failure_costs_one_chunk() {
    let t = run(
        &mut |i| match i {
            1 => Ok("hm"),
            2 => Ok(""),
            3 => Err(myna_models::Error::Compute("broken".into()).into()),
            _ => Ok("word"),
        },
        &AtomicBool::new(false),
    );
    // The fourth call fails and is not counted, so the fifth fails as well.
    let t = t.unwrap();
    assert_eq!(t.text, "word hm");
    assert_eq!(t.seconds, 10.0);
    let c = t.coverage;
    assert_eq!(
        (c.speech, c.transcribed, c.uncertain, c.failed),
        (8.0, 2.0, 2.0, 4.0)
    );
    assert_eq!(t.failures, ["the computation failed: broken"]);
    assert!(!t.is_complete() && !t.is_silent());
}

#[test]
fn a_lost_engine_keeps_what_is_finished_and_is_not_tried_again() {
    let mut tried = 0;
    let t = run(
        &mut |i| {
            tried += 1;
            match i {
                0 => Ok("word"),
                _ => Err(Error::told("engine", "it died".into(), "".into())),
            }
        },
        &AtomicBool::new(false),
    )
    .unwrap();
    assert_eq!((t.text.as_str(), tried), ("word", 2));
    assert_eq!((t.coverage.transcribed, t.coverage.failed), (2.0, 8.0));
    assert_eq!(t.failures, ["it died"]);
}

#[test]
fn where_nothing_works_the_error_is_passed_on() {
    let failed = run(
        &mut |_| Err(myna_models::Error::input("no room", "Make some.").into()),
        &AtomicBool::new(false),
    );
    assert_eq!(failed.unwrap_err().kind(), "bad-input");
}

#[test]
fn cancelling_keeps_what_is_finished() {
    let cancel = AtomicBool::new(false);
    let t = run(
        &mut |i| {
            // Within the third chunk.
            if i == 2 {
                cancel.store(true, Ordering::Relaxed);
            }
            Ok("word")
        },
        &cancel,
    )
    .unwrap();
    assert!(t.cancelled);
    assert_eq!(t.text, "word word");
    assert_eq!((t.coverage.transcribed, t.coverage.failed), (4.0, 2.0));
}

#[test]
fn noise_is_no_speech_and_words_in_it_are_doubted() {
    let mut say = |_| Ok("");
    let mut parrot = Parrot {
        say: &mut say,
        chunks: 0,
    };
    let request = Request::default();
    let cancel = AtomicBool::new(false);
    let t = listen(&mut noise(), &mut parrot, &request, &cancel, &mut |_| {}).unwrap();
    assert!(t.is_silent() && t.is_complete());
    let mut say = |_| Ok("thank you for watching");
    let mut parrot = Parrot {
        say: &mut say,
        chunks: 0,
    };
    let t = listen(&mut noise(), &mut parrot, &request, &cancel, &mut |_| {}).unwrap();
    assert!(t.segments.iter().all(|s| s.uncertain));
    assert_eq!(t.coverage.transcribed, 0.0);
}

#[test]
fn what_is_no_sound_is_told() {
    let said = |bytes: &[u8]| match Media::from_reader("it", bytes) {
        Ok(mut media) => loop {
            match media.next() {
                Ok(Some(_)) => {}
                Ok(None) => break String::from("fine"),
                Err(e) => break e.to_string(),
            }
        },
        Err(e) => e.to_string(),
    };
    assert_eq!(said(b""), "it: is empty");
    assert!(
        said(b"just some words").contains("is not audio"),
        "{}",
        said(b"just some words")
    );
    assert_eq!(
        Media::open(Path::new("no such file"))
            .map(|_| ())
            .unwrap_err()
            .to_string(),
        "no such file: is not there"
    );
}
