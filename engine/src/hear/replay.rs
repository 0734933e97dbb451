//! The sound beside a transcript: a recording, passage by passage, for a reading session to play, pause and jump in.
//!
//! A passage goes from the beginning of its segment to the beginning of the next, so that nothing between them is left out.
//! The session knows a passage by its number; [`Tape`] knows the file. Going back or far ahead reads the file up to there,
//! which takes a moment in a long one. Fails like [`Media`].

use super::{Media, Segment};
use crate::sound::RATE;
use crate::speak::Prior;
use crate::speak::session::{Ending, Made, Maker, Piece};
use crate::{Error, Result};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

/// A recording and where its passages lie, in seconds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recording {
    pub file: PathBuf,
    passages: Vec<(f64, f64)>,
}

impl Recording {
    /// `seconds` is how long all of it is.
    pub fn new(file: PathBuf, segments: &[Segment], seconds: f64) -> Self {
        let starts = segments.iter().map(|s| s.start);
        let ends = segments.iter().skip(1).map(|s| s.start).chain([seconds]);
        let passages = starts.zip(ends).map(|(a, b)| (a, b.max(a))).collect();
        Self { file, passages }
    }

    /// All of a file as one passage.
    pub fn whole(file: PathBuf, seconds: f64) -> Self {
        Self {
            file,
            passages: vec![(0.0, seconds)],
        }
    }

    /// The passages as a session plays them.
    pub fn pieces(&self) -> Vec<Piece> {
        let pieces = self.passages.iter().enumerate();
        pieces
            .map(|(number, (start, end))| Piece {
                number,
                text: String::new(),
                seconds: end - start,
                longest: end - start,
                pause: 0.0,
                // Another would be the same.
                attempt: Some(0),
            })
            .collect()
    }
}

/// Plays whatever recording is put in.
pub struct Tape {
    recording: Arc<Mutex<Recording>>,
    open: Option<Open>,
}

/// A file that is being read.
struct Open {
    file: PathBuf,
    media: Media,
    /// Samples that were read and belong to what comes next.
    rest: Vec<f32>,
    /// Samples before `rest`.
    at: u64,
}

impl Tape {
    /// The recording may be changed at any time; a new reading plays the new one.
    pub fn new(recording: Arc<Mutex<Recording>>) -> Self {
        let open = None;
        Self { recording, open }
    }
}

impl Maker for Tape {
    fn make(
        &mut self,
        piece: &Piece,
        _: u64,
        _: Option<&Prior>,
        cancel: &AtomicBool,
        on_sound: &mut dyn FnMut(&[f32]) -> Result<()>,
    ) -> Result<Made> {
        let begin = Instant::now();
        let Recording { file, passages } = self
            .recording
            .lock()
            .unwrap_or_else(|e| e.into_inner())
            .clone();
        let passage = passages.get(piece.number);
        let &(start, end) = passage.ok_or_else(|| {
            Error::request(
                format!("the transcript has no passage {}", piece.number),
                "Choose a passage again.",
            )
        })?;
        let (start, end) = (samples(start), samples(end));
        let mut open = match self.open.take() {
            Some(open) if open.file == file && open.at <= start => open,
            _ => Open {
                media: Media::open_at(&file, RATE)?,
                rest: Vec::new(),
                at: 0,
                file,
            },
        };
        let ended = loop {
            if cancel.load(Ordering::Relaxed) {
                return Ok(made(Ending::Stopped, begin));
            }
            if open.at >= end {
                break false;
            }
            let wanted = if open.at < start { start } else { end };
            let take = usize::try_from(wanted - open.at).unwrap_or(usize::MAX);
            let take = take.min(open.rest.len());
            if open.at >= start && take > 0 {
                on_sound(&open.rest[..take])?;
            }
            open.rest.drain(..take);
            open.at += take as u64;
            if open.rest.is_empty() && open.at < end {
                match open.media.next()? {
                    Some(more) => open.rest = more,
                    None => break true,
                }
            }
        };
        if !ended {
            self.open = Some(open);
        }
        Ok(made(Ending::Recorded, begin))
    }
}

/// Read, not made: there are no frames and nothing follows on from it.
fn made(ending: Ending, begin: Instant) -> Made {
    Made {
        ending,
        frames: 0,
        beyond_codec: 0,
        work: begin.elapsed().as_secs_f64(),
        prior: None,
    }
}

fn samples(seconds: f64) -> u64 {
    (seconds.max(0.0) * f64::from(RATE)).round() as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Seconds of a slope: every sample tells where it is.
    fn slope(path: &std::path::Path, seconds: usize) -> Vec<f32> {
        let all: Vec<f32> = (0..seconds * RATE as usize)
            .map(|i| i as f32 / (10 * RATE) as f32)
            .collect();
        let spec = hound::WavSpec {
            channels: 1,
            sample_rate: RATE,
            bits_per_sample: 32,
            sample_format: hound::SampleFormat::Float,
        };
        let mut wav = hound::WavWriter::create(path, spec).unwrap();
        all.iter().for_each(|&s| wav.write_sample(s).unwrap());
        wav.finalize().unwrap();
        all
    }

    fn segment(start: f64, end: f64) -> Segment {
        Segment {
            start,
            end,
            text: "words".into(),
            finish_reason: "stop",
            uncertain: false,
        }
    }

    fn tape(dir: &std::path::Path) -> (Vec<f32>, Vec<Piece>, Tape) {
        let file = dir.join("slope.wav");
        let all = slope(&file, 4);
        let segments = [segment(0.5, 1.0), segment(1.25, 2.0), segment(3.0, 3.5)];
        let recording = Recording::new(file, &segments, 4.0);
        let pieces = recording.pieces();
        (all, pieces, Tape::new(Arc::new(Mutex::new(recording))))
    }

    fn heard(tape: &mut Tape, piece: &Piece) -> Vec<f32> {
        let mut out = Vec::new();
        let never = AtomicBool::new(false);
        let made = tape.make(piece, 0, None, &never, &mut |s| {
            out.extend_from_slice(s);
            Ok(())
        });
        assert_eq!(made.unwrap().ending, Ending::Recorded);
        out
    }

    #[test]
    fn passages_are_the_files_own_samples_in_any_order() {
        let dir = tempfile::tempdir().unwrap();
        let (all, pieces, mut tape) = tape(dir.path());
        let rate = RATE as usize;
        let cuts = [
            rate / 2..rate * 5 / 4,
            rate * 5 / 4..3 * rate,
            3 * rate..4 * rate,
        ];
        for n in [0, 1, 2, 0, 2, 1, 1] {
            assert_eq!(heard(&mut tape, &pieces[n]), all[cuts[n].clone()], "{n}");
        }
    }

    #[test]
    fn a_stopped_passage_stops_and_a_lost_file_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let (_, pieces, mut tape) = tape(dir.path());
        let stop = AtomicBool::new(true);
        let made = tape.make(&pieces[0], 0, None, &stop, &mut |_| {
            panic!("it was stopped")
        });
        assert_eq!(made.unwrap().ending, Ending::Stopped);
        std::fs::remove_file(dir.path().join("slope.wav")).unwrap();
        let lost = tape.make(
            &pieces[0],
            0,
            None,
            &AtomicBool::new(false),
            &mut |_| Ok(()),
        );
        assert_eq!(lost.unwrap_err().kind(), "bad-audio");
    }
}
