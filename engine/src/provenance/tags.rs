//! Marks in files that are no WAV: written as Vorbis comments into FLAC, read from the comments of every container that
//! symphonia knows.
//!
//! Only a FLAC can still hold the marked samples; in the others the sound was encoded anew, and the mark tells where it came
//! from. Reading trusts nothing: what cannot be decoded is no sample.

use super::mark::{GENERATOR, Mark};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::panic::{AssertUnwindSafe, catch_unwind};
use symphonia::core::codecs::CodecParameters;
use symphonia::core::codecs::audio::AudioDecoderOptions;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::well_known::FORMAT_ID_FLAC;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::{MediaSourceStream, MediaSourceStreamOptions};
use symphonia::core::meta::{MetadataOptions, MetadataRevision, RawValue};

/// The content of a block of Vorbis comments with the mark. The 64 characters of the hash begin `n` bytes before its end;
/// gives `n`, too.
pub fn vorbis_comment(mark: &Mark) -> (Vec<u8>, usize) {
    let fields = [
        format!("ENCODER={GENERATOR}"),
        format!("DATE={}", mark.date),
        format!("COMMENT={}", mark.comment()),
    ];
    let mut block = text(GENERATOR);
    block.extend(length(fields.len()));
    for field in &fields {
        block.extend(text(field));
    }
    // From the hash to the end: itself, and `"}`.
    (block, 64 + 2)
}

fn text(text: &str) -> Vec<u8> {
    [&length(text.len())[..], text.as_bytes()].concat()
}

fn length(n: usize) -> [u8; 4] {
    u32::try_from(n).unwrap_or(u32::MAX).to_le_bytes()
}

/// What a container says of itself.
#[derive(Debug)]
pub struct Tagged {
    pub mark: Option<Mark>,
    /// SHA-256 of the samples, 16 bits each; None where they cannot be the marked ones.
    pub sha256: Option<String>,
}

/// Reads a file; None when it is no container that is known.
pub fn read(file: File) -> Option<Tagged> {
    // A panic in a foreign parser is the file's fault.
    catch_unwind(AssertUnwindSafe(|| open(file))).ok().flatten()
}

fn open(file: File) -> Option<Tagged> {
    let source = MediaSourceStream::new(Box::new(file), MediaSourceStreamOptions::default());
    let probe = symphonia::default::get_probe();
    let (format, metadata) = (FormatOptions::default(), MetadataOptions::default());
    let mut format = probe.probe(&Hint::new(), source, format, metadata).ok()?;
    let mark = mark(format.as_mut());
    let sha256 = match &mark {
        Some(_) if format.format_info().format == FORMAT_ID_FLAC => hash(format.as_mut()),
        _ => None,
    };
    Some(Tagged { mark, sha256 })
}

/// The first mark in whatever the file says of itself; it may say it in several places.
fn mark(format: &mut dyn FormatReader) -> Option<Mark> {
    let mut metadata = format.metadata();
    loop {
        if let Some(mark) = metadata.current().and_then(marked) {
            return Some(mark);
        }
        metadata.pop()?;
    }
}

fn marked(revision: &MetadataRevision) -> Option<Mark> {
    let tracks = revision.per_track.iter().map(|track| &track.metadata);
    let mut tags = std::iter::once(&revision.media)
        .chain(tracks)
        .flat_map(|container| &container.tags);
    tags.find_map(|tag| match &tag.raw.value {
        RawValue::String(text) => Mark::parse(text),
        _ => None,
    })
}

/// Of one channel of 16 bits, whole; None for anything else.
fn hash(format: &mut dyn FormatReader) -> Option<String> {
    let track = format.default_track(TrackType::Audio)?;
    let Some(CodecParameters::Audio(params)) = &track.codec_params else {
        return None;
    };
    let expected = track.num_frames;
    let mut decoder = symphonia::default::get_codecs()
        .make_audio_decoder(params, &AudioDecoderOptions::default())
        .ok()?;
    let mut hash = Sha256::new();
    let (mut samples, mut count): (Vec<i32>, u64) = (Vec::new(), 0);
    while let Some(packet) = format.next_packet().ok()? {
        let decoded = decoder.decode(&packet).ok()?;
        if decoded.spec().channels().count() != 1 {
            return None;
        }
        decoded.copy_to_vec_interleaved(&mut samples);
        for sample in &samples {
            // The highest bits are the sample's; below them nothing may be.
            if sample & 0xffff != 0 {
                return None;
            }
            hash.update(((sample >> 16) as i16).to_le_bytes());
        }
        count += samples.len() as u64;
    }
    // A file that is cut between two blocks decodes well.
    (expected.unwrap_or(0) == count).then(|| crate::library::hex(hash))
}

#[cfg(test)]
mod tests {
    use crate::provenance::{Finding, Mark, verify};
    use std::path::Path;

    /// An ID3v2.3 tag with a comment, as converters write it before an MP3.
    fn id3(comment: &str) -> Vec<u8> {
        let body = [b"\0eng\0", comment.as_bytes()].concat();
        let mut frame = b"COMM".to_vec();
        frame.extend((body.len() as u32).to_be_bytes());
        frame.extend([0, 0]);
        frame.extend(body);
        // Seven bits in every byte.
        let n = frame.len();
        let size = [21, 14, 7, 0].map(|shift| ((n >> shift) & 0x7f) as u8);
        [&b"ID3\x03\0\0"[..], &size, &frame].concat()
    }

    #[test]
    fn a_copy_of_another_kind_tells_where_it_came_from() {
        let dir = tempfile::tempdir().unwrap();
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/media");
        let copy = dir.path().join("a.mp3");
        let sound = std::fs::read(fixtures.join("rain.mp3")).unwrap();
        let mark = Mark::new("marvis", Some("Anna"));
        std::fs::write(&copy, [id3(&mark.comment()), sound.clone()].concat()).unwrap();
        assert_eq!(verify(&copy).unwrap(), Finding::Altered(mark));
        std::fs::write(&copy, [id3("A song."), sound].concat()).unwrap();
        assert_eq!(verify(&copy).unwrap(), Finding::Unmarked);
        let mut seen = 0;
        for entry in std::fs::read_dir(fixtures).unwrap() {
            assert_eq!(verify(&entry.unwrap().path()).unwrap(), Finding::Unmarked);
            seen += 1;
        }
        assert!(seen > 10);
    }
}
