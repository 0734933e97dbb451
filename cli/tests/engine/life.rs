//! An engine's life without faults: one at a time, for as long as it is needed, and always the same sound.

use crate::common::{Scratch, fixture, in_process, myna};
use crate::rig::*;
use myna_engine::Sampling;
use myna_engine::host::{ARGUMENT, Answer, Config, Engine, Limits, Link, State, VoiceModel, Work};
use myna_engine::speak::{Request, StoppedBy};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::io::{Read, Write};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

fn endless() -> Work {
    let mut request = Request::new("Hello there.");
    request.sampling = Sampling {
        exclude: Some(0..1),
        ..Sampling::default()
    };
    Work::Speak {
        model: voice(),
        request: Box::new(request),
    }
}

#[tokio::test]
async fn started_twice_it_is_one_and_two_programs_have_their_own() {
    let starts = Arc::new(AtomicUsize::new(0));
    let count = starts.clone();
    let launcher = Arc::new(move || {
        count.fetch_add(1, Ordering::SeqCst);
        Link::to(tokio::process::Command::new(MYNA))
    });
    let reference = reference(3).await;
    let (engine, _) = Engine::start(config(launcher));
    let (also, other) = (engine.clone(), Engine::start(config(real())).0);
    let (a, b, c) = tokio::join!(
        follow(engine.submit(utterance(3))),
        follow(also.submit(utterance(3))),
        follow(other.submit(utterance(3))),
    );
    for told in [a, b, c] {
        told.is_whole(&reference);
    }
    assert_eq!(starts.load(Ordering::SeqCst), 1);
    assert_ne!(pid(&engine), pid(&other));
}

#[tokio::test]
async fn a_seed_names_the_samples_in_every_process_and_after_anything() {
    let reference = reference(3).await;
    let (engine, ended) = Engine::start(Config {
        patience: patience(),
        ..Config::in_process()
    });
    follow(engine.submit(utterance(3)))
        .await
        .is_whole(&reference);
    let other = follow(engine.submit(utterance(4))).await;
    assert!(other.samples != reference);
    let job = engine.submit(endless());
    _ = job.cancel().await;
    follow(engine.submit(utterance(3)))
        .await
        .is_whole(&reference);
    // A thread of this process: with the process gone under it, it would crash.
    drop(engine);
    ended.await.unwrap();
}

#[tokio::test]
async fn an_idle_engine_gives_its_memory_back_and_comes_again() {
    let mut config = config(real());
    config.patience.idle = ms(400);
    let (engine, _) = Engine::start(config);
    assert_eq!(engine.state(), State::Off);
    let first = follow(engine.submit(utterance(3))).await.samples;
    let before = pid(&engine);
    until("it retires", || engine.state() == State::Off).await;
    until("its process ends", || !is_alive(before)).await;
    follow(engine.submit(utterance(3))).await.is_whole(&first);
    assert_ne!(pid(&engine), before);
}

#[tokio::test]
async fn it_ends_with_the_last_handle() {
    let (engine, ended) = Engine::start(config(real()));
    follow(engine.submit(utterance(3))).await.answer.unwrap();
    let pid = pid(&engine);
    drop(engine);
    ended.await.unwrap();
    assert!(!is_alive(pid));
}

#[tokio::test]
async fn stopping_is_answered_with_what_is_there() {
    let (engine, _) = Engine::start(config(real()));
    let mut job = engine.submit(endless());
    let mut samples = 0;
    while samples < 4 * 1920 {
        if let Some(myna_engine::host::Event::Sound { samples: more }) = job.next().await {
            samples += more.len();
        }
    }
    job.stop();
    let asked = Instant::now();
    let told = follow(job).await;
    assert!(asked.elapsed() < Duration::from_secs(3));
    let Answer::Spoken { report, .. } = told.answer.unwrap() else {
        panic!("another answer");
    };
    assert_eq!(report.stopped_by, StoppedBy::Cancelled);
    assert_eq!(samples + told.samples.len(), report.frames * 1920);

    // A job that nobody waits for is stopped, too.
    drop(engine.submit(endless()));
    let next = tokio::time::timeout(Duration::from_secs(10), follow(engine.submit(utterance(3))));
    next.await.unwrap().answer.unwrap();
}

#[tokio::test]
async fn memory_is_limited_by_what_the_machine_has() {
    let mut config = config(real());
    config.memory = Some(8 << 30);
    let (engine, _) = Engine::start(config);
    follow(engine.submit(utterance(3))).await.answer.unwrap();
    let State::Ready { limits, .. } = engine.state() else {
        panic!("{:?}", engine.state());
    };
    assert_eq!(limits, Limits::of_machine(8 << 30));
    assert_eq!(limits.unwrap().arrays, 6 << 30);
}

#[tokio::test]
async fn what_is_refused_inside_is_told_outside_and_the_next_job_works() {
    let scratch = Scratch::new();
    let broken = scratch.copy("csm-tiny/hf", "broken");
    let weights = broken.join("model.safetensors");
    let bytes = std::fs::read(&weights).unwrap();
    std::fs::write(&weights, &bytes[..bytes.len() / 2]).unwrap();
    let (engine, _) = Engine::start(config(real()));
    for (dir, kind) in [
        (scratch.0.path().join("none"), "model-missing"),
        (broken, "model-refused"),
    ] {
        let direct = myna_engine::speak::Speaker::load(&dir, None).unwrap_err();
        let model = VoiceModel {
            dir,
            codec: None,
            partial: false,
        };
        let told = follow(engine.submit(Work::LoadVoice { model })).await;
        let e = told.answer.unwrap_err();
        assert_eq!(e.kind(), kind);
        assert_eq!(
            (e.kind(), e.to_string(), e.hint()),
            (direct.kind(), direct.to_string(), direct.hint())
        );
    }
    follow(engine.submit(utterance(3))).await.answer.unwrap();
}

#[tokio::test]
async fn a_text_that_no_frame_holds_is_refused() {
    let (engine, _) = Engine::start(config(real()));
    let work = Work::Speak {
        model: voice(),
        request: Box::new(Request::new("\u{1}".repeat(2 << 20))),
    };
    let e = follow(engine.submit(work)).await.answer.unwrap_err();
    assert_eq!(e.kind(), "bad-input");
    follow(engine.submit(utterance(3))).await.answer.unwrap();
}

/// The processes that a process has started.
#[cfg(target_os = "linux")]
fn children(pid: u32) -> Vec<u32> {
    let mut all = Vec::new();
    for task in std::fs::read_dir(format!("/proc/{pid}/task"))
        .into_iter()
        .flatten()
        .flatten()
    {
        let list = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        all.extend(
            list.split_whitespace()
                .map(|pid| pid.parse::<u32>().unwrap()),
        );
    }
    all
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_killed_program_leaves_no_engine() {
    let scratch = Scratch::new();
    let out = scratch.path("a.wav");
    let model = fixture("csm-tiny/hf");
    let model = model.to_str().unwrap();
    let args = [
        "speak",
        "Hello.",
        "--model",
        model,
        "-o",
        &out,
        "--exclude-tokens",
        "0..1",
    ];
    let mut program = myna(&args).spawn().unwrap();
    until("something is spoken", || {
        std::fs::metadata(&out).map_or(0, |m| m.len()) > 4000
    })
    .await;
    let engines = children(program.id());
    assert_eq!(engines.len(), usize::from(!in_process()));
    program.kill().unwrap();
    program.wait().unwrap();
    for pid in engines {
        until("the engine ends", || !is_alive(pid)).await;
    }
}

fn frame(head: &str) -> Vec<u8> {
    let mut bytes = (4 + head.len() as u32).to_be_bytes().to_vec();
    bytes.extend((head.len() as u32).to_be_bytes());
    bytes.extend(head.as_bytes());
    bytes
}

fn hello() -> Vec<u8> {
    let (protocol, version) = (myna_engine::host::protocol::VERSION, myna_engine::VERSION);
    frame(&format!(
        r#"{{"say":"hello","protocol":{protocol},"version":"{version}","memory":null}}"#
    ))
}

#[tokio::test]
async fn an_orphan_ends_though_somebody_holds_its_pipe() {
    // The shell is the parent; its input and output are ours and stay open.
    let mut shell = std::process::Command::new("sh")
        .args([
            "-c",
            "exec 3<&0; \"$0\" \"$1\" <&3 3<&- & echo $! >&2; wait",
            MYNA,
            ARGUMENT,
        ])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = shell.stdin.take().unwrap();
    stdin.write_all(&hello()).unwrap();
    let mut stdout = shell.stdout.take().unwrap();
    stdout.read_exact(&mut [0; 20]).unwrap();
    let (mut line, mut byte) = (String::new(), [0]);
    let mut stderr = shell.stderr.take().unwrap();
    while stderr.read(&mut byte).unwrap() == 1 && byte[0] != b'\n' {
        line.push(byte[0].into());
    }
    let engine: u32 = line.parse().unwrap();
    assert!(is_alive(engine));
    kill(Pid::from_raw(shell.id() as i32), Signal::SIGKILL).unwrap();
    shell.wait().unwrap();
    until("the orphan ends", || !is_alive(engine)).await;
    drop((stdin, stdout));
}

#[test]
fn started_by_hand_or_talked_to_wrongly_it_says_so() {
    let talk = |input: &[u8]| {
        let mut engine = std::process::Command::new(MYNA)
            .arg(ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        engine.stdin.take().unwrap().write_all(input).unwrap();
        let output = engine.wait_with_output().unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stderr).unwrap(),
        )
    };
    assert_eq!(talk(&[]), (Some(0), String::new()), "the program has gone");
    assert_eq!(talk(&hello()), (Some(0), String::new()));
    for (input, why) in [
        ([hello(), hello()].concat(), "a second hello"),
        (frame(r#"{"say":"quit"}"#), "no hello came first"),
        (b"GET / HTTP/1.1\r\n\r\n".to_vec(), "not the protocol"),
        ([hello(), vec![0xff; 64]].concat(), "not the protocol"),
        ([hello(), hello()[..9].to_vec()].concat(), "the pipe broke"),
    ] {
        let (code, stderr) = talk(&input);
        assert_eq!(code, Some(2), "{why}: {stderr}");
        assert!(stderr.contains(why), "{why}: {stderr}");
    }
    let by_hand = std::process::Command::new(MYNA)
        .arg(ARGUMENT)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(by_hand.status.code(), Some(2));
    let stderr = String::from_utf8(by_hand.stderr).unwrap();
    assert!(stderr.contains("starts its engine by itself"), "{stderr}");
}
