//! Engines to test with: the real one, reached through a pipe that breaks when it is told to.

use crate::common::fixture;
use myna_engine::host::protocol::MOST_BYTES;
use myna_engine::host::{
    Answer, Config, Engine, Event, Job, Launcher, Link, Patience, State, VoiceModel, Work,
};
use myna_engine::speak::Request;
use myna_engine::{Result, Sampling};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

pub const MYNA: &str = env!("CARGO_BIN_EXE_myna");

pub fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Real engines beat once a second; on a busy machine seconds later.
pub fn patience() -> Patience {
    Patience {
        start: ms(20_000),
        silence: ms(10_000),
        stuck: ms(60_000),
        cancel: ms(10_000),
        idle: ms(60_000),
    }
}

pub fn config(launcher: Launcher) -> Config {
    Config {
        launcher,
        patience: patience(),
        memory: None,
    }
}

/// The same for engines that stand still: each costs the whole patience.
pub fn config_for(fault: Fault, launcher: Launcher) -> Config {
    let mut config = config(launcher);
    if matches!(fault, Fault::Stop) {
        config.patience.silence = ms(4_000);
    }
    config
}

pub fn real() -> Launcher {
    Link::program(MYNA.into())
}

pub fn voice() -> VoiceModel {
    VoiceModel {
        dir: fixture("csm-tiny/hf"),
        codec: None,
        partial: false,
    }
}

/// Two dozen frames: code 0 is part of the end frame, without it the model never ends.
pub fn utterance(seed: u64) -> Work {
    let mut request = Request::new("Hello there.");
    request.seed = seed;
    request.max_seconds = 2.0;
    request.sampling = Sampling {
        exclude: Some(0..1),
        ..Sampling::default()
    };
    Work::Speak {
        model: voice(),
        request: Box::new(request),
    }
}

/// What a job told and gave.
pub struct Told {
    pub samples: Vec<f32>,
    pub frames: Vec<usize>,
    pub restarted: Vec<String>,
    pub answer: Result<Answer>,
}

pub async fn follow(mut job: Job) -> Told {
    let (mut samples, mut frames, mut restarted) = (Vec::new(), Vec::new(), Vec::new());
    while let Some(event) = job.next().await {
        match event {
            Event::Sound { samples: more } => samples.extend(more),
            Event::Frames(n) => frames.push(n),
            Event::Restarted { why } => restarted.push(why),
            _ => {}
        }
    }
    Told {
        samples,
        frames,
        restarted,
        answer: job.answer().await,
    }
}

impl Told {
    /// The whole utterance, once.
    pub fn is_whole(&self, reference: &[f32]) {
        self.answer.as_ref().unwrap();
        assert_eq!(self.samples.len(), reference.len());
        assert!(self.samples == reference, "other samples");
        assert_eq!(self.frames, (1..=25).collect::<Vec<_>>());
    }

    /// A clear error, and the beginning of the utterance.
    pub fn is_a_clear_end(&self, reference: &[f32]) -> String {
        let e = self.answer.as_ref().unwrap_err();
        assert_eq!(e.kind(), "engine");
        let message = e.to_string();
        assert!(message.starts_with("the engine process "), "{message}");
        assert!(!e.hint().is_empty(), "{message}");
        assert!(
            reference.starts_with(&self.samples),
            "{message}: lost or invented sound"
        );
        message
    }
}

/// What happens to an engine.
#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// The process dies.
    Kill,
    /// The process stands still.
    Stop,
    /// Something else than a frame comes out of it.
    Rave,
    /// A frame that is none of ours.
    Foreign,
    /// It closes its output in the middle of a frame, and lives on.
    Cut,
}

/// Real engines, of which the first ones meet the fault after so many messages each, heartbeats not counted. `seen`
/// counts the messages of the last one.
pub fn broken(fault: Fault, afters: &[usize], seen: Arc<AtomicUsize>) -> Launcher {
    let (afters, started) = (afters.to_vec(), AtomicUsize::new(0));
    Arc::new(move || {
        let mut link = Link::to(Command::new(MYNA))?;
        let pid = link.process.as_ref().and_then(|p| p.id()).unwrap();
        let after = afters.get(started.fetch_add(1, Ordering::SeqCst)).copied();
        let (mut to, from) = tokio::io::duplex(1 << 20);
        let mut reader = std::mem::replace(&mut link.reader, Box::new(from));
        let seen = seen.clone();
        seen.store(0, Ordering::SeqCst);
        tokio::spawn(async move {
            let mut count = 0;
            loop {
                // What it had said beyond that is lost with it.
                if after == Some(count) {
                    return strike(fault, pid, to).await;
                }
                let Ok(length) = reader.read_u32().await else {
                    return;
                };
                assert!(length as usize <= MOST_BYTES);
                let mut frame = vec![0; length as usize];
                if reader.read_exact(&mut frame).await.is_err() {
                    return;
                }
                let beat = frame[4..].starts_with(br#"{"say":"beat""#);
                if to.write_u32(length).await.is_err() || to.write_all(&frame).await.is_err() {
                    return;
                }
                if !beat {
                    count += 1;
                    seen.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        Ok(link)
    })
}

async fn strike(fault: Fault, pid: u32, mut to: tokio::io::DuplexStream) {
    let signal = |signal| kill(Pid::from_raw(pid as i32), signal).unwrap();
    match fault {
        Fault::Kill => signal(Signal::SIGKILL),
        Fault::Stop => {
            signal(Signal::SIGSTOP);
            // Its pipe stays open until the supervisor closes it.
            _ = to.read_u8().await;
        }
        Fault::Rave => to.write_all(b"libmlx: assertion failed\n").await.unwrap(),
        Fault::Foreign => to.write_all(b"\0\0\0\x07\0\0\0\x03{\"a").await.unwrap(),
        Fault::Cut => to.write_all(b"\0\0\x01").await.unwrap(),
    }
}

/// The utterance as an engine without faults speaks it.
pub async fn reference(seed: u64) -> Vec<f32> {
    let (engine, _) = Engine::start(config(real()));
    let told = follow(engine.submit(utterance(seed))).await;
    told.answer.unwrap();
    assert_eq!(told.samples.len(), 25 * 1920);
    told.samples
}

pub fn pid(engine: &Engine) -> u32 {
    match engine.state() {
        State::Ready { pid, .. } => pid.unwrap(),
        other => panic!("{other:?}"),
    }
}

/// Whether a process is there and no zombie.
pub fn is_alive(pid: u32) -> bool {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"));
    if Path::new("/proc/self").exists() {
        return status.is_ok_and(|s| !s.contains("\nState:\tZ"));
    }
    kill(Pid::from_raw(pid as i32), None).is_ok()
}

pub async fn until(what: &str, mut holds: impl FnMut() -> bool) {
    for _ in 0..400 {
        if holds() {
            return;
        }
        tokio::time::sleep(ms(25)).await;
    }
    panic!("never: {what}");
}
