//! What a model is, in one line: the SHA-256 of its weights.
//!
//! One file gives what `sha256sum` prints for it; several give the hash of their bytes one after the other, in the
//! order of their names.

use crate::Result;
use myna_models::Error;
use myna_models::weights::Checkpoint;
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::Path;

pub fn fingerprint(model: &Path) -> Result<String> {
    let checkpoint = Checkpoint::open(model)?;
    let mut hash = Sha256::new();
    let mut buffer = vec![0u8; 1 << 20];
    for path in checkpoint.files() {
        let mut file = File::open(path).map_err(|e| Error::io(path, e))?;
        loop {
            match file.read(&mut buffer) {
                Ok(0) => break,
                Ok(n) => hash.update(&buffer[..n]),
                Err(e) if e.kind() == std::io::ErrorKind::Interrupted => {}
                Err(e) => return Err(Error::io(path, e).into()),
            }
        }
    }
    Ok(hash.finalize().iter().map(|b| format!("{b:02x}")).collect())
}
