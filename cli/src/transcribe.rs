//! `myna transcribe`: recordings to text, subtitles and other files; a queue of any length.

mod inputs;
mod interpret;
mod queue;
mod record;

use crate::console::Console;
use crate::engine::EngineArgs;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::speak::at_least_one;
use myna_engine::hear::export::Format;
use myna_engine::hear::{DecodeOptions, Listener, Request, Target, Task};
use myna_engine::library;
use std::path::PathBuf;
use std::process::ExitCode;

/// Write down what is said in recordings
///
/// Reads audio and video of any length (wav, mp3, m4a, flac, ogg, opus, aiff, caf, mp4, mov, mkv, webm), folders of it,
/// or standard input when FILE is `-`. Text goes to stdout; with -o or --format it goes to files: beside each source, or into
/// a folder. Speech is found first, and cut at pauses; what is doubtful is marked.
///
/// With --record a microphone is recorded to a file first, until Ctrl-C; then that file is heard.
///
/// Ctrl-C stops within a word and keeps what is finished. Exit code 1 says that a file, or a part of one, is missing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Recordings, folders of recordings, or `-` for standard input
    #[arg(required_unless_present = "record", value_name = "FILE|DIR|-")]
    inputs: Vec<PathBuf>,

    /// Record a microphone first, until Ctrl-C; without a name, to recording-N.wav
    ///
    /// Records a microphone until Ctrl-C, then hears the file (WAV, 16 bits, mono). The file is whole at every moment and
    /// stays, whatever becomes of the rest. Without a name it is recording-N.wav, here or in the folder of -o.
    #[arg(long, value_name = "FILE.wav", conflicts_with_all = ["inputs", "front_end_only"], help_heading = "Recording")]
    record: Option<Option<PathBuf>>,

    /// The microphone to record: its name or a part of it; a wrong one lists them
    #[arg(
        long,
        value_name = "NAME",
        requires = "record",
        conflicts_with = "inputs",
        help_heading = "Recording"
    )]
    device: Option<String>,

    /// A recogniser's folder or name; the bundled one without it
    ///
    /// A folder with config.json, weights (Step-Audio 2 mini, one file or shards, plain or MLX-quantised) and tokenizer.json,
    /// or a name inside MYNA_MODELS. Without it the bundled pocket recogniser listens.
    #[arg(long, value_name = "ID|DIR")]
    model: Option<String>,

    /// Kinds of files to write, separated by commas
    #[arg(
        long,
        value_name = "KIND,…",
        value_delimiter = ',',
        value_enum,
        help_heading = "Files"
    )]
    format: Vec<Kind>,

    /// Write into this folder instead of beside the sources; alone, it means --format txt
    #[arg(short, long, value_name = "DIR", help_heading = "Files")]
    output: Option<PathBuf>,

    /// Replace files that are there
    #[arg(long, help_heading = "Files")]
    force: bool,

    /// Keep nothing of it in the history
    #[arg(long, help_heading = "Files")]
    no_history: bool,

    /// What to do with the sound
    #[arg(long, value_enum, default_value_t = Wish::Transcribe, help_heading = "Task")]
    task: Wish,

    /// The language to translate into
    #[arg(long, value_name = "LANGUAGE", value_enum, default_value_t = Language::English, help_heading = "Task")]
    language_target: Language,

    /// Speak the translation, too, in the voice of this recording; writes NAME.LANGUAGE.wav
    ///
    /// For one recording, with --task translate: each stretch of speech is translated into text and speech together. Needs
    /// token2wav, in the model's folder or given with --codec.
    #[arg(long, value_name = "VOICE.wav", help_heading = "Task")]
    speak: Option<PathBuf>,

    /// The token2wav folder for --speak, if the model's folder has none
    #[arg(long, value_name = "DIR", requires = "speak", help_heading = "Task")]
    codec: Option<PathBuf>,

    /// Names what is spoken with --speak
    #[arg(long, value_name = "N", default_value_t = 1, help_heading = "Task")]
    seed: u64,

    /// Ask something about the recording instead
    #[arg(long, value_name = "TEXT", help_heading = "Task")]
    prompt: Option<String>,

    /// Do not look for speech: everything is heard, cut wherever a chunk is full
    #[arg(long, help_heading = "Chunks")]
    no_vad: bool,

    /// Longest chunk that is heard at once, 1 to 29
    #[arg(
        long,
        value_name = "S",
        default_value_t = 25.0,
        help_heading = "Chunks"
    )]
    chunk_seconds: f64,

    /// Tokens of a chunk at most; speech ends long before
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 2048, help_heading = "Decoding")]
    max_tokens: usize,

    /// Positions of the cache at most; a chunk that does not fit is cut in half
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value_t = 4096, help_heading = "Decoding")]
    max_cache_len: usize,

    /// Against repeating, in retries after a loop only
    #[arg(
        long,
        value_name = "X",
        default_value_t = 1.2,
        allow_negative_numbers = true,
        help_heading = "Decoding"
    )]
    frequency_penalty: f32,

    /// Block N words in a row that were there before, in retries after a loop only; 0 is off
    #[arg(long, value_name = "N", default_value_t = 3, help_heading = "Decoding")]
    no_repeat_ngram: usize,

    /// Print ids instead of words; no tokenizer is needed
    #[arg(long, help_heading = "Diagnosis")]
    no_tokenizer: bool,

    /// For diagnosis: load a checkpoint that does not fit; what is missing is zeros
    ///
    /// For diagnosis: load a checkpoint although tensors are missing or have another shape; they are zeros, and every one is
    /// named. Below half of them it is refused all the same.
    #[arg(long, help_heading = "Diagnosis")]
    allow_partial: bool,

    /// Record what goes on inside the model, per chunk (one file, up to 32 chunks)
    #[arg(long, value_name = "F.safetensors", help_heading = "Diagnosis")]
    trace: Option<PathBuf>,

    /// Decode, find speech and make features without any model, and time that
    #[arg(long, conflicts_with_all = ["model", "format", "output", "trace"], help_heading = "Diagnosis")]
    front_end_only: bool,

    #[command(flatten)]
    engine: EngineArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Kind {
    Txt,
    Srt,
    Vtt,
    Json,
    Md,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Wish {
    /// The words as spoken
    Transcribe,
    /// The words in another language
    Translate,
    /// What can be heard, described
    Describe,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Language {
    #[value(name = "en")]
    English,
    #[value(name = "zh")]
    Chinese,
}

pub fn run(args: Args, console: &Console) -> Result {
    // Everything that can be refused is refused before the model is loaded.
    let request = request(&args)?;
    request.check()?;
    let interrupt = Interrupt::install()?;
    let job = queue::Job {
        formats: &formats(&args),
        args: &args,
        request: &request,
        interrupt: &interrupt,
        console,
    };
    if args.record.is_some() {
        return recorded(&job);
    }
    let inputs = inputs::find(&args.inputs)?;
    if request.trace.is_some() && inputs.len() != 1 {
        return Err(Failure::new(
            "usage",
            format!("--trace records one file, {} are given", inputs.len()),
            "Give a single file.",
        ));
    }
    if let Some(voice) = &args.speak {
        return interpret::run(&args, voice, &inputs, &request, console);
    }
    if args.front_end_only {
        return queue::front_end(&inputs, &job);
    }
    queue::run(&job, &inputs, false)
}

/// A microphone, then what it heard.
fn recorded(job: &queue::Job) -> Result {
    let args = job.args;
    // Nobody speaks for an hour to hear then that there is no model.
    let dir = library::find_ear(args.model.as_deref())?;
    Listener::check(&dir, !args.no_tokenizer, args.max_cache_len)?;
    let recording = record::run(args, job.interrupt, job.console)?;
    let path = recording.path;
    let input = inputs::Input::File {
        path: path.clone(),
        below: PathBuf::new(),
    };
    let code = queue::run(job, &[input], recording.troubled);
    if !matches!(code, Ok(code) if code == ExitCode::SUCCESS) {
        job.console
            .note(format!("the recording is kept: {}", path.display()));
    }
    code
}

fn request(args: &Args) -> Result<Request> {
    let task = match (&args.prompt, args.task) {
        (Some(question), Wish::Transcribe) => Task::Ask(question.clone()),
        (Some(_), _) => {
            return Err(Failure::new(
                "usage",
                "--prompt asks a question of its own and goes with no other --task",
                "Leave --task or --prompt away.",
            ));
        }
        (None, Wish::Transcribe) => Task::Transcribe,
        (None, Wish::Translate) => Task::Translate(args.language_target.target()),
        (None, Wish::Describe) => Task::Describe,
    };
    Ok(Request {
        task,
        vad: !args.no_vad,
        chunk_seconds: args.chunk_seconds,
        decode: DecodeOptions {
            max_tokens: args.max_tokens,
            max_cache_len: args.max_cache_len,
            frequency_penalty: args.frequency_penalty,
            no_repeat_ngram: args.no_repeat_ngram,
            ..Default::default()
        },
        trace: args.trace.clone(),
    })
}

impl Language {
    /// In names of files.
    fn code(self) -> &'static str {
        match self {
            Language::English => "en",
            Language::Chinese => "zh",
        }
    }

    fn target(self) -> Target {
        match self {
            Language::English => Target::English,
            Language::Chinese => Target::Chinese,
        }
    }
}

/// Each once, in the order asked for.
fn formats(args: &Args) -> Vec<Format> {
    let mut all = Vec::new();
    for kind in &args.format {
        let format = match kind {
            Kind::Txt => Format::Txt,
            Kind::Srt => Format::Srt,
            Kind::Vtt => Format::Vtt,
            Kind::Json => Format::Json,
            Kind::Md => Format::Md,
        };
        if !all.contains(&format) {
            all.push(format);
        }
    }
    if all.is_empty() && args.output.is_some() {
        all.push(Format::Txt);
    }
    all
}
