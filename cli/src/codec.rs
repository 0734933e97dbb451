//! `myna codec`: recordings to codes, codes to sound.

use crate::console::Console;
use crate::failure::Result;
use crate::interrupt::Interrupt;
use crate::speak::at_least_one;
use myna_engine::codec::{Codec, read_codes, write_codes};
use myna_engine::sound::{Format, RATE, WavWriter};
use myna_engine::{library, tensors};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;

/// Turn recordings into codes, and codes into sound
///
/// Runs the Mimi codec alone. A codes file is safetensors with `codes` i32 (codebooks, frames), 12.5 frames a second.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// A recording (WAV, any rate and channels) to codes
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
        /// Decode N frames at a time, as while speaking
        #[arg(long, value_name = "N", value_parser = at_least_one)]
        stream: Option<usize>,
    },
}

#[derive(Debug, clap::Args)]
struct CodecArgs {
    /// The codec: kyutai's file, or a folder; the bundled one without it
    #[arg(long, value_name = "DIR|FILE")]
    codec: Option<PathBuf>,
}

impl CodecArgs {
    fn load(&self) -> Result<Codec> {
        Ok(Codec::load(&library::find_codec(self.codec.as_deref())?)?)
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
            let mut codec = codec.load()?;
            let codebooks = codebooks.unwrap_or(codec.codebooks());
            let codes = codec.encode_file(&input, codebooks)?;
            write_codes(&output, &codes)?;
            let seconds = codes.frames() as f64 / codec.frame_rate();
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
        } => {
            WavWriter::check(&output)?;
            let codes = read_codes(&input)?;
            let mut codec = codec.load()?;
            interrupt.gentle();
            let mut wav = WavWriter::create(&output, Format::Float32)?;
            codec.decode(&codes, stream, |samples| {
                wav.push(samples)?;
                if interrupt.asked() {
                    return Err(myna_engine::Error::cancelled());
                }
                Ok(())
            })?;
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
