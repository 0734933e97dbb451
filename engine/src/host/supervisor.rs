//! Keeps an engine: starts it when there is work, gives it one job at a time, ends it when it is idle, hangs or raves.
//!
//! One task of tokio that owns the queue and the engine, so that nothing is locked. Losing the engine costs the job that
//! runs a second attempt; losing it twice without a finished job in between ends all jobs with the reason, and the next
//! job is a new beginning.

mod loss;

use self::loss::{Loss, failure};
use super::engine::{Config, State};
use super::link::{Ending, Process};
use super::protocol::{Broken, Failure, Frames, FromEngine, ToEngine, VERSION, fits};
use super::queue::{Queue, Ticket};
use super::work::Event;
use crate::{Error, Result};
use futures_util::{SinkExt, StreamExt};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::{MissedTickBehavior, interval};
use tokio_util::codec::{FramedRead, FramedWrite};

/// How often patience is looked at.
const TICK: Duration = Duration::from_millis(100);
/// An engine that was told to quit, or whose pipe has ended, ends within this time.
const FAREWELL: Duration = Duration::from_secs(3);

pub enum Command {
    Submit(Box<Ticket>),
    Cancel(u64),
}

type Inbox = FramedRead<Box<dyn AsyncRead + Send + Unpin>, Frames<FromEngine, ToEngine>>;

/// An engine that is there.
struct Live {
    inbox: Inbox,
    outbox: mpsc::UnboundedSender<ToEngine>,
    writing: JoinHandle<()>,
    process: Option<Process>,
    stage: Stage,
    pulse: u64,
    /// Since the last message.
    silence: Duration,
    /// Since it was started, since the work got on, or since there was work.
    waited: Duration,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Called,
    Greeted,
    Ready,
}

/// The job that the engine has.
struct Running {
    ticket: Ticket,
    /// How long ago it was asked to stop.
    stopping: Option<Duration>,
}

struct Supervisor {
    config: Config,
    state: watch::Sender<State>,
    queue: Queue,
    live: Option<Live>,
    running: Option<Running>,
    /// Engines lost since a job came to its end.
    losses: u32,
}

/// Runs until nobody can hand in jobs any more.
pub async fn supervise(
    config: Config,
    mut commands: mpsc::UnboundedReceiver<Command>,
    state: watch::Sender<State>,
) {
    let mut this = Supervisor {
        config,
        state,
        queue: Queue::default(),
        live: None,
        running: None,
        losses: 0,
    };
    let mut tick = interval(TICK);
    tick.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        this.proceed();
        let there = this.live.is_some();
        tokio::select! {
            command = commands.recv() => match command {
                Some(command) => this.obey(command),
                None => break,
            },
            message = next(&mut this.live) => this.hear(message).await,
            _ = tick.tick(), if there => this.tick().await,
        }
    }
    this.retire().await;
}

async fn next(live: &mut Option<Live>) -> Option<Result<FromEngine, Broken>> {
    match live {
        Some(live) => live.inbox.next().await,
        None => std::future::pending().await,
    }
}

impl Supervisor {
    /// Starts what can be started.
    fn proceed(&mut self) {
        while self.running.is_none() && !self.queue.is_empty() {
            let Some(live) = &mut self.live else {
                self.launch();
                continue;
            };
            if live.stage != Stage::Ready {
                return;
            }
            let Some(ticket) = self.queue.pop() else {
                return;
            };
            let message = ToEngine::Work {
                job: ticket.id,
                work: ticket.work.clone(),
            };
            if !fits(&message) {
                ticket.finish(Err(Error::request(
                    "the text is too long to be spoken at once",
                    "Speak it in parts.",
                )));
                continue;
            }
            live.waited = Duration::ZERO;
            // If the pipe is broken, its other direction tells.
            _ = live.outbox.send(message);
            self.running = Some(Running {
                ticket,
                stopping: None,
            });
        }
    }

    fn launch(&mut self) {
        let link = match (self.config.launcher)() {
            Ok(link) => link,
            Err(e) => {
                let message = format!("the engine process cannot be started: {e}");
                self.give_up(&failure(message, "Install Myna again if this stays."));
                return;
            }
        };
        let (outbox, messages) = mpsc::unbounded_channel();
        _ = outbox.send(ToEngine::Hello {
            protocol: VERSION,
            version: crate::VERSION.into(),
            memory: self.config.memory,
        });
        self.live = Some(Live {
            inbox: FramedRead::new(link.reader, Frames::default()),
            outbox,
            writing: tokio::spawn(write(messages, link.writer)),
            process: link.process,
            stage: Stage::Called,
            pulse: 0,
            silence: Duration::ZERO,
            waited: Duration::ZERO,
        });
        self.state.send_replace(State::Starting);
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Submit(ticket) => self.queue.push(*ticket),
            Command::Cancel(id) => match &mut self.running {
                Some(running) if running.ticket.id == id => {
                    if let (None, Some(live)) = (running.stopping, &self.live) {
                        running.stopping = Some(Duration::ZERO);
                        _ = live.outbox.send(ToEngine::Cancel { job: id });
                    }
                }
                _ => {
                    if let Some(ticket) = self.queue.take(id) {
                        ticket.finish(Err(Error::cancelled()));
                    }
                }
            },
        }
    }

    async fn hear(&mut self, message: Option<Result<FromEngine, Broken>>) {
        let loss = match message {
            Some(Ok(message)) => match self.understand(message).await {
                Ok(()) => return,
                Err(loss) => loss,
            },
            Some(Err(Broken::Garbage(why))) => Loss::Garbage(why),
            Some(Err(Broken::Pipe(_))) | None => Loss::Ended,
        };
        self.lost(loss).await;
    }

    async fn understand(&mut self, message: FromEngine) -> Result<(), Loss> {
        let garbage = |why: &str| Err(Loss::Garbage(why.into()));
        let Some(live) = &mut self.live else {
            return Ok(());
        };
        live.silence = Duration::ZERO;
        match (live.stage, message) {
            (Stage::Called, FromEngine::Hello { protocol, version }) => {
                if protocol == VERSION && version == crate::VERSION {
                    live.stage = Stage::Greeted;
                    return Ok(());
                }
                self.part(Duration::ZERO).await;
                self.give_up(&failure(
                    format!(
                        "the engine process is of version {version}, this program of {}",
                        crate::VERSION
                    ),
                    "Myna was updated while it ran: start it again.",
                ));
                Ok(())
            }
            (Stage::Greeted, FromEngine::Ready { limits }) => {
                live.stage = Stage::Ready;
                live.waited = Duration::ZERO;
                let pid = live.process.as_ref().and_then(Process::id);
                self.state.send_replace(State::Ready { pid, limits });
                Ok(())
            }
            (Stage::Greeted, FromEngine::Failed { job: 0, error, .. }) => {
                self.part(Duration::ZERO).await;
                self.give_up(&error);
                Ok(())
            }
            (Stage::Greeted | Stage::Ready, FromEngine::Beat { pulse }) => {
                if live.pulse != pulse && self.running.is_some() {
                    live.waited = Duration::ZERO;
                }
                live.pulse = pulse;
                Ok(())
            }
            (Stage::Ready, FromEngine::Event { job, event }) => {
                let Some(running) = self.running.as_mut().filter(|r| r.ticket.id == job) else {
                    return garbage("it tells of a job that it does not have");
                };
                live.waited = Duration::ZERO;
                if !running.ticket.pass(event) {
                    self.obey(Command::Cancel(job));
                }
                Ok(())
            }
            (Stage::Ready, FromEngine::Done { job, answer }) => self.end(job, Ok(answer)),
            (Stage::Ready, FromEngine::Failed { job, error, spent }) => {
                self.end(job, Err(error.into()))?;
                if spent {
                    // The next job starts another one.
                    self.part(Duration::ZERO).await;
                }
                Ok(())
            }
            (_, FromEngine::Hello { .. } | FromEngine::Ready { .. }) => {
                garbage("it says hello again")
            }
            _ => garbage("it talks before it has said hello"),
        }
    }

    fn end(&mut self, job: u64, outcome: Result<super::Answer>) -> Result<(), Loss> {
        let Some(running) = self.running.take_if(|r| r.ticket.id == job) else {
            return Err(Loss::Garbage("it ends a job that it does not have".into()));
        };
        self.losses = 0;
        running.ticket.finish(outcome);
        if let Some(live) = &mut self.live {
            live.waited = Duration::ZERO;
        }
        Ok(())
    }

    async fn tick(&mut self) {
        let Some(live) = &mut self.live else { return };
        live.silence += TICK;
        live.waited += TICK;
        let patience = self.config.patience;
        if live.stage != Stage::Ready {
            if live.waited > patience.start {
                self.lost(Loss::NoStart).await;
            }
            return;
        }
        if live.silence > patience.silence {
            self.lost(Loss::Silent).await;
            return;
        }
        match &mut self.running {
            Some(Running {
                stopping: Some(since),
                ..
            }) => {
                *since += TICK;
                if *since > patience.cancel {
                    self.part(Duration::ZERO).await;
                    if let Some(running) = self.running.take() {
                        running.ticket.finish(Err(Error::cancelled()));
                    }
                }
            }
            Some(_) if live.waited > patience.stuck => self.lost(Loss::Stuck).await,
            None if live.waited > patience.idle => self.retire().await,
            _ => {}
        }
    }

    /// The engine is of no more use: the job that it had is begun again, or all are given up.
    async fn lost(&mut self, loss: Loss) {
        let patience = match loss {
            Loss::Ended => FAREWELL,
            _ => Duration::ZERO,
        };
        let ending = self.part(patience).await;
        let reason = loss.reason(&ending);
        let running = self.running.take();
        if let Some(running) = running {
            if running.stopping.is_some() {
                running.ticket.finish(Err(Error::cancelled()));
                return;
            }
            let mut ticket = running.ticket;
            ticket.begin_again();
            if self.losses == 0 {
                ticket.pass(Event::Restarted {
                    why: reason.message.clone(),
                });
            }
            self.queue.push_first(ticket);
        } else if self.queue.is_empty() {
            // It had nothing to do, and nobody misses it.
            return;
        }
        self.losses += 1;
        if self.losses > 1 {
            self.give_up(&reason);
        }
    }

    /// Ends every job with the reason.
    fn give_up(&mut self, why: &Failure) {
        self.losses = 0;
        let running = self.running.take().map(|r| r.ticket);
        let waiting = std::iter::from_fn(|| self.queue.pop());
        for ticket in running.into_iter().chain(waiting) {
            ticket.finish(Err(why.clone().into()));
        }
    }

    async fn retire(&mut self) {
        if let Some(live) = &self.live {
            _ = live.outbox.send(ToEngine::Quit);
        }
        self.part(FAREWELL).await;
    }

    /// Ends the engine, with so much time to do it by itself.
    async fn part(&mut self, patience: Duration) -> Ending {
        let Some(live) = self.live.take() else {
            return Ending::default();
        };
        self.state.send_replace(State::Off);
        // What was said last is written before the pipe closes.
        drop(live.outbox);
        let ending = match live.process {
            Some(process) => process.end(patience).await,
            None => Ending::default(),
        };
        live.writing.abort();
        ending
    }
}

/// Sends what is said, so that a full pipe keeps nobody waiting.
async fn write(
    mut messages: mpsc::UnboundedReceiver<ToEngine>,
    writer: Box<dyn AsyncWrite + Send + Unpin>,
) {
    let mut frames = FramedWrite::new(writer, Frames::<FromEngine, ToEngine>::default());
    while let Some(message) = messages.recv().await {
        if frames.send(message).await.is_err() {
            return;
        }
    }
}
