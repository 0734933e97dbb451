//! What `myna speak` tells a person: what is to be known of the model before it speaks, what became of the text after.

use super::Args;
use crate::console::Console;
use crate::failure::Result;
use crate::{engine, partial};
use myna_engine::host::VoiceFacts;
use myna_engine::speak::{Report, StoppedBy};

/// Of the model, once it is loaded.
pub(super) fn before(args: &Args, facts: &VoiceFacts, console: &Console) {
    args.sampling.remark(facts.vocabulary, console);
    for (what, fit) in ["speech model", "codec"].iter().zip(&facts.fits) {
        partial::remark(what, fit, console);
    }
    engine::surplus(&facts.surplus, console);
}

/// Of what was spoken, and the answer.
pub(super) fn after(report: &Report, console: &Console) -> Result<()> {
    if report.frames == 0 {
        console.note("the model ended at once: nothing was spoken");
    }
    if report.stopped_by == StoppedBy::Length {
        console.note(format!(
            "stopped at the limit of {:.1} s; the text may be cut off",
            report.seconds
        ));
    }
    if report.beyond_codec > 0 {
        console.note(format!(
            "drawn codes that the codec does not have, replaced by its last one: {}",
            report.beyond_codec
        ));
    }
    let place = report.file.as_deref().unwrap_or("spoken");
    let speed = report
        .real_time_factor
        .map_or(String::new(), |f| format!(", {f:.2} s of work per second"));
    console.done(format!(
        "{place}: {:.2} s, seed {}, stopped by {}{speed}",
        report.seconds,
        report.seed,
        report.stopped_by.name()
    ));
    console.answer(report, "")
}
