//! `--allow-partial`: what is said of a checkpoint that was loaded although it does not fit.

use crate::console::Console;
use myna_engine::Fit;

/// So many problems are named one by one.
const NAMED: usize = 20;

/// Names what is zeros, and says so louder where the model cannot work.
pub fn remark(what: &str, fit: &Fit, console: &Console) {
    if fit.is_whole() {
        return;
    }
    let percent = 100.0 * fit.share();
    let summary = format!(
        "{} of the {} tensors of the {what} fit ({percent:.1} %); the others are zeros",
        fit.matched, fit.needed
    );
    if fit.is_poor() {
        console.warn(format!("{summary}. What it gives cannot be trusted"));
    } else {
        console.note(summary);
    }
    for problem in fit.problems.iter().take(NAMED) {
        console.note(problem);
    }
    if fit.problems.len() > NAMED {
        let more = fit.problems.len() - NAMED;
        console.note(format!(
            "and {more} more; `myna models check DIR` lists them all"
        ));
    }
}
