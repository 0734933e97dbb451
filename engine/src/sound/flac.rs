//! A FLAC file that can be played up to its last block while it grows, and is marked at every moment if it is to be.
//!
//! Blocks are encoded as they fill (flacenc) and go to the disk at once; the last, short one at the end. The header, with
//! length and checksum, and the hash in the mark are brought up to date after every block, so an interrupt, a crash or a
//! full disk leaves what was spoken before. Samples are 16-bit, as in the WAV files, and the hash is of the same bytes.

use crate::provenance::{Mark, vorbis_comment};
use crate::library;
use flacenc::bitsink::ByteSink;
use flacenc::component::{BitRepr, StreamInfo};
use flacenc::config::Encoder;
use flacenc::encode_fixed_size_frame;
use flacenc::error::{Verified, Verify};
use flacenc::source::{Context, Fill, FrameBuf};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};

/// Samples of a block: a sixth of a second of speech.
const BLOCK: usize = 4096;
/// A shorter last block cannot be encoded; it is filled with silence.
const SHORTEST: usize = 32;
/// `fLaC`, then every block of metadata begins with its kind and its length.
const MAGIC: &[u8; 4] = b"fLaC";
const BLOCK_HEAD: usize = 4;
const STREAM_INFO: u8 = 0;
const COMMENT: u8 = 4;
const LAST: u8 = 0x80;

/// Mono, 16 bits.
pub(super) struct Growing {
    out: BufWriter<File>,
    config: Verified<Encoder>,
    info: StreamInfo,
    /// Counts and sums up what was encoded.
    context: Context,
    waiting: Vec<i32>,
    blocks: usize,
    hash: Sha256,
    /// Where the hash stands in the file, if it is marked.
    hash_at: Option<u64>,
    /// Of the whole file.
    bytes: u64,
}

impl Growing {
    pub(super) fn begin(file: File, rate: u32, mark: Option<&Mark>) -> io::Result<Self> {
        let config = Encoder::default();
        let mut info = StreamInfo::new(rate as usize, 1, 16).map_err(io::Error::other)?;
        info.set_block_sizes(BLOCK, BLOCK).map_err(io::Error::other)?;
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
            out: BufWriter::new(file),
            config: config.into_verified().map_err(|(_, e)| io::Error::other(e))?,
            info,
            context: Context::new(16, 1),
            waiting: Vec::with_capacity(BLOCK),
            blocks: 0,
            hash: Sha256::new(),
            hash_at,
            bytes: header.len() as u64,
        };
        this.out.write_all(&header)?;
        this.update()?;
        Ok(this)
    }

    pub(super) fn append(&mut self, samples: &[i16]) -> io::Result<()> {
        let before = self.blocks;
        for &sample in samples {
            self.waiting.push(sample.into());
            if self.waiting.len() == BLOCK {
                self.block()?;
            }
        }
        if self.blocks > before {
            self.update()?;
        }
        Ok(())
    }

    /// Encodes what is waiting.
    pub(super) fn finish(&mut self) -> io::Result<()> {
        if self.waiting.is_empty() {
            return Ok(());
        }
        if self.waiting.len() < SHORTEST {
            self.waiting.resize(SHORTEST, 0);
        }
        self.block()?;
        self.update()
    }

    fn block(&mut self) -> io::Result<()> {
        let mut block =
            FrameBuf::with_size(1, self.waiting.len()).map_err(io::Error::other)?;
        block.fill_interleaved(&self.waiting).map_err(io::Error::other)?;
        self.context
            .fill_interleaved(&self.waiting)
            .map_err(io::Error::other)?;
        let frame = encode_fixed_size_frame(&self.config, &block, self.blocks, &self.info)
            .map_err(io::Error::other)?;
        let bytes = bits(&frame)?;
        self.out.write_all(&bytes)?;
        for &sample in &self.waiting {
            // Samples came as 16 bits.
            self.hash.update((sample as i16).to_le_bytes());
        }
        self.bytes += bytes.len() as u64;
        self.blocks += 1;
        self.waiting.clear();
        Ok(())
    }

    /// Brings header and hash to the state of the blocks.
    fn update(&mut self) -> io::Result<()> {
        self.out.flush()?;
        self.info.set_total_samples(self.context.total_samples());
        self.info.set_md5_digest(&self.context.md5_digest());
        if let Some(at) = self.hash_at {
            self.out.seek(SeekFrom::Start(at))?;
            self.out.write_all(library::hex(self.hash.clone()).as_bytes())?;
        }
        let at = (MAGIC.len() + BLOCK_HEAD) as u64;
        self.out.seek(SeekFrom::Start(at))?;
        self.out.write_all(&bits(&self.info)?)?;
        self.out.seek(SeekFrom::Start(self.bytes))?;
        Ok(())
    }
}

fn head(kind: u8, length: usize) -> io::Result<[u8; BLOCK_HEAD]> {
    let length = u32::try_from(length).map_err(io::Error::other)?;
    let [_, a, b, c] = length.to_be_bytes();
    Ok([kind, a, b, c])
}

fn bits(what: &impl BitRepr) -> io::Result<Vec<u8>> {
    let mut sink = ByteSink::new();
    what.write(&mut sink).map_err(io::Error::other)?;
    Ok(sink.into_inner())
}
