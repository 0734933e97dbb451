//! Full disks, torn files and clocks that jump, under the voices: nothing that was finished is lost.

use super::health::tests::hum;
use super::{Consent, ConsentKind, Profile, Store, Take, Voice, codes, export, import, unpack};
use crate::codec::Codec;
use crate::sound::{Format, SoundWriter};
use crate::whole::faults::with_room;
use crate::{Error, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const WORDS: &str = "The sun was shining, and the birds were singing in the old garden.";

fn recording(folder: &Path) -> PathBuf {
    let path = folder.join("take.wav");
    let mut wav = SoundWriter::create(&path, Format::Pcm16).unwrap();
    wav.push(&hum(4.0, 0.3, 0.001)).unwrap();
    wav.finish().unwrap();
    path
}

fn add(store: &Store, audio: &Path, name: &str) -> Result<Voice> {
    let mut profile = Profile::new(name, "file")?;
    profile.consent = Some(Consent::new(ConsentKind::Own, "Mine.")?);
    let take = Take {
        audio: audio.to_owned(),
        transcript: WORDS.into(),
        heard_by: None,
    };
    Ok(store.add(profile, &[take], false)?.0)
}

/// Every file below a folder with its bytes, drafts included.
fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.path() {
            path if path.is_dir() => all.extend(tree(&path)),
            path => all.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    all.sort();
    all
}

/// Does `work` on ever larger disks until it succeeds. As long as it does not, nothing below `folder` changes.
fn until_it_fits<T>(folder: &Path, step: usize, mut work: impl FnMut() -> Result<T>) -> usize {
    let before = tree(folder);
    for refused in 0.. {
        let Err(e) = with_room(refused * step, &mut work) else {
            return refused;
        };
        assert_eq!(e.kind(), "output", "{e}");
        assert!(tree(folder) == before, "with room for {}", refused * step);
    }
    unreachable!("it fits in the end")
}

#[test]
fn a_full_disk_loses_no_voice() {
    let dir = tempfile::tempdir().unwrap();
    let folder = dir.path().join("voices");
    let store = Store::at(&folder);
    let audio = recording(dir.path());
    let mut refused = until_it_fits(&folder, 4_999, || add(&store, &audio, "Anna"));
    let voice = store.find("Anna").unwrap();
    voice.check_usable().unwrap();

    refused += until_it_fits(&folder, 7, || store.edit("Anna", 1, "Other words."));
    refused += until_it_fits(&folder, 7, || store.rename("Anna", "Berta"));
    refused += until_it_fits(&folder, 7, || {
        store.consent("Berta", Consent::new(ConsentKind::Licensed, "By licence.")?)
    });
    refused += until_it_fits(&folder, 4_999, || store.duplicate("Berta", "Clara"));

    let berta = store.find("Berta").unwrap();
    let shared = dir.path().join("shared");
    fs::create_dir(&shared).unwrap();
    let archive = shared.join("berta.mynavoice");
    fs::write(&archive, "what was there").unwrap();
    refused += until_it_fits(&shared, 4_999, || export(&berta, &archive));
    unpack(&fs::read(&archive).unwrap()).unwrap();
    refused += until_it_fits(&folder, 4_999, || import(&store, &archive, Some("Dora")));
    for name in ["Berta", "Clara", "Dora"] {
        store.find(name).unwrap().check_usable().unwrap();
    }
    eprintln!("full disks under the voices: {refused} refusals, 0 voices lost");
    assert!(refused > 200, "{refused}");
}

#[test]
fn torn_files_of_a_voice_are_refused_or_made_again() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("voices"));
    let voice = add(&store, &recording(dir.path()), "Anna").unwrap();
    let audio = voice.references()[0].audio.clone();
    let mut states = 0;

    // The recording: a voice speaks from all of it or not at all.
    let whole = fs::read(&audio).unwrap();
    for length in (0..whole.len()).step_by(4_999) {
        fs::write(&audio, &whole[..length]).unwrap();
        let refusal = store.find("Anna").unwrap().check_usable().unwrap_err();
        assert_eq!(refusal.kind(), "bad-audio", "{length}");
        states += 1;
    }
    fs::write(&audio, &whole).unwrap();

    // Its archive.
    let archive = dir.path().join("anna.mynavoice");
    export(&voice, &archive).unwrap();
    let packed = fs::read(&archive).unwrap();
    for length in (0..packed.len()).step_by(4_999) {
        let refusal = unpack(&packed[..length]).unwrap_err();
        assert_eq!(refusal.kind(), "bad-input", "{length}");
        states += 1;
    }

    // Its codes: they are made again.
    let fixture = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/mimi-tiny/kyutai");
    let mut codec = Codec::load(&fixture).unwrap();
    let first = codes::codes(&mut codec, &audio, 4).unwrap();
    let folder = voice.folder.unwrap();
    let kept = tree(&folder).into_iter().find(|(path, _)| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.starts_with("codes-")
    });
    let (place, bytes) = kept.expect("codes are kept");
    for length in (0..bytes.len()).step_by(bytes.len() / 8) {
        fs::write(&place, &bytes[..length]).unwrap();
        let again = codes::codes(&mut codec, &audio, 4).unwrap();
        assert_eq!(again.data(), first.data(), "{length}");
        states += 1;
    }
    eprintln!("torn files of a voice: {states} states, 0 taken for whole");
}

#[test]
fn a_clock_that_jumps_deletes_no_voice_before_its_time() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("voices"));
    let audio = recording(dir.path());
    let week = Duration::from_secs(7 * 24 * 3600);
    let day = 24 * 3600 * 1000;
    let today = u128::from(crate::clock::now());
    let mut jumps = 0;
    // When it was removed and when it is looked at, as a jumping clock says, in milliseconds.
    for (removed, now) in [
        (today + 400_000 * day, today),
        (u128::from(u64::MAX), today),
        (today, 0),
        (today, today - 1),
        (today, today + 6 * day),
    ] {
        let voice = add(&store, &audio, "Anna").unwrap();
        store.remove("Anna").unwrap();
        let waiting = store.folder().join(super::removed::REMOVED);
        let place = fs::read_dir(&waiting)
            .unwrap()
            .next()
            .unwrap()
            .unwrap()
            .path();
        fs::rename(&place, waiting.join(format!("{}.{removed}", voice.id))).unwrap();
        store.sweep_at(week, now);
        let back = store.restore("Anna").unwrap();
        assert_eq!(back.profile, voice.profile);
        fs::remove_dir_all(back.folder.unwrap()).unwrap();
        jumps += 1;
    }
    let voice = add(&store, &audio, "Anna").unwrap();
    store.remove("Anna").unwrap();
    store.sweep_at(week, u128::from(crate::clock::now()) + 8 * day);
    let gone: Error = store.restore(&voice.id).unwrap_err();
    assert_eq!(gone.kind(), "bad-input", "deleted when its time is over");
    eprintln!("clock jumps under removed voices: {jumps}, 0 voices lost");
}
