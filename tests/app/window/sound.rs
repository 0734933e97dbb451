//! What is heard: the speaker of the private desktop is recorded, and compared with what the engine makes of the same text.
//!
//! Sound is compared block by block, in order: a device of a busy machine may drop a moment, but what it plays is the voice's own
//! samples. Everything is mono at [`RATE`].

use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use myna_engine::host::{Blocking, Config, Link, VoiceModel};
use myna_engine::library;
use myna_engine::sound::{Format, SoundWriter};
use myna_engine::speak::Request;
use myna_engine::speak::session::{EngineMaker, Taker, Voice, pieces, render};
use myna_engine::speak::text::{Dictionary, Policy, plan};

use super::stage::{output, until};

/// Enough for a voice's shape, and little to compare.
pub const RATE: usize = 12_000;
/// Samples of a compared piece: a syllable.
const BLOCK: usize = RATE / 4;
/// Quieter than this is silence: 46 dB below full scale.
const QUIET: f32 = 0.005;

/// Records the speaker until it is dropped.
pub struct Recorder {
    parec: Child,
    heard: Arc<Mutex<Vec<f32>>>,
    /// The same at 24,000 samples a second, for ears.
    fine: Arc<Mutex<Vec<f32>>>,
}

impl Recorder {
    /// Returns when it hears the speaker's silence.
    pub fn start() -> Self {
        let mut parec = Command::new("parec")
            .args(["-d", "speaker.monitor", "--latency-msec=20", "--raw"])
            .args(["--format=s16le", "--rate=48000", "--channels=1"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let heard = Arc::new(Mutex::new(Vec::new()));
        let fine = Arc::new(Mutex::new(Vec::new()));
        let (mut stream, kept) = (parec.stdout.take().unwrap(), heard.clone());
        let finer = fine.clone();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            let mut rest = Vec::new();
            while let Ok(n @ 1..) = stream.read(&mut bytes) {
                rest.extend_from_slice(&bytes[..n]);
                // Four samples of 16 bits become one.
                let whole = rest.len() / 8 * 8;
                let samples = rest[..whole].chunks_exact(8).map(|four| {
                    let pairs = four.chunks_exact(2);
                    pairs
                        .map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32768.0)
                        .sum::<f32>()
                        / 4.0
                });
                kept.lock().unwrap().extend(samples);
                let pairs = rest[..whole].chunks_exact(4).map(|two| {
                    let sample = |b: &[u8]| f32::from(i16::from_le_bytes([b[0], b[1]])) / 65536.0;
                    sample(&two[..2]) + sample(&two[2..])
                });
                finer.lock().unwrap().extend(pairs);
                rest.drain(..whole);
            }
        });
        let this = Self { parec, heard, fine };
        until("the speaker is recorded", || this.length() > 0);
        this
    }

    /// Samples so far.
    pub fn length(&self) -> usize {
        self.heard.lock().unwrap().len()
    }

    /// What was heard from this sample on.
    pub fn since(&self, start: usize) -> Vec<f32> {
        self.heard.lock().unwrap()[start..].to_vec()
    }

    /// All that was heard, as a file in full quality.
    pub fn file(&self, name: &str) -> std::path::PathBuf {
        let file = output().join(format!("{name}.wav"));
        let mut wav = SoundWriter::create(&file, Format::Pcm16).unwrap();
        wav.push(&self.fine.lock().unwrap()).unwrap();
        wav.finish().unwrap();
        file
    }

    pub fn until_sound(&self, start: usize) {
        until("something is heard", || voiced(&self.since(start)) > 0.2);
    }

    /// Waits for so many seconds of silence at the end of what is heard.
    pub fn until_silent(&self, seconds: f64) {
        until("it falls silent", || {
            let heard = self.since(0);
            let last = heard.iter().rposition(|s| s.abs() > QUIET);
            let silent = heard.len() - last.map_or(0, |last| last + 1);
            silent as f64 > seconds * RATE as f64
        });
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let _ = self.parec.kill();
        let _ = self.parec.wait();
    }
}

/// Seconds with a voice in them, counted in hundredths.
pub fn voiced(samples: &[f32]) -> f64 {
    let hundredths = samples.chunks(RATE / 100);
    hundredths
        .filter(|part| part.iter().any(|s| s.abs() > QUIET))
        .count() as f64
        / 100.0
}

/// Sentence by sentence, what the engine makes of a text: the same voice and seed as the app's, with the pauses.
pub fn expected(text: &str) -> Vec<Vec<f32>> {
    expected_of(0, text)
}

/// The same of another of the built-in voices.
pub fn expected_of(speaker: u32, text: &str) -> Vec<Vec<f32>> {
    let engine = Blocking::start(Config {
        launcher: Link::program(env!("CARGO_BIN_EXE_myna-app").into()),
        ..Config::default()
    });
    let mut template = Request::new("");
    template.seed = 1;
    template.speaker = speaker;
    let model = VoiceModel {
        dir: library::find(None).unwrap(),
        codec: None,
        partial: false,
    };
    let voice = Arc::new(Mutex::new(Voice { model, template }));
    let mut maker = EngineMaker::new(Arc::new(engine.unwrap()), voice);
    let sentences = plan(text, &Policy::default(), &Dictionary::default());
    let pieces = pieces(&sentences);
    let mut made = Made::default();
    let go = AtomicBool::new(false);
    render(&mut maker, &pieces, f64::MAX, None, &go, &mut made).unwrap();
    let halved = |samples: &Vec<f32>| {
        let pairs = samples.chunks(2);
        pairs.map(|two| two.iter().sum::<f32>() / 2.0).collect()
    };
    made.0.iter().map(halved).collect()
}

/// Samples as the engine gives them out, sentence by sentence.
#[derive(Default)]
struct Made(Vec<Vec<f32>>);

impl Taker for Made {
    fn begin(&mut self, _: usize) {
        self.0.push(Vec::new());
    }

    fn hurries(&self) -> bool {
        false
    }

    fn take(&mut self, samples: &[f32]) -> myna_engine::Result<()> {
        self.0.last_mut().unwrap().extend(samples);
        Ok(())
    }
}

/// Sound for people to listen to after a run.
pub fn keep(name: &str, samples: &[f32]) {
    let file = output().join(format!("{name}.wav"));
    let mut wav = SoundWriter::create(&file, Format::Pcm16).unwrap();
    let doubled: Vec<f32> = samples.iter().flat_map(|&s| [s, s]).collect();
    wav.push(&doubled).unwrap();
    wav.finish().unwrap();
}

/// The share of a voice's blocks that are heard, in order; and from where to where.
pub fn found(voice: &[f32], heard: &[f32]) -> (f64, usize, usize) {
    let blocks = voice.chunks_exact(BLOCK).enumerate();
    let loud: Vec<_> = blocks
        .filter(|(_, block)| voiced(block) > 0.8 * BLOCK as f64 / RATE as f64)
        .collect();
    assert!(!loud.is_empty(), "nothing to compare with");
    let (mut hits, mut first, mut end) = (0, None, 0);
    // Where the voice begins in what is heard, as far as is known: at first by the beginning of sound.
    let onset = |samples: &[f32]| samples.iter().position(|s| s.abs() > QUIET).unwrap_or(0);
    let mut begin = onset(heard).saturating_sub(onset(voice));
    for (number, block) in &loud {
        let usual = begin + number * BLOCK;
        let near = usual.saturating_sub(RATE / 50)..usual + RATE / 50;
        // Until a first block is found, it may be anywhere: other sound, or a moment lost at the start, says nothing of the rest.
        let far = first.map_or(0..heard.len(), |_| end..end + RATE);
        let place = place_of(block, heard, near).or_else(|| place_of(block, heard, far));
        if let Some(place) = place {
            hits += 1;
            first.get_or_insert(place);
            begin = place.saturating_sub(number * BLOCK);
            end = place + BLOCK;
        }
    }
    (f64::from(hits) / loud.len() as f64, first.unwrap_or(0), end)
}

/// Where a block is heard, if it is.
fn place_of(block: &[f32], heard: &[f32], among: std::ops::Range<usize>) -> Option<usize> {
    let last = heard.len().checked_sub(block.len())?;
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f32>();
    let own = product(block, block).sqrt();
    let mut power = None;
    let (place, likeness) = (among.start..among.end.min(last + 1))
        .filter_map(|place| {
            let there = &heard[place..place + block.len()];
            let square = |sample: f32| f64::from(sample) * f64::from(sample);
            // The power of what is there, moved on by one sample.
            let now: f64 = match power {
                None => there.iter().map(|&s| square(s)).sum(),
                Some(before) => before - square(heard[place - 1]) + square(there[block.len() - 1]),
            };
            power = Some(now);
            let norm = own * now.max(0.0).sqrt() as f32;
            // Silence is like nothing, and there is much of it.
            (norm > 1e-3 * own * own).then(|| (place, product(there, block) / norm))
        })
        .max_by(|a, b| a.1.total_cmp(&b.1))?;
    (likeness > 0.9).then_some(place)
}

/// What the comparison itself promises: a moment lost at the very start costs its own block and no other.
#[test]
fn a_moment_lost_at_the_start_costs_only_itself() {
    let mut state = 1u32;
    let voice: Vec<f32> = std::iter::repeat_with(|| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state as f32 / u32::MAX as f32 - 0.5
    })
    .take(2 * RATE)
    .collect();
    let mut heard = vec![0.0; 3 * RATE];
    heard.extend_from_slice(&voice[..RATE / 20]);
    heard.extend_from_slice(&voice[RATE / 10..]);
    let (share, first, end) = found(&voice, &heard);
    assert_eq!(share, 7.0 / 8.0);
    assert_eq!(first, 3 * RATE + BLOCK - RATE / 20);
    assert_eq!(end, heard.len());
    assert_eq!(found(&voice, &vec![0.0; 3 * RATE]).0, 0.0);
}
