//! A WAV file that is valid at every moment while it grows, and marked at every moment if it is to be.
//!
//! The header is brought up to date after every push. It is written here, not by hound, because a mark has to stand in it
//! and carry the hash of the samples so far.

use super::writer::to_i16;
use crate::provenance::{Mark, info_chunk};
use crate::{library, whole};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// How samples are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Pcm16,
    Float32,
}

/// An open file, and what its header has to say.
pub(super) struct Growing {
    out: whole::Counted<File>,
    width: Width,
    /// Of the header, up to where samples begin.
    header: u64,
    /// Where the header changes: from the hash of the samples, if there is one, to the length of the samples.
    tail: Tail,
    hash: Sha256,
    /// Of the samples.
    bytes: u64,
}

/// The last bytes of the header, written in one go: hash and length belong together.
struct Tail {
    at: u64,
    bytes: Vec<u8>,
    marked: bool,
}

impl Growing {
    pub(super) fn begin(
        file: File,
        stored: Width,
        rate: u32,
        mark: Option<&Mark>,
    ) -> io::Result<Self> {
        let (code, width): (u16, u16) = match stored {
            Width::Pcm16 => (1, 2),
            Width::Float32 => (3, 4),
        };
        let mut header = b"RIFF\0\0\0\0WAVEfmt ".to_vec();
        header.extend(16u32.to_le_bytes());
        header.extend(code.to_le_bytes());
        header.extend(1u16.to_le_bytes());
        header.extend(rate.to_le_bytes());
        header.extend((rate * u32::from(width)).to_le_bytes());
        header.extend(width.to_le_bytes());
        header.extend((8 * width).to_le_bytes());
        let mut before_end = 0;
        if let Some(mark) = mark {
            let (chunk, hash) = info_chunk(mark);
            header.extend(chunk);
            before_end = hash;
        }
        header.extend(b"data\0\0\0\0");
        let tail = header.len() - before_end - 8;
        let mut this = Self {
            out: whole::Counted(file),
            width: stored,
            header: header.len() as u64,
            tail: Tail {
                at: tail as u64,
                bytes: header[tail..].to_vec(),
                marked: mark.is_some(),
            },
            hash: Sha256::new(),
            bytes: 0,
        };
        this.out.write_all(&header)?;
        this.extend(&[])?;
        Ok(this)
    }

    pub(super) fn append(&mut self, samples: &[f32]) -> io::Result<()> {
        let mut bytes = Vec::with_capacity(samples.len() * 4);
        for &s in samples {
            match self.width {
                Width::Pcm16 => bytes.extend(to_i16(s).to_le_bytes()),
                Width::Float32 => bytes.extend(s.to_le_bytes()),
            }
        }
        self.extend(&bytes)
    }

    fn extend(&mut self, samples: &[u8]) -> io::Result<()> {
        let bytes = self.bytes + samples.len() as u64;
        // The length of the whole must fit, too.
        let whole = u32::try_from(self.header + bytes - 8)
            .map_err(|_| io::Error::other("a WAV file holds no more than 4 GB"))?;
        let end = self.header + self.bytes;
        if let Err(e) = self.out.write_all(samples) {
            // Nothing stands behind what was there before.
            _ = self.out.0.set_len(end);
            return Err(e);
        }
        self.hash.update(samples);
        self.bytes = bytes;
        if self.tail.marked {
            let hash = library::hex(self.hash.clone());
            self.tail.bytes[..hash.len()].copy_from_slice(hash.as_bytes());
        }
        let length = self.tail.bytes.len() - 4;
        let data = whole - (self.header as u32 - 8);
        self.tail.bytes[length..].copy_from_slice(&data.to_le_bytes());
        // Writing over what is there takes no room on the disk.
        let out = &mut self.out.0;
        out.seek(SeekFrom::Start(self.tail.at))?;
        out.write_all(&self.tail.bytes)?;
        out.seek(SeekFrom::Start(4))?;
        out.write_all(&whole.to_le_bytes())?;
        out.seek(SeekFrom::Start(self.header + bytes))?;
        Ok(())
    }
}
