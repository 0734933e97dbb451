//! The way to the model without the model: decode, cut, make features, and time it.

use super::job::{Event, listen};
use super::media::Media;
use super::recogniser::{Recogniser, Watch, Words};
use super::request::Request;
use crate::Result;
use myna_models::audio::MelFrontEnd;
use myna_models::step_audio::FinishReason;
use serde::Serialize;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Bands and appended zeros of Step-Audio 2.
const BANDS: usize = 128;
pub(super) const RIGHT_ZEROS: usize = 479;

/// The fields of `transcribe --front-end-only --json`.
#[derive(Debug, Clone, Serialize)]
pub struct FrontEndReport {
    pub file: String,
    /// Length of the sound.
    pub seconds: f64,
    pub speech_seconds: f64,
    pub chunks: usize,
    /// Frames of features, 10 ms each.
    pub mel_frames: usize,
    pub work_seconds: f64,
    /// Seconds of sound per second of work.
    pub times_real_time: f64,
    /// Of the whole process, so far.
    pub peak_memory_bytes: Option<u64>,
    /// What is wrong with the file, although it was read.
    #[serde(skip)]
    pub complaints: Vec<String>,
}

/// Does everything with a file that comes before the model.
pub fn front_end(
    media: &mut Media,
    request: &Request,
    cancel: &AtomicBool,
    on_event: &mut dyn FnMut(Event),
) -> Result<FrontEndReport> {
    request.check()?;
    let begin = Instant::now();
    let mut stub = Stub {
        mel: MelFrontEnd::new(BANDS, RIGHT_ZEROS),
        chunks: 0,
        frames: 0,
    };
    let transcript = listen(media, &mut stub, request, cancel, on_event)?;
    if transcript.cancelled {
        return Err(crate::Error::cancelled());
    }
    let work_seconds = begin.elapsed().as_secs_f64();
    Ok(FrontEndReport {
        file: transcript.file,
        seconds: transcript.seconds,
        speech_seconds: transcript.coverage.speech,
        chunks: stub.chunks,
        mel_frames: stub.frames,
        work_seconds,
        times_real_time: transcript.seconds / work_seconds,
        peak_memory_bytes: crate::machine::peak_memory(),
        complaints: transcript.complaints,
    })
}

struct Stub {
    mel: MelFrontEnd,
    chunks: usize,
    frames: usize,
}

impl Recogniser for Stub {
    fn recognise(&mut self, samples: &[f32], _: Watch<'_>) -> Result<Words> {
        self.chunks += 1;
        self.frames += std::hint::black_box(self.mel.compute(samples)).frames;
        Ok(Words {
            // Not empty, so that blind chunks count.
            text: "…".into(),
            finish_reason: FinishReason::Stop,
            uncertain: false,
        })
    }
}
