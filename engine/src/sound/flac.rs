//! A FLAC file that is valid at every moment while it grows, and marked at every moment if it is to be.
//!
//! Blocks are encoded as they fill (flacenc); the one that is not full yet stands behind them as a short one, and is written
//! over with the next samples. The header, with length and checksum, and the hash in the mark are brought up to date after
//! every push. Samples are 16-bit, as in the WAV files, and the hash is of the same bytes.

use super::writer::to_i16;
use crate::provenance::{Mark, vorbis_comment};
use crate::{library, whole};
use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, StreamInfo};
use flacenc::config::Encoder;
use flacenc::encode_fixed_size_frame;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Context, Fill, FrameBuf};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};

/// Samples of a block: a sixth of a second of speech.
const BLOCK: usize = 4096;
/// A shorter block cannot be encoded; the last one is filled with silence.
const SHORTEST: usize = 32;
/// `fLaC`, then every block of metadata begins with its kind and its length.
const MAGIC: &[u8; 4] = b"fLaC";
const BLOCK_HEAD: usize = 4;
const STREAM_INFO: u8 = 0;
const COMMENT: u8 = 4;
const LAST: u8 = 0x80;

/// Mono, 16 bits.
pub(super) struct Growing {
    out: whole::Counted<File>,
    config: Verified<Encoder>,
    info: StreamInfo,
    /// Counts and sums up the full blocks.
    context: Context,
    /// Of the last block, which is not full yet.
    waiting: Vec<i32>,
    /// How many of them are in the file.
    sealed: usize,
    /// Full blocks.
    blocks: usize,
    hash: Sha256,
    /// Where the hash stands in the file, if it is marked.
    hash_at: Option<u64>,
    /// Up to the end of the last full block.
    bytes: u64,
}

impl Growing {
    pub(super) fn begin(file: File, rate: u32, mark: Option<&Mark>) -> io::Result<Self> {
        let config = Encoder::default();
        let mut info = StreamInfo::new(rate as usize, 1, 16).map_err(broken)?;
        info.set_block_sizes(BLOCK, BLOCK).map_err(broken)?;
        // Unknown: they say nothing that anybody needs.
        info.set_frame_sizes(0, 0).map_err(broken)?;
        let comment = mark.map(vorbis_comment);
        let mut header = MAGIC.to_vec();
        let last = if comment.is_none() { LAST } else { 0 };
        header.extend(head(STREAM_INFO | last, 34)?);
        header.extend(bits(&info)?);
        let mut hash_at = None;
        if let Some((comment, before_end)) = comment {
            header.extend(head(COMMENT | LAST, comment.len())?);
            header.extend(comment);
            hash_at = Some((header.len() - before_end) as u64);
        }
        let mut this = Self {
            out: whole::Counted(file),
            config: config.into_verified().map_err(|(_, e)| broken(e))?,
            info,
            context: Context::new(16, 1),
            waiting: Vec::with_capacity(BLOCK),
            sealed: 0,
            blocks: 0,
            hash: Sha256::new(),
            hash_at,
            bytes: header.len() as u64,
        };
        this.out.write_all(&header)?;
        this.seal(false)?;
        Ok(this)
    }

    pub(super) fn append(&mut self, samples: &[f32]) -> io::Result<()> {
        let done = self.extend(samples);
        if done.is_err() {
            // What was there before is put back: it had its room.
            self.waiting.truncate(self.sealed);
            self.seal(true)?;
        }
        done
    }

    fn extend(&mut self, samples: &[f32]) -> io::Result<()> {
        for &sample in samples {
            self.waiting.push(to_i16(sample).into());
            if self.waiting.len() == BLOCK {
                self.block()?;
            }
        }
        self.seal(false)
    }

    /// Brings out the last samples, however few.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if !self.waiting.is_empty() && self.waiting.len() < SHORTEST {
            self.waiting.resize(SHORTEST, 0);
            self.seal(false)?;
        }
        Ok(())
    }

    /// Writes a full block for good.
    fn block(&mut self) -> io::Result<()> {
        let bytes = self.encoded()?;
        self.out.0.seek(SeekFrom::Start(self.bytes))?;
        self.out.write_all(&bytes)?;
        count(&mut self.context, &mut self.hash, &self.waiting)?;
        self.bytes += bytes.len() as u64;
        self.blocks += 1;
        self.sealed = 0;
        self.waiting.clear();
        Ok(())
    }

    /// Writes what is waiting as the last block, to be written over by the next, and brings header and hash up to date.
    /// `again` when it stood there before.
    fn seal(&mut self, again: bool) -> io::Result<()> {
        let (mut context, mut hash) = (self.context.clone(), self.hash.clone());
        let mut end = self.bytes;
        self.out.0.seek(SeekFrom::Start(end))?;
        if self.waiting.len() >= SHORTEST {
            let bytes = self.encoded()?;
            if again {
                self.out.0.write_all(&bytes)?;
            } else {
                self.out.write_all(&bytes)?;
            }
            count(&mut context, &mut hash, &self.waiting)?;
            end += bytes.len() as u64;
        }
        // Writing over what is there takes no room on the disk.
        let out = &mut self.out.0;
        // Devices such as /dev/null have no length.
        _ = out.set_len(end);
        self.info.set_total_samples(context.total_samples());
        self.info.set_md5_digest(&context.md5_digest());
        if let Some(at) = self.hash_at {
            out.seek(SeekFrom::Start(at))?;
            out.write_all(library::hex(hash).as_bytes())?;
        }
        out.seek(SeekFrom::Start((MAGIC.len() + BLOCK_HEAD) as u64))?;
        out.write_all(&bits(&self.info)?)?;
        self.sealed = self.waiting.len();
        Ok(())
    }

    fn encoded(&self) -> io::Result<Vec<u8>> {
        let mut block = FrameBuf::with_size(1, self.waiting.len()).map_err(broken)?;
        block.fill_interleaved(&self.waiting).map_err(broken)?;
        let frame = encode_fixed_size_frame(&self.config, &block, self.blocks, &self.info);
        bits(&frame.map_err(broken)?)
    }
}

/// Adds samples to the sums.
fn count(context: &mut Context, hash: &mut Sha256, samples: &[i32]) -> io::Result<()> {
    context.fill_interleaved(samples).map_err(broken)?;
    for &sample in samples {
        // They came as 16 bits.
        hash.update((sample as i16).to_le_bytes());
    }
    Ok(())
}

fn head(kind: u8, length: usize) -> io::Result<[u8; BLOCK_HEAD]> {
    let length = u32::try_from(length).map_err(broken)?;
    let [_, a, b, c] = length.to_be_bytes();
    Ok([kind, a, b, c])
}

fn bits(what: &impl BitRepr) -> io::Result<Vec<u8>> {
    let mut sink = ByteSink::new();
    what.write(&mut sink).map_err(broken)?;
    Ok(sink.into_inner())
}

/// The encoder's errors stay on their thread; what they say goes on.
fn broken(e: impl std::fmt::Display) -> io::Error {
    io::Error::other(e.to_string())
}
