//! The app's entry: options in, exit code out. Everything else is in the library, where tests reach it.

use std::process::ExitCode;

use myna_app::Start;
use myna_engine::host;

fn main() -> ExitCode {
    // The engine is this program once more; it has no window and no tray.
    if host::is_child() {
        return host::run_child();
    }
    let start = match Start::from_args(std::env::args().skip(1)) {
        Ok(start) => start,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    match myna_app::run(start) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("myna-app: {error}. {}", error.hint());
            ExitCode::FAILURE
        }
    }
}
