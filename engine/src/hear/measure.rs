//! Speed and memory of listening, part by part.
//!
//! One chunk of noise goes through: features, encoder and adapter, the prompt, then greedy tokens one by one. What the
//! tokens are does not matter, so a random checkpoint of real size serves. The host's share of a token is the
//! processor time of the thread that decides: building the graph, queueing it and reading the id. It runs beside the device,
//! and is told apart from it by the thread's own clock.

use super::Request;
use super::listener::Listener;
use crate::{Result, machine};
use myna_models::audio::MelFrontEnd;
use myna_models::backend;
use myna_models::step_audio::{ReplyOptions, Task};
use serde::Serialize;
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Tokens at the beginning that say nothing about the others.
const WARM: usize = 2;

/// Every figure with its unit in its name.
#[derive(Debug, Clone, Serialize)]
pub struct HearFigures {
    pub chunk_seconds: f64,
    pub audio_tokens: usize,
    pub prompt_tokens: usize,
    /// Generated; the first two are not in the figures per token.
    pub tokens: usize,
    /// Features alone.
    pub mel_ms: f64,
    /// Features, encoder and adapter.
    pub encoder_ms: f64,
    /// The prompt, audio included, through the language model.
    pub prefill_ms: f64,
    /// The median of the tokens, then each.
    pub token_ms: f64,
    pub token_ms_each: Vec<f64>,
    /// Processor time of the deciding thread: the median, then each. Empty where the system does not tell.
    pub host_ms: Option<f64>,
    pub host_ms_each: Vec<f64>,
    /// Of it, building the graph, before MLX is handed anything: the median of the tokens.
    pub building_ms: f64,
    /// Operations in the graph of a token.
    pub graph_nodes: usize,
    /// As held in memory; on a CPU half-precision numbers are widened.
    pub weight_bytes: u64,
    /// As stored.
    pub stored_bytes: u64,
    pub memory_after_loading_bytes: Option<u64>,
    pub peak_memory_bytes: Option<u64>,
    pub peak_mlx_bytes: usize,
}

impl Listener {
    /// Measures one chunk of `seconds` and `tokens` tokens after it.
    pub fn measure(
        &mut self,
        seconds: f64,
        tokens: usize,
        cancel: &AtomicBool,
    ) -> Result<HearFigures> {
        let request = Request {
            chunk_seconds: seconds,
            ..Request::default()
        };
        request.check()?;
        let memory_after_loading_bytes = machine::peak_memory();
        let samples = noise(request.limit());
        let bands = self.model.config().audio.n_mels;
        let mut mel = MelFrontEnd::new(bands, super::front_end::RIGHT_ZEROS);
        mel.compute(&samples);
        let begin = Instant::now();
        mel.compute(&samples);
        let mel_ms = ms(begin.elapsed());

        // Once for warmth: what is allocated the first time is not measured.
        self.model.encode_audio(&samples)?;
        let begin = Instant::now();
        let audio = self.model.encode_audio(&samples)?;
        let encoder_ms = ms(begin.elapsed());

        let prompt = self.model.prompt(&Task::Transcribe, audio.tokens())?;
        let options = ReplyOptions {
            max_tokens: tokens + WARM,
            loops: None,
            stops: false,
            ..ReplyOptions::default()
        };
        let begin = Instant::now();
        let mut laps: Vec<Lap> = Vec::new();
        let reply =
            self.model
                .reply(&prompt, std::slice::from_ref(&audio), &options, &mut |_| {
                    // The first time when the prompt has been read, then after every token.
                    let (building, nodes) = backend::graph_building();
                    laps.push(Lap {
                        end: begin.elapsed(),
                        cpu: machine::thread_cpu_time(),
                        building,
                        nodes,
                    });
                    if cancel.load(Ordering::Relaxed) {
                        ControlFlow::Break(())
                    } else {
                        ControlFlow::Continue(())
                    }
                })?;
        let prefill = laps.first().map_or(Duration::ZERO, |lap| lap.end);
        let steady = laps.get(WARM..).unwrap_or_default();
        let each = |time: fn(&Lap) -> Option<Duration>| -> Vec<f64> {
            steady
                .windows(2)
                .filter_map(|pair| Some(ms(time(&pair[1])?.saturating_sub(time(&pair[0])?))))
                .collect()
        };
        let (token_ms_each, host_ms_each) = (each(|lap| Some(lap.end)), each(|lap| lap.cpu));
        let building_ms: Vec<f64> = steady.iter().map(|lap| ms(lap.building)).collect();
        Ok(HearFigures {
            chunk_seconds: audio.seconds(),
            audio_tokens: audio.tokens(),
            prompt_tokens: prompt.len(),
            tokens: reply.ids.len(),
            mel_ms,
            encoder_ms,
            prefill_ms: ms(prefill),
            token_ms: median(&token_ms_each).unwrap_or(0.0),
            token_ms_each,
            host_ms: median(&host_ms_each),
            host_ms_each,
            building_ms: median(&building_ms).unwrap_or(0.0),
            graph_nodes: steady.first().map_or(0, |lap| lap.nodes),
            weight_bytes: self.footprint.weights,
            stored_bytes: self.footprint.stored,
            memory_after_loading_bytes,
            peak_memory_bytes: machine::peak_memory(),
            peak_mlx_bytes: backend::peak_memory()?,
        })
    }
}

/// When a token was there, and what it had cost the host.
struct Lap {
    end: Duration,
    cpu: Option<Duration>,
    building: Duration,
    nodes: usize,
}

/// The same every time; as loud as speech.
fn noise(n: usize) -> Vec<f32> {
    let mut state = 1u32;
    (0..n)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            ((state >> 8) as f32 / (1 << 23) as f32 - 1.0) * 0.1
        })
        .collect()
}

fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len() / 2).copied()
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
