//! Speed and memory of speaking, part by part.
//!
//! One whole utterance gives the real-time factor and the time to the first sound. The parts are then measured alone, each
//! to its end, because in the loop they overlap: generation without the codec, the codec without generation, and
//! the pieces of one frame.

use super::{Event, Request, Speaker};
use crate::codec::Codec;
use crate::tokens::CaptureCost;
use crate::{Result, machine, sound};
use myna_models::csm::{Noise, Options, StoppedBy};
use myna_models::mimi::Codes;
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};

/// How often a piece is measured; the best counts.
const ROUNDS: usize = 8;

/// Frames at the beginning and the end of a run that say nothing about the others.
const WARM: usize = 2;
const LAST: usize = 1;

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
    /// The same, every frame in the steady middle; wall time and processor time.
    pub frame_ms_each: Vec<f64>,
    pub frame_cpu_ms_each: Vec<f64>,
    pub backbone_ms: f64,
    pub depth_ms: f64,
    pub sampling_ms: f64,
    /// Drawing noise and handing it over.
    pub noise_ms: f64,
    /// Building a frame's graph on the host, hidden behind the frame before.
    pub building_ms: f64,
    /// A frame of sound, in chunks of eight.
    pub codec_ms: f64,
    /// Operations in the graph of a frame.
    pub graph_nodes: usize,
    /// Arrays that the host reads, and so waits for, per frame.
    pub host_reads: f64,
    pub weight_bytes: usize,
    pub read_bandwidth_bytes_per_second: f64,
    /// The frame if nothing but reading the weights took time.
    pub floor_ms: f64,
    pub peak_memory_bytes: Option<u64>,
    pub peak_mlx_bytes: usize,
    /// What recording a trace adds, if that was asked for.
    pub capture: Option<CaptureCost>,
}

#[derive(Debug, Clone, Serialize)]
pub struct CodecFigures {
    pub frames: usize,
    pub encode_ms_per_frame: f64,
    /// In chunks of eight; the best, then every run.
    pub decode_ms_per_frame: f64,
    pub decode_ms_per_frame_each: Vec<f64>,
    pub decode_cpu_ms_per_frame_each: Vec<f64>,
    /// One frame at a time, as the first sound needs it; the best, then every run.
    pub decode_single_ms: f64,
    pub decode_single_ms_each: Vec<f64>,
    pub decode_single_cpu_ms_each: Vec<f64>,
    pub real_time_factor: f64,
    pub peak_memory_bytes: Option<u64>,
    pub peak_mlx_bytes: usize,
}

impl Speaker {
    /// Measures `frames` frames of the request, and with `capture` what recording them costs.
    pub fn measure(
        &mut self,
        request: &Request,
        frames: usize,
        capture: bool,
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
            max_frames: frames + WARM + LAST,
        };
        let (mut each, mut clock) = (Runs::default(), Clock::now());
        let generated = self.csm.generate(&prompt, &options, &mut |_| {
            each.add(clock.lap(), 1);
            ControlFlow::Continue(())
        })?;
        each.keep_steady();
        let count = generated.frames.max(1) as f64;
        // The end frame is read too, though it is not heard.
        let looked_at = count + f64::from(u8::from(generated.stopped_by == StoppedBy::Eos));
        let rounds = ROUNDS.min(frames.max(1));
        let parts = self
            .csm
            .profile(&request.sampling, codebooks, prompt_rows.max(1), rounds)?;
        let codec_ms = decode_runs(&mut self.codec, codebooks, 8)?.best();
        let capture = capture
            .then(|| CaptureCost::measure(&mut self.csm, &prompt, &options))
            .transpose()?;
        let weight_bytes = self.csm.bytes_per_frame(codebooks);
        let bandwidth = machine::read_bandwidth();
        Ok(Figures {
            frames: report.frames,
            prompt_rows,
            first_sound_ms: report.first_sound_ms.unwrap_or(0.0),
            real_time_factor: report.real_time_factor.unwrap_or(0.0),
            prefill_ms: ms(generated.prefill),
            frame_ms: ms(generated.decoding) / count,
            frame_ms_each: each.wall,
            frame_cpu_ms_each: each.cpu,
            backbone_ms: ms(parts.backbone),
            depth_ms: ms(parts.depth),
            sampling_ms: ms(parts.sampling),
            noise_ms: ms(parts.noise),
            building_ms: ms(generated.building) / count,
            codec_ms,
            graph_nodes: generated.nodes_per_frame,
            host_reads: generated.host_reads as f64 / looked_at,
            weight_bytes,
            read_bandwidth_bytes_per_second: bandwidth,
            floor_ms: weight_bytes as f64 / bandwidth * 1e3,
            capture,
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
    let eight = decode_runs(codec, codebooks, 8)?;
    let single = decode_runs(codec, codebooks, 1)?;
    let decode = eight.best();
    Ok(CodecFigures {
        frames,
        encode_ms_per_frame: encode,
        decode_ms_per_frame: decode,
        decode_ms_per_frame_each: eight.wall,
        decode_cpu_ms_per_frame_each: eight.cpu,
        decode_single_ms: single.best(),
        decode_single_ms_each: single.wall,
        decode_single_cpu_ms_each: single.cpu,
        real_time_factor: decode * f64::from(sound::RATE) / 1e3 / codec.frame_samples() as f64,
        peak_memory_bytes: machine::peak_memory(),
        peak_mlx_bytes: myna_models::backend::peak_memory()?,
    })
}

/// Several runs of the same work.
fn decode_runs(codec: &mut Codec, codebooks: usize, chunk: usize) -> Result<Runs> {
    let size = codec.mimi.codebook_size().max(1);
    let codes = Codes::new(
        codebooks,
        (0..codebooks * chunk)
            .map(|i| (i * 7919 % size) as i32)
            .collect(),
    )?;
    codec.mimi.reset_decoder();
    codec.mimi.decode_step(&codes)?;
    let mut runs = Runs::default();
    for _ in 0..ROUNDS {
        let mut clock = Clock::now();
        codec.mimi.decode_step(&codes)?;
        runs.add(clock.lap(), chunk);
    }
    codec.mimi.reset_decoder();
    Ok(runs)
}

/// Milliseconds of wall time and of processor time, one entry a run.
#[derive(Debug, Default)]
struct Runs {
    wall: Vec<f64>,
    cpu: Vec<f64>,
}

impl Runs {
    /// A run over so many frames.
    fn add(&mut self, (wall, cpu): (Duration, Option<Duration>), frames: usize) {
        self.wall.push(ms(wall) / frames as f64);
        self.cpu.extend(cpu.map(|cpu| ms(cpu) / frames as f64));
    }

    /// Leaves only frames that were read while another ran: not the first two (the prompt, and a frame nobody
    /// waits for) and not the last, which has waited already.
    fn keep_steady(&mut self) {
        for list in [&mut self.wall, &mut self.cpu] {
            list.truncate(list.len().saturating_sub(LAST));
            list.drain(..list.len().min(WARM));
        }
    }

    fn best(&self) -> f64 {
        self.wall.iter().copied().reduce(f64::min).unwrap_or(0.0)
    }
}

struct Clock {
    wall: Instant,
    cpu: Option<Duration>,
}

impl Clock {
    fn now() -> Self {
        Self {
            wall: Instant::now(),
            cpu: machine::cpu_time(),
        }
    }

    /// Wall and processor time since the last look.
    fn lap(&mut self) -> (Duration, Option<Duration>) {
        let before = std::mem::replace(self, Self::now());
        let cpu = self
            .cpu
            .zip(before.cpu)
            .map(|(now, then)| now.saturating_sub(then));
        (self.wall - before.wall, cpu)
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
