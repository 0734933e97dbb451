//! The program's side: hand in jobs from any task, follow them, stop them.

use super::link::{Launcher, Link};
use super::memory::Limits;
use super::queue::Ticket;
use super::supervisor::{Command, supervise};
use super::work::{Answer, Event, Work};
use crate::{Error, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::JoinHandle;

/// How an engine is made and when patience ends.
#[derive(Clone)]
pub struct Config {
    pub launcher: Launcher,
    pub patience: Patience,
    /// Take the machine to have so many bytes of memory.
    pub memory: Option<u64>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            launcher: Link::same_program(),
            patience: Patience::default(),
            memory: None,
        }
    }
}

impl Config {
    /// A thread instead of a process, for debugging.
    pub fn in_process() -> Self {
        Self {
            launcher: Link::in_process(),
            ..Self::default()
        }
    }
}

/// All counted while the program runs: neither sleep nor a changed clock uses them up.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    /// Until a new engine is ready.
    pub start: Duration,
    /// Without any sign of life.
    pub silence: Duration,
    /// With signs of life, but a job that does not get on: loading and reading a prompt are single steps.
    pub stuck: Duration,
    /// Until it has stopped what it was asked to stop.
    pub cancel: Duration,
    /// Without work, before it is ended.
    pub idle: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            start: Duration::from_secs(30),
            silence: Duration::from_secs(30),
            stuck: Duration::from_secs(600),
            cancel: Duration::from_secs(3),
            idle: Duration::from_secs(300),
        }
    }
}

/// Whether there is an engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Off,
    Starting,
    Ready {
        /// None when it is a thread of this process.
        pid: Option<u32>,
        limits: Option<Limits>,
    },
}

/// Jobs in, results out. Clones speak of the same engine; with the last one it ends.
#[derive(Clone)]
pub struct Engine {
    commands: mpsc::UnboundedSender<Command>,
    next: Arc<AtomicU64>,
    state: watch::Receiver<State>,
}

impl Engine {
    /// Begins to supervise; the engine itself is started with the first job. Must be called within a tokio runtime. The
    /// handle ends when the engine has ended.
    pub fn start(config: Config) -> (Self, JoinHandle<()>) {
        let (commands, obeyed) = mpsc::unbounded_channel();
        let (state, seen) = watch::channel(State::Off);
        let supervisor = tokio::spawn(supervise(config, obeyed, state));
        let engine = Self {
            commands,
            next: Arc::new(AtomicU64::new(1)),
            state: seen,
        };
        (engine, supervisor)
    }

    /// Hands in a job. It is stopped when its [`Job`] is dropped.
    pub fn submit(&self, work: Work) -> Job {
        let id = self.next.fetch_add(1, Ordering::Relaxed);
        let (events, told) = mpsc::unbounded_channel();
        let (done, outcome) = oneshot::channel();
        let ticket = Ticket::new(id, work, events, done);
        // Without a supervisor the ticket is dropped, and the job says so.
        _ = self.commands.send(Command::Submit(Box::new(ticket)));
        Job {
            id,
            told,
            outcome,
            commands: self.commands.clone(),
        }
    }

    pub fn state(&self) -> State {
        *self.state.borrow()
    }

    /// Changes of the state, to be waited for.
    pub fn watch(&self) -> watch::Receiver<State> {
        self.state.clone()
    }
}

/// A job that was handed in.
pub struct Job {
    id: u64,
    told: mpsc::UnboundedReceiver<Event>,
    outcome: oneshot::Receiver<Result<Answer>>,
    commands: mpsc::UnboundedSender<Command>,
}

impl Job {
    /// What happens next; None when the job is over.
    pub async fn next(&mut self) -> Option<Event> {
        self.told.recv().await
    }

    /// Asks it to stop, which takes effect within a frame or a token. What it has told and will answer still comes.
    pub fn stop(&self) {
        _ = self.commands.send(Command::Cancel(self.id));
    }

    /// Asks it to stop and waits until it has: what it gave for an answer, or an error of kind `cancelled`.
    pub async fn cancel(self) -> Result<Answer> {
        self.stop();
        self.answer().await
    }

    /// Waits for the end. Events that were not taken are lost.
    pub async fn answer(mut self) -> Result<Answer> {
        let outcome = (&mut self.outcome).await;
        outcome.unwrap_or_else(|_| Err(Error::cancelled()))
    }
}

impl Drop for Job {
    fn drop(&mut self) {
        self.stop();
    }
}
