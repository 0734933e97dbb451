//! The engine's own process: it reads frames on standard input and writes frames on standard output until it is told to
//! quit, or has no parent any more.
//!
//! Reading, writing and the heartbeat are tokio's, on the main thread; the networks live on a thread of their own
//! ([`Worker`]), so that a long computation stops neither. The process outlives its parent by two seconds at most:
//! the end of standard input tells it, and because others may hold that pipe open, so does a new parent id.
//! A panic of the worker ends the process; its words on standard error are what the parent reports.

use super::protocol::{Broken, Frames, FromEngine, ToEngine, VERSION};
use super::worker::{Desk, Worker};
use futures_util::{SinkExt, StreamExt};
use nix::sys::signal::{Signal, kill};
use nix::unistd::{dup2_stdout, getpid, getppid};
use std::os::fd::AsFd;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::unix::pipe;
use tokio::sync::{mpsc, oneshot};
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::codec::{FramedRead, FramedWrite};

/// The hidden argument that makes a program its own engine.
pub const ARGUMENT: &str = "engine-child";

/// A program that started this one says hello within this time.
const GREETING: Duration = Duration::from_secs(20);
const BEAT: Duration = Duration::from_secs(1);
/// What is running when the end comes may stop by itself within this time.
const LAST: Duration = Duration::from_secs(2);
const PARENT_WATCH: Duration = Duration::from_millis(500);
/// Messages that wait to be written.
const OUTBOX: usize = 64;

/// Whether this process was started to be an engine. To be asked before arguments are parsed.
pub fn is_child() -> bool {
    let mut args = std::env::args_os().skip(1);
    args.next().is_some_and(|a| a == ARGUMENT) && args.next().is_none()
}

/// Is the engine until the parent has no more need of it. Exit code 2 when nobody speaks the protocol on the other side.
pub fn run_child() -> ExitCode {
    #[cfg(target_os = "macos")]
    if let Some(kernels) = crate::library::bundled_kernels()
        && let Err(e) = myna_models::backend::use_kernels(&kernels)
    {
        eprintln!("error: the engine cannot start: {e}");
        return ExitCode::FAILURE;
    }
    let runtime = match tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(e) => {
            eprintln!("error: the engine cannot start: {e}");
            return ExitCode::FAILURE;
        }
    };
    let ended = runtime.block_on(async {
        let (reader, writer) = pipes().map_err(|e| {
            Broken::garbage(format!(
                "the program starts its engine by itself, with pipes ({e})"
            ))
        })?;
        serve(reader, writer, orphaned()).await
    });
    // A blocked read of the runtime must not keep the process.
    runtime.shutdown_background();
    match ended {
        Ok(End::Quiet) => ExitCode::SUCCESS,
        Ok(End::Working) => {
            // Its thread is deep in a computation: destructors would pull the ground from under it.
            _ = kill(getpid(), Signal::SIGKILL);
            ExitCode::FAILURE
        }
        Err(e) => {
            eprintln!("error: {e}");
            ExitCode::from(2)
        }
    }
}

/// Standard input and output for frames alone. What else writes to standard output goes to standard error.
fn pipes() -> std::io::Result<(pipe::Receiver, pipe::Sender)> {
    let reader = std::io::stdin().as_fd().try_clone_to_owned()?;
    let writer = std::io::stdout().as_fd().try_clone_to_owned()?;
    dup2_stdout(std::io::stderr())?;
    Ok((
        pipe::Receiver::from_owned_fd(reader)?,
        pipe::Sender::from_owned_fd(writer)?,
    ))
}

/// Ends when the parent has died.
async fn orphaned() {
    let parent = getppid();
    let (gone, told) = oneshot::channel::<()>();
    // A thread of its own: it must see it even when everything else stands still.
    let watch = std::thread::Builder::new().name("parent".into());
    let watch = watch.spawn(move || {
        while getppid() == parent && !gone.is_closed() {
            std::thread::sleep(PARENT_WATCH);
        }
        if gone.is_closed() {
            return;
        }
        drop(gone);
        std::thread::sleep(LAST * 2);
        _ = kill(getpid(), Signal::SIGKILL);
    });
    match watch {
        Ok(_) => _ = told.await,
        // The end of standard input still tells.
        Err(_) => std::future::pending().await,
    }
}

/// How the engine ended.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Quiet,
    /// The worker is still at it.
    Working,
}

/// Speaks the protocol until told to quit, until the pipe ends, or until `orphaned` does.
pub async fn serve(
    reader: impl AsyncRead + Unpin,
    writer: impl AsyncWrite + Unpin + Send + 'static,
    orphaned: impl Future<Output = ()>,
) -> Result<End, Broken> {
    let mut inbox = FramedRead::new(reader, Frames::<ToEngine, FromEngine>::default());
    let memory = match timeout(GREETING, inbox.next()).await {
        Ok(Some(Ok(ToEngine::Hello {
            protocol,
            version,
            memory,
        }))) => (protocol == VERSION && version == crate::VERSION).then_some(memory),
        Ok(Some(Ok(_))) => return Err(Broken::garbage("no hello came first")),
        Ok(Some(Err(e))) => return Err(e),
        Ok(None) => return Ok(End::Quiet),
        Err(_) => return Err(Broken::garbage("nobody says hello")),
    };
    let desk = Arc::new(Desk::default());
    let (out, outbox) = mpsc::channel(OUTBOX);
    let writing = tokio::spawn(write(outbox, writer, desk.clone()));
    let hello = FromEngine::Hello {
        protocol: VERSION,
        version: crate::VERSION.into(),
    };
    _ = out.send(hello).await;
    let Some(memory) = memory else {
        // The other half says what is wrong; it knows more of the person.
        drop(out);
        _ = timeout(LAST, writing).await;
        return Ok(End::Quiet);
    };

    let (orders, ordered) = std::sync::mpsc::channel();
    let (end, mut ended) = oneshot::channel::<()>();
    let worker = {
        let desk = desk.clone();
        move || {
            // Dropped at the end, a panic included.
            let _end = end;
            Worker::new(out, desk).run(memory, &ordered);
        }
    };
    let worker = std::thread::Builder::new()
        .name("mlx".into())
        .spawn(worker)?;

    let mut orphaned = std::pin::pin!(orphaned);
    let outcome = loop {
        let message = tokio::select! {
            message = inbox.next() => message,
            _ = &mut ended => break Err(Broken::garbage("the worker is gone")),
            () = &mut orphaned => break Ok(()),
        };
        match message {
            None | Some(Ok(ToEngine::Quit)) => break Ok(()),
            Some(Err(e)) => break Err(e),
            Some(Ok(ToEngine::Work { job, work })) => {
                if !desk.begin(job) {
                    break Err(Broken::garbage("a second job came while one is running"));
                }
                _ = orders.send((job, work));
            }
            Some(Ok(ToEngine::Cancel { job })) => desk.cancel(job),
            Some(Ok(ToEngine::Hello { .. })) => break Err(Broken::garbage("a second hello")),
        }
    };
    desk.cancel_any();
    drop(orders);
    let still = timeout(LAST, &mut ended).await.is_err();
    if !still {
        // Only what MLX keeps for each thread is left to be taken down, and that must not meet the end of the process. A panic
        // has been told on standard error.
        _ = worker.join();
    }
    writing.abort();
    outcome.map(|()| if still { End::Working } else { End::Quiet })
}

/// Writes what comes, and a sign of life every second.
async fn write(
    mut outbox: mpsc::Receiver<FromEngine>,
    writer: impl AsyncWrite + Unpin,
    desk: Arc<Desk>,
) {
    let mut frames = FramedWrite::new(writer, Frames::<ToEngine, FromEngine>::default());
    let mut beat = interval(BEAT);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    beat.reset();
    loop {
        let message = tokio::select! {
            message = outbox.recv() => message,
            _ = beat.tick() => Some(FromEngine::Beat { pulse: desk.pulse() }),
        };
        let Some(message) = message else { return };
        // With nobody to read it there is nobody to tell; the reading half sees the same end.
        if frames.send(message).await.is_err() {
            return;
        }
    }
}
