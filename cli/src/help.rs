//! The man page and shell completions, from the same definition as the help.

use crate::args::Cli;
use crate::failure::{Failure, Result};
use clap::CommandFactory;
use std::io::Write;
use std::process::ExitCode;

/// One page for the program, followed by one section per verb.
pub fn man() -> Result {
    let mut page = Vec::new();
    let failed = |e: std::io::Error| Failure::new("output", e.to_string(), "");
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(failed)?;
    write_verbs(&command, &mut page).map_err(failed)?;
    std::io::stdout().write_all(&page).map_err(failed)?;
    Ok(ExitCode::SUCCESS)
}

fn write_verbs(command: &clap::Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    for verb in command
        .get_subcommands()
        .filter(|c| !c.is_hide_set() && c.get_name() != "help")
    {
        let name = verb
            .get_bin_name()
            .unwrap_or(verb.get_name())
            .to_uppercase();
        writeln!(page, ".SH \"{name}\"")?;
        let man = clap_mangen::Man::new(verb.clone());
        man.render_description_section(page)?;
        if verb.get_arguments().any(|a| !a.is_hide_set()) {
            man.render_synopsis_section(page)?;
            man.render_options_section(page)?;
        }
        write_verbs(verb, page)?;
    }
    Ok(())
}

pub fn completions(shell: clap_complete::Shell) -> Result {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "myna", &mut script);
    std::io::stdout()
        .write_all(&script)
        .map_err(|e| Failure::new("output", e.to_string(), ""))?;
    Ok(ExitCode::SUCCESS)
}
