//! `myna bench`: speed and memory on this machine, as a table or as JSON.

mod transcribe;

use crate::console::Console;
use crate::failure::Result;
use crate::interrupt::Interrupt;
use crate::models::megabytes;
use crate::sampling::SamplingArgs;
use crate::speak::at_least_one;
use myna_engine::codec::Codec;
use myna_engine::library;
use myna_engine::machine::Machine;
use myna_engine::speak::{
    CodecFigures, Figures, Request, Speaker, VoiceFigures, measure_codec, measure_voice,
};
use serde_json::json;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;
use std::time::{Instant, SystemTime};

/// Measure speed and memory
///
/// `myna models synth` makes models of real size to measure. Figures belong to the machine that they name.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, clap::Subcommand)]
enum Verb {
    /// A speech model with its codec
    ///
    /// Times one utterance, then its parts alone: what overlaps in the loop is measured each to its end. `floor` is the time that
    /// reading the weights of a frame takes at this machine's measured read bandwidth (one thread).
    Speak {
        /// A model's folder or name; the bundled voice without it
        #[arg(long, value_name = "ID|DIR")]
        model: Option<String>,
        /// The Mimi codec, if the model's folder has none
        #[arg(long, value_name = "DIR|FILE")]
        codec: Option<PathBuf>,
        /// How many frames to make
        #[arg(long, value_name = "N", default_value_t = 24, value_parser = at_least_one)]
        frames: usize,
        /// What to say
        #[arg(long, default_value = "The quick brown fox jumps over the lazy dog.")]
        text: String,
        /// Make only the first N codebooks
        #[arg(long, value_name = "N", value_parser = at_least_one)]
        codebooks: Option<usize>,
        /// Also measure what recording a trace costs (64 candidates a draw)
        #[arg(long)]
        capture: bool,
        /// Names the tokens
        #[arg(
            long,
            value_name = "N",
            default_value_t = 1,
            help_heading = "Drawing tokens"
        )]
        seed: u64,
        #[command(flatten)]
        sampling: SamplingArgs,
    },
    /// A recogniser, or the way to it
    Transcribe(transcribe::Args),
    /// The codec alone
    Codec {
        /// The codec: kyutai's file, or a folder; the bundled one without it
        #[arg(long, value_name = "DIR|FILE")]
        codec: Option<PathBuf>,
        /// How many frames to make
        #[arg(long, value_name = "N", default_value_t = 24, value_parser = at_least_one)]
        frames: usize,
    },
    /// token2wav alone: the voice of Step-Audio 2
    ///
    /// Streams speech in a made-up voice and says what the flow and the vocoder take of each second, how soon the first sound
    /// is there, and what a stream remembers.
    Token2wav {
        /// The token2wav folder, or a checkpoint's folder that holds one
        #[arg(long, value_name = "DIR")]
        codec: PathBuf,
        /// How much speech to make
        #[arg(long, value_name = "S", default_value_t = 4, value_parser = at_least_one)]
        seconds: usize,
        /// Length of the voice's recording, 30 at most
        #[arg(long, value_name = "S", default_value_t = 5, value_parser = at_least_one)]
        voice_seconds: usize,
    },
}

pub fn run(args: Args, console: &Console) -> Result {
    let interrupt = Interrupt::install()?;
    let machine = Machine::here()?;
    match args.verb {
        Verb::Speak {
            model,
            codec,
            frames,
            text,
            codebooks,
            capture,
            seed,
            sampling,
        } => {
            let dir = library::find(model.as_deref())?;
            let spinner = console.spinner("measuring");
            let begin = Instant::now();
            let mut speaker = Speaker::load(&dir, codec.as_deref())?;
            let load_ms = begin.elapsed().as_secs_f64() * 1e3;
            let mut request = Request::new(text);
            request.codebooks = codebooks;
            request.seed = seed;
            request.sampling = sampling.sampling();
            let figures = speaker.measure(&request, frames, capture, &AtomicBool::new(false));
            spinner.finish_and_clear();
            sampling.remark(speaker.vocabulary(), console);
            let figures = figures?;
            let mut answer = heading("speak", &machine);
            answer["model"] = model.unwrap_or_else(|| "pocket".into()).into();
            answer["model_hash"] = library::fingerprint(&dir)?.into();
            answer["load_ms"] = load_ms.into();
            answer["figures"] = json!(figures);
            console.answer(&answer, &speak_table(&figures, load_ms, &machine))?;
        }
        Verb::Transcribe(args) => return transcribe::run(&args, &machine, &interrupt, console),
        Verb::Codec { codec, frames } => {
            let path = library::find_codec(codec.as_deref())?;
            let spinner = console.spinner("measuring");
            let figures = measure_codec(&mut Codec::load(&path)?, frames);
            spinner.finish_and_clear();
            let figures = figures?;
            let mut answer = heading("codec", &machine);
            answer["codec"] = codec
                .map_or_else(|| "pocket".into(), |p| p.display().to_string())
                .into();
            answer["figures"] = json!(figures);
            console.answer(&answer, &codec_table(&figures, &machine))?;
        }
        Verb::Token2wav {
            codec,
            seconds,
            voice_seconds,
        } => {
            let spinner = console.spinner("measuring");
            let figures = measure_voice(&codec, voice_seconds, seconds);
            spinner.finish_and_clear();
            let figures = figures?;
            let mut answer = heading("token2wav", &machine);
            answer["codec"] = codec.display().to_string().into();
            answer["figures"] = json!(figures);
            console.answer(&answer, &voice_table(&figures, &machine))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn heading(bench: &str, machine: &Machine) -> serde_json::Value {
    let command: Vec<String> = std::env::args().skip(1).collect();
    let time = SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .map_or(0, |t| t.as_secs());
    json!({
        "bench": bench, "command": format!("myna {}", command.join(" ")), "unix_time": time, "machine": machine,
    })
}

fn speak_table(f: &Figures, load_ms: f64, machine: &Machine) -> String {
    let mut lines = vec![machine_line(machine)];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<22}{value}"));
    row("loading", format!("{load_ms:.0} ms"));
    row(
        "prompt",
        format!("{} rows, {:.1} ms", f.prompt_rows, f.prefill_ms),
    );
    row("first sound", format!("{:.1} ms", f.first_sound_ms));
    row("real-time factor", format!("{:.3}", f.real_time_factor));
    row("peak memory", memory(f.peak_memory_bytes, f.peak_mlx_bytes));
    lines.push(format!("per frame, of {} frames", f.frames));
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<22}{value}"));
    row("frame without codec", format!("{:.2} ms", f.frame_ms));
    row("  backbone", format!("{:.2} ms", f.backbone_ms));
    row("  depth", format!("{:.2} ms", f.depth_ms));
    row("  sampling", format!("{:.2} ms", f.sampling_ms));
    row("host: noise", format!("{:.2} ms", f.noise_ms));
    row("host: graph building", format!("{:.2} ms", f.building_ms));
    row("codec", format!("{:.2} ms", f.codec_ms));
    row("graph nodes", f.graph_nodes.to_string());
    row("host reads", format!("{:.2}", f.host_reads));
    if let Some(c) = &f.capture {
        let percent = c.cost * 100.0;
        row(
            "recording",
            format!(
                "{percent:+.1} %: {:.2} ms with, {:.2} ms without, {} bytes of {} candidates",
                c.frame_ms_recorded, c.frame_ms, c.bytes_per_frame, c.top
            ),
        );
    }
    row("weights read", megabytes(f.weight_bytes as u64));
    row(
        "floor",
        format!(
            "{:.2} ms at {:.1} GB/s; the frame is {:.2} of it",
            f.floor_ms,
            f.read_bandwidth_bytes_per_second / 1e9,
            f.frame_ms / f.floor_ms.max(1e-9)
        ),
    );
    lines.join("\n")
}

fn codec_table(f: &CodecFigures, machine: &Machine) -> String {
    let mut lines = vec![machine_line(machine)];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<22}{value}"));
    row("encode a frame", format!("{:.2} ms", f.encode_ms_per_frame));
    row(
        "decode a frame",
        format!("{:.2} ms in chunks of 8", f.decode_ms_per_frame),
    );
    row("", format!("{:.2} ms alone", f.decode_single_ms));
    row("real-time factor", format!("{:.3}", f.real_time_factor));
    row("peak memory", memory(f.peak_memory_bytes, f.peak_mlx_bytes));
    lines.join("\n")
}

fn voice_table(f: &VoiceFigures, machine: &Machine) -> String {
    let mut lines = vec![machine_line(machine)];
    let mut row = |name: &str, value: String| lines.push(format!("  {name:<22}{value}"));
    row("loading", format!("{:.0} ms", f.load_ms));
    if let Some(listen) = f.listen_ms {
        let what = format!("{listen:.0} ms for {:.0} s", f.voice_seconds);
        row("hearing a voice", what);
    }
    row("remembering it", format!("{:.0} ms", f.remember_ms));
    row("first sound", format!("{:.0} ms", f.first_sound_ms));
    row("flow", format!("{:.0} ms a second", f.flow_ms_per_second));
    let vocoder = format!("{:.0} ms a second", f.vocoder_ms_per_second);
    row("vocoder", vocoder);
    row("real-time factor", format!("{:.3}", f.real_time_factor));
    let whole = format!("{:.3} at once", f.whole_real_time_factor);
    row("", whole);
    row("a stream remembers", megabytes(f.stream_bytes as u64));
    row("peak memory", memory(f.peak_memory_bytes, f.peak_mlx_bytes));
    lines.join("\n")
}

fn machine_line(m: &Machine) -> String {
    format!(
        "{}, {} cores, {:.0} GB, {}, MLX on the {}, myna {} ({} build)",
        m.cpu,
        m.cores,
        m.memory_bytes as f64 / 1e9,
        m.os,
        m.device,
        m.myna,
        m.build
    )
}

fn memory(process: Option<u64>, mlx: usize) -> String {
    let process = process.map_or_else(|| "unknown".into(), megabytes);
    format!("{process}, of it MLX {}", megabytes(mlx as u64))
}
