//! `myna speak`: text to a WAV file, aloud, or both, sentence by sentence, while it is being made.

mod input;
pub mod job;
mod remarks;
pub mod stage;

use crate::console::{Console, finished};
use crate::engine::EngineArgs;
use crate::failure::{Failure, Result};
use crate::history;
use crate::interrupt::Interrupt;
use crate::sampling::SamplingArgs;
use crate::voices;
use crate::wording::WordingArgs;
use job::Job;
use myna_engine::Sampling;
use myna_engine::hear::Listener;
use myna_engine::history::Recipe;
use myna_engine::host::{EarModel, VoiceModel};
use myna_engine::library;
use myna_engine::provenance::Mark;
use myna_engine::sound::{self, Format, Playback, SoundWriter};
use myna_engine::speak::session::{Aloud, Piece};
use myna_engine::speak::{self, Reference, Report, Request, random_seed};
use stage::Stage;
use std::path::PathBuf;
use std::sync::Arc;

/// A text that is said in one go may take so many seconds where nothing else is asked for.
const LONGEST: f64 = 90.0;
/// Positions that the ear of `--check` may take.
const EAR_CACHE: usize = 4096;

/// Speak text, aloud or to a WAV file
///
/// Speaks TEXT, or standard input when TEXT is `-`, or a file, as a person would read it aloud: sentence by sentence, each after the one before. Without -o it is
/// played on the sound device. Sound leaves while the text is being spoken; a sentence that went wrong is spoken again before that, except the first. Ctrl-C
/// stops within a frame (0.08 s of speech) and leaves a valid WAV of what was spoken.
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

    /// Listen to what was spoken, and speak badly heard sentences again
    ///
    /// A recogniser listens to every sentence. What it wrote is laid beside what was to be said, letter by letter; a sentence
    /// with clearly more errors than the others of the text is spoken again with the next seed, twice at most. The best is kept;
    /// what is doubtful even so is named. No ear is better than its own errors: the bundled one has many.
    #[arg(long, conflicts_with = "trace")]
    check: bool,

    /// The recogniser of --check; the bundled one without it
    #[arg(long, value_name = "ID|DIR", requires = "check")]
    ear: Option<String>,

    /// Record frames, logits and noise to a safetensors file
    ///
    /// Record frames, logits and noise to a safetensors file. The whole text is one utterance then.
    #[arg(long, value_name = "F.safetensors")]
    trace: Option<PathBuf>,

    /// For diagnosis: load a checkpoint that does not fit; what is missing is zeros
    ///
    /// For diagnosis: load a checkpoint although tensors are missing or have another shape; they are zeros, and every one is
    /// named. Below half of them it is refused all the same.
    #[arg(long)]
    allow_partial: bool,

    /// A recording and exactly its words; may be repeated
    ///
    /// A recording (WAV, FLAC, or any other sound file) and exactly its words: the voice of the last one is imitated. May be
    /// repeated, oldest first. About ten seconds are good.
    #[arg(long, value_name = "AUDIO=TRANSCRIPT", value_parser = input::reference, help_heading = "Voice")]
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
    ///
    /// Stop after S seconds of speech. Without it every sentence may take as long as a slow voice needs for its words, and a
    /// text said in one go (--plain, --trace) 90 seconds.
    #[arg(
        long,
        value_name = "S",
        allow_negative_numbers = true,
        help_heading = "Pace"
    )]
    max_seconds: Option<f64>,

    #[command(flatten)]
    wording: WordingArgs,

    #[command(flatten)]
    sampling: SamplingArgs,

    #[command(flatten)]
    engine: EngineArgs,

    /// What was said before, to be said again in the same way.
    #[arg(skip)]
    again: Vec<Piece>,
}

impl Args {
    /// What was said once, in the same way.
    pub fn again(text: String, recipe: Recipe, output: Option<PathBuf>, play: bool) -> Self {
        let request = recipe.request();
        Self {
            allow_partial: false,
            again: recipe.pieces(&text),
            text: Some(text),
            check: false,
            ear: None,
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

impl Args {
    /// The text as it is to be said.
    fn pieces(&self, text: &str, greedy: bool) -> Result<Vec<Piece>> {
        if !self.again.is_empty() {
            return Ok(self.again.clone());
        }
        let mut pieces = match self.wording.is_plain() || self.trace.is_some() {
            true => Vec::new(),
            false => self.wording.pieces(text)?,
        };
        if let ([one], Some(longest)) = (pieces.as_mut_slice(), self.max_seconds) {
            // Whoever names a length knows better than an estimate.
            one.longest = longest;
        }
        if greedy {
            // Another seed would say the same.
            pieces.iter_mut().for_each(|piece| piece.attempt = Some(0));
        }
        if pieces.is_empty() {
            let longest = self.max_seconds.unwrap_or(LONGEST);
            pieces.push(Piece::whole(&self.wording.words(text)?, longest));
        }
        Ok(pieces)
    }

    /// The recogniser that is to listen.
    fn ear(&self) -> Result<Option<EarModel>> {
        if !self.check {
            return Ok(None);
        }
        let dir = library::find_ear(self.ear.as_deref())?;
        Listener::check(&dir, true, EAR_CACHE)?;
        Ok(Some(EarModel {
            dir,
            words: true,
            max_cache_len: EAR_CACHE,
            partial: false,
        }))
    }
}

pub fn run(mut args: Args, console: &Console) -> Result {
    let interrupt = Interrupt::install()?;
    let voice = args.take_voice()?;
    let text = input::text(&args)?;
    let model = library::find(args.model.as_deref());
    let sampling = match &model {
        Ok(dir) if speak::is_step_audio(dir) => {
            args.sampling.sampling_at(speak::READING_TEMPERATURE)
        }
        _ => args.sampling.sampling(),
    };
    let pieces = args.pieces(&text, sampling.is_greedy())?;
    let request = Request {
        text: pieces.first().map_or(String::new(), |p| p.text.clone()),
        references: args.context.clone(),
        prior: None,
        voice_match: args.voice_match,
        speaker: args.speaker,
        seed: args.seed.unwrap_or_else(random_seed),
        sampling,
        codebooks: args.codebooks,
        chunk_frames: args.chunk_frames,
        max_seconds: args.max_seconds.unwrap_or(LONGEST),
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
    let job = Job {
        model: VoiceModel {
            dir: model?,
            codec: args.codec.clone(),
            partial: args.allow_partial,
        },
        ear: args.ear()?,
        pieces,
        request,
        most: args.max_seconds.unwrap_or(f64::INFINITY),
    };
    let play = args.play || (args.output.is_none() && args.trace.is_none());
    let playback = play
        .then(|| Playback::open(Aloud::<Playback>::ROOM))
        .transpose()?;

    let spinner = console.spinner("loading the model");
    let engine = Arc::new(args.engine.start()?);
    let facts = engine.load_voice(&job.model)?;
    if let Some(ear) = &job.ear {
        engine.load_ear(ear)?;
    }
    spinner.finish_and_clear();
    remarks::before(&args, &facts, console);

    let cancel = interrupt.gentle();
    let wav = args
        .output
        .as_deref()
        .map(|path| {
            let model = args.model.as_deref().unwrap_or("pocket");
            let mark = Mark::new(model, voice.as_deref());
            let format = Format::of_speech(path)?;
            Ok::<_, Failure>(SoundWriter::create(path, format)?.marked(mark))
        })
        .transpose()?;
    let mut stage = Stage::new(wav, playback, &job.pieces, job.most, cancel, console);
    let rendered = job.say(&engine, &mut stage, cancel, console);
    stage.bar().finish_and_clear();
    let rendered = rendered?;
    let made = stage.end()?;
    let report = Report {
        file: made.file,
        text,
        voice,
        // The name that was asked for, rather than where it was found.
        model: args.model.clone().unwrap_or_else(|| "pocket".into()),
        first_sound_ms: made.first_sound.map(|t| t.as_secs_f64() * 1e3),
        underruns: made.underruns,
        seconds: made.seconds,
        check: args
            .check
            .then(|| job.checked(args.ear.as_deref().unwrap_or("pocket"), &rendered)),
        ..job.report(&rendered, interrupt.asked())
    };
    if !args.no_history {
        let (model, codec) = (args.model.as_deref(), args.codec.as_deref());
        let recipe = || {
            let said = job.said(&rendered);
            Recipe::of(&job.request, said, args.max_seconds, model, codec)
        };
        history::keep_utterance(recipe, &report, console);
    }
    if let Some(playback) = made.playback {
        playback.finish(cancel)?;
    }
    job.remark(&rendered, console);
    remarks::after(&report, console)?;
    Ok(finished(interrupt.asked()))
}

pub fn at_least_one(text: &str) -> std::result::Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("a whole number from 1 up is needed".into()),
    }
}
