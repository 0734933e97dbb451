//! `myna codec`: recordings to codes, codes to sound.

use crate::console::Console;
use crate::failure::{Failure, Result};
use crate::interrupt::Interrupt;
use crate::partial;
use crate::speak::at_least_one;
use myna_engine::codec::{Codec, read_codes, write_codes};
use myna_engine::sound::{Format, RATE, SoundWriter};
use myna_engine::speak::{CODE_RATE, Vocoder, is_token2wav, speech_codes};
use myna_engine::{library, tensors};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Turn recordings into codes, and codes into sound
///
/// Runs the Mimi codec alone, or token2wav where --codec names its folder. A codes file is safetensors with `codes` i32
/// (codebooks, frames), 12.5 frames a second; token2wav has one codebook and 25.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// A recording (WAV, FLAC, or any other sound file) to codes
    Encode {
        /// The recording
        #[arg(value_name = "IN.wav")]
        input: PathBuf,
        /// Where to write the codes
        #[arg(short, long, value_name = "CODES.safetensors")]
        output: PathBuf,
        #[command(flatten)]
        codec: CodecArgs,
        /// Only the first N codebooks
        #[arg(long, value_name = "N", value_parser = at_least_one)]
        codebooks: Option<usize>,
    },
    /// Codes to sound (WAV, 32-bit float, mono, 24 kHz)
    Decode {
        /// The codes
        #[arg(value_name = "CODES.safetensors")]
        input: PathBuf,
        /// Where to write the sound
        #[arg(short, long, value_name = "OUT.wav")]
        output: PathBuf,
        #[command(flatten)]
        codec: CodecArgs,
        /// Decode N frames at a time, as while speaking (token2wav: always 25)
        #[arg(long, value_name = "N", value_parser = at_least_one)]
        stream: Option<usize>,
        /// The recording whose voice speaks; token2wav only
        #[arg(long, value_name = "AUDIO")]
        voice: Option<PathBuf>,
        /// Names the waveform; token2wav only
        #[arg(long, value_name = "N", default_value_t = 1)]
        seed: u64,
    },
}

#[derive(Debug, clap::Args)]
struct CodecArgs {
    /// The codec: kyutai's file, a folder, or a token2wav folder; the bundled one without it
    #[arg(long, value_name = "DIR|FILE")]
    codec: Option<PathBuf>,
    /// For diagnosis: load a codec that does not fit; what is missing is zeros
    #[arg(long)]
    allow_partial: bool,
}

impl CodecArgs {
    /// The folder, if it holds token2wav.
    fn token2wav(&self) -> Option<&Path> {
        self.codec.as_deref().filter(|dir| is_token2wav(dir))
    }

    fn load(&self, console: &Console) -> Result<Codec> {
        let path = library::find_codec(self.codec.as_deref())?;
        let codec = Codec::load_as(&path, self.allow_partial)?;
        partial::remark("codec", codec.fit(), console);
        Ok(codec)
    }
}

enum Decoder {
    Mimi(Box<Codec>),
    Token2wav(Box<Vocoder>),
}

impl Decoder {
    fn load(codec: &CodecArgs, voice: Option<&Path>, seed: u64, console: &Console) -> Result<Self> {
        match (codec.token2wav(), voice) {
            (Some(dir), Some(voice)) => {
                let mut vocoder = Vocoder::load(dir)?;
                vocoder.imitate(voice, seed)?;
                Ok(Decoder::Token2wav(Box::new(vocoder)))
            }
            (None, None) => Ok(Decoder::Mimi(Box::new(codec.load(console)?))),
            (Some(_), None) => Err(Failure::new(
                "usage",
                "token2wav speaks in the voice of a recording, and there is none",
                "Give three to ten seconds of speech with --voice AUDIO.",
            )),
            (None, Some(_)) => Err(Failure::new(
                "usage",
                "--voice has no meaning for Mimi, whose codes hold the voice",
                "Leave it away, or name a token2wav folder with --codec.",
            )),
        }
    }
}

pub fn run(args: Args, console: &Console) -> Result {
    let interrupt = Interrupt::install()?;
    match args.verb {
        Verb::Encode {
            input,
            output,
            codec,
            codebooks,
        } => {
            tensors::check_writable(&output)?;
            myna_engine::sound::read(&input)?;
            let (codes, rate) = if let Some(dir) = codec.token2wav() {
                (speech_codes(dir, &input)?, f64::from(CODE_RATE))
            } else {
                let mut codec = codec.load(console)?;
                let codebooks = codebooks.unwrap_or(codec.codebooks());
                (codec.encode_file(&input, codebooks)?, codec.frame_rate())
            };
            write_codes(&output, &codes)?;
            let seconds = codes.frames() as f64 / rate;
            console.done(format!(
                "{}: {} codebooks, {} frames, {seconds:.2} s",
                output.display(),
                codes.codebooks(),
                codes.frames()
            ));
            let answer = json!({
                "file": output.display().to_string(), "codebooks": codes.codebooks(), "frames": codes.frames(),
                "seconds": seconds,
            });
            console.answer(&answer, "")?;
        }
        Verb::Decode {
            input,
            output,
            codec,
            stream,
            voice,
            seed,
        } => {
            SoundWriter::check(&output)?;
            let codes = read_codes(&input)?;
            let mut decoder = Decoder::load(&codec, voice.as_deref(), seed, console)?;
            interrupt.gentle();
            let mut wav = SoundWriter::create(&output, Format::Float32)?;
            let on_samples = |samples: &[f32]| {
                wav.push(samples)?;
                if interrupt.asked() {
                    return Err(myna_engine::Error::cancelled());
                }
                Ok(())
            };
            match &mut decoder {
                Decoder::Mimi(codec) => codec.decode(&codes, stream, on_samples)?,
                Decoder::Token2wav(vocoder) => {
                    vocoder.decode(&codes, stream.is_some(), on_samples)?;
                }
            }
            let seconds = wav.finish()? as f64 / f64::from(RATE);
            console.done(format!("{}: {seconds:.2} s", output.display()));
            let answer = json!({
                "file": output.display().to_string(), "frames": codes.frames(), "seconds": seconds,
            });
            console.answer(&answer, "")?;
        }
    }
    Ok(ExitCode::SUCCESS)
}
