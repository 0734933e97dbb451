//! Where the networks run, as an option that several verbs share.

use crate::console::Console;
use crate::failure::Result;
use myna_engine::host::{Blocking, Config};

#[derive(Debug, Default, clap::Args)]
pub struct EngineArgs {
    /// Run the networks inside this process instead of one of their own
    #[arg(long, help_heading = "Diagnosis")]
    in_process: bool,
}

impl EngineArgs {
    pub fn start(&self) -> Result<Blocking> {
        let config = if self.in_process {
            Config::in_process()
        } else {
            Config::default()
        };
        Ok(Blocking::start(config)?)
    }
}

/// What the checkpoint holds in vain.
pub fn surplus(tensors: &[String], console: &Console) {
    if let [first, ..] = tensors {
        console.note(format!(
            "the checkpoint holds {} tensors that nothing uses, such as {first}",
            tensors.len()
        ));
    }
}

/// The engine process was lost and begun anew.
pub fn restarted(why: &str, console: &Console) {
    console.note(format!("{why}; it was started again"));
}
