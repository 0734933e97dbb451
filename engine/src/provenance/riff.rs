//! The parts of a WAV file that a mark is in: LIST/INFO, written and read.
//!
//! Reading trusts no length: a chunk ends where the file ends.

use super::mark::{GENERATOR, Mark};
use sha2::{Digest, Sha256};
use std::io::{self, Read, Seek, SeekFrom};

/// Longer comments are not ours.
const LONGEST_INFO: u64 = 1 << 16;

/// A LIST/INFO chunk with the mark. The 64 characters of the hash begin `n` bytes before its end; gives `n`, too.
pub fn info_chunk(mark: &Mark) -> (Vec<u8>, usize) {
    let mut list = b"INFO".to_vec();
    let fields = [
        (b"ISFT", GENERATOR.to_owned()),
        (b"ICRD", mark.date.clone()),
        (b"ICMT", mark.comment()),
    ];
    let mut padding = 0;
    for (id, text) in fields {
        list.extend(id);
        // Text ends in a zero; chunks begin at even places.
        list.extend(length(text.len() + 1));
        list.extend(text.as_bytes());
        list.push(0);
        padding = list.len() % 2;
        list.resize(list.len() + padding, 0);
    }
    let mut chunk = b"LIST".to_vec();
    chunk.extend(length(list.len()));
    chunk.extend(list);
    // From the hash to the end: itself, `"}`, the zero, the padding.
    (chunk, 64 + 2 + 1 + padding)
}

fn length(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes()
}

/// What verifying needs of a WAV.
#[derive(Debug, Default)]
pub struct Wav {
    pub mark: Option<Mark>,
    /// SHA-256 of the samples as stored; None when there is no sound.
    pub sha256: Option<String>,
    /// It ends before it says.
    pub cut: bool,
}

/// Reads a WAV; None when it is no RIFF/WAVE file.
pub fn read(file: &mut (impl Read + Seek)) -> io::Result<Option<Wav>> {
    let end = file.seek(SeekFrom::End(0))?;
    file.rewind()?;
    let mut head = [0u8; 12];
    if end < 12 {
        return Ok(None);
    }
    file.read_exact(&mut head)?;
    if &head[..4] != b"RIFF" || &head[8..] != b"WAVE" {
        return Ok(None);
    }
    let mut wav = Wav::default();
    let mut at = 12u64;
    while at + 8 <= end {
        file.seek(SeekFrom::Start(at))?;
        let mut head = [0u8; 8];
        file.read_exact(&mut head)?;
        let told = u64::from(u32::from_le_bytes([head[4], head[5], head[6], head[7]]));
        let there = told.min(end - at - 8);
        wav.cut |= there < told;
        match &head[..4] {
            b"LIST" if there <= LONGEST_INFO => {
                let mut list = Vec::new();
                file.take(there).read_to_end(&mut list)?;
                wav.mark = wav.mark.or_else(|| comment(&list));
            }
            b"data" => wav.sha256 = Some(hash(&mut file.take(there))?),
            _ => {}
        }
        at += 8 + told + told % 2;
    }
    Ok(Some(wav))
}

fn comment(list: &[u8]) -> Option<Mark> {
    let mut rest = list.strip_prefix(b"INFO")?;
    while let Some((head, after)) = rest.split_at_checked(8) {
        let length = u32::from_le_bytes([head[4], head[5], head[6], head[7]]) as usize;
        let length = length.min(after.len());
        if &head[..4] == b"ICMT" {
            return Mark::parse(std::str::from_utf8(&after[..length]).ok()?);
        }
        rest = after.get(length + length % 2..)?;
    }
    None
}

fn hash(samples: &mut impl Read) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; 1 << 16];
    loop {
        match samples.read(&mut buffer)? {
            0 => return Ok(crate::library::hex(hash)),
            n => hash.update(&buffer[..n]),
        }
    }
}
