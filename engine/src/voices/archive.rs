//! A voice as one file: `NAME.mynavoice`, a ZIP with `manifest.json`, `voice.toml` and `segment-N.wav`.
//!
//! An archive comes from a stranger. Everything is checked in memory before anything is written: sizes and counts before
//! reading, names against a fixed list, no links, folders, compression, encryption or comments, nothing beside or between the entries,
//! every file's hash, the profile, the sound. Codes are not packed: they can be made again. Fails with `bad-input`, saying
//! why; [`unpack`] writes nothing, and import goes through the store, so that nothing lands outside it.

use super::profile::{self, Profile, audio_name};
use super::store::{Store, Voice};
use crate::{Error, Result, library, whole};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::path::Path;
use zip::{CompressionMethod, ZipArchive, ZipWriter, write::SimpleFileOptions};

/// Of an archive's file, and of all that is in it.
pub const MAX_BYTES: u64 = 64 << 20;
const MAX_AUDIO: u64 = 32 << 20;
const MANIFEST: &str = "manifest.json";
const FORMAT: u32 = 1;
/// The size of a ZIP's end record without a comment.
const END: usize = 22;

/// What an archive held, found to be whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Contents {
    pub profile: Profile,
    /// Recordings by name.
    pub files: Vec<(String, Vec<u8>)>,
}

#[derive(Serialize, Deserialize)]
struct Manifest {
    format: u32,
    /// SHA-256 of every other file.
    files: BTreeMap<String, String>,
}

/// Writes a voice's archive. An existing file is replaced whole.
pub fn export(voice: &Voice, to: &Path) -> Result<()> {
    voice.check_usable()?;
    let Some(folder) = &voice.folder else {
        return Err(refused("a voice that comes with Myna is not exported"));
    };
    let mut entries = vec![(
        profile::FILE.to_owned(),
        voice.profile.to_toml()?.into_bytes(),
    )];
    for segment in &voice.profile.segments {
        let path = folder.join(&segment.audio);
        let bytes = std::fs::read(&path).map_err(|e| {
            Error::audio(
                &path,
                format!("cannot be read ({e})"),
                "Check the voice's folder.",
            )
        })?;
        entries.push((segment.audio.clone(), bytes));
    }
    let manifest = Manifest {
        format: FORMAT,
        files: entries
            .iter()
            .map(|(name, bytes)| (name.clone(), library::bytes_hash(bytes)))
            .collect(),
    };
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(|e| Error::output(to, e))?;
    entries.insert(0, (MANIFEST.to_owned(), manifest));
    let bytes = pack(&entries).map_err(|e| Error::output(to, e))?;
    whole::write(to, &bytes)
}

/// Takes an archive's voice in. `name` replaces the name it has.
pub fn import(store: &Store, from: &Path, name: Option<&str>) -> Result<Voice> {
    let unreadable =
        |e: std::io::Error| refused(&format!("{} cannot be read: {e}", from.display()));
    let mut bytes = Vec::new();
    std::fs::File::open(from)
        .map_err(unreadable)?
        .take(MAX_BYTES + 1)
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    let mut contents = unpack(&bytes)?;
    if let Some(name) = name {
        contents.profile.name = Profile::new(name, "")?.name;
    }
    store.adopt(&contents.profile, &contents.files)
}

/// Everything an archive holds, or why it is refused. Writes nothing.
pub fn unpack(bytes: &[u8]) -> Result<Contents> {
    let mut files = entries(bytes)?;
    let manifest = take(&mut files, MANIFEST)?;
    let manifest: Manifest = serde_json::from_slice(&manifest)
        .map_err(|e| refused(&format!("its manifest is damaged: {e}")))?;
    if manifest.format != FORMAT {
        return Err(refused(&format!(
            "its format {} is of another version of Myna",
            manifest.format
        )));
    }
    if manifest.files.len() != files.len()
        || !files.keys().all(|name| manifest.files.contains_key(name))
    {
        return Err(refused("its manifest does not list what it holds"));
    }
    for (name, bytes) in &files {
        if manifest.files.get(name) != Some(&library::bytes_hash(bytes)) {
            return Err(refused(&format!(
                "{name} is not what the manifest says it is"
            )));
        }
    }
    let text = String::from_utf8(take(&mut files, profile::FILE)?)
        .map_err(|_| refused("its profile is not text in UTF-8"))?;
    let profile = Profile::parse(profile::FILE, &text)?;
    let named: Vec<&String> = profile.segments.iter().map(|s| &s.audio).collect();
    if named.is_empty()
        || named.len() != files.len()
        || !named.iter().all(|n| files.contains_key(*n))
    {
        return Err(refused("its profile does not name the recordings it holds"));
    }
    for segment in &profile.segments {
        let bytes = &files[&segment.audio];
        if segment.sha256 != library::bytes_hash(bytes) {
            return Err(refused(&format!(
                "{} is not the recording of the profile",
                segment.audio
            )));
        }
        if !bytes.starts_with(b"RIFF") || bytes.get(8..12) != Some(b"WAVE") {
            return Err(refused(&format!("{} is no WAV file", segment.audio)));
        }
    }
    Ok(Contents {
        profile,
        files: files.into_iter().collect(),
    })
}

/// The entries by name, read within all limits.
fn entries(bytes: &[u8]) -> Result<BTreeMap<String, Vec<u8>>> {
    let damaged = |e: zip::result::ZipError| refused(&format!("it is damaged: {e}"));
    if bytes.len() as u64 > MAX_BYTES {
        return Err(refused(&format!(
            "it is larger than {} MB",
            MAX_BYTES >> 20
        )));
    }
    check_frame(bytes)?;
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
    if archive.len() != end_count(bytes) || archive.has_duplicate_names() {
        return Err(refused("a name stands in it twice"));
    }
    if archive.offset() != 0 || archive.has_overlapping_entries().map_err(damaged)? {
        return Err(refused("its files overlap"));
    }
    archive.validate_header_consistency().map_err(damaged)?;
    let mut left = MAX_BYTES;
    let mut files = BTreeMap::new();
    for i in 0..archive.len() {
        let mut file = archive.by_index(i).map_err(damaged)?;
        let name = file.name().map_err(damaged)?.into_owned();
        let limit =
            limit(&name).ok_or_else(|| refused(&format!("{name:?} has no place in a voice")))?;
        if file.is_dir() || file.is_symlink() || file.encrypted() {
            return Err(refused(&format!("{name} is not a plain file")));
        }
        if file
            .unix_mode()
            .is_some_and(|mode| mode & 0o170_000 != 0o100_000 && mode & 0o170_000 != 0)
        {
            return Err(refused(&format!("{name} is not a plain file")));
        }
        // Nothing is packed, so nothing can unpack to a thousand times its size.
        if file.compression() != CompressionMethod::Stored || file.size() != file.compressed_size()
        {
            return Err(refused(&format!("{name} is compressed")));
        }
        let size = file.size();
        if size > limit || size > left {
            return Err(refused(&format!("{name} is larger than a voice can be")));
        }
        let mut content = Vec::new();
        // One byte more than promised tells a liar; the checksum is compared at the end.
        (&mut file)
            .take(size + 1)
            .read_to_end(&mut content)
            .map_err(|e| refused(&format!("{name} is damaged: {e}")))?;
        if content.len() as u64 != size {
            return Err(refused(&format!("{name} is not as long as it says")));
        }
        left -= size;
        files.insert(name, content);
    }
    Ok(files)
}

/// How large a file of that name may be; None for names that no voice has.
fn limit(name: &str) -> Option<u64> {
    match name {
        MANIFEST | profile::FILE => Some(profile::MAX_BYTES),
        _ => (0..profile::MAX_SEGMENTS)
            .any(|i| audio_name(i) == name)
            .then_some(MAX_AUDIO),
    }
}

/// The archive begins with its first file and ends with its one end record: nothing is hidden before, behind or between.
fn check_frame(bytes: &[u8]) -> Result<()> {
    let Some(end) = bytes.len().checked_sub(END).map(|at| &bytes[at..]) else {
        return Err(refused("it is no archive"));
    };
    if !bytes.starts_with(b"PK\x03\x04") {
        return Err(refused("it is no archive, or something stands before it"));
    }
    if !end.starts_with(b"PK\x05\x06") {
        return Err(refused("it is cut off, or something stands behind it"));
    }
    let short = |at: usize| usize::from(u16::from_le_bytes([end[at], end[at + 1]]));
    let long = |at: usize| {
        u64::from(u32::from_le_bytes([
            end[at],
            end[at + 1],
            end[at + 2],
            end[at + 3],
        ]))
    };
    if [4, 6, 20].into_iter().any(|at| short(at) != 0) || short(8) != short(10) {
        return Err(refused("it is split into parts, or holds a comment"));
    }
    if short(10) == 0 || short(10) > profile::MAX_SEGMENTS + 2 {
        return Err(refused(&format!("it holds {} files", short(10))));
    }
    if long(16) + long(12) != (bytes.len() - END) as u64 {
        return Err(refused(
            "something stands between its files and its list of them",
        ));
    }
    Ok(())
}

fn end_count(bytes: &[u8]) -> usize {
    let at = bytes.len().saturating_sub(END) + 10;
    bytes
        .get(at..at + 2)
        .map_or(0, |b| usize::from(u16::from_le_bytes([b[0], b[1]])))
}

fn take(files: &mut BTreeMap<String, Vec<u8>>, name: &str) -> Result<Vec<u8>> {
    files
        .remove(name)
        .ok_or_else(|| refused(&format!("it holds no {name}")))
}

fn pack(entries: &[(String, Vec<u8>)]) -> zip::result::ZipResult<Vec<u8>> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    // The same voice is the same archive, byte for byte.
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default())
        .unix_permissions(0o644);
    for (name, bytes) in entries {
        zip.start_file(name, options)?;
        zip.write_all(bytes)?;
    }
    Ok(zip.finish()?.into_inner())
}

fn refused(why: &str) -> Error {
    Error::request(
        format!("the archive is refused: {why}"),
        "Ask for the voice again: a .mynavoice file as `myna voices export` writes it.",
    )
}
