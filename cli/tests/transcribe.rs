//! `myna transcribe`: exact words of the trained fixture, containers, files, queues, interruption.

mod common;
#[path = "../../models/tests/common/expand.rs"]
mod expand;

use common::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

const RAIN: &str = "Rain fell on the old stone bridge.";
const AUDIO: &str = "tests/fixtures/step-audio-tiny/audio";
const MEDIA: &str = "tests/fixtures/media";

/// An ordinary model folder, made of a compact fixture.
struct Ear {
    dir: tempfile::TempDir,
}

impl Ear {
    fn new(checkpoint: &str) -> Self {
        Self {
            dir: expand::expanded(checkpoint),
        }
    }

    fn args<'a>(&'a self, more: &[&'a str]) -> Vec<&'a str> {
        let model = self.dir.path().to_str().unwrap();
        [&["transcribe", "--model", model], more].concat()
    }

    fn text(&self, more: &[&str]) -> String {
        succeed(&self.args(more))
    }

    fn json(&self, more: &[&str]) -> Value {
        serde_json::from_str(&succeed(&self.args(&[more, &["--json"]].concat()))).unwrap()
    }
}

fn clip(name: &str) -> String {
    format!("{AUDIO}/{name}.wav")
}

/// speech = transcribed + uncertain + failed, of one result.
fn adds_up(result: &Value) -> [f64; 4] {
    let parts = ["speech", "transcribed", "uncertain", "failed"]
        .map(|part| result["coverage"][part].as_f64().unwrap());
    assert!(
        (parts[0] - parts[1] - parts[2] - parts[3]).abs() < 1e-9,
        "{parts:?}"
    );
    assert!(parts[0] <= result["seconds"].as_f64().unwrap() + 1e-9);
    parts
}

fn transcripts_are_exact(checkpoint: &str) {
    let ear = Ear::new(checkpoint);
    let names = ["rain", "row", "morning", "quiet", "stuck"];
    let files = names.map(clip);
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let results = ear.json(&files);
    let texts: Vec<&str> = results
        .as_array()
        .unwrap()
        .iter()
        .map(|r| r["text"].as_str().unwrap())
        .collect();
    let expected = [
        RAIN,
        "Row, row, row, row, row, row your boat.",
        "早上好，朋友。",
        "",
        "and so on,",
    ];
    assert_eq!(texts, expected, "{checkpoint}");
    for (result, name) in results.as_array().unwrap().iter().zip(names) {
        let [_, transcribed, uncertain, failed] = adds_up(result);
        let segments = result["segments"].as_array().unwrap();
        match name {
            "quiet" => assert_eq!((segments.len(), transcribed + uncertain), (0, 0.0)),
            "stuck" => {
                assert_eq!(segments[0]["finish_reason"], "loop");
                assert_eq!(segments[0]["uncertain"], true);
                assert!(uncertain > 0.0 && transcribed == 0.0);
            }
            _ => {
                assert_eq!(segments.len(), 1, "{name}");
                assert_eq!(segments[0]["finish_reason"], "stop");
                assert!(transcribed > 1.0 && uncertain == 0.0, "{name}");
            }
        }
        assert_eq!(failed, 0.0);
    }
    // In order and complete over two chunks.
    let long = ear.json(&[&clip("long"), "--no-vad"]);
    assert_eq!(
        long["text"],
        "harbor lights fade slowly after midnight good night"
    );
    let times: Vec<_> = long["segments"]
        .as_array()
        .unwrap()
        .iter()
        .map(|s| (s["start"].as_f64().unwrap(), s["end"].as_f64().unwrap()))
        .collect();
    assert_eq!(times, [(0.0, 25.0), (25.0, 27.25)]);
}

#[test]
fn transcripts_of_bf16_are_exact() {
    transcripts_are_exact("trained");
}

#[test]
fn transcripts_of_four_bit_are_exact() {
    transcripts_are_exact("trained-4bit");
}

#[test]
fn digits_short_clips_tasks_and_other_cuts() {
    let ear = Ear::new("trained");
    assert_eq!(
        ear.text(&[&clip("tally")]),
        "Seat 7 7 7, row 2 9, gate 7 7 7.\n"
    );
    assert_eq!(ear.text(&[&clip("blip")]), "Okay.\n");
    assert_eq!(
        ear.text(&[
            &clip("rain"),
            "--task",
            "translate",
            "--language-target",
            "zh"
        ]),
        "雨落在古老的石桥上。\n"
    );
    assert_eq!(
        ear.text(&[&clip("long"), "--no-vad", "--chunk-seconds", "15"]),
        "harbor lights fade slowly after midnight good night\n"
    );
    let ids = ear.text(&[&clip("rain"), "--no-tokenizer"]);
    assert!(
        ids.split_whitespace().all(|id| id.parse::<u32>().is_ok()) && ids.len() > 10,
        "{ids}"
    );
}

#[test]
fn reports_the_fields_that_scripts_rely_on() {
    let ear = Ear::new("trained");
    let result = ear.json(&[&clip("rain")]);
    let keys = |value: &Value| {
        let object = value.as_object().unwrap();
        object.keys().cloned().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(keys(&result), "file text segments coverage model seconds");
    assert_eq!(
        keys(&result["segments"][0]),
        "start end text finish_reason uncertain"
    );
    assert_eq!(
        keys(&result["coverage"]),
        "speech transcribed uncertain failed"
    );
    assert_eq!(result["file"], clip("rain"));
}

#[test]
fn pauses_are_left_out_and_every_second_of_speech_is_accounted_for() {
    let ear = Ear::new("trained");
    let long = ear.json(&[&clip("long")]);
    let [speech, ..] = adds_up(&long);
    assert!((3.0..6.0).contains(&speech), "{speech}");
    let segments = long["segments"].as_array().unwrap();
    assert_eq!(segments.len(), 4, "four stretches of speech");
    let mut before = 0.0;
    for segment in segments {
        let [start, end] = ["start", "end"].map(|k| segment[k].as_f64().unwrap());
        assert!(before <= start && start < end && end <= 27.25);
        before = end;
    }
}

#[test]
fn times_are_those_of_the_speech() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let read = |name: &str| read_wav(root().join(clip(name)).to_str().unwrap());
    let mut wave = Vec::new();
    let mut begins = Vec::new();
    let spec = read("rain").0;
    for name in ["rain", "row", "morning", "tally"] {
        begins.push(wave.len() as f64 / 16_000.0);
        wave.extend(read(name).1);
        wave.resize(wave.len() + 53_333, 0.0);
    }
    let path = scratch.path("four.wav");
    write_wav(&path, spec, &wave);
    let result = ear.json(&[&path]);
    adds_up(&result);
    let segments = result["segments"].as_array().unwrap();
    assert_eq!(segments.len(), begins.len());
    for (segment, begin) in segments.iter().zip(begins) {
        let start = segment["start"].as_f64().unwrap();
        assert!((start - begin).abs() < 0.4, "{start} for {begin}");
    }
}

#[test]
fn every_container_is_read_whatever_its_name() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let mut files = Vec::new();
    for entry in std::fs::read_dir(root().join(MEDIA)).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        if name.starts_with("mute") {
            continue;
        }
        // Names say nothing: the content is looked at.
        let bare = scratch.path(&name.replace('.', "-"));
        std::fs::copy(root().join(MEDIA).join(&name), &bare).unwrap();
        files.push(bare);
    }
    assert_eq!(files.len(), 12);
    let names: Vec<&str> = files.iter().map(String::as_str).collect();
    for result in ear.json(&names).as_array().unwrap() {
        let file = result["file"].as_str().unwrap();
        let wanted = if file.contains("rain") { RAIN } else { "Okay." };
        assert_eq!(result["text"], wanted, "{file}");
        adds_up(result);
    }
}

#[test]
fn rates_depths_and_channels_of_all_kinds_are_read() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let (_, speech) = read_wav(root().join(clip("rain")).to_str().unwrap());
    let at = |rate: usize| -> Vec<f32> {
        // Every sample so many times: rough, but the same word.
        let n = rate / 16_000;
        speech.iter().flat_map(|&s| vec![s; n]).collect()
    };
    let float = hound::SampleFormat::Float;
    let int = hound::SampleFormat::Int;
    for (rate, channels, bits, format) in [
        (16_000, 1, 32, float),
        (16_000, 6, 16, int),
        (16_000, 2, 24, int),
        (48_000, 1, 16, int),
        (96_000, 2, 16, int),
    ] {
        let spec = hound::WavSpec {
            channels,
            sample_rate: rate,
            bits_per_sample: bits,
            sample_format: format,
        };
        let wave: Vec<f32> = at(rate as usize)
            .iter()
            .flat_map(|&s| vec![s; channels.into()])
            .collect();
        let path = scratch.path("speech.wav");
        write_wav(&path, spec, &wave);
        assert_eq!(
            ear.text(&[&path]),
            format!("{RAIN}\n"),
            "{rate} Hz, {channels}"
        );
    }
}

#[test]
fn files_are_written_beside_the_source_or_into_a_folder_and_never_over_others() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let rain = scratch.path("rain.wav");
    std::fs::copy(root().join(clip("rain")), &rain).unwrap();
    assert_eq!(
        ear.text(&[&rain, "--format", "txt,srt,vtt,json,md"]),
        "",
        "text goes to files or to stdout"
    );
    let read = |name: &str| std::fs::read_to_string(scratch.path(name)).unwrap();
    let model = ear.dir.path().to_str().unwrap();
    let mut all = String::new();
    for name in ["txt", "srt", "vtt", "json", "md"] {
        let text = read(&format!("rain.{name}"))
            .replace(scratch.0.path().to_str().unwrap(), "SCRATCH")
            .replace(model, "MODEL");
        all.push_str(&format!("=== rain.{name}\n{text}"));
    }
    golden("transcripts.txt", &all);
    assert_eq!(
        std::fs::read_dir(scratch.0.path()).unwrap().count(),
        6,
        "nothing else is left"
    );

    std::fs::write(scratch.path("rain.txt"), "mine").unwrap();
    let refused = run(&ear.args(&[&rain, "--format", "txt"]));
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("there already"));
    assert_eq!(read("rain.txt"), "mine");
    ear.text(&[&rain, "--format", "txt", "--force"]);
    assert_eq!(read("rain.txt"), format!("{RAIN}\n"));
    ear.text(&[&rain, "-o", &scratch.path("new/deep")]);
    assert_eq!(read("new/deep/rain.txt"), format!("{RAIN}\n"));
}

#[test]
fn folders_are_searched_and_one_bad_file_does_not_stop_the_queue() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let put = |from: &str, to: &str| {
        let to = scratch.path(to);
        std::fs::create_dir_all(Path::new(&to).parent().unwrap()).unwrap();
        std::fs::copy(root().join(from), to).unwrap();
    };
    put(&clip("rain"), "in/a.wav");
    put(&format!("{MEDIA}/rain.mp3"), "in/a.mp3");
    put(&clip("blip"), "in/sub/b.wav");
    std::fs::write(scratch.path("in/notes.txt"), "no sound").unwrap();
    std::fs::write(scratch.path("in/broken.wav"), "RIFF, so to speak").unwrap();
    let output = run(&ear.args(&[&scratch.path("in"), "-o", &scratch.path("out"), "--json"]));
    assert_eq!(output.status.code(), Some(1), "partial failure");
    let results: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(results.as_array().unwrap().len(), 3);
    let error: Value = serde_json::from_slice(&output.stderr).unwrap();
    assert_eq!(error["kind"], "bad-audio");
    assert!(error["message"].as_str().unwrap().contains("broken.wav"));
    let read = |name: &str| std::fs::read_to_string(scratch.path(name)).unwrap();
    // Two sources of one name keep theirs apart.
    assert_eq!(read("out/a.wav.txt"), format!("{RAIN}\n"));
    assert_eq!(read("out/a.mp3.txt"), format!("{RAIN}\n"));
    assert_eq!(read("out/sub/b.txt"), "Okay.\n");
}

#[test]
fn standard_input_is_read() {
    let ear = Ear::new("trained");
    for file in [clip("rain"), format!("{MEDIA}/rain.m4a")] {
        let sound = std::fs::read(root().join(&file)).unwrap();
        let output = with_input(&ear.args(&["-"]), &sound);
        assert_eq!(
            String::from_utf8_lossy(&output.stdout),
            format!("{RAIN}\n"),
            "{file}"
        );
    }
    // A named pipe gives its bytes a single time, too.
    let scratch = Scratch::new();
    let pipe = scratch.path("pipe");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    let (from, to) = (root().join(clip("rain")), pipe.clone());
    let writer = std::thread::spawn(move || std::fs::write(to, std::fs::read(from).unwrap()));
    assert_eq!(ear.text(&[&pipe]), format!("{RAIN}\n"));
    writer.join().unwrap().unwrap();
}

#[test]
fn what_is_no_sound_is_refused_and_what_is_left_of_sound_is_heard() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let mut t = Transcript::new(&scratch);
    let file = |name: &str, bytes: &[u8]| {
        let path = scratch.path(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let rain = std::fs::read(root().join(clip("rain"))).unwrap();
    let spec = hound::WavSpec {
        channels: 1,
        sample_rate: 16_000,
        bits_per_sample: 32,
        sample_format: hound::SampleFormat::Float,
    };
    let (none, short, poisoned) = (
        scratch.path("none.wav"),
        scratch.path("short.wav"),
        scratch.path("poisoned.wav"),
    );
    write_wav(&none, spec, &[]);
    write_wav(&short, spec, &[0.1; 1599]);
    let (_, mut speech) = read_wav(root().join(clip("rain")).to_str().unwrap());
    // A few values that are not numbers are silence, not the end.
    speech[..50].fill(f32::NAN);
    speech[50] = f32::INFINITY;
    write_wav(&poisoned, spec, &speech);
    let mute = format!("{MEDIA}/mute.mp4");
    let (empty, words, cut) = (
        file("empty.mp3", b""),
        file("words.m4a", b"only words"),
        file("cut.wav", &rain[..rain.len() / 2]),
    );
    let missing = scratch.path("missing.wav");
    std::fs::create_dir(scratch.path("folder")).unwrap();
    let folder = scratch.path("folder");
    // Everything that is refused before the model is loaded: no model is needed to say so.
    for path in [&empty, &words, &mute, &missing, &folder] {
        t.run(&["transcribe", path]);
    }
    t.run(&["transcribe", &empty, "--json"]);
    t.run(&["transcribe", &clip("rain"), "--model", "nowhere"]);
    t.run(&["transcribe", &clip("rain"), "--chunk-seconds", "30"]);
    t.run(&["transcribe", &clip("rain"), "--prompt", " "]);
    t.run(&[
        "transcribe",
        &clip("rain"),
        "--prompt",
        "Who?",
        "--task",
        "describe",
    ]);
    t.run(&[
        "transcribe",
        &clip("rain"),
        &clip("blip"),
        "--trace",
        "t.safetensors",
    ]);
    // What only listening tells.
    for path in [&none, &short, &poisoned, &cut] {
        let output = run(&ear.args(&[path]));
        t.add(&["transcribe", path], &output);
    }
    t.check("recordings.txt");
}

#[test]
fn files_cut_off_anywhere_are_told() {
    let scratch = Scratch::new();
    for entry in std::fs::read_dir(root().join(MEDIA)).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let name = path.file_name().unwrap().to_str().unwrap();
        for percent in [5, 60] {
            let cut = scratch.path(name);
            std::fs::write(&cut, &bytes[..bytes.len() * percent / 100]).unwrap();
            let output = run(&["transcribe", &cut, "--front-end-only", "--no-vad"]);
            let said = String::from_utf8_lossy(&output.stderr);
            assert!(!said.contains("panicked"), "{name}: {said}");
            assert!(
                matches!(output.status.code(), Some(1 | 2)) && said.contains("error: "),
                "{name} at {percent} %: {said}"
            );
        }
    }
}

#[test]
fn a_cache_without_room_is_an_error_and_a_tight_one_is_not() {
    let ear = Ear::new("trained");
    let refused = run(&ear.args(&[&clip("rain"), "--max-cache-len", "40"]));
    assert_eq!(refused.status.code(), Some(2));
    let told = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(told.contains("--max-cache-len"), "{told}");
    let halves = ear.json(&[&clip("long"), "--no-vad", "--max-cache-len", "250"]);
    assert_eq!(halves["coverage"]["failed"], 0.0);
    // A ceiling of tokens is told, not hidden.
    let cut = ear.json(&[&clip("rain"), "--max-tokens", "2"]);
    assert_eq!(cut["segments"][0]["finish_reason"], "length");
    assert_eq!(cut["segments"][0]["uncertain"], true);
}

#[test]
fn a_trace_holds_every_chunk() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let trace = scratch.path("t.safetensors");
    ear.text(&[&clip("long"), "--no-vad", "--trace", &trace]);
    let shape = |name: &str| tensor(&trace, name).0;
    assert_eq!(shape("mel.0"), [128, 2502]);
    assert_eq!(shape("mel.1").first(), Some(&128));
    assert_eq!(shape("first_logits.1"), [158_720]);
    for name in ["encoder_out", "adapter_out", "prompt_ids", "greedy_ids"] {
        assert!(!shape(&format!("{name}.1")).is_empty());
    }
    let (_, ids) = tensor(&trace, "greedy_ids.1");
    assert_eq!(ids.last(), Some(&151_665.0));
}

#[test]
fn the_way_to_the_model_is_timed_without_one() {
    let report: Value = serde_json::from_str(&succeed(&[
        "transcribe",
        &clip("long"),
        "--front-end-only",
        "--json",
    ]))
    .unwrap();
    assert_eq!(report["seconds"], 27.25);
    assert_eq!(report["chunks"], 4);
    assert!(report["times_real_time"].as_f64().unwrap() > 0.0);
}

#[test]
fn an_interrupt_keeps_what_is_finished() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let path = scratch.path("hour.wav");
    let (spec, rain) = read_wav(root().join(clip("rain")).to_str().unwrap());
    write_wav(&path, spec, &rain.repeat(1000));
    let args = ear.args(&[&path, "--no-vad", "--chunk-seconds", "2", "--json", "-o"]);
    let out = scratch.path("out");
    let args = [&args[..], &[out.as_str()]].concat();
    // It may still be loading; then there is nothing to keep, and it is tried again.
    for wait in [1, 2, 4, 8, 16] {
        let child = myna(&args)
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_secs(wait));
        kill(Pid::from_raw(child.id() as i32), Signal::SIGINT).unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130));
        let Ok(result) = serde_json::from_slice::<Value>(&output.stdout) else {
            continue;
        };
        let [_, transcribed, uncertain, _] = adds_up(&result);
        let segments = result["segments"].as_array().unwrap();
        if segments.is_empty() {
            continue;
        }
        assert!((transcribed + uncertain - 2.0 * segments.len() as f64).abs() < 1e-6);
        let text = std::fs::read_to_string(scratch.path("out/hour.txt")).unwrap();
        assert_eq!(text.trim_end(), result["text"].as_str().unwrap());
        return;
    }
    panic!("nothing was ever finished");
}
