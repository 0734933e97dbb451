//! The engine process: the networks run in a process of their own, which may die without harm.
//!
//! ```text
//! program: Engine → supervisor ⇄ frames on stdin and stdout ⇄ serve → Worker, the one thread that owns MLX
//! ```
//!
//! - [`Engine`]: takes jobs from anywhere in the program; [`Job`]: one of them, with what it tells and what comes of it
//! - [`Blocking`]: the same for programs without tokio, such as the command line
//! - [`Work`], [`Event`], [`Answer`]: what can be asked, told and answered
//! - [`Link`]: how an engine is reached; [`protocol`]: what is said (docs/protocol.md)
//! - [`is_child`], [`run_child`]: the other half, for `main`
//!
//! Promises: the parent half holds no array; one engine process at a time, started when it is needed and ended when idle; speech
//! goes before transcription; stopping is answered within a frame, and by force after three seconds; a lost engine is
//! started once more and the job begun again, without giving anything out twice; the second loss in a row stops
//! everything that waits, with a reason. Errors from the engine keep kind, sentence and hint; its own have the kind `engine`.

mod blocking;
mod child;
mod engine;
mod link;
mod memory;
pub mod protocol;
mod queue;
mod supervisor;
pub(crate) mod wire;
mod work;
mod worker;

pub use blocking::{Blocking, Ear};
pub use child::{ARGUMENT, End, is_child, run_child, serve};
pub use engine::{Config, Engine, Job, Patience, State};
pub use link::{Launcher, Link, Process};
pub use memory::Limits;
pub use work::{Answer, EarFacts, EarModel, Event, Priority, Trace, VoiceFacts, VoiceModel, Work};
