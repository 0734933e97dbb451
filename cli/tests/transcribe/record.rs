//! A microphone that is fed by the test. Needs the sound server of `tools/with-desktop.sh`, so these tests are ignored
//! by a plain `cargo test`; `./dev test` runs them there, one at a time.

use super::*;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Bound for every wait; a debug build on a busy machine is slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// A verb that records, running.
struct Session {
    child: Child,
    lines: Receiver<String>,
    /// Everything said so far.
    said: Vec<String>,
}

impl Session {
    /// Begins to record what is to be transcribed, and returns when it does.
    fn start(ear: &Ear, file: &str) -> Self {
        Self::of(&mut myna(&ear.args(&["--record", file, "--json"])))
    }

    /// Begins, and returns when it records.
    fn of(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let stderr = child.stderr.take().unwrap();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                eprintln!("| {line}");
                _ = sender.send(line);
            }
        });
        let mut this = Self {
            child,
            lines,
            said: Vec::new(),
        };
        this.wait_for("note: recording ");
        this
    }

    /// The next line with these words.
    fn wait_for(&mut self, words: &str) {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) => self.said.push(line),
                Err(_) => panic!("never said {words:?}, but {:?}", self.said),
            }
            if self.said.last().is_some_and(|line| line.contains(words)) {
                return;
            }
        }
    }

    fn signal(&self, signal: Signal) {
        kill(Pid::from_raw(self.child.id() as i32), signal).unwrap();
    }

    /// Exit code, stdout, and everything said.
    fn end(mut self) -> (Option<i32>, String, String) {
        let mut stdout = String::new();
        std::io::Read::read_to_string(&mut self.child.stdout.take().unwrap(), &mut stdout).unwrap();
        let code = self.child.wait().unwrap().code();
        self.said.extend(self.lines.iter());
        (code, stdout, self.said.join("\n"))
    }
}

fn tool(name: &str, args: &[&str]) -> String {
    let output = Command::new(name).args(args).output().unwrap();
    assert!(output.status.success(), "{name} {args:?}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Speaks into a microphone's feed, to the end.
fn speak(feed: &str) {
    let rain = root().join(clip("rain"));
    tool("paplay", &["-d", feed, rain.to_str().unwrap()]);
}

/// The devices of `tools/with-desktop.sh`.
fn plug_in_again() {
    for (sink, channels) in [("speaker", 2), ("micfeed", 1)] {
        let (name, channels) = (format!("sink_name={sink}"), format!("channels={channels}"));
        let module = ["load-module", "module-null-sink"];
        let args = [&name, "rate=48000", &channels, "norewinds=1"];
        tool("pactl", &[&module[..], &args].concat());
    }
    let mic = [
        "module-remap-source",
        "source_name=mic",
        "master=micfeed.monitor",
    ];
    tool("pactl", &[&["load-module"], &mic[..]].concat());
    tool("pactl", &["set-default-sink", "speaker"]);
    tool("pactl", &["set-default-source", "mic"]);
}

/// Seconds of a recording, and of those the loud ones.
fn seconds(file: &str) -> (f64, f64) {
    let (spec, samples) = read_wav(file);
    assert_eq!((spec.channels, spec.bits_per_sample), (1, 16));
    let rate = f64::from(spec.sample_rate);
    let blocks = samples.chunks(spec.sample_rate as usize / 50);
    let loud = blocks.filter(|b| b.iter().any(|s| s.abs() > 0.02)).count();
    (samples.len() as f64 / rate, loud as f64 / 50.0)
}

/// Of the clip that is spoken.
fn spoken() -> f64 {
    seconds(root().join(clip("rain")).to_str().unwrap()).1
}

#[test]
#[ignore = "needs a sound server: ./dev test"]
fn what_is_spoken_is_on_disk_at_once_and_heard_after_an_interrupt() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let file = scratch.path("said.wav");
    let mut session = Session::start(&ear, &file);
    // Nobody speaks yet, and that is told.
    session.wait_for("no signal");
    speak("micfeed");
    session.wait_for("is heard now");
    std::thread::sleep(Duration::from_millis(500));
    let (_, loud) = seconds(&file);
    assert!((loud - spoken()).abs() < 0.2, "{loud} s while recording");
    session.signal(Signal::SIGINT);
    let (code, stdout, said) = session.end();
    assert_eq!(code, Some(0), "{said}");
    let result: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(result["file"], file.as_str());
    let [speech, ..] = adds_up(&result);
    let (all, loud) = seconds(&file);
    assert!((result["seconds"].as_f64().unwrap() - all).abs() < 0.01);
    assert!(
        (loud - spoken()).abs() < 0.2 && (speech - spoken()).abs() < 0.6,
        "{speech}"
    );
}

#[test]
#[ignore = "needs a sound server: ./dev test"]
fn a_killed_process_leaves_what_was_spoken() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let file = scratch.path("said.wav");
    let session = Session::start(&ear, &file);
    speak("micfeed");
    std::thread::sleep(Duration::from_millis(500));
    session.signal(Signal::SIGKILL);
    assert_eq!(session.end().0, None);
    let (_, loud) = seconds(&file);
    assert!((loud - spoken()).abs() < 0.2, "{loud}");
}

#[test]
#[ignore = "needs a sound server: ./dev test"]
fn a_second_interrupt_gives_up_the_words_and_keeps_the_recording() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let file = scratch.path("said.wav");
    let mut session = Session::start(&ear, &file);
    speak("micfeed");
    session.signal(Signal::SIGINT);
    session.wait_for("recorded");
    session.signal(Signal::SIGINT);
    let (code, _, said) = session.end();
    assert_eq!(code, Some(130), "{said}");
    assert!(said.contains(&file), "{said}");
    assert!(seconds(&file).1 > 1.0);
}

#[test]
#[ignore = "needs a sound server: ./dev test"]
fn a_microphone_that_vanishes_is_an_error_and_what_it_heard_is_heard() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let file = scratch.path("said.wav");
    let mut session = Session::start(&ear, &file);
    speak("micfeed");
    // All of them: from a single one, the sound server would move on to another.
    for kind in ["module-remap-source", "module-null-sink"] {
        tool("pactl", &["unload-module", kind]);
    }
    session.wait_for("\"kind\":\"sound-device\"");
    let (code, stdout, said) = session.end();
    plug_in_again();
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("the recording is kept"), "{said}");
    let result: Value = serde_json::from_str(&stdout).unwrap();
    let [speech, ..] = adds_up(&result);
    assert!(speech > 1.0 && seconds(&file).1 > 1.0);
}

#[test]
#[ignore = "needs a sound server: ./dev test"]
fn a_voice_is_made_of_what_is_spoken_and_a_bad_take_is_kept() {
    let ear = Ear::new("trained");
    let scratch = Scratch::new();
    let home = scratch.path("home");
    let model = ear.dir.path().to_str().unwrap();
    let record = |name: &str| {
        let args = ["voices", "record", "--name", name, "--json"];
        let mut command = myna(&[&args[..], &["--anyway", "--recogniser", model]].concat());
        command.env("MYNA_HOME", &home);
        Session::of(&mut command)
    };
    let session = record("Rain");
    speak("micfeed");
    std::thread::sleep(Duration::from_millis(500));
    session.signal(Signal::SIGINT);
    let (code, stdout, said) = session.end();
    assert_eq!(code, Some(0), "{said}");
    let voice: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(voice["source"], "recording");
    let segment = &voice["segments"][0];
    assert!(segment["seconds"].as_f64().unwrap() > 1.0, "{voice}");
    let heard = segment["transcript"].as_str().unwrap();
    assert!(heard.contains(char::is_alphanumeric), "{heard}");
    assert_eq!(segment["heard_by"], model);
    let takes = format!("{home}/recordings");
    assert_eq!(
        std::fs::read_dir(&takes).unwrap().count(),
        0,
        "it is in the voice"
    );

    // Nothing but silence: no voice, and the take stays where it is said to be.
    let mut session = record("Silence");
    session.wait_for("no signal");
    session.signal(Signal::SIGINT);
    let (code, _, said) = session.end();
    assert_ne!(code, Some(0), "{said}");
    assert!(said.contains("the recording is kept"), "{said}");
    assert!(Path::new(&format!("{takes}/recording-1.wav")).is_file());
}
