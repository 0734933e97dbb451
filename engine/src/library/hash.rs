//! What a model is, in one line: the SHA-256 of its weights, or of the parts of them that tell models apart.
//!
//! One file gives what `sha256sum` prints for it; several give the hash of their bytes one after the other, in the
//! order of their names.

use crate::Result;
use myna_models::Error;
use myna_models::weights::Checkpoint;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

/// Of each end of a file, for a mark.
const END: u64 = 1 << 16;

pub fn fingerprint(model: &Path) -> Result<String> {
    let checkpoint = Checkpoint::open(model)?;
    let mut hash = Sha256::new();
    for path in checkpoint.files() {
        let file = File::open(path).map_err(|e| Error::io(path, e))?;
        add(&mut hash, file).map_err(|e| Error::io(path, e))?;
    }
    Ok(hex(hash))
}

/// Tells models apart without reading them whole: lengths and both ends of all weights, and the configuration.
/// No proof against somebody who wants to be mistaken.
pub fn mark(model: &Path) -> Result<String> {
    let checkpoint = Checkpoint::open(model)?;
    let mut hash = Sha256::new();
    for path in checkpoint.files() {
        let mut ends = || -> std::io::Result<()> {
            let mut file = File::open(path)?;
            let length = file.metadata()?.len();
            hash.update(length.to_le_bytes());
            add(&mut hash, (&mut file).take(END))?;
            file.seek(SeekFrom::Start(
                length.saturating_sub(END).max(END.min(length)),
            ))?;
            add(&mut hash, file)
        };
        ends().map_err(|e| Error::io(path, e))?;
    }
    // A single file of weights has no configuration beside it.
    if let Ok(config) = std::fs::read(model.join("config.json")) {
        hash.update(config);
    }
    Ok(hex(hash))
}

/// As `sha256sum` prints it.
pub fn file_hash(path: &Path) -> std::io::Result<String> {
    let mut hash = Sha256::new();
    add(&mut hash, File::open(path)?)?;
    Ok(hex(hash))
}

fn add(hash: &mut Sha256, mut from: impl Read) -> std::io::Result<()> {
    let mut buffer = vec![0u8; 1 << 20];
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(()),
            Ok(n) => hash.update(&buffer[..n]),
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e),
        }
    }
}

/// The same of bytes in memory.
pub fn bytes_hash(bytes: &[u8]) -> String {
    hex(Sha256::new_with_prefix(bytes))
}

pub fn hex(hash: Sha256) -> String {
    hash.finalize().iter().map(|b| format!("{b:02x}")).collect()
}
