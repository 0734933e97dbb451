//! Speed and memory of token2wav, with a voice of given length made up of nothing: what it sounds like does not matter.

use crate::{Result, machine};
use myna_models::backend::{Precision, peak_memory};
use myna_models::token2wav::{
    CHUNK, CODE_RATE, File, LISTEN_RATE, Noise, Prompt, PromptEncoder, SPEAKER_WIDTH, Token2Wav,
    Voice,
};
use serde::Serialize;
use std::path::Path;
use std::time::{Duration, Instant};

/// Every figure with its unit in its name.
#[derive(Debug, Clone, Serialize)]
pub struct VoiceFigures {
    pub voice_seconds: f64,
    pub speech_seconds: f64,
    pub load_ms: f64,
    /// Hearing a recording of the voice, its networks loaded; null where their files are not there.
    pub listen_ms: Option<f64>,
    /// What a stream has to hear of the voice before its first code; once per voice.
    pub remember_ms: f64,
    /// From the 28th code to the first samples.
    pub first_sound_ms: f64,
    /// Work per second of speech while streaming.
    pub flow_ms_per_second: f64,
    pub vocoder_ms_per_second: f64,
    pub real_time_factor: f64,
    /// The same speech at once.
    pub whole_real_time_factor: f64,
    /// What a stream remembers in the end.
    pub stream_bytes: usize,
    pub peak_memory_bytes: Option<u64>,
    pub peak_mlx_bytes: usize,
}

/// Measures the token2wav in `dir`, streaming `seconds` of speech in a voice of `voice_seconds`.
pub fn measure_voice(dir: &Path, voice_seconds: usize, seconds: usize) -> Result<VoiceFigures> {
    let precision = Precision::for_device()?;
    let rate = CODE_RATE as usize;
    let listen_ms = if File::Tokenizer.find(dir).is_ok() && File::Speaker.find(dir).is_ok() {
        Some(listen(dir, precision, voice_seconds)?)
    } else {
        None
    };
    let begin = Instant::now();
    let mut model = Token2Wav::load(dir, precision)?;
    let load_ms = ms(begin.elapsed());

    let codes = |n: usize| -> Vec<u32> { (0..n as u32).map(|i| i * 2_654_435 % 6561).collect() };
    let mel: Vec<f32> = (0..2 * rate * voice_seconds * 80)
        .map(|i| (i as f32 * 0.37).sin() - 5.0)
        .collect();
    let prompt = Prompt::new(codes(rate * voice_seconds), mel, vec![1.0; SPEAKER_WIDTH])?;
    let mut voice = Voice::new(prompt, Noise::seeded(1));
    let begin = Instant::now();
    let mut stream = model.stream(&mut voice)?;
    let remember_ms = ms(begin.elapsed());

    let spoken = codes(rate * seconds);
    let (mut first, mut rest) = (None, Duration::ZERO);
    let begin = Instant::now();
    for piece in spoken.chunks(CHUNK) {
        let samples = stream.push(&mut model, piece)?;
        if first.is_none() && !samples.is_empty() {
            first = Some(begin.elapsed());
        }
    }
    let stream_bytes = stream.memory_bytes();
    stream.finish(&mut model)?;
    rest += begin.elapsed();
    let spent = stream.spent();
    let begin = Instant::now();
    // At once the cost grows faster than the length; a reply is seldom longer.
    let whole = &spoken[..spoken.len().min(10 * rate)];
    model.speak(&voice, whole)?;
    let at_once = begin.elapsed().as_secs_f64() / (whole.len() as f64 / rate as f64);
    let length = seconds as f64;
    Ok(VoiceFigures {
        voice_seconds: voice_seconds as f64,
        speech_seconds: length,
        load_ms,
        listen_ms,
        remember_ms,
        first_sound_ms: ms(first.unwrap_or(rest)),
        flow_ms_per_second: ms(spent.flow) / length,
        vocoder_ms_per_second: ms(spent.vocoder) / length,
        real_time_factor: rest.as_secs_f64() / length,
        whole_real_time_factor: at_once,
        stream_bytes,
        peak_memory_bytes: machine::peak_memory(),
        peak_mlx_bytes: peak_memory()?,
    })
}

fn listen(dir: &Path, precision: Precision, seconds: usize) -> Result<f64> {
    let tone = |rate: u32| -> Vec<f32> {
        (0..rate as usize * seconds)
            .map(|i| (i as f32 * 700.0 / rate as f32).sin() * 0.3)
            .collect()
    };
    let mut listeners = PromptEncoder::load(dir, precision)?;
    let begin = Instant::now();
    listeners.encode(&tone(LISTEN_RATE), &tone(24_000))?;
    Ok(ms(begin.elapsed()))
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
