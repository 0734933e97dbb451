//! Running the built program and comparing what it says with files in `golden/`.
//!
//! `MYNA_UPDATE_GOLDEN=1 cargo test -p myna` writes the files anew; read the difference before keeping it.
#![allow(dead_code, reason = "each test binary uses its own part")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The workspace, so that fixtures have short names.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("..")
        .canonicalize()
        .unwrap()
}

pub fn fixture(path: &str) -> PathBuf {
    root().join("tests/fixtures").join(path)
}

/// The CSM layouts with text, and the codec each needs.
pub const LAYOUTS: [(&str, Option<&str>); 4] = [
    ("hf", None),
    ("sesame", None),
    ("mlx", Some("mimi-tiny/kyutai")),
    ("mlx-4bit", Some("mimi-tiny/transformers")),
];

/// `myna` with arguments, in the workspace's root, without any model on its shelves and with a home of the tests' own. With
/// MYNA_TEST_IN_PROCESS the
/// verbs that have networks run them without a process of their own, which nobody may notice.
pub fn myna<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_myna"));
    command.args(args);
    let verb = args.first().and_then(|verb| verb.as_ref().to_str());
    let help = args.iter().any(|arg| arg.as_ref() == "--help");
    if in_process()
        && matches!(verb, Some("speak" | "transcribe"))
        && !help
        && !args.iter().any(|arg| arg.as_ref() == "--")
    {
        command.arg("--in-process");
    }
    command
        .current_dir(root())
        .env("MYNA_MODELS", "tests/none")
        .env("MYNA_HOME", concat!(env!("CARGO_TARGET_TMPDIR"), "/home"))
        .stdin(Stdio::null());
    command
}

pub fn in_process() -> bool {
    std::env::var_os("MYNA_TEST_IN_PROCESS").is_some()
}

pub fn run<S: AsRef<std::ffi::OsStr>>(args: &[S]) -> Output {
    myna(args).output().unwrap()
}

/// Runs, insists on success, gives stdout.
pub fn succeed<S: AsRef<std::ffi::OsStr> + std::fmt::Debug>(args: &[S]) -> String {
    let output = run(args);
    assert!(
        output.status.success(),
        "{args:?}: {}: {}",
        output.status,
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

pub fn with_input(args: &[&str], input: &[u8]) -> Output {
    let mut child = myna(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may refuse before it has read everything.
    _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// A folder of one test, with shortcuts.
pub struct Scratch(pub tempfile::TempDir);

impl Scratch {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> String {
        self.0.path().join(name).to_str().unwrap().to_owned()
    }

    /// A copy of a fixture folder, to be damaged.
    pub fn copy(&self, fixture_dir: &str, name: &str) -> PathBuf {
        let to = self.0.path().join(name);
        std::fs::create_dir(&to).unwrap();
        for entry in std::fs::read_dir(fixture(fixture_dir)).unwrap() {
            let from = entry.unwrap().path();
            if from.is_file() {
                std::fs::copy(&from, to.join(from.file_name().unwrap())).unwrap();
            }
        }
        to
    }
}

/// Several runs in one golden file, with the scratch folder's name taken out.
pub struct Transcript<'a> {
    scratch: &'a Scratch,
    text: String,
}

impl<'a> Transcript<'a> {
    pub fn new(scratch: &'a Scratch) -> Self {
        Self {
            scratch,
            text: String::new(),
        }
    }

    pub fn run(&mut self, args: &[&str]) -> Output {
        let output = run(args);
        self.add(args, &output);
        output
    }

    pub fn add(&mut self, args: &[&str], output: &Output) {
        let quoted: Vec<String> = args
            .iter()
            .map(|a| {
                if a.len() > 200 {
                    format!("'{}…'", &a[..20])
                } else if a.is_empty() || a.contains([' ', '?']) {
                    format!("'{a}'")
                } else {
                    (*a).to_owned()
                }
            })
            .collect();
        let clean = |text: &str| {
            let text = text.replace(self.scratch.0.path().to_str().unwrap(), "SCRATCH");
            // Wrong usage is answered with how the program was called.
            if in_process() {
                text.replace(" --in-process", "")
            } else {
                text
            }
        };
        writeln!(self.text, "$ myna {}", clean(&quoted.join(" "))).unwrap();
        for stream in [&output.stdout, &output.stderr] {
            self.text.push_str(&clean(&String::from_utf8_lossy(stream)));
        }
        writeln!(
            self.text,
            "[{}]\n",
            output
                .status
                .code()
                .map_or("killed".into(), |c| c.to_string())
        )
        .unwrap();
    }

    pub fn check(&self, name: &str) {
        golden(name, &self.text);
    }
}

pub fn golden(name: &str, text: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/golden")
        .join(name);
    if std::env::var_os("MYNA_UPDATE_GOLDEN").is_some() {
        std::fs::write(&path, text).unwrap();
        return;
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        text == expected,
        "{name} differs; MYNA_UPDATE_GOLDEN=1 writes it anew.\n--- expected\n{expected}\n--- got\n{text}"
    );
}

pub fn write_wav(path: &str, spec: hound::WavSpec, samples: &[f32]) {
    let mut wav = hound::WavWriter::create(path, spec).unwrap();
    let scale = (1i64 << (spec.bits_per_sample - 1)) as f32 - 1.0;
    for &s in samples {
        match spec.sample_format {
            hound::SampleFormat::Float => wav.write_sample(s).unwrap(),
            hound::SampleFormat::Int => wav.write_sample((s * scale).round() as i32).unwrap(),
        }
    }
    wav.finalize().unwrap();
}

pub fn read_wav(path: &str) -> (hound::WavSpec, Vec<f32>) {
    let reader = hound::WavReader::open(path).unwrap();
    let spec = reader.spec();
    let samples = match spec.sample_format {
        hound::SampleFormat::Float => reader.into_samples::<f32>().map(Result::unwrap).collect(),
        hound::SampleFormat::Int => reader
            .into_samples::<i16>()
            .map(|s| f32::from(s.unwrap()) / 32768.0)
            .collect(),
    };
    (spec, samples)
}

/// The values of an i32 or f32 tensor.
pub fn tensor(path: &str, name: &str) -> (Vec<usize>, Vec<f64>) {
    let data = std::fs::read(path).unwrap();
    let file = safetensors::SafeTensors::deserialize(&data).unwrap();
    let view = file.tensor(name).unwrap();
    let values = view
        .data()
        .chunks_exact(4)
        .map(|b| {
            let b = b.try_into().unwrap();
            match view.dtype() {
                safetensors::Dtype::I32 => i32::from_le_bytes(b).into(),
                safetensors::Dtype::F32 => f32::from_le_bytes(b).into(),
                other => panic!("{name} is {other:?}"),
            }
        })
        .collect();
    (view.shape().to_vec(), values)
}

/// Writes over the beginning of a tensor in a safetensors file, or all of it if `with` repeats that often.
pub fn overwrite(file: &Path, tensor: &str, with: &[u8]) {
    let mut data = std::fs::read(file).unwrap();
    let at = {
        let (length, header) = safetensors::SafeTensors::read_metadata(&data).unwrap();
        length + 8 + header.info(tensor).unwrap().data_offsets.0
    };
    data[at..at + with.len()].copy_from_slice(with);
    std::fs::write(file, data).unwrap();
}
