//! One recording after the other: progress, files, answers, and what is said when some of them fail.
//!
//! A recording that fails does not stop the queue. The exit code is that of the failure if all failed for one and the
//! same kind of reason, 1 if only some of the text is missing, 130 after Ctrl-C.

use super::Args;
use super::inputs::Input;
use crate::console::Console;
use crate::engine as host;
use crate::failure::{Failure, Result};
use crate::history;
use crate::interrupt::Interrupt;
use crate::partial;
use indicatif::ProgressBar;
use myna_engine::hear::export::{Format, Place, write};
use myna_engine::hear::{Event, Media, Request, Transcript, front_end as measure, listen};
use myna_engine::host::EarModel;
use myna_engine::library;
use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

/// What became of the queue.
#[derive(Default)]
struct Outcome {
    done: usize,
    /// Heard, but words are missing.
    partial: usize,
    /// Exit codes of those that gave nothing.
    failed: Vec<u8>,
    cancelled: bool,
}

impl Outcome {
    fn fail(&mut self, failure: &Failure, console: &Console) {
        self.failed.push(failure.exit_code());
        failure.report(console.json());
    }

    fn exit_code(&self) -> ExitCode {
        ExitCode::from(match self.failed.as_slice() {
            _ if self.cancelled => 130,
            [] if self.partial == 0 => 0,
            [first, rest @ ..] if self.done == 0 && rest.iter().all(|code| code == first) => *first,
            _ => 1,
        })
    }
}

/// What is done with every input.
pub struct Job<'a> {
    pub args: &'a Args,
    pub formats: &'a [Format],
    pub request: &'a Request,
    pub interrupt: &'a Interrupt,
    pub console: &'a Console,
}

/// Hears all inputs. `troubled` says that something is missing already.
pub fn run(job: &Job, inputs: &[Input], troubled: bool) -> Result {
    let &Job {
        args,
        formats,
        request,
        interrupt,
        console,
    } = job;
    let places = places(args, inputs, formats);
    let mut outcome = Outcome {
        partial: usize::from(troubled),
        ..Outcome::default()
    };
    // Everything that can be refused is refused before the model is loaded.
    let mut ready = Vec::new();
    for (input, place) in inputs.iter().zip(places) {
        match open(input).and_then(|media| {
            place.check(formats, args.force)?;
            Ok(media)
        }) {
            // Opened again in its turn: a queue is longer than the number of files that may be open.
            Ok(media) => ready.push((input, place, input.is_read_once().then_some(media))),
            Err(failure) => outcome.fail(&failure, console),
        }
    }
    if ready.is_empty() {
        return Ok(outcome.exit_code());
    }

    let model = EarModel {
        dir: library::find_ear(args.model.as_deref())?,
        words: !args.no_tokenizer,
        max_cache_len: args.max_cache_len,
        partial: args.allow_partial,
    };
    let spinner = console.spinner("loading the model");
    let engine = args.engine.start()?;
    let facts = engine.load_ear(&model)?;
    spinner.finish_and_clear();
    partial::remark("recogniser", &facts.fit, console);
    host::surplus(&facts.surplus, console);

    let cancel = interrupt.gentle();
    let several = inputs.len() > 1;
    let mut answers = Vec::new();
    let count = ready.len();
    for (i, (input, place, media)) in ready.into_iter().enumerate() {
        if cancel.load(Ordering::Relaxed) {
            break;
        }
        let label = if several {
            format!("{}/{count} {}", i + 1, input.name())
        } else {
            input.name()
        };
        let heard = media.map_or_else(|| open(input), Ok).and_then(|mut media| {
            let bar = Bar::new(console, label);
            let mut ear = engine.ear(&model, request, cancel);
            let heard = listen(&mut media, &mut ear, request, cancel, &mut |event| {
                if let Event::Restarted { why } = event {
                    bar.0.suspend(|| host::restarted(why, console));
                }
                bar.show(&event);
            });
            bar.finish();
            Ok(heard?)
        });
        let mut transcript = match heard {
            Ok(transcript) => transcript,
            Err(failure) => {
                outcome.fail(&failure, console);
                continue;
            }
        };
        // The name that was asked for, rather than where it was found.
        transcript.model = args.model.clone().unwrap_or_else(|| "pocket".into());
        outcome.cancelled |= transcript.cancelled;
        // A file of nothing would only stand in the way of the next attempt.
        let nothing = transcript.cancelled && transcript.segments.is_empty();
        if !args.no_history && !nothing {
            history::keep_transcript(&transcript, console);
        }
        for &format in formats.iter().filter(|_| !nothing) {
            match write(&transcript, format, &place, args.force) {
                Ok(path) => console.done(format!("{}", path.display())),
                Err(e) => outcome.fail(&e.into(), console),
            }
        }
        if !console.json() && formats.is_empty() {
            show(&transcript, several, console)?;
        }
        remark(&transcript, &mut outcome, console);
        answers.push(transcript);
    }
    outcome.cancelled |= interrupt.asked();
    if console.json() {
        match answers.as_slice() {
            [one] if !several => console.answer(one, "")?,
            [] if !several => {}
            all => console.answer(&all, "")?,
        }
    }
    Ok(outcome.exit_code())
}

/// Text for people, as soon as it is there.
fn show(transcript: &Transcript, several: bool, console: &Console) -> Result<()> {
    let mut text = transcript.text.clone();
    if several {
        text = format!("==> {} <==\n{text}", transcript.file);
    }
    console.answer(&(), &text)
}

/// What is worth knowing beside the words.
fn remark(transcript: &Transcript, outcome: &mut Outcome, console: &Console) {
    let file = &transcript.file;
    if transcript.is_silent() {
        console.note(format!("{file}: no speech"));
    }
    let c = &transcript.coverage;
    if c.uncertain > 0.0 {
        console.note(format!(
            "{file}: {:.1} s of {:.1} s of speech are uncertain",
            c.uncertain, c.speech
        ));
    }
    if transcript.cancelled {
        console.note(format!(
            "{file}: stopped on request; what was finished is kept"
        ));
        return;
    }
    if transcript.is_complete() {
        outcome.done += 1;
        return;
    }
    outcome.done += 1;
    outcome.partial += 1;
    complain(file, &transcript.complaints, console);
    for why in &transcript.failures {
        Failure::new(
            "compute",
            format!("{file}: {:.1} s of speech are missing: {why}", c.failed),
            "The segments marked `failed` say where.",
        )
        .report(console.json());
    }
}

fn complain(file: &str, complaints: &[String], console: &Console) {
    for why in complaints {
        Failure::new(
            "bad-audio",
            format!("{file}: {why}"),
            "What could be heard of it was.",
        )
        .report(console.json());
    }
}

/// `--front-end-only`.
pub fn front_end(inputs: &[Input], job: &Job) -> Result {
    let &Job {
        request,
        interrupt,
        console,
        ..
    } = job;
    let cancel: &AtomicBool = interrupt.gentle();
    let mut outcome = Outcome::default();
    let mut answers = Vec::new();
    for input in inputs {
        let measured = open(input).and_then(|mut media| {
            let bar = Bar::new(console, input.name());
            let report = measure(&mut media, request, cancel, &mut |event| bar.show(&event));
            bar.finish();
            Ok(report?)
        });
        match measured {
            Ok(report) => {
                outcome.done += 1;
                outcome.partial += usize::from(!report.complaints.is_empty());
                complain(&report.file, &report.complaints, console);
                console.done(format!(
                    "{}: {:.1} s, {:.1} s of speech in {} chunks; {:.2} s of work, {:.0} × real time, {:.0} MB at most",
                    report.file,
                    report.seconds,
                    report.speech_seconds,
                    report.chunks,
                    report.work_seconds,
                    report.times_real_time,
                    report.peak_memory_bytes.unwrap_or(0) as f64 / 1e6
                ));
                answers.push(report);
            }
            Err(failure) => outcome.fail(&failure, console),
        }
        if interrupt.asked() {
            outcome.cancelled = true;
            break;
        }
    }
    if console.json() {
        match answers.as_slice() {
            [one] if inputs.len() == 1 => console.answer(one, "")?,
            [] if inputs.len() == 1 => {}
            all => console.answer(&all, "")?,
        }
    }
    Ok(outcome.exit_code())
}

pub(super) fn open(input: &Input) -> Result<Media> {
    Ok(match input {
        Input::Stdin => Media::from_reader("-", std::io::stdin().lock())?,
        Input::File { path, .. } => Media::open(path)?,
    })
}

/// Where one input's files go: into the folder asked for, or beside it.
pub(super) fn place(args: &Args, input: &Input) -> Place {
    match (&args.output, input) {
        (Some(dir), Input::File { path, below }) => Place::within(&dir.join(below), path),
        (Some(dir), Input::Stdin) => Place::within(dir, input.source()),
        (None, _) => Place::beside(input.source()),
    }
}

/// Where each input's files go. Sources that differ in their extension only keep it.
fn places(args: &Args, inputs: &[Input], formats: &[Format]) -> Vec<Place> {
    let mut places: Vec<Place> = inputs.iter().map(|input| place(args, input)).collect();
    if formats.is_empty() {
        return places;
    }
    let mut count: HashMap<Place, usize> = HashMap::new();
    for place in &places {
        *count.entry(place.clone()).or_default() += 1;
    }
    for (place, input) in places.iter_mut().zip(inputs) {
        if count.get(place).is_some_and(|&n| n > 1) {
            *place = place.clone().with_full_name(input.source());
        }
    }
    places
}

/// Progress of one recording.
pub(super) struct Bar(ProgressBar);

impl Bar {
    pub(super) fn new(console: &Console, label: String) -> Self {
        let bar = console.bar(
            100,
            "{prefix} {wide_bar} {percent:>3} % {msg} {elapsed} passed",
        );
        bar.set_prefix(label);
        Self(bar)
    }

    pub(super) fn finish(&self) {
        self.0.finish_and_clear();
    }

    pub(super) fn show(&self, event: &Event) {
        match event {
            Event::Read { seconds, of } => {
                let percent = of.map_or(0.0, |of| 100.0 * seconds / of.max(*seconds));
                self.0.set_position(percent as u64);
                self.0.set_message(format!("{seconds:.0} s read"));
            }
            Event::Tokens { attempt, tokens } if *attempt > 1 => {
                self.0
                    .set_message(format!("attempt {attempt}, {tokens} tokens"));
            }
            Event::Tokens { tokens, .. } => self.0.set_message(format!("{tokens} tokens")),
            _ => {}
        }
    }
}
