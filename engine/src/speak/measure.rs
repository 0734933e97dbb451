//! Speed and memory of speaking, part by part.
//!
//! One whole utterance gives the real-time factor and the time to the first sound. The parts are then measured alone, each
//! to its end, because in the loop they overlap: generation without the codec, the codec without generation, and
//! the pieces of one frame.

use super::{Event, Request, Speaker};
use crate::codec::Codec;
use crate::{Result, machine, sound};
use myna_models::csm::{Noise, Options};
use myna_models::mimi::Codes;
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// How often a piece is measured; the best counts.
const ROUNDS: usize = 8;

/// Every figure with its unit in its name.
#[derive(Debug, Clone, Serialize)]
pub struct Figures {
    pub frames: usize,
    pub prompt_rows: usize,
    pub first_sound_ms: f64,
    /// Seconds of work per second of speech.
    pub real_time_factor: f64,
    pub prefill_ms: f64,
    /// A frame as the loop makes it, without the codec.
    pub frame_ms: f64,
    pub backbone_ms: f64,
    pub depth_ms: f64,
    pub sampling_ms: f64,
    /// Drawing noise and handing it over.
    pub noise_ms: f64,
    /// Building a frame's graph on the host, hidden behind the frame before.
    pub building_ms: f64,
    /// A frame of sound, in chunks of eight.
    pub codec_ms: f64,
    /// Small arrays read from the device per frame.
    pub host_reads: usize,
    pub weight_bytes: usize,
    pub read_bandwidth_bytes_per_second: f64,
    /// The frame if nothing but reading the weights took time.
    pub floor_ms: f64,
    pub peak_memory_bytes: Option<u64>,
    pub peak_mlx_bytes: usize,
}

#[derive(Debug, Clone, Serialize)]
pub struct CodecFigures {
    pub frames: usize,
    pub encode_ms_per_frame: f64,
    pub decode_ms_per_frame: f64,
    /// One frame at a time, as the first sound needs it.
    pub decode_single_ms: f64,
    pub real_time_factor: f64,
    pub peak_memory_bytes: Option<u64>,
    pub peak_mlx_bytes: usize,
}

impl Speaker {
    /// Measures `frames` frames of the request.
    pub fn measure(
        &mut self,
        request: &Request,
        frames: usize,
        cancel: &AtomicBool,
    ) -> Result<Figures> {
        let mut request = request.clone();
        request.max_seconds = frames as f64 / self.codec.frame_rate();
        // Once for warmth, once for the figures.
        let mut short = request.clone();
        short.max_seconds = 2.0 / self.codec.frame_rate();
        self.speak(&short, cancel, &mut |_| Ok(()))?;
        let mut prompt_rows = 0;
        let report = self.speak(&request, cancel, &mut |event| {
            if let Event::Started {
                prompt_rows: rows, ..
            } = event
            {
                prompt_rows = rows;
            }
            Ok(())
        })?;
        let peak_memory_bytes = machine::peak_memory();

        let prompt = self
            .csm
            .prompt(&[], request.speaker, &request.text, false)?;
        let codebooks = request.codebooks.unwrap_or(self.csm.codebooks());
        let options = Options {
            sampling: request.sampling.clone(),
            noise: Noise::Seed(request.seed),
            codebooks,
            max_frames: frames,
            capture: false,
        };
        let mut last = Vec::new();
        let generated = self.csm.generate(&prompt, &options, &mut |codes| {
            last = codes.to_vec();
            ControlFlow::Continue(())
        })?;
        let count = generated.frames.max(1) as f64;
        let rounds = ROUNDS.min(frames.max(1));
        let parts = self
            .csm
            .profile(&request.sampling, codebooks, prompt_rows.max(1), rounds)?;
        let codec_ms = decode_ms(&mut self.codec, codebooks, 8)?;
        let weight_bytes = self.csm.bytes_per_frame(codebooks);
        let bandwidth = machine::read_bandwidth();
        Ok(Figures {
            frames: report.frames,
            prompt_rows,
            first_sound_ms: report.first_sound_ms.unwrap_or(0.0),
            real_time_factor: report.real_time_factor.unwrap_or(0.0),
            prefill_ms: ms(generated.prefill),
            frame_ms: ms(generated.decoding) / count,
            backbone_ms: ms(parts.backbone),
            depth_ms: ms(parts.depth),
            sampling_ms: ms(parts.sampling),
            noise_ms: ms(parts.noise),
            building_ms: ms(generated.building) / count,
            codec_ms,
            host_reads: 1,
            weight_bytes,
            read_bandwidth_bytes_per_second: bandwidth,
            floor_ms: weight_bytes as f64 / bandwidth * 1e3,
            peak_memory_bytes,
            peak_mlx_bytes: myna_models::backend::peak_memory()?,
        })
    }
}

/// Measures the codec alone.
pub fn measure_codec(codec: &mut Codec, frames: usize) -> Result<CodecFigures> {
    let frames = frames.max(8);
    let samples: Vec<f32> = (0..frames * codec.frame_samples())
        .map(|i| (i as f32 * 0.05).sin() * 0.3)
        .collect();
    let codebooks = codec.codebooks();
    codec
        .mimi
        .encode(&samples[..codec.frame_samples()], codebooks)?;
    let begin = Instant::now();
    codec.mimi.encode(&samples, codebooks)?;
    let encode = ms(begin.elapsed()) / frames as f64;
    let decode = decode_ms(codec, codebooks, 8)?;
    Ok(CodecFigures {
        frames,
        encode_ms_per_frame: encode,
        decode_ms_per_frame: decode,
        decode_single_ms: decode_ms(codec, codebooks, 1)?,
        real_time_factor: decode * f64::from(sound::RATE) / 1e3 / codec.frame_samples() as f64,
        peak_memory_bytes: machine::peak_memory(),
        peak_mlx_bytes: myna_models::backend::peak_memory()?,
    })
}

/// Milliseconds per frame, decoding `chunk` frames at a time.
fn decode_ms(codec: &mut Codec, codebooks: usize, chunk: usize) -> Result<f64> {
    let size = codec.mimi.codebook_size().max(1);
    let codes = Codes::new(
        codebooks,
        (0..codebooks * chunk)
            .map(|i| (i * 7919 % size) as i32)
            .collect(),
    )?;
    codec.mimi.reset_decoder();
    codec.mimi.decode_step(&codes)?;
    let mut best = Duration::MAX;
    for _ in 0..ROUNDS {
        let begin = Instant::now();
        codec.mimi.decode_step(&codes)?;
        best = best.min(begin.elapsed());
    }
    codec.mimi.reset_decoder();
    Ok(ms(best) / chunk as f64)
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
