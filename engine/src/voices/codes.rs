//! A voice's recordings as codes, kept beside them for every codec that has read them.
//!
//! Encoding ten seconds takes a moment that would delay every first sound. A kept file is believed only if it was made of the
//! same recording by the same codec with as many codebooks; anything else is made again and replaced. Keeping is a
//! convenience: where it fails, the codes are there all the same.

use super::profile;
use crate::Result;
use crate::codec::{Codec, read_codes, write_codes_with};
use crate::library;
use myna_models::mimi::Codes;
use myna_models::trace::TensorFile;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The codes of a recording; from beside it if it lies in a voice's folder and they are there.
pub(crate) fn codes(codec: &mut Codec, audio: &Path, codebooks: usize) -> Result<Codes> {
    let Some(place) = place(codec, audio) else {
        return codec.encode_file(audio, codebooks);
    };
    let made_of = BTreeMap::from([
        ("codec".to_owned(), codec.identity().to_owned()),
        (
            "audio".to_owned(),
            library::file_hash(audio).unwrap_or_default(),
        ),
        ("codebooks".to_owned(), codebooks.to_string()),
    ]);
    if let Some(codes) = kept(&place, &made_of) {
        return Ok(codes);
    }
    let codes = codec.encode_file(audio, codebooks)?;
    _ = write_codes_with(&place, &codes, &made_of);
    Ok(codes)
}

fn place(codec: &Codec, audio: &Path) -> Option<PathBuf> {
    let folder = audio.parent()?;
    let stem = audio.file_stem()?.to_str()?;
    let identity = codec.identity().get(..16)?;
    folder
        .join(profile::FILE)
        .is_file()
        .then(|| folder.join(format!("codes-{stem}-{identity}.safetensors")))
}

fn kept(place: &Path, made_of: &BTreeMap<String, String>) -> Option<Codes> {
    let metadata = TensorFile::read(place).ok()?.metadata().clone();
    let same = made_of
        .iter()
        .all(|(key, value)| metadata.get(key) == Some(value));
    if !same {
        return None;
    }
    read_codes(place).ok()
}
