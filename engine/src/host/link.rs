//! A way to an engine: two ends of a pipe, and the process behind them.

use super::child;
use std::io;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{ExitStatus, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::process::{Child, Command};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

/// Of what a dying engine writes to standard error, the end is kept.
const LAST_WORDS: usize = 4096;
/// What was written before the end is there at once.
const STRAGGLERS: Duration = Duration::from_millis(300);
/// Buffer between the halves when both are in one process.
const DUPLEX: usize = 1 << 18;

/// What the libraries of MLX's CPU backend read when they are loaded, unless somebody has set it. OpenBLAS' threads spin
/// against other work: on two busy cores they make a voice ten times slower. And MLX would run a C++ compiler to fuse
/// element-wise kernels, which few machines have and which buys nothing here. Cargo's runs have both from
/// `.cargo/config.toml`.
const QUIET: [(&str, &str); 2] = [("OPENBLAS_NUM_THREADS", "1"), ("MLX_DISABLE_COMPILE", "1")];

/// Makes engines, one after another.
pub type Launcher = Arc<dyn Fn() -> io::Result<Link> + Send + Sync>;

pub struct Link {
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// None when it is nobody's here to end.
    pub process: Option<Process>,
}

impl Link {
    /// This program once more, as an engine.
    pub fn same_program() -> Launcher {
        Arc::new(|| Self::to(Command::new(std::env::current_exe()?)))
    }

    /// A program that has an engine in it.
    pub fn program(path: PathBuf) -> Launcher {
        Arc::new(move || Self::to(Command::new(&path)))
    }

    /// Starts a program as an engine.
    pub fn to(mut command: Command) -> io::Result<Self> {
        for (name, value) in QUIET {
            if cfg!(target_os = "linux") && std::env::var_os(name).is_none() {
                command.env(name, value);
            }
        }
        command
            .arg(child::ARGUMENT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            // Ctrl-C in a terminal is for the program, which then stops the work in order.
            .process_group(0)
            .kill_on_drop(true);
        let mut child = command.spawn()?;
        let gone = || io::Error::from(io::ErrorKind::BrokenPipe);
        let reader = child.stdout.take().ok_or_else(gone)?;
        let writer = child.stdin.take().ok_or_else(gone)?;
        let words = child.stderr.take().ok_or_else(gone)?;
        Ok(Self {
            reader: Box::new(reader),
            writer: Box::new(writer),
            process: Some(Process::Child {
                child: Box::new(child),
                words: tokio::spawn(tail(words)),
            }),
        })
    }

    /// A thread of this process, for debugging: the same protocol, and a crash takes everything along.
    pub fn in_process() -> Launcher {
        Arc::new(|| {
            let (ours, theirs) = tokio::io::duplex(DUPLEX);
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_time()
                .build()?;
            let (end, ended) = oneshot::channel();
            let serve = move || {
                let _end: oneshot::Sender<()> = end;
                let (reader, writer) = tokio::io::split(theirs);
                // The other half sees the end, and says what it means.
                _ = runtime.block_on(child::serve(reader, writer, std::future::pending()));
            };
            let thread = std::thread::Builder::new().name("engine".into());
            thread.spawn(serve)?;
            let (reader, writer) = tokio::io::split(ours);
            Ok(Self {
                reader: Box::new(reader),
                writer: Box::new(writer),
                process: Some(Process::Thread(ended)),
            })
        })
    }
}

async fn tail(mut from: impl AsyncRead + Unpin) -> Vec<u8> {
    let (mut kept, mut piece) = (Vec::new(), [0; 1024]);
    while let Ok(n @ 1..) = from.read(&mut piece).await {
        kept.extend_from_slice(&piece[..n]);
        let over = kept.len().saturating_sub(LAST_WORDS);
        kept.drain(..over);
    }
    kept
}

pub enum Process {
    Child {
        child: Box<Child>,
        words: JoinHandle<Vec<u8>>,
    },
    /// Closed when the thread has ended.
    Thread(oneshot::Receiver<()>),
}

impl Process {
    pub fn id(&self) -> Option<u32> {
        match self {
            Process::Child { child, .. } => child.id(),
            Process::Thread(_) => None,
        }
    }

    /// Waits so long for it to end by itself, then ends it. A thread cannot be ended; it is left alone.
    pub async fn end(self, patience: Duration) -> Ending {
        match self {
            Process::Child { child, words } => end(*child, words, patience).await,
            Process::Thread(ended) => {
                _ = timeout(patience, ended).await;
                Ending::default()
            }
        }
    }
}

async fn end(mut child: Child, mut words: JoinHandle<Vec<u8>>, patience: Duration) -> Ending {
    let status = match timeout(patience, child.wait()).await {
        Ok(ended) => ended.ok(),
        Err(_) => {
            _ = child.kill().await;
            None
        }
    };
    let kept = timeout(STRAGGLERS, &mut words).await;
    words.abort();
    let kept = kept.ok().and_then(Result::ok).unwrap_or_default();
    let kept = String::from_utf8_lossy(&kept);
    let last = kept.lines().rev().find(|line| says_something(line));
    Ending {
        status,
        words: last.unwrap_or_default().to_owned(),
    }
}

/// Whether a line of standard error is more than the decoration of a panic: the backtrace, and how to get one.
fn says_something(line: &str) -> bool {
    const DECORATION: [&str; 4] = [" ", "note: ", "stack backtrace", "skipping backtrace"];
    !line.trim().is_empty() && !DECORATION.iter().any(|d| line.starts_with(d))
}

/// How a process ended.
#[derive(Debug, Default)]
pub struct Ending {
    /// None when it was made to.
    status: Option<ExitStatus>,
    /// The last line of standard error.
    words: String,
}

impl Ending {
    /// "was killed by signal 9: last words", and what may help.
    pub fn sentence(&self) -> (String, &'static str) {
        let signal = self.status.and_then(|s| s.signal());
        let how = match (signal, self.status.and_then(|s| s.code())) {
            (Some(9), _) => "was killed (signal 9)".into(),
            (Some(n), _) => format!("crashed (signal {n})"),
            (None, Some(code)) => format!("ended by itself (exit code {code})"),
            (None, None) => "broke off".into(),
        };
        // Systems kill what takes too much; libraries complain first.
        let hint = if signal == Some(9) || self.words.to_lowercase().contains("memory") {
            MEMORY
        } else {
            DEFECT
        };
        if self.words.is_empty() {
            return (how, hint);
        }
        // A line of a library may be long.
        let words: String = self.words.chars().take(300).collect();
        (format!("{how}: {words}"), hint)
    }
}

const MEMORY: &str =
    "Memory may have run out: close other programs, or use a smaller or a quantised model.";
const DEFECT: &str = "This is a defect in Myna or a damaged model; try again, or another model.";
