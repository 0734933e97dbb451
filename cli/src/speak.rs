//! `myna speak`: text to a WAV file, aloud, or both, while it is being made.

use crate::console::{Console, finished};
use crate::engine::{self, EngineArgs};
use crate::failure::{Failure, Result};
use crate::history;
use crate::interrupt::Interrupt;
use crate::partial;
use crate::sampling::SamplingArgs;
use crate::voices;
use crate::wording::WordingArgs;
use myna_engine::Sampling;
use myna_engine::history::Recipe;
use myna_engine::host::{Blocking, VoiceFacts, VoiceModel};
use myna_engine::library;
use myna_engine::provenance::Mark;
use myna_engine::sound::{self, Format, Pacing, Playback, SoundWriter};
use myna_engine::speak::text::expected_seconds;
use myna_engine::speak::{self, Event, Reference, Report, Request, StoppedBy, random_seed};
use std::io::Read;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// Bounds what is read into memory; a model holds a few thousand characters at a time.
const MAX_TEXT: u64 = 1 << 20;

/// Speak text, aloud or to a WAV file
///
/// Speaks TEXT, or standard input when TEXT is `-`, or a file, as a person would read it aloud. Without -o it is played on the sound device. Sound leaves while
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

    /// Write a WAV, or a FLAC by its name (16-bit, mono, 24 kHz)
    #[arg(short, long, value_name = "OUT.wav|OUT.flac")]
    output: Option<PathBuf>,

    /// Play it, in addition to writing
    #[arg(long)]
    play: bool,

    /// A model's folder or name; the bundled voice without it
    ///
    /// A folder with config.json, weights (any public CSM or Marvis layout, plain or MLX-quantised) and tokenizer.json, or a
    /// name inside MYNA_MODELS. Without it the bundled pocket voice speaks. Step-Audio-2-mini-Base reads aloud, too, in the
    /// voice of the last --context; its token2wav lies in its folder or is given with --codec.
    #[arg(long, value_name = "ID|DIR")]
    model: Option<String>,

    /// The Mimi codec, if the model's folder has none
    #[arg(long, value_name = "DIR|FILE")]
    codec: Option<PathBuf>,

    /// Keep nothing of it in the history
    #[arg(long)]
    no_history: bool,

    /// Record frames, logits and noise to a safetensors file
    #[arg(long, value_name = "F.safetensors")]
    trace: Option<PathBuf>,

    /// For diagnosis: load a checkpoint that does not fit; what is missing is zeros
    ///
    /// For diagnosis: load a checkpoint although tensors are missing or have another shape; they are zeros, and every one is
    /// named. Below half of them it is refused all the same.
    #[arg(long)]
    allow_partial: bool,

    /// A recording (WAV) and exactly its words; may be repeated
    ///
    /// A recording (WAV, any rate and channels) and exactly its words: the voice of the last one is imitated. May be
    /// repeated, oldest first. About ten seconds are good.
    #[arg(long, value_name = "AUDIO=TRANSCRIPT", value_parser = reference, help_heading = "Voice")]
    context: Vec<Reference>,

    /// A voice that you keep, or one that comes with Myna
    ///
    /// The name of a voice that `myna voices list` shows. Its recordings, speaker number and seed are used; a model or seed that
    /// is given beside it wins.
    #[arg(long, value_name = "NAME", conflicts_with_all = ["context", "speaker"], help_heading = "Voice")]
    voice: Option<String>,

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

    /// Give sound out N frames at a time instead of 1, 2, 4, 8, 8 …; the samples are the same
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
    wording: WordingArgs,

    #[command(flatten)]
    sampling: SamplingArgs,

    #[command(flatten)]
    engine: EngineArgs,
}

impl Args {
    /// What was said once, in the same way.
    pub fn again(text: String, recipe: Recipe, output: Option<PathBuf>, play: bool) -> Self {
        let request = recipe.request(&text);
        Self {
            allow_partial: false,
            text: Some(request.text),
            // Its recordings are among the references.
            voice: None,
            wording: WordingArgs::as_it_is(),
            file: None,
            output,
            play,
            model: recipe.model,
            codec: recipe.codec,
            // It is in the history already.
            no_history: true,
            trace: None,
            context: request.references,
            voice_match: recipe.voice_match,
            speaker: recipe.speaker,
            seed: Some(recipe.seed),
            codebooks: recipe.codebooks,
            chunk_frames: recipe.chunk_frames,
            max_seconds: recipe.max_seconds,
            sampling: SamplingArgs {
                temperature: Some(recipe.temperature),
                top_k: recipe.top_k,
                greedy: false,
                exclude_tokens: recipe.exclude_tokens,
            },
            engine: EngineArgs::default(),
        }
    }
}

impl Args {
    /// Puts a kept voice's recordings and habits where nothing else was asked for. Gives its name.
    fn take_voice(&mut self) -> Result<Option<String>> {
        let Some(name) = &self.voice else {
            return Ok(None);
        };
        let voice = voices::store()?.find(name)?;
        voice.check_usable()?;
        let usual = Sampling::default();
        let temperature = voice.profile.temperature;
        self.sampling.temperature = self.sampling.temperature.or(temperature);
        if self.sampling.top_k == usual.top_k {
            self.sampling.top_k = voice.profile.top_k.unwrap_or(usual.top_k);
        }
        self.context = voice.references();
        self.speaker = voice.profile.speaker;
        self.seed = self.seed.or(voice.profile.seed);
        self.model = self.model.take().or(voice.profile.model);
        Ok(Some(voice.profile.name))
    }
}

pub fn run(mut args: Args, console: &Console) -> Result {
    let interrupt = Interrupt::install()?;
    let voice = args.take_voice()?;
    let text = text(&args)?;
    let mut request = Request {
        text: args.wording.words(&text)?,
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
        Format::of_speech(path)?;
        SoundWriter::check(path)?;
    }
    let model = VoiceModel {
        dir: library::find(args.model.as_deref())?,
        codec: args.codec.clone(),
        partial: args.allow_partial,
    };
    if speak::is_step_audio(&model.dir) {
        request.sampling = args.sampling.sampling_at(speak::READING_TEMPERATURE);
    }
    let play = args.play || (args.output.is_none() && args.trace.is_none());
    let mut player = play
        .then(|| Playback::open(request.max_seconds.min(120.0)))
        .transpose()?;

    let spinner = console.spinner("loading the model");
    let engine = args.engine.start()?;
    let facts = engine.load_voice(&model)?;
    spinner.finish_and_clear();
    remarks(&args, &facts, console);

    let cancel = interrupt.gentle();
    let mut wav = args
        .output
        .as_deref()
        .map(|path| {
            let model = args.model.as_deref().unwrap_or("pocket");
            let mark = Mark::new(model, voice.as_deref());
            let format = Format::of_speech(path)?;
            Ok::<_, Failure>(SoundWriter::create(path, format)?.marked(mark))
        })
        .transpose()?;
    let mut report = speak(
        &engine,
        &model,
        &request,
        wav.as_mut(),
        player.as_mut(),
        cancel,
        console,
    )?;
    // The name that was asked for, rather than where it was found.
    report.text = text;
    report.voice = voice;
    report.model = args.model.clone().unwrap_or_else(|| "pocket".into());
    if let Some(wav) = wav {
        report.file = Some(wav.path().display().to_string());
        wav.finish()?;
    }
    if !args.no_history {
        let (model, codec) = (args.model.as_deref(), args.codec.as_deref());
        history::keep_utterance(&request, model, codec, &report, console);
    }
    if let Some(player) = player {
        player.finish(cancel)?;
    }
    conclude(&report, console)?;
    Ok(finished(interrupt.asked()))
}

fn speak(
    engine: &Blocking,
    model: &VoiceModel,
    request: &Request,
    mut wav: Option<&mut SoundWriter>,
    mut player: Option<&mut Playback>,
    cancel: &AtomicBool,
    console: &Console,
) -> Result<Report> {
    let pacing = Pacing::expecting(expected_seconds(&request.text).min(request.max_seconds));
    let bar = console.bar(0, "{spinner} {msg} of speech, {elapsed} passed");
    let begin = Instant::now();
    let mut samples = 0;
    let report = engine.speak(model, request, cancel, &mut |event| {
        match event {
            Event::Started { .. } => bar.enable_steady_tick(std::time::Duration::from_millis(120)),
            Event::Frames(_) => {}
            Event::Restarted { why } => bar.suspend(|| engine::restarted(why, console)),
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

fn remarks(args: &Args, facts: &VoiceFacts, console: &Console) {
    args.sampling.remark(facts.vocabulary, console);
    for (what, fit) in ["speech model", "codec"].iter().zip(&facts.fits) {
        partial::remark(what, fit, console);
    }
    engine::surplus(&facts.surplus, console);
}

fn conclude(report: &Report, console: &Console) -> Result<()> {
    if report.frames == 0 {
        console.note("the model ended at once: nothing was spoken");
    }
    if report.stopped_by == StoppedBy::Length {
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
        report.seconds,
        report.seed,
        report.stopped_by.name()
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
