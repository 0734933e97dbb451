//! The desktop's parts as a test needs them: processes that end with it, a panel with the tray, another program beside
//! Myna, keys and the mouse. Every wait is for a condition.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use myna_engine::home::Home;

/// Bound for every wait. A start takes under a second when the machine is idle, a file some seconds; CI machines are not.
pub const PATIENCE: Duration = Duration::from_secs(120);

/// The private desktop of `tools/with-desktop.sh`.
pub const SCREEN: (i32, i32) = (1280, 800);
/// The popover, as `tauri.conf.json` has it.
pub const POPOVER: (i32, i32) = (360, 520);

/// A process that ends with the test.
pub struct Process {
    pub child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<String>,
}

impl Process {
    pub fn start(command: &mut Command) -> Self {
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
    pub fn says(&self, start: &str) -> String {
        self.says_one(&[start])
    }

    /// The next line that starts with one of these.
    pub fn says_one(&self, starts: &[&str]) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            match self.lines.recv_timeout(left) {
                Ok(line) if starts.iter().any(|start| line.starts_with(start)) => return line,
                Ok(_) => {}
                Err(_) => panic!("nothing said that starts with {starts:?}"),
            }
        }
    }

    /// Whether one of the lines since it was last listened to starts with `start`.
    pub fn has_said(&self, start: &str) -> bool {
        self.lines.try_iter().any(|line| line.starts_with(start))
    }

    /// Gives a command and waits until it is done.
    pub fn tell(&mut self, line: &str) {
        self.order(line);
        self.says(&format!("done {line}"));
    }

    /// Gives a command that is answered with a line that starts with `answer`; gives the rest of it.
    pub fn ask(&mut self, line: &str, answer: &str) -> String {
        self.order(line);
        let said = self.says(answer);
        self.says(&format!("done {line}"));
        said[answer.len()..].trim().to_owned()
    }

    fn order(&mut self, line: &str) {
        writeln!(self.input.as_mut().unwrap(), "{line}").unwrap();
    }

    pub fn runs(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < PATIENCE, "never happened: {what}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What Myna keeps during this test, and no other: the chosen voice, the history, where windows stood.
pub fn home() -> PathBuf {
    let test = std::thread::current();
    let name = test.name().unwrap().replace("::", "-");
    // The desktop's own, which goes with it.
    let home = std::env::var_os("HOME").unwrap();
    Path::new(&home).join("tests").join(name)
}

/// The same, of somebody whom Myna has welcomed before: nothing opens by itself.
pub fn lived_in() -> PathBuf {
    std::fs::create_dir_all(home()).unwrap();
    std::fs::write(Home::at(home()).welcomed(), "").unwrap();
    home()
}

pub fn app(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_myna-app"));
    command.args(arguments).env("MYNA_HOME", lived_in());
    command
}

/// The command line's answer on standard output.
pub fn myna(arguments: &[&str]) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_myna-app")).with_file_name("myna");
    assert!(
        program.exists(),
        "the command line is not built: cargo build --workspace --bin myna"
    );
    let output = Command::new(program)
        .args(arguments)
        .env("MYNA_HOME", home())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "myna {arguments:?}: {said}");
    String::from_utf8(output.stdout).unwrap()
}

// Debian's own Python, which has the D-Bus and GTK modules, whatever else is on the path.
fn script(name: &str) -> Process {
    let script = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tools")
        .join(name);
    let process = Process::start(Command::new("/usr/bin/python3").arg("-u").arg(script));
    process.says("ready");
    process
}

/// Somebody speaks into the microphone: the sound of a file, to its end.
pub fn speak_into_microphone(file: &Path) {
    let played = Command::new("paplay")
        .args(["-d", "micfeed"])
        .arg(file)
        .status();
    assert!(played.unwrap().success());
}

/// A panel that shows tray icons.
pub fn panel() -> Process {
    script("tray-watcher.py")
}

/// A program in which text is marked, and out of which files are dragged or copied.
pub fn other_program() -> Process {
    script("other-program.py")
}

/// What the icon looks like, and what it says when pointed at.
pub fn icon(panel: &mut Process) -> (String, String) {
    let looks = panel.ask("look", "looks");
    let (picture, words) = looks.split_once(' ').unwrap();
    (picture.to_owned(), words.to_owned())
}

pub fn until_icon_says(panel: &mut Process, words: &str) {
    until(words, || icon(panel).1 == words);
}

/// Keys and the mouse, as a person's: they arrive at whatever has them.
pub fn xdotool(arguments: &[&str]) -> String {
    let output = Command::new("xdotool").args(arguments).output().unwrap();
    String::from_utf8(output.stdout).unwrap()
}

/// Left, top, width and height of the popover when it is on screen.
pub fn popover_on_screen() -> Option<[i32; 4]> {
    on_screen("Myna")
}

/// The same of the window of this title.
pub fn on_screen(title: &str) -> Option<[i32; 4]> {
    let ids = xdotool(&["search", "--onlyvisible", "--name", &format!("^{title}$")]);
    // Not xdotool's own word: it counts a title bar twice.
    let id = ids.lines().next()?;
    let shape = Command::new("xwininfo").args(["-id", id]).output().unwrap();
    let shape = String::from_utf8(shape.stdout).unwrap();
    let number = |key: &str| {
        let mut lines = shape.lines().map(str::trim);
        lines.find_map(|l| l.strip_prefix(key)?.trim().parse().ok())
    };
    Some([
        number("Absolute upper-left X:")?,
        number("Absolute upper-left Y:")?,
        number("Width:")?,
        number("Height:")?,
    ])
}

/// The title of the window that keys go to.
pub fn focused() -> String {
    let title = xdotool(&["getwindowfocus", "getwindowname"]);
    title.trim().to_owned()
}

/// Where pictures go that people look at after a run.
pub fn output() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("test-output/window");
    std::fs::create_dir_all(&folder).unwrap();
    folder
}

/// The process ids of the engines that `app` has started.
pub fn engines(app: u32) -> Vec<u32> {
    let tasks = std::fs::read_dir(format!("/proc/{app}/task"));
    let tasks = tasks.into_iter().flatten().map_while(Result::ok);
    let children = tasks.flat_map(|task| {
        let list = std::fs::read_to_string(task.path().join("children")).unwrap_or_default();
        let ids: Vec<u32> = list.split_whitespace().flat_map(str::parse).collect();
        ids
    });
    children
        .filter(|id| {
            let line = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
            line.split(|&b| b == 0).any(|word| word == b"engine-child")
        })
        .collect()
}
