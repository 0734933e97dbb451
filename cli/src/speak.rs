//! `myna speak`: text to a WAV file, aloud, or both, while it is being made.

use crate::console::{Console, finished};
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::sampling::SamplingArgs;
use myna_engine::library;
use myna_engine::sound::{self, Format, Pacing, Playback, WavWriter};
use myna_engine::speak::{Event, Reference, Report, Request, Speaker, random_seed};
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Bounds what is read into memory; a model holds a few thousand characters at a time.
const MAX_TEXT: u64 = 1 << 20;

/// Speak text, aloud or to a WAV file
///
/// Speaks TEXT, or standard input when TEXT is `-`, or a file. Without -o it is played on the sound device. Sound leaves while
/// it is being made; Ctrl-C stops within a frame (0.08 s of speech) and leaves a valid WAV of what was spoken.
///
/// The same text, model, options and seed give the same samples on the same kind of machine.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// What to say; `-` reads standard input, `--` goes before a text that begins with a dash
    #[arg(required_unless_present = "file", conflicts_with = "file")]
    text: Option<String>,

    /// Read the text from a file
    #[arg(long, value_name = "F")]
    file: Option<PathBuf>,

    /// Write a WAV (16-bit, mono, 24 kHz)
    #[arg(short, long, value_name = "OUT.wav")]
    output: Option<PathBuf>,

    /// Play it, in addition to writing
    #[arg(long)]
    play: bool,

    /// A model's folder or name; the bundled voice without it
    ///
    /// A folder with config.json, weights (any public CSM or Marvis layout, plain or MLX-quantised) and tokenizer.json, or a
    /// name inside MYNA_MODELS. Without it the bundled pocket voice speaks.
    #[arg(long, value_name = "ID|DIR")]
    model: Option<String>,

    /// The Mimi codec, if the model's folder has none
    #[arg(long, value_name = "DIR|FILE")]
    codec: Option<PathBuf>,

    /// Record frames, logits and noise to a safetensors file
    #[arg(long, value_name = "F.safetensors")]
    trace: Option<PathBuf>,

    /// A recording (WAV) and exactly its words; may be repeated
    ///
    /// A recording (WAV, any rate and channels) and exactly its words: the voice of the last one is imitated. May be
    /// repeated, oldest first. About ten seconds are good.
    #[arg(long, value_name = "AUDIO=TRANSCRIPT", value_parser = reference, help_heading = "Voice")]
    context: Vec<Reference>,

    /// Continue the reference instead of answering it
    #[arg(long, requires = "context", help_heading = "Voice")]
    voice_match: bool,

    /// The speaker's number, if several take part
    #[arg(long, value_name = "N", default_value_t = 0, help_heading = "Voice")]
    speaker: u32,

    /// Names the tokens; the same as in PyTorch on a CPU
    #[arg(long, value_name = "N", help_heading = "Drawing tokens")]
    seed: Option<u64>,

    /// Make only the first N codebooks: faster and rougher
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = "Pace")]
    codebooks: Option<usize>,

    /// Decode N frames at a time instead of 1, 2, 4, 8, 8 …
    #[arg(long, value_name = "N", value_parser = at_least_one, help_heading = "Pace")]
    chunk_frames: Option<usize>,

    /// Stop after S seconds of speech
    #[arg(
        long,
        value_name = "S",
        default_value_t = 90.0,
        allow_negative_numbers = true,
        help_heading = "Pace"
    )]
    max_seconds: f64,

    #[command(flatten)]
    sampling: SamplingArgs,
}

pub fn run(args: Args, console: &Console) -> Result {
    let interrupt = Interrupt::install()?;
    let request = Request {
        text: text(&args)?,
        references: args.context.clone(),
        voice_match: args.voice_match,
        speaker: args.speaker,
        seed: args.seed.unwrap_or_else(random_seed),
        sampling: args.sampling.sampling(),
        codebooks: args.codebooks,
        chunk_frames: args.chunk_frames,
        max_seconds: args.max_seconds,
        trace: args.trace.clone(),
    };
    // Everything that can be refused is refused before the model is loaded.
    request.check()?;
    for reference in &request.references {
        sound::read(&reference.audio)?;
    }
    if let Some(path) = &args.output {
        WavWriter::check(path)?;
    }
    let model = library::find(args.model.as_deref())?;
    let play = args.play || (args.output.is_none() && args.trace.is_none());
    let mut player = play
        .then(|| Playback::open(request.max_seconds.min(120.0)))
        .transpose()?;

    let spinner = console.spinner("loading the model");
    let mut speaker = Speaker::load(&model, args.codec.as_deref())?;
    spinner.finish_and_clear();
    remarks(&args, &speaker, console);

    let cancel = interrupt.gentle();
    let mut wav = args
        .output
        .as_deref()
        .map(|path| WavWriter::create(path, Format::Pcm16))
        .transpose()?;
    let mut report = speak(
        &mut speaker,
        &request,
        wav.as_mut(),
        player.as_mut(),
        cancel,
        console,
    )?;
    // The name that was asked for, rather than where it was found.
    report.model = args.model.unwrap_or_else(|| "pocket".into());
    if let Some(wav) = wav {
        report.file = Some(wav.path().display().to_string());
        wav.finish()?;
    }
    if let Some(player) = player {
        player.finish(cancel)?;
    }
    conclude(&report, console)?;
    Ok(finished(interrupt.asked()))
}

fn speak(
    speaker: &mut Speaker,
    request: &Request,
    mut wav: Option<&mut WavWriter>,
    mut player: Option<&mut Playback>,
    cancel: &AtomicBool,
    console: &Console,
) -> Result<Report> {
    let pacing = Pacing::for_text(&request.text, request.max_seconds);
    let bar = console.bar(0, "{spinner} {msg} of speech, {elapsed} passed");
    let begin = Instant::now();
    let mut samples = 0;
    let report = speaker.speak(request, cancel, &mut |event| {
        match event {
            Event::Started { .. } => bar.enable_steady_tick(std::time::Duration::from_millis(120)),
            Event::Frames(_) => {}
            Event::Sound(sound) => {
                samples += sound.len();
                let seconds = samples as f64 / f64::from(sound::RATE);
                bar.set_message(format!("{seconds:.1} s"));
                if let Some(wav) = &mut wav {
                    wav.push(sound)?;
                }
                if let Some(player) = &mut player {
                    player.push(sound, cancel)?;
                    if !player.started() && pacing.ready(seconds, begin.elapsed()) {
                        player.start();
                    }
                }
            }
        }
        Ok(())
    });
    bar.finish_and_clear();
    Ok(report?)
}

fn text(args: &Args) -> Result<String> {
    let text = match (&args.file, args.text.as_deref()) {
        (Some(path), _) => {
            let name = path.display().to_string();
            let file = std::fs::File::open(path);
            read_text(&name, file.map_err(|e| unreadable(&name, e))?)?
        }
        (None, Some("-")) => read_text("standard input", std::io::stdin().lock())?,
        (None, given) => given.unwrap_or_default().to_owned(),
    };
    // A file's last line break is not part of what is said.
    Ok(text.trim().to_owned())
}

fn read_text(name: &str, source: impl Read) -> Result<String> {
    let mut bytes = Vec::new();
    source
        .take(MAX_TEXT + 1)
        .read_to_end(&mut bytes)
        .map_err(|e| unreadable(name, e))?;
    if bytes.len() as u64 > MAX_TEXT {
        return Err(unreadable(name, "more than a megabyte of text"));
    }
    String::from_utf8(bytes).map_err(|_| unreadable(name, "it is not text in UTF-8"))
}

fn unreadable(name: &str, why: impl std::fmt::Display) -> Failure {
    Failure::new(
        "bad-input",
        format!("{name} cannot be read: {why}"),
        "Give a text file in UTF-8.",
    )
}

fn remarks(args: &Args, speaker: &Speaker, console: &Console) {
    args.sampling.remark(speaker.vocabulary(), console);
    if let [first, ..] = speaker.surplus() {
        console.note(format!(
            "the checkpoint holds {} tensors that nothing uses, such as {first}",
            speaker.surplus().len()
        ));
    }
}

fn conclude(report: &Report, console: &Console) -> Result<()> {
    if report.frames == 0 {
        console.note("the model ended at once: nothing was spoken");
    }
    if report.stopped_by == "length" {
        console.note(format!(
            "stopped at the limit of {:.1} s; the text may be cut off",
            report.max_seconds
        ));
    }
    if report.beyond_codec > 0 {
        console.note(format!(
            "drawn codes that the codec does not have, replaced by its last one: {}",
            report.beyond_codec
        ));
    }
    let place = report.file.as_deref().unwrap_or("spoken");
    let speed = report
        .real_time_factor
        .map_or(String::new(), |f| format!(", {f:.2} s of work per second"));
    console.done(format!(
        "{place}: {:.2} s, seed {}, stopped by {}{speed}",
        report.seconds, report.seed, report.stopped_by
    ));
    console.answer(report, "")
}

/// `AUDIO=TRANSCRIPT`, cut at the first `=` that leaves an existing file, else at the first.
fn reference(text: &str) -> std::result::Result<Reference, String> {
    let cuts: Vec<usize> = text.match_indices('=').map(|(i, _)| i).collect();
    let cut = cuts
        .iter()
        .find(|&&i| std::path::Path::new(&text[..i]).is_file())
        .or(cuts.first())
        .ok_or("AUDIO=TRANSCRIPT is needed: a WAV file, `=`, and exactly its words")?;
    Ok(Reference {
        audio: text[..*cut].into(),
        transcript: text[cut + 1..].trim().to_owned(),
    })
}

pub fn at_least_one(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("a whole number from 1 up is needed".into()),
    }
}
