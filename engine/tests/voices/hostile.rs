//! Archives that mean harm, or are broken: each is refused with its reason, and nothing is written anywhere.

use crate::{add, tree};
use myna_engine::voices::{Store, export, import, unpack};
use std::io::{Cursor, Write};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

type Entries = Vec<(String, Vec<u8>)>;

/// What a good archive holds, by name.
fn good() -> (Vec<u8>, Entries) {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("voices"));
    let voice = add(&store, dir.path(), "Anna");
    let path = dir.path().join("a.mynavoice");
    export(&voice, &path).unwrap();
    let bytes = std::fs::read(path).unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(bytes.clone())).unwrap();
    let mut entries = Vec::new();
    for i in 0..zip.len() {
        let mut file = zip.by_index(i).unwrap();
        let mut content = Vec::new();
        std::io::copy(&mut file, &mut content).unwrap();
        entries.push((file.name().unwrap().into_owned(), content));
    }
    (bytes, entries)
}

fn plain() -> SimpleFileOptions {
    SimpleFileOptions::default()
        .compression_method(CompressionMethod::Stored)
        .unix_permissions(0o644)
}

fn pack(entries: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in entries {
        zip.start_file(name.clone(), plain()).unwrap();
        zip.write_all(content).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

/// With hashes that fit, as a careful attacker writes them.
fn sealed(mut entries: Entries) -> Vec<u8> {
    let files: serde_json::Map<String, serde_json::Value> = entries
        .iter()
        .filter(|(name, _)| name != "manifest.json")
        .map(|(name, content)| {
            (
                name.clone(),
                myna_engine::library::bytes_hash(content).into(),
            )
        })
        .collect();
    let manifest = serde_json::json!({ "format": 1, "files": files });
    entries.retain(|(name, _)| name != "manifest.json");
    entries.insert(
        0,
        ("manifest.json".into(), manifest.to_string().into_bytes()),
    );
    pack(&entries)
}

fn with(entries: &Entries, name: &str, change: impl Fn(&str) -> String) -> Entries {
    let mut changed = entries.clone();
    for (n, content) in &mut changed {
        if n == name {
            *content = change(std::str::from_utf8(content).unwrap()).into_bytes();
        }
    }
    changed
}

fn and(entries: &Entries, name: &str, content: &[u8]) -> Entries {
    let mut more = entries.clone();
    more.push((name.into(), content.to_vec()));
    more
}

fn without(entries: &Entries, name: &str) -> Entries {
    entries.iter().filter(|(n, _)| n != name).cloned().collect()
}

/// A copy with some bytes replaced: the first place where `old` stands, or the last.
fn patched(bytes: &[u8], old: &[u8], new: &[u8], last: bool) -> Vec<u8> {
    let mut places = bytes
        .windows(old.len())
        .enumerate()
        .filter(|(_, w)| *w == old);
    let at = if last {
        places.next_back()
    } else {
        places.next()
    }
    .unwrap()
    .0;
    let mut copy = bytes.to_vec();
    copy[at..at + new.len()].copy_from_slice(new);
    copy
}

/// Name, archive, part of the reason.
fn all() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let (bytes, entries) = good();
    let end = bytes.len() - 22;
    let set = |at: usize, new: &[u8]| {
        let mut copy = bytes.clone();
        copy[at..at + new.len()].copy_from_slice(new);
        copy
    };
    let central = bytes.windows(4).position(|w| w == b"PK\x01\x02").unwrap();
    let toml = |change: &dyn Fn(&str) -> String| sealed(with(&entries, "voice.toml", change));
    let mut linked = ZipWriter::new(Cursor::new(Vec::new()));
    linked
        .add_symlink("voice.toml", "/etc/passwd", plain())
        .unwrap();
    let linked = linked.finish().unwrap().into_inner();
    let mut folder = ZipWriter::new(Cursor::new(Vec::new()));
    folder.add_directory("segment-1.wav", plain()).unwrap();
    let folder = folder.finish().unwrap().into_inner();
    // Method 8 in both headers: what is stored claims to be packed.
    let deflated = {
        let mut copy = set(8, &[8, 0]);
        copy[central + 10..central + 12].copy_from_slice(&[8, 0]);
        copy
    };
    let mut commented = ZipWriter::new(Cursor::new(Vec::new()));
    commented.set_comment("hello").unwrap();
    commented.start_file("voice.toml", plain()).unwrap();
    let commented = commented.finish().unwrap().into_inner();
    let many: Entries = (0..20)
        .map(|i| (format!("segment-{i}.wav"), vec![]))
        .collect();
    let no_sound = and(
        &without(&entries, "segment-1.wav"),
        "segment-1.wav",
        b"RIFF____WAVE and no more",
    );
    let hash = |bytes: &[u8]| myna_engine::library::bytes_hash(bytes);
    let old_hash = hash(
        &entries
            .iter()
            .find(|(n, _)| n == "segment-1.wav")
            .unwrap()
            .1,
    );
    let script = b"#!/bin/sh\nrm -rf ~\n".to_vec();
    let not_sound = |content: &[u8]| {
        let swapped = with(&entries, "voice.toml", |t| {
            t.replace(&old_hash, &hash(content))
        });
        sealed(and(
            &without(&swapped, "segment-1.wav"),
            "segment-1.wav",
            content,
        ))
    };
    vec![
        ("nothing at all", vec![], "no archive"),
        (
            "a text",
            b"hello, this is a voice, believe me".to_vec(),
            "no archive",
        ),
        ("cut off", bytes[..bytes.len() / 2].to_vec(), "cut off"),
        (
            "one byte short",
            bytes[..bytes.len() - 1].to_vec(),
            "cut off",
        ),
        (
            "something behind it",
            [&bytes[..], b"x"].concat(),
            "cut off, or something",
        ),
        (
            "a program before it",
            [b"MZ\x90", &bytes[..]].concat(),
            "stands before",
        ),
        ("a comment", commented, "something stands behind"),
        (
            "a comment's length without one",
            set(end + 20, &[9, 0]),
            "comment",
        ),
        ("parts on other disks", set(end + 4, &[1, 0]), "split"),
        ("no files", set(end + 8, &[0, 0, 0, 0]), "0 files"),
        ("twenty files", pack(&many), "20 files"),
        ("a count that lies", set(end + 8, &[2, 0, 2, 0]), ""),
        (
            "a list that begins elsewhere",
            set(end + 16, &[0, 0, 0, 0]),
            "stands between",
        ),
        ("64-bit sizes", set(end + 16, &[0xff; 4]), "stands between"),
        (
            "a path upwards",
            pack(&and(&entries, "../evil.toml", b"x")),
            "no place",
        ),
        (
            "a path upwards and on",
            pack(&and(&entries, "segment-1.wav/../../x", b"x")),
            "no place",
        ),
        (
            "a full path",
            pack(&and(&entries, "/tmp/evil", b"x")),
            "no place",
        ),
        (
            "a Windows path",
            pack(&and(&entries, "C:\\evil", b"x")),
            "no place",
        ),
        (
            "a folder inside",
            pack(&and(&entries, "a/voice.toml", b"x")),
            "no place",
        ),
        (
            "a hidden file",
            pack(&and(&entries, ".bashrc", b"x")),
            "no place",
        ),
        (
            "another case",
            pack(&and(&entries, "VOICE.TOML", b"x")),
            "no place",
        ),
        (
            "a name with a zero",
            pack(&and(&entries, "voice.toml\0.wav", b"x")),
            "",
        ),
        ("a link", linked, "not a plain file"),
        ("a folder by a file's name", folder, ""),
        (
            "a name twice",
            patched(
                &pack(&and(&entries, "segment-2.wav", b"x")),
                b"segment-2.wav",
                b"segment-1.wav",
                true,
            ),
            "",
        ),
        (
            "another name before the file",
            patched(&bytes, b"voice.toml", b"voice.tomx", false),
            "",
        ),
        ("a bomb", deflated, ""),
        ("a size that lies", set(central + 24, &[1, 0, 0, 0]), ""),
        (
            "a huge size",
            set(central + 24, &[0xff, 0xff, 0xff, 0x7f]),
            "",
        ),
        ("a wrong checksum", set(central + 16, &[1, 2, 3, 4]), ""),
        ("encryption", set(central + 8, &[1, 0]), ""),
        ("an unknown packing", set(central + 10, &[99, 0]), ""),
        (
            "a profile too long",
            pack(&and(
                &without(&entries, "voice.toml"),
                "voice.toml",
                &vec![b'#'; 1 << 20],
            )),
            "larger than",
        ),
        (
            "no manifest",
            pack(&without(&entries, "manifest.json")),
            "no manifest.json",
        ),
        (
            "no profile",
            sealed(without(&entries, "voice.toml")),
            "no voice.toml",
        ),
        (
            "no recording",
            sealed(without(&entries, "segment-1.wav")),
            "does not name",
        ),
        (
            "a manifest of nonsense",
            pack(&with(&entries, "manifest.json", |_| "{".into())),
            "manifest is damaged",
        ),
        (
            "a manifest of the future",
            pack(&with(&entries, "manifest.json", |t| {
                t.replace("\"format\": 1", "\"format\": 2")
            })),
            "another version",
        ),
        (
            "a recording that is not listed",
            pack(&and(&entries, "segment-2.wav", b"RIFF")),
            "does not list",
        ),
        (
            "a changed profile",
            pack(&with(&entries, "voice.toml", |t| t.replace("Anna", "Ann"))),
            "not what the manifest",
        ),
        (
            "a recording more, and sealed",
            sealed(and(&entries, "segment-2.wav", b"RIFF____WAVE")),
            "does not name",
        ),
        (
            "another recording, and sealed",
            sealed(no_sound),
            "not the recording",
        ),
        ("a script for a recording", not_sound(&script), "no WAV"),
        (
            "a profile that is no text",
            sealed(and(
                &without(&entries, "voice.toml"),
                "voice.toml",
                &[0xff, 0xfe, 0],
            )),
            "not text",
        ),
        ("a profile of nonsense", toml(&|_| "name = ".into()), ""),
        (
            "a path for a recording",
            toml(&|t| t.replace("segment-1.wav", "../../etc/passwd")),
            "not named",
        ),
        (
            "a name that is a path",
            toml(&|t| t.replace("\"Anna\"", "\"../Anna\"")),
            "cannot have",
        ),
        (
            "a name that turns around",
            toml(&|t| t.replace("\"Anna\"", "\"A\\u202Ennа\"")),
            "cannot have",
        ),
        (
            "a consent that says nothing",
            toml(&|t| t.replace("My own voice.", " ")),
            "consent says nothing",
        ),
        (
            "a profile of the future",
            toml(&|t| t.replace("format = 1", "format = 9")),
            "another version",
        ),
        (
            "a length of minus one",
            toml(&|t| t.replace("seconds = ", "seconds = -")),
            "impossible length",
        ),
        (
            "a recording that is cut off",
            not_sound(b"RIFF\x24\x08\x00\x00WAVEfmt \x10\x00\x00\x00"),
            "",
        ),
    ]
}

#[test]
fn hostile_archives_are_refused_with_a_reason_and_write_nothing() {
    let hostile = all();
    assert!(hostile.len() >= 30);
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("deep/down/voices"));
    let mut wrong = Vec::new();
    let mut reasons = std::collections::BTreeSet::new();
    for (name, bytes, reason) in &hostile {
        let path = dir.path().join("hostile.mynavoice");
        std::fs::write(&path, bytes).unwrap();
        let before = tree(dir.path());
        match import(&store, &path, None) {
            Err(e) if e.to_string().contains(reason) && !e.hint().is_empty() => {
                reasons.insert(e.to_string());
            }
            Err(e) => wrong.push(format!("{name}: {e}")),
            Ok(voice) => wrong.push(format!("{name} came in as {:?}", voice.id)),
        }
        assert_eq!(tree(dir.path()), before, "{name} wrote something");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!(
        "{} hostile archives refused, {} different reasons",
        hostile.len(),
        reasons.len()
    );
    // The one they were made from is good.
    let (bytes, _) = good();
    let contents = unpack(&bytes).unwrap();
    assert_eq!(contents.profile.name, "Anna");
}
