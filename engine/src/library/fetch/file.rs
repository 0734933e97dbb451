//! One file, from wherever it was left to its last byte, and the proof that it is the right one.

use super::hub::{Hub, Wanted, broken, is_passing};
use crate::library::file_hash;
use crate::{Error, Result, whole};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use ureq::Body;
use ureq::http::{Response, StatusCode};

/// How an unfinished file's name ends.
const PART: &str = ".part";

/// Why an attempt ended.
enum Broken {
    /// Worth another attempt from where it stopped.
    Line(Error),
    /// What arrived cannot be relied on: another attempt from the beginning.
    Lie(Error),
    /// No attempt can help.
    Final(Error),
}

pub struct Fetch<'a> {
    pub hub: &'a Hub,
    pub url: &'a str,
    pub wanted: &'a Wanted,
    pub folder: &'a Path,
    pub cancel: &'a AtomicBool,
}

impl Fetch<'_> {
    /// Brings the file into the folder. `on_bytes` hears how much of it is on the disk.
    pub fn run(&self, on_bytes: &mut dyn FnMut(u64)) -> Result<()> {
        let path = self.folder.join(&self.wanted.name);
        if path.metadata().is_ok_and(|m| m.len() == self.wanted.size) {
            on_bytes(self.wanted.size);
            return Ok(());
        }
        let part = self.part();
        let (mut failures, mut lies) = (0, 0);
        loop {
            let before = length(&part);
            let e = match self.attempt(&part, lies > 0, on_bytes) {
                Ok(()) => break,
                Err(Broken::Final(e)) => return Err(e),
                Err(Broken::Lie(e)) => {
                    lies += 1;
                    _ = std::fs::remove_file(&part);
                    if lies > 2 {
                        return Err(e);
                    }
                    e
                }
                Err(Broken::Line(e)) => e,
            };
            // A line that gives something is good, however often it breaks.
            failures = if length(&part) > before {
                1
            } else {
                failures + 1
            };
            if failures >= self.hub.patience.attempts {
                return Err(e);
            }
            self.wait(self.hub.patience.pause * (1 << failures.min(6)) / 2)?;
        }
        std::fs::rename(&part, &path).map_err(|e| Error::output(&path, e))
    }

    fn part(&self) -> PathBuf {
        self.folder.join(format!("{}{PART}", self.wanted.name))
    }

    /// `whole` asks for no range: this server's ranges were not to be relied on.
    fn attempt(
        &self,
        part: &Path,
        whole: bool,
        on_bytes: &mut dyn FnMut(u64),
    ) -> std::result::Result<(), Broken> {
        let size = self.wanted.size;
        let mut have = length(part);
        if have > size || (whole && have < size) {
            _ = std::fs::remove_file(part);
            have = 0;
        }
        if have < size || size == 0 {
            let response = self
                .hub
                .get(self.url, (have > 0).then_some(have))
                .map_err(Broken::Line)?;
            let begin = self.begins(&response, have)?;
            self.copy(response, part, begin, on_bytes)?;
        }
        self.prove(part)
    }

    /// At which byte the answer begins; refuses answers that do not fit the question.
    fn begins(&self, response: &Response<Body>, have: u64) -> std::result::Result<u64, Broken> {
        let (size, name) = (self.wanted.size, &self.wanted.name);
        let last = size.saturating_sub(1);
        let header = |name: &str| Some(response.headers().get(name)?.to_str().ok()?.to_owned());
        let lie = |why: String| {
            Broken::Lie(Error::network(
                format!("the server's answer for {name} does not fit: {why}"),
                "Try again, or use another mirror.",
            ))
        };
        let length = header("content-length").and_then(|l| l.parse::<u64>().ok());
        match response.status() {
            StatusCode::PARTIAL_CONTENT => {
                let range = header("content-range").unwrap_or_default();
                if range != format!("bytes {have}-{last}/{size}") {
                    return Err(lie(format!(
                        "bytes {have} to {last} of {size} were asked for, {range:?} is given"
                    )));
                }
                Ok(have)
            }
            StatusCode::OK => {
                if let Some(length) = length.filter(|&l| l != size) {
                    return Err(lie(format!(
                        "{size} bytes were announced, {length} are given"
                    )));
                }
                Ok(0)
            }
            StatusCode::RANGE_NOT_SATISFIABLE => Err(lie(format!("byte {have} is refused"))),
            status => {
                let refusal = self.hub.expect(response, name);
                Err(match refusal {
                    Err(e) if is_passing(status) => Broken::Line(e),
                    Err(e) => Broken::Final(e),
                    Ok(()) => lie(format!("the answer is {status}")),
                })
            }
        }
    }

    fn copy(
        &self,
        response: Response<Body>,
        part: &Path,
        begin: u64,
        on_bytes: &mut dyn FnMut(u64),
    ) -> std::result::Result<(), Broken> {
        let disk = |e: io::Error| Broken::Final(Error::output(part, whole::describe(&e)));
        let file = OpenOptions::new()
            .create(true)
            .write(true)
            .truncate(begin == 0)
            .open(part)
            .map_err(disk)?;
        // Never more than was counted: a write may have been torn.
        file.set_len(begin).map_err(disk)?;
        let mut file = whole::Counted(file);
        io::Seek::seek(&mut file.0, io::SeekFrom::Start(begin)).map_err(disk)?;
        let mut body = response.into_body().into_reader();
        let mut buffer = vec![0u8; 1 << 16];
        let mut have = begin;
        loop {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Broken::Final(Error::cancelled()));
            }
            let n = match body.read(&mut buffer) {
                Ok(0) if have < self.wanted.size => {
                    return Err(Broken::Line(broken(
                        &self.wanted.name,
                        "the line broke off",
                    )));
                }
                Ok(0) => break,
                Ok(n) => n,
                Err(e) => return Err(Broken::Line(broken(&self.wanted.name, e))),
            };
            if have + n as u64 > self.wanted.size {
                return Err(Broken::Lie(Error::network(
                    format!("more of {} arrives than was announced", self.wanted.name),
                    "Try again, or use another mirror.",
                )));
            }
            file.write_all(&buffer[..n]).map_err(disk)?;
            have += n as u64;
            on_bytes(have);
        }
        file.0.sync_all().map_err(disk)
    }

    fn prove(&self, part: &Path) -> std::result::Result<(), Broken> {
        let Some(expected) = &self.wanted.sha256 else {
            return Ok(());
        };
        let hash = file_hash(part).map_err(|e| Broken::Final(Error::output(part, e)))?;
        if hash == *expected {
            return Ok(());
        }
        Err(Broken::Lie(
            myna_models::Error::refused(
                format!(
                    "{} is not what was announced: its SHA-256 is {hash}, not {expected}",
                    self.wanted.name
                ),
                "Nothing of it is kept. Try again, or use another mirror.",
            )
            .into(),
        ))
    }

    fn wait(&self, time: Duration) -> Result<()> {
        const TICK: Duration = Duration::from_millis(50);
        let mut left = time;
        while !left.is_zero() {
            if self.cancel.load(Ordering::Relaxed) {
                return Err(Error::cancelled());
            }
            let nap = left.min(TICK);
            std::thread::sleep(nap);
            left -= nap;
        }
        Ok(())
    }
}

fn length(path: &Path) -> u64 {
    path.metadata().map_or(0, |m| m.len())
}

/// What is there of a file, finished or not.
pub fn on_disk(folder: &Path, name: &str) -> u64 {
    length(&folder.join(name)).max(length(&folder.join(format!("{name}{PART}"))))
}

/// Holds a folder for one process.
pub fn lock(folder: &Path) -> Result<File> {
    let path = folder.join("lock");
    let file = File::create(&path).map_err(|e| Error::output(&path, whole::describe(&e)))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Error::kept(
            folder,
            "another process is fetching this model",
            "Wait for it, or end it: what it has fetched is kept.",
        )),
    }
}
