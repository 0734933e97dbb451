//! A hub on loopback that misbehaves as told.

use sha2::{Digest, Sha256};
use std::collections::{BTreeMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// What is done with the next request for a file.
#[derive(Debug, Clone)]
pub enum Trick {
    Good,
    /// Says how much comes, sends so many bytes, closes.
    CutAfter(usize),
    /// Sends so many bytes, then nothing more for a long time.
    StallAfter(usize),
    /// Sends everything although a part was asked for.
    IgnoreRange,
    /// Says that it sends another part than was asked for.
    WrongRange,
    /// Sends other bytes than were announced.
    WrongBytes,
    /// Says that more comes than was announced.
    LongerLength,
    /// Says nothing about the length, and sends more than was announced.
    MoreBytes,
    Status(u16),
    /// Not HTTP.
    Garbage,
    /// Closes without a word.
    Close,
    /// Sends the client to this address.
    Redirect(String),
}

#[derive(Default)]
pub struct State {
    pub files: BTreeMap<String, Vec<u8>>,
    pub tricks: VecDeque<Trick>,
    /// After the tricks are used up.
    pub always: Option<Trick>,
    pub commit: String,
    pub token: Option<String>,
    /// Answers to a listing instead of the real one.
    pub listing: Option<String>,
    /// Every request: its path, range and authorisation.
    pub log: Vec<String>,
    pub dead: bool,
}

pub struct Server {
    pub base: String,
    pub state: Arc<Mutex<State>>,
}

impl Server {
    pub fn new(files: &[(&str, Vec<u8>)]) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State {
            files: files
                .iter()
                .map(|(n, b)| ((*n).to_owned(), b.clone()))
                .collect(),
            commit: "a".repeat(40),
            ..State::default()
        }));
        let shared = state.clone();
        // Ends with the test's process.
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let state = shared.clone();
                std::thread::spawn(move || _ = answer(stream, &state));
            }
        });
        Self { base, state }
    }

    pub fn play(&self, tricks: &[Trick]) {
        self.state.lock().unwrap().tricks = tricks.to_vec().into();
    }

    pub fn with<T>(&self, change: impl FnOnce(&mut State) -> T) -> T {
        change(&mut self.state.lock().unwrap())
    }

    /// What was asked for since the last look.
    pub fn log(&self) -> Vec<String> {
        self.with(|s| std::mem::take(&mut s.log))
    }
}

fn answer(mut stream: TcpStream, state: &Mutex<State>) -> std::io::Result<()> {
    let mut reader = BufReader::new(stream.try_clone()?);
    let (mut path, mut from, mut token) = (String::new(), None, None);
    let mut line = String::new();
    while reader.read_line(&mut line)? > 2 {
        let lower = line.trim().to_lowercase();
        if let Some(rest) = line.strip_prefix("GET ") {
            path = rest.split(' ').next().unwrap_or_default().to_owned();
        } else if let Some(range) = lower.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse::<usize>().ok();
        } else if lower.starts_with("authorization: bearer ") {
            token = line.trim().rsplit(' ').next().map(str::to_owned);
        }
        line.clear();
    }
    let (trick, data, listing) = {
        let mut s = state.lock().unwrap();
        let range = from.map_or(String::new(), |n| format!(" from {n}"));
        let auth = token.as_ref().map_or(String::new(), |t| format!(" as {t}"));
        s.log.push(format!("{path}{range}{auth}"));
        if s.dead {
            return Ok(());
        }
        if s.token.is_some() && s.token != token {
            return head(&mut stream, 401, 0, &[]);
        }
        if path.starts_with("/api/") {
            (
                Trick::Good,
                None,
                Some(s.listing.clone().unwrap_or_else(|| list(&s))),
            )
        } else {
            let name = path.rsplit('/').next().unwrap_or_default();
            let data = s.files.get(name).cloned();
            let trick = s.tricks.pop_front().or(s.always.clone());
            (trick.unwrap_or(Trick::Good), data, None)
        }
    };
    if let Some(listing) = listing {
        head(&mut stream, 200, listing.len(), &[])?;
        return stream.write_all(listing.as_bytes());
    }
    let Some(data) = data else {
        return head(&mut stream, 404, 0, &[]);
    };
    send(&mut stream, &trick, &data, from)
}

fn send(
    stream: &mut TcpStream,
    trick: &Trick,
    data: &[u8],
    from: Option<usize>,
) -> std::io::Result<()> {
    let whole = matches!(trick, Trick::IgnoreRange) || from.is_none();
    let begin = if whole {
        0
    } else {
        from.unwrap_or(0).min(data.len())
    };
    let rest = &data[begin..];
    let range = |begin: usize| {
        format!(
            "Content-Range: bytes {begin}-{}/{}",
            data.len() - 1,
            data.len()
        )
    };
    let mut start = |length: usize| match whole {
        true => head(stream, 200, length, &[]),
        false => head(stream, 206, length, &[&range(begin)]),
    };
    match trick {
        Trick::Good | Trick::IgnoreRange => {
            start(rest.len())?;
            stream.write_all(rest)
        }
        Trick::CutAfter(n) => {
            start(rest.len())?;
            stream.write_all(&rest[..(*n).min(rest.len())])
        }
        Trick::StallAfter(n) => {
            start(rest.len())?;
            stream.write_all(&rest[..(*n).min(rest.len())])?;
            stream.set_read_timeout(Some(Duration::from_secs(20)))?;
            // Until the client gives up.
            _ = stream.read(&mut [0; 1]);
            Ok(())
        }
        Trick::WrongRange => {
            head(stream, 206, data.len(), &[&range(0)])?;
            stream.write_all(data)
        }
        Trick::WrongBytes => {
            start(rest.len())?;
            let flipped: Vec<u8> = rest.iter().map(|b| b ^ 1).collect();
            stream.write_all(&flipped)
        }
        Trick::LongerLength => {
            start(rest.len() + 5)?;
            stream.write_all(rest)?;
            stream.write_all(b"extra")
        }
        Trick::MoreBytes => {
            stream.write_all(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")?;
            stream.write_all(data)?;
            stream.write_all(b"extra")
        }
        Trick::Status(code) => head(stream, *code, 0, &[]),
        Trick::Garbage => stream.write_all(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"),
        Trick::Close => Ok(()),
        Trick::Redirect(to) => head(stream, 302, 0, &[&format!("Location: {to}")]),
    }
}

fn head(stream: &mut TcpStream, code: u16, length: usize, more: &[&str]) -> std::io::Result<()> {
    let mut text =
        format!("HTTP/1.1 {code} So\r\nContent-Length: {length}\r\nConnection: close\r\n");
    for line in more {
        text += &format!("{line}\r\n");
    }
    stream.write_all((text + "\r\n").as_bytes())
}

fn list(state: &State) -> String {
    let files = state.files.iter().map(|(name, data)| {
        let mut file = serde_json::json!({ "rfilename": name, "size": data.len() });
        // Small files are announced without a hash, as on the hub.
        if name.ends_with(".safetensors") {
            let hash = crate::library::hex(Sha256::new_with_prefix(data));
            file["lfs"] = serde_json::json!({ "sha256": hash, "size": data.len() });
        }
        file
    });
    let files: Vec<serde_json::Value> = files.collect();
    serde_json::json!({ "sha": state.commit, "siblings": files }).to_string()
}
