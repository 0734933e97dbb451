//! `transcribe --task translate --speak VOICE.wav`: a recording in another language, as text and as sound.

use super::inputs::Input;
use super::queue::{Bar, open, place};
use super::{Args, Wish};
use crate::console::{Console, finished};
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use myna_engine::hear::Request;
use myna_engine::library;
use myna_engine::sound::{self, Format, SoundWriter};
use myna_engine::speak::Interpreter;
use serde_json::json;
use std::path::Path;

pub fn run(
    args: &Args,
    voice: &Path,
    inputs: &[Input],
    request: &Request,
    console: &Console,
) -> Result {
    let usage = |message: &str, hint: &str| Err(Failure::new("usage", message, hint));
    let [input] = inputs else {
        return usage("--speak takes one recording", "Give a single file.");
    };
    if args.task != Wish::Translate {
        return usage(
            "--speak goes with --task translate",
            "What is said in its own language can be heard in the recording.",
        );
    }
    if !args.format.is_empty() || args.trace.is_some() || args.no_tokenizer {
        return usage(
            "--speak writes sound, and its text to stdout",
            "Leave --format, --trace and --no-tokenizer away.",
        );
    }
    // Everything that can be refused is refused before the model is loaded.
    sound::read(voice)?;
    let mut media = open(input)?;
    let place = place(args, input);
    let output = place.folder.join(format!(
        "{}.{}.wav",
        place.stem,
        args.language_target.code()
    ));
    if output.exists() && !args.force {
        return Err(Failure::new(
            "output",
            format!("{} is there already", output.display()),
            "--force replaces it, -o names another folder.",
        ));
    }
    if args.output.is_some() {
        std::fs::create_dir_all(&place.folder)
            .map_err(|e| myna_engine::Error::output(&place.folder, e))?;
    }
    let mut wav = SoundWriter::create(&output, Format::Pcm16)?;

    let interrupt = Interrupt::install()?;
    let dir = library::find_ear(args.model.as_deref())?;
    let spinner = console.spinner("loading the model");
    let interpreter = Interpreter::load(&dir, args.codec.as_deref(), voice);
    spinner.finish_and_clear();
    let mut interpreter = interpreter?;
    let cancel = interrupt.gentle();
    let bar = Bar::new(console, input.name());
    let transcript = interpreter.interpret(
        &mut media,
        args.language_target.target(),
        args.seed,
        request,
        cancel,
        &mut |event| bar.show(&event),
        &mut |samples| wav.push(samples),
    );
    bar.finish();
    let mut transcript = transcript?;
    // The name that was asked for, rather than where it was found.
    transcript.model = args.model.clone().unwrap_or_else(|| "pocket".into());
    let seconds = wav.samples() as f64 / f64::from(sound::RATE);
    if wav.samples() > 0 {
        wav.finish()?;
        console.done(format!("{}: {seconds:.2} s", output.display()));
    } else {
        console.note("nothing was spoken, and nothing is written");
    }
    for why in &transcript.failures {
        console.note(format!("a part is missing: {why}"));
    }
    let mut answer = json!(transcript);
    answer["spoken"] = if seconds > 0.0 {
        json!({ "file": output.display().to_string(), "seconds": seconds, "seed": args.seed })
    } else {
        serde_json::Value::Null
    };
    console.answer(&answer, &transcript.text)?;
    if !transcript.is_complete() && !transcript.cancelled {
        return Ok(std::process::ExitCode::from(1));
    }
    Ok(finished(transcript.cancelled))
}
