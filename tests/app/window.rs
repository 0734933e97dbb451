//! The real app on a private desktop. These tests need an X server, a window manager and D-Bus, so they are
//! ignored by a plain `cargo test`; `./dev test` runs them inside `tools/with-desktop.sh`, one at a time.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

/// Bound for every wait. A start takes under a second when the machine is idle; CI machines are not.
const PATIENCE: Duration = Duration::from_secs(30);

/// A process that ends with the test.
struct Process {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Process {
    fn start(command: &mut Command) -> Self {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (sender, lines) = channel();
        let streams: [Box<dyn std::io::Read + Send>; 2] = [
            Box::new(child.stdout.take().unwrap()),
            Box::new(child.stderr.take().unwrap()),
        ];
        for stream in streams {
            let sender = sender.clone();
            std::thread::spawn(move || {
                for line in BufReader::new(stream).lines().map_while(Result::ok) {
                    eprintln!("| {line}");
                    let _ = sender.send(line);
                }
            });
        }
        Self {
            input: child.stdin.take(),
            child,
            lines,
        }
    }

    /// The next line that starts with `start`.
    fn says(&self, start: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if line.starts_with(start) => return line,
                Ok(_) => {}
                Err(_) => panic!("nothing said that starts with {start:?}"),
            }
        }
    }

    fn tell(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
        self.says(&format!("done {line}"));
    }

    fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn app(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_myna-app"));
    command.args(arguments);
    command
}

/// A panel that shows tray icons, played by a script.
fn panel() -> Process {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tools/tray-watcher.py");
    // Debian's own Python, which has the D-Bus module, whatever else is on the path.
    let panel = Process::start(Command::new("/usr/bin/python3").args(["-u", script]));
    panel.says("ready");
    panel
}

/// The private desktop of `tools/with-desktop.sh`.
const SCREEN: (i32, i32) = (1280, 800);

/// Left, top, width and height of the popover when it is on screen.
fn popover_on_screen() -> Option<[i32; 4]> {
    let found = Command::new("xdotool")
        .args(["search", "--onlyvisible", "--name", "^Myna$"])
        .output()
        .unwrap();
    let ids = String::from_utf8(found.stdout).unwrap();
    let id = ids.lines().next()?;
    let shape = Command::new("xdotool")
        .args(["getwindowgeometry", "--shell", id])
        .output()
        .unwrap();
    let shape = String::from_utf8(shape.stdout).unwrap();
    let number = |key: &str| {
        shape
            .lines()
            .find_map(|l| l.strip_prefix(key)?.strip_prefix('=')?.parse().ok())
    };
    Some([
        number("X")?,
        number("Y")?,
        number("WIDTH")?,
        number("HEIGHT")?,
    ])
}

fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn shows_its_drawn_popover_when_there_is_no_tray() {
    let mut app = Process::start(&mut app(&[]));
    app.says("no tray on this desktop");
    // It appears only after its page has asked for the versions and was answered; in the top right corner.
    let (width, height) = (360, 520);
    until("the popover appears whole in its corner", || {
        popover_on_screen() == Some([SCREEN.0 - width - 8, 8, width, height])
    });
    assert!(app.runs());
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn starts_without_a_session_bus() {
    let mut app =
        Process::start(app(&[]).env("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent"));
    until("the popover appears", || popover_on_screen().is_some());
    assert!(app.runs());
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn lives_in_the_tray_and_comes_when_clicked() {
    let mut panel = panel();
    let mut app = Process::start(&mut app(&[]));
    panel.says("registered");
    assert_eq!(popover_on_screen(), None, "hidden until asked");

    // The page may still be loading: then the click is remembered.
    panel.tell("activate");
    until("a click opens it", || popover_on_screen().is_some());
    panel.tell("activate");
    until("a second click closes it", || popover_on_screen().is_none());

    panel.tell("click Open Myna");
    until("the menu opens it", || popover_on_screen().is_some());
    panel.tell("click Quit Myna");
    until("the menu quits", || !app.runs());
    assert_eq!(app.child.wait().unwrap().code(), Some(0));
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn opens_at_once_when_told_to() {
    let panel = panel();
    let _app = Process::start(&mut app(&["--show"]));
    panel.says("registered");
    until("the popover appears", || popover_on_screen().is_some());
}
