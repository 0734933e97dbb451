//! `myna transcribe`: recordings to text, subtitles and other files; a queue of any length.

mod inputs;
mod queue;

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::speak::at_least_one;
use myna_engine::hear::export::Format;
use myna_engine::hear::{DecodeOptions, Request, Target, Task};
use std::path::PathBuf;

/// Write down what is said in recordings
///
/// Reads audio and video of any length (wav, mp3, m4a, flac, ogg, opus, aiff, caf, mp4, mov, mkv, webm), folders of it,
/// or standard input when FILE is `-`. Text goes to stdout; with -o or --format it goes to files: beside each source, or into
/// a folder. Speech is found first, and cut at pauses; what is doubtful is marked.
///
/// Ctrl-C stops within a word and keeps what is finished. Exit code 1 says that a file, or a part of one, is missing.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Recordings, folders of recordings, or `-` for standard input
    #[arg(required = true, value_name = "FILE|DIR|-")]
    inputs: Vec<PathBuf>,

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

    /// What to do with the sound
    #[arg(long, value_enum, default_value_t = Wish::Transcribe, help_heading = "Task")]
    task: Wish,

    /// The language to translate into
    #[arg(long, value_name = "LANGUAGE", value_enum, default_value_t = Language::English, help_heading = "Task")]
    language_target: Language,

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

    /// Record what goes on inside the model, per chunk (one file, up to 32 chunks)
    #[arg(long, value_name = "F.safetensors", help_heading = "Diagnosis")]
    trace: Option<PathBuf>,

    /// Decode, find speech and make features without any model, and time that
    #[arg(long, conflicts_with_all = ["model", "format", "output", "trace"], help_heading = "Diagnosis")]
    front_end_only: bool,
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
    let inputs = inputs::find(&args.inputs)?;
    if request.trace.is_some() && inputs.len() != 1 {
        return Err(Failure::new(
            "usage",
            format!("--trace records one file, {} are given", inputs.len()),
            "Give a single file.",
        ));
    }
    if args.front_end_only {
        return queue::front_end(&inputs, &request, console);
    }
    let formats = formats(&args);
    queue::run(&args, &inputs, &formats, &request, console)
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
        (None, Wish::Translate) => Task::Translate(match args.language_target {
            Language::English => Target::English,
            Language::Chinese => Target::Chinese,
        }),
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
