//! Voices on the disk: kept whole, changed whole, removed and brought back; and archives from strangers.

mod hostile;

use myna_engine::sound::{Format, SoundWriter};
use myna_engine::voices::{
    Consent, ConsentKind, Profile, Store, Take, Voice, Watch, export, import, unpack,
};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

const WORDS: &str =
    "The sun was shining, and the birds were singing in the old garden behind the house.";

/// A recording that a voice can come from: words of a hum with pauses.
fn recording(folder: &Path, seconds: f64) -> PathBuf {
    let path = folder.join("take.wav");
    let samples: Vec<f32> = (0..(seconds * 24_000.0) as usize)
        .map(|i| {
            let t = i as f32 / 24_000.0;
            let word = if (t * 1.5).fract() < 0.7 { 0.3 } else { 0.0002 };
            word * (t * 150.0 * std::f32::consts::TAU).sin()
        })
        .collect();
    let mut wav = SoundWriter::create(&path, Format::Pcm16).unwrap();
    wav.push(&samples).unwrap();
    wav.finish().unwrap();
    path
}

/// A recording with words that a person wrote down.
fn take(audio: PathBuf, transcript: &str) -> Take {
    Take {
        audio,
        transcript: transcript.into(),
        heard_by: None,
    }
}

fn add(store: &Store, from: &Path, name: &str) -> Voice {
    let mut profile = Profile::new(name, "file").unwrap();
    profile.consent = Some(Consent::new(ConsentKind::Own, "My own voice.").unwrap());
    let recorded = recording(from, 8.0);
    store
        .add(profile, &[take(recorded, WORDS)], false)
        .unwrap()
        .0
}

fn names(store: &Store) -> Vec<String> {
    let voices = store.list().unwrap().voices.into_iter();
    voices
        .filter(|v| v.folder.is_some())
        .map(|v| v.profile.name)
        .collect()
}

/// Everything below a folder, with its bytes.
fn tree(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            all.extend(tree(&path));
        } else {
            all.push((path.clone(), std::fs::read(&path).unwrap()));
        }
    }
    all.sort();
    all
}

#[test]
fn a_voice_is_added_found_changed_removed_and_brought_back() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("voices"));
    assert_eq!(
        store.list().unwrap().voices.len(),
        2,
        "the two that come with Myna"
    );
    let anna = add(&store, dir.path(), "Anna Möller");
    assert_eq!(anna.id, "anna-m-ller");
    anna.check_usable().unwrap();
    assert_eq!(anna.references()[0].transcript, WORDS);
    assert_eq!(store.find("ANNA MÖLLER").unwrap(), anna);
    assert_eq!(store.find("anna-m-ller").unwrap(), anna);
    for taken in ["anna möller", "Pocket Low"] {
        let profile = Profile::new(taken, "file").unwrap();
        let recorded = recording(dir.path(), 8.0);
        let refusal = store
            .add(profile, &[take(recorded, WORDS)], false)
            .unwrap_err();
        assert!(refusal.to_string().contains("already"), "{refusal}");
    }
    store.rename("Anna Möller", "Anna").unwrap();
    store.duplicate("Anna", "Berta").unwrap();
    assert_eq!(names(&store), ["Anna", "Berta"]);
    assert!(store.rename("Anna", "berta").is_err());
    assert_eq!(store.rename("Anna", "ANNA").unwrap().profile.name, "ANNA");

    let before = tree(store.folder());
    store.remove("ANNA").unwrap();
    assert_eq!(names(&store), ["Berta"]);
    assert!(store.find("ANNA").is_err());
    store.restore("anna").unwrap();
    assert_eq!(names(&store), ["ANNA", "Berta"]);
    let bytes =
        |tree: Vec<(PathBuf, Vec<u8>)>| tree.into_iter().map(|(_, b)| b).collect::<Vec<_>>();
    let (mut a, mut b) = (bytes(before), bytes(tree(store.folder())));
    a.sort();
    b.sort();
    assert_eq!(a, b, "nothing of it was lost");

    store.remove("ANNA").unwrap();
    store.sweep(Duration::from_secs(3600));
    assert!(store.restore("ANNA").is_ok(), "too young to be swept");
    store.remove("ANNA").unwrap();
    std::thread::sleep(Duration::from_millis(5));
    // However little it may wait: one look at the clock is not believed.
    store.sweep(Duration::ZERO);
    assert!(store.restore("ANNA").is_ok());
    store.remove("ANNA").unwrap();
    assert_eq!(store.forget(None).unwrap(), 1);
    assert!(store.restore("ANNA").is_err());
    store.remove("Berta").unwrap();
    assert_eq!(store.forget(Some("Berta")).unwrap(), 1);
    assert!(tree(store.folder()).is_empty(), "deleted means deleted");
}

#[test]
fn words_that_a_recogniser_wrote_are_marked_until_somebody_corrects_them() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("voices"));
    let recorded = recording(dir.path(), 8.0);
    let heard = Take {
        heard_by: Some("pocket".into()),
        ..take(recorded.clone(), "the son was shiny")
    };
    let profile = Profile::new("Anna", "recording").unwrap();
    let (voice, _) = store
        .add(profile, &[heard, take(recorded, WORDS)], false)
        .unwrap();
    let by = |voice: &Voice| -> Vec<Option<String>> {
        let segments = voice.profile.segments.iter();
        segments.map(|s| s.heard_by.clone()).collect()
    };
    assert_eq!(by(&voice), [Some("pocket".into()), None]);
    assert_eq!(by(&store.find("Anna").unwrap()), by(&voice), "it is kept");
    for (segment, words) in [(0, WORDS), (3, WORDS), (1, " "), (1, "...")] {
        let refusal = store.edit("Anna", segment, words).unwrap_err();
        assert_eq!(refusal.kind(), "bad-input", "{segment} {words:?}");
    }
    store.edit("Anna", 1, &format!(" {WORDS} ")).unwrap();
    let corrected = store.find("Anna").unwrap();
    assert_eq!(by(&corrected), [None, None]);
    assert_eq!(corrected.references()[0].transcript, WORDS);
    assert_eq!(
        corrected.profile.segments[0].sha256,
        voice.profile.segments[0].sha256
    );
    assert!(store.edit("Pocket Low", 1, WORDS).is_err());
}

#[test]
fn voices_that_come_with_myna_stay_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path());
    for name in ["Pocket Low", "pocket-high"] {
        let voice = store.find(name).unwrap();
        voice.check_usable().unwrap();
        assert!(voice.references().is_empty());
        assert_eq!(voice.profile.model.as_deref(), Some("pocket"));
        assert!(store.remove(name).is_err() && store.rename(name, "x").is_err());
        assert!(export(&voice, &dir.path().join("x.mynavoice")).is_err());
    }
    let speakers: Vec<u32> = store
        .list()
        .unwrap()
        .voices
        .iter()
        .map(|v| v.profile.speaker)
        .collect();
    assert_eq!(speakers, [0, 1]);
}

#[test]
fn a_recording_that_no_voice_could_come_from_is_refused_and_leaves_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("voices"));
    let profile = Profile::new("A", "file").unwrap();
    let short = recording(dir.path(), 2.0);
    let refusal = store
        .add(profile.clone(), &[take(short.clone(), WORDS)], false)
        .unwrap_err();
    assert!(refusal.to_string().contains("at least 3 s"), "{refusal}");
    let words = store
        .add(profile.clone(), &[take(short.clone(), " ")], true)
        .unwrap_err();
    assert_eq!(words.kind(), "bad-input");
    assert!(tree(store.folder()).is_empty());
    assert!(
        store.add(profile, &[take(short, WORDS)], true).is_ok(),
        "a person may insist"
    );
}

#[test]
fn a_changed_recording_or_a_missing_consent_keeps_a_voice_silent() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("voices"));
    let voice = add(&store, dir.path(), "Anna");
    let audio = &voice.references()[0].audio;
    let mut bytes = std::fs::read(audio).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(audio, bytes).unwrap();
    let refusal = voice.check_usable().unwrap_err();
    assert!(
        refusal.to_string().contains("is not the recording"),
        "{refusal}"
    );

    let profile = Profile::new("Silent", "file").unwrap();
    let recorded = recording(dir.path(), 8.0);
    let (silent, _) = store.add(profile, &[take(recorded, WORDS)], false).unwrap();
    assert!(
        silent
            .check_usable()
            .unwrap_err()
            .to_string()
            .contains("may be used")
    );
    let consent = Consent::new(ConsentKind::Permission, "Ben agreed.").unwrap();
    store
        .consent("Silent", consent)
        .unwrap()
        .check_usable()
        .unwrap();
}

#[test]
fn a_folder_that_is_no_voice_is_reported_and_left_alone() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("voices"));
    let voice = add(&store, dir.path(), "Anna");
    let torn = store.folder().join("torn");
    std::fs::create_dir(&torn).unwrap();
    let file = voice.folder.clone().unwrap().join("voice.toml");
    let text = std::fs::read(&file).unwrap();
    // A torn write, byte by byte, is never half a voice.
    let mut states = 0;
    for length in 0..text.len() {
        states += 1;
        std::fs::write(torn.join("voice.toml"), &text[..length]).unwrap();
        let listing = store.list().unwrap();
        let whole = listing.voices.iter().find(|v| v.id == "torn");
        // A cut behind a whole table may be a voice still, but never with other recordings.
        assert!(
            whole.is_none_or(|v| v.profile.segments.len() <= 1),
            "{length}"
        );
        assert_eq!(listing.broken.len(), usize::from(whole.is_none()));
        assert!(listing.voices.iter().any(|v| v.id == "anna"));
    }
    eprintln!("torn writes of a voice's profile: {states} states, 0 half voices");
    std::fs::write(torn.join("voice.toml"), vec![b'#'; 1 << 20]).unwrap();
    assert!(store.list().unwrap().broken[0].1.contains("too long"));
    assert!(torn.join("voice.toml").exists());
}

#[test]
fn an_archive_brings_the_same_voice_to_another_machine() {
    let dir = tempfile::tempdir().unwrap();
    let (here, there) = (
        Store::at(dir.path().join("here")),
        Store::at(dir.path().join("there")),
    );
    let voice = add(&here, dir.path(), "Anna");
    let file = voice.folder.clone().unwrap().join("voice.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("mood = \"calm\"\n{text}")).unwrap();
    let voice = here.find("Anna").unwrap();
    let archive = dir.path().join("anna.mynavoice");
    export(&voice, &archive).unwrap();
    let first = std::fs::read(&archive).unwrap();
    export(&voice, &archive).unwrap();
    assert_eq!(
        std::fs::read(&archive).unwrap(),
        first,
        "the same voice is the same archive"
    );

    let come = import(&there, &archive, None).unwrap();
    assert_eq!(come.profile, voice.profile);
    assert_eq!(come.profile.other["mood"].as_str(), Some("calm"));
    come.check_usable().unwrap();
    assert!(import(&there, &archive, None).is_err(), "the name is taken");
    assert_eq!(
        import(&there, &archive, Some("Berta"))
            .unwrap()
            .profile
            .name,
        "Berta"
    );
    let contents = unpack(&first).unwrap();
    assert_eq!(
        contents.files[0].1,
        std::fs::read(&voice.references()[0].audio).unwrap()
    );
}

#[test]
fn changes_from_outside_are_noticed() {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(dir.path().join("voices"));
    let voice = add(&store, dir.path(), "Anna");
    let count = Arc::new(AtomicUsize::new(0));
    let counter = count.clone();
    let _watch = Watch::start(store.folder(), move || {
        counter.fetch_add(1, Ordering::Relaxed);
    })
    .unwrap();
    let noticed = || {
        let begin = Instant::now();
        while count.load(Ordering::Relaxed) == 0 && begin.elapsed() < Duration::from_secs(20) {
            std::thread::sleep(Duration::from_millis(10));
        }
        std::thread::sleep(Duration::from_millis(100));
        count.swap(0, Ordering::Relaxed) > 0
    };
    let file = voice.folder.clone().unwrap().join("voice.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("Anna", "Ännchen")).unwrap();
    assert!(noticed());
    assert_eq!(names(&store), ["Ännchen"]);
    std::fs::remove_dir_all(voice.folder.unwrap()).unwrap();
    assert!(noticed());
    assert!(names(&store).is_empty());
}
