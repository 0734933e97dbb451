//! `myna speak`: lengths, seeds, chunks, references, interruption.

mod common;

use common::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::time::{Duration, Instant};

const TEXT: &str = "Hello there.";
/// 80 ms at 24 kHz.
const FRAME: usize = 1920;
/// Code 0 is part of the end frame: without it the model never ends.
const ENDLESS: [&str; 2] = ["--exclude-tokens", "0..1"];
/// For as long as it takes to interrupt it.
const LONG: [&str; 2] = ["--max-seconds", "90"];

fn speak(model: &str, codec: Option<&str>, out: &str, more: &[&str]) -> serde_json::Value {
    let model = fixture(&format!("csm-tiny/{model}"));
    let codec = codec.map(fixture);
    let mut args = vec![
        "speak",
        TEXT,
        "--json",
        "--model",
        model.to_str().unwrap(),
        "-o",
        out,
    ];
    if let Some(codec) = &codec {
        args.extend(["--codec", codec.to_str().unwrap()]);
    }
    args.extend(more);
    serde_json::from_str(&succeed(&args)).unwrap()
}

#[test]
fn every_layout_speaks_as_long_as_it_says() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let mut frames = Vec::new();
    for (model, codec) in LAYOUTS {
        let report = speak(model, codec, &out, &["--greedy"]);
        let (spec, samples) = read_wav(&out);
        assert_eq!(
            (spec.channels, spec.sample_rate, spec.bits_per_sample),
            (1, 24_000, 16)
        );
        let n = report["frames"].as_u64().unwrap() as usize;
        assert_eq!(samples.len(), n * FRAME, "{model}");
        assert!((report["seconds"].as_f64().unwrap() - n as f64 * 0.08).abs() < 1e-9);
        frames.push(n);
    }
    // The first three hold the same numbers.
    assert_eq!((frames[0], frames[0]), (frames[1], frames[2]));
}

#[test]
fn reports_the_fields_that_scripts_rely_on() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let report = speak("hf", None, &out, &["--seed", "7"]);
    let fields: Vec<&str> = report
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(
        fields,
        [
            "file",
            "text",
            "voice",
            "model",
            "seed",
            "frames",
            "seconds",
            "first_sound_ms",
            "real_time_factor",
            "stopped_by"
        ]
    );
    assert_eq!(
        (report["text"].as_str(), report["seed"].as_u64()),
        (Some(TEXT), Some(7))
    );
    assert_eq!(report["file"].as_str(), Some(out.as_str()));
    assert!(report["first_sound_ms"].as_f64().unwrap() > 0.0);
    assert_eq!(report["stopped_by"], "eos");
}

#[test]
fn a_seed_names_the_samples() {
    let scratch = Scratch::new();
    let [a, b, c] = ["a.wav", "b.wav", "c.wav"].map(|n| scratch.path(n));
    speak("hf", None, &a, &["--seed", "3"]);
    speak("hf", None, &b, &["--seed", "3"]);
    speak("hf", None, &c, &["--seed", "4"]);
    assert_eq!(std::fs::read(&a).unwrap(), std::fs::read(&b).unwrap());
    assert_ne!(std::fs::read(&a).unwrap(), std::fs::read(&c).unwrap());
}

#[test]
fn chunks_of_any_size_give_the_same_speech() {
    let scratch = Scratch::new();
    let (whole, cut) = (scratch.path("whole.wav"), scratch.path("cut.wav"));
    let long = [
        "--seed",
        "5",
        "--max-seconds",
        "1.6",
        ENDLESS[0],
        ENDLESS[1],
    ];
    speak(
        "hf",
        None,
        &whole,
        &[&long[..], &["--chunk-frames", "1000"]].concat(),
    );
    assert_eq!(read_wav(&whole).1.len(), 20 * FRAME);
    let whole = std::fs::read(&whole).unwrap();
    for size in [None, Some("1"), Some("3"), Some("8")] {
        let more = size.map_or(vec![], |n| vec!["--chunk-frames", n]);
        speak("hf", None, &cut, &[&long[..], &more].concat());
        assert!(std::fs::read(&cut).unwrap() == whole, "{size:?}");
    }
}

#[test]
fn text_comes_from_an_argument_a_file_or_standard_input() {
    let scratch = Scratch::new();
    let model = fixture("csm-tiny/hf");
    let model = model.to_str().unwrap();
    let (text, a, b, c) = (
        scratch.path("t.txt"),
        scratch.path("a.wav"),
        scratch.path("b.wav"),
        scratch.path("c.wav"),
    );
    std::fs::write(&text, format!("{TEXT}\n")).unwrap();
    succeed(&["speak", TEXT, "--model", model, "--greedy", "-o", &a]);
    succeed(&[
        "speak", "--file", &text, "--model", model, "--greedy", "-o", &b,
    ]);
    let piped = with_input(
        &["speak", "-", "--model", model, "--greedy", "-o", &c],
        TEXT.as_bytes(),
    );
    assert!(piped.status.success());
    let a = std::fs::read(a).unwrap();
    assert_eq!(a, std::fs::read(b).unwrap());
    assert_eq!(a, std::fs::read(c).unwrap());
}

#[test]
fn text_is_said_as_people_read_it_and_plain_text_as_it_is() {
    let scratch = Scratch::new();
    let model = fixture("csm-tiny/hf");
    let model = model.to_str().unwrap();
    let own = scratch.path("own.toml");
    std::fs::write(&own, "[words]\nMyna = \"miner\"\n").unwrap();
    let say = |text: &str, more: &[&str]| {
        let out = scratch.path("a.wav");
        let args = [
            "speak", text, "--model", model, "--seed", "4", "--json", "-o", &out,
        ];
        let report = succeed(&[&args[..], more].concat());
        let report: serde_json::Value = serde_json::from_str(&report).unwrap();
        assert_eq!(report["text"], text, "the text is reported as it was given");
        std::fs::read(&out).unwrap()
    };
    let five = say("five kilometres.", &["--plain"]);
    assert_eq!(say("**5 km**", &[]), five);
    assert_ne!(say("**5 km**", &["--plain"]), five);
    assert_eq!(
        say("Myna", &["--pronunciation", &own]),
        say("miner.", &["--plain"])
    );
}

#[test]
fn references_of_any_rate_depth_and_channels_are_taken() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let (_, speech) = read_wav(fixture("mimi-tiny/golden/a.wav").to_str().unwrap());
    let stereo: Vec<f32> = speech.iter().flat_map(|&s| [s, s]).collect();
    let mut lengths = Vec::new();
    for (rate, bits, channels, format) in [
        (24_000, 16, 1, hound::SampleFormat::Int),
        (24_000, 16, 2, hound::SampleFormat::Int),
        (48_000, 24, 2, hound::SampleFormat::Int),
        (8_000, 8, 1, hound::SampleFormat::Int),
        (44_100, 32, 1, hound::SampleFormat::Float),
    ] {
        let reference = scratch.path("r.wav");
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format: format,
        };
        write_wav(
            &reference,
            spec,
            if channels == 2 { &stereo } else { &speech },
        );
        let context = format!("{reference}=a = b, said before");
        let report = speak("hf", None, &out, &["--greedy", "--context", &context]);
        lengths.push(report["frames"].clone());
    }
    // Stereo with two equal channels is the same reference.
    assert_eq!(lengths[0], lengths[1]);
    let context = format!(
        "{}=said before",
        fixture("mimi-tiny/golden/a.wav").display()
    );
    speak(
        "hf",
        None,
        &out,
        &["--greedy", "--context", &context, "--context", &context],
    );
    speak(
        "hf",
        None,
        &out,
        &["--greedy", "--context", &context, "--voice-match"],
    );
}

#[test]
fn a_reference_speaks_the_same_from_wav_and_from_flac() {
    let scratch = Scratch::new();
    let spoken = ["r.wav", "r.flac"].map(|name| {
        let (reference, out) = (scratch.path(name), scratch.path("out.wav"));
        // The small model soon finds its end; the first seed that says enough to be heard.
        (0..30)
            .map(|seed| speak("hf", None, &reference, &["--seed", &seed.to_string()]))
            .find(|report| report["frames"].as_u64().unwrap() > 2)
            .unwrap();
        // What it holds tells what it is, not its name.
        let plain = scratch.path(&format!("{name}.recording"));
        std::fs::rename(&reference, &plain).unwrap();
        let context = format!("{plain}=said before");
        speak("hf", None, &out, &["--greedy", "--context", &context]);
        read_wav(&out).1
    });
    assert!(!spoken[0].is_empty());
    assert!(spoken[0] == spoken[1], "other samples");
}

#[test]
fn the_budget_shortens_the_speech_instead_of_failing() {
    let scratch = Scratch::new();
    let dir = scratch.copy("csm-tiny/hf", "small");
    let config = std::fs::read_to_string(dir.join("config.json")).unwrap();
    let config = config.replace(
        "\"max_position_embeddings\": 2048",
        "\"max_position_embeddings\": 40",
    );
    std::fs::write(dir.join("config.json"), config).unwrap();
    let out = scratch.path("a.wav");
    let args = [
        "speak",
        "Hi.",
        "--json",
        "--model",
        dir.to_str().unwrap(),
        "-o",
        &out,
        ENDLESS[0],
        ENDLESS[1],
    ];
    let report: serde_json::Value = serde_json::from_str(&succeed(&args)).unwrap();
    assert_eq!(report["stopped_by"], "length");
    let frames = report["frames"].as_u64().unwrap();
    assert!((20..40).contains(&frames), "{frames}");
}

#[test]
fn an_interrupt_leaves_a_valid_wav_of_what_was_spoken() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let model = fixture("csm-tiny/hf");
    let args = [
        "speak",
        TEXT,
        "--json",
        "--model",
        model.to_str().unwrap(),
        "-o",
        &out,
        ENDLESS[0],
        ENDLESS[1],
        LONG[0],
        LONG[1],
    ];
    let mut child = myna(&args)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let begin = Instant::now();
    while std::fs::metadata(&out).map_or(0, |m| m.len()) < 44 + 2 * FRAME as u64 {
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "nothing is spoken"
        );
        assert!(child.try_wait().unwrap().is_none(), "it ended by itself");
        std::thread::sleep(Duration::from_millis(5));
    }
    kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
    let asked = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(
        asked.elapsed() < Duration::from_secs(5),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(output.status.code(), Some(130));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["stopped_by"], "cancelled");
    let (_, samples) = read_wav(&out);
    let frames = report["frames"].as_u64().unwrap() as usize;
    assert_eq!(samples.len(), frames * FRAME);
    assert!((1..1125).contains(&frames));
}

#[test]
fn a_killed_process_leaves_a_valid_wav_too() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let model = fixture("csm-tiny/hf");
    let args = [
        "speak",
        TEXT,
        "--model",
        model.to_str().unwrap(),
        "-o",
        &out,
        ENDLESS[0],
        ENDLESS[1],
        LONG[0],
        LONG[1],
    ];
    let mut child = myna(&args).spawn().unwrap();
    let begin = Instant::now();
    while std::fs::metadata(&out).map_or(0, |m| m.len()) < 44 + 4 * FRAME as u64 {
        assert!(
            begin.elapsed() < Duration::from_secs(30),
            "nothing is spoken"
        );
        std::thread::sleep(Duration::from_millis(5));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (_, samples) = read_wav(&out);
    assert!(samples.len() >= FRAME);
}

#[test]
fn a_model_that_ends_at_once_leaves_an_empty_recording() {
    let scratch = Scratch::new();
    let dir = scratch.copy("csm-tiny/sesame", "silent");
    // Heads of zeros make code 0 the most likely everywhere: the first frame is the end.
    for (tensor, count) in [
        ("codebook0_head.weight", 67 * 128),
        ("audio_head", 4 * 64 * 67),
    ] {
        overwrite(&dir.join("model.safetensors"), tensor, &vec![0; count * 2]);
    }
    let out = scratch.path("empty.wav");
    let report = succeed(&[
        "speak",
        TEXT,
        "--json",
        "--greedy",
        "--model",
        dir.to_str().unwrap(),
        "-o",
        &out,
    ]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(
        (report["frames"].as_u64(), report["stopped_by"].as_str()),
        (Some(0), Some("eos"))
    );
    assert_eq!(read_wav(&out).1.len(), 0);
}
