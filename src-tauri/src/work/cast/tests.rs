use super::*;
use myna_engine::voices::ConsentKind;

/// A hum with pauses, as loud as speech: nothing is wrong with it.
fn recording(path: &Path) {
    const RATE: u32 = 16_000;
    let samples = (0..10 * RATE).map(|i| {
        let loud = i % RATE < RATE * 3 / 4;
        let wave = (f64::from(i) * 0.06).sin() * if loud { 0.3 } else { 0.000_5 };
        (wave * f64::from(i16::MAX)) as i16
    });
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((36 + data.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16u32.to_le_bytes());
    wav.extend([1, 0, 1, 0]);
    wav.extend(RATE.to_le_bytes());
    wav.extend((2 * RATE).to_le_bytes());
    wav.extend([2, 0, 16, 0]);
    wav.extend(b"data");
    wav.extend((data.len() as u32).to_le_bytes());
    wav.extend(data);
    std::fs::write(path, wav).unwrap();
}

fn cast() -> (tempfile::TempDir, Desk, Cast) {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::default();
    let cast = Cast::start(Home::at(dir.path()), desk.clone()).unwrap();
    (dir, desk, cast)
}

fn consent() -> Consent {
    Consent::new(ConsentKind::Own, "It is my voice.").unwrap()
}

const WORDS: &str =
    "The harbour was quiet that morning, and two boats came in, one after the other.";

#[test]
fn the_first_voice_is_chosen_until_another_is() {
    let (_dir, desk, _cast) = cast();
    let now = desk.snapshot();
    assert!(now.voices.iter().all(|voice| voice.built_in));
    assert_eq!(now.voice, now.voices[0].id);
}

#[test]
fn a_voice_is_made_of_takes_shown_used_and_taken_away() {
    let (dir, desk, cast) = cast();
    let (good, bad) = (dir.path().join("good.wav"), dir.path().join("bad.wav"));
    recording(&good);
    std::fs::write(&bad, "no sound").unwrap();
    let refused = cast.take(&[bad, good.clone()]).unwrap_err();
    assert_eq!(refused.kind(), "bad-audio");
    let take = cast.takes()[0].clone();
    assert_eq!((cast.takes().len(), take.name()), (1, "good.wav".into()));

    let before = desk.snapshot().cast;
    let wordless = cast.make("Anna", consent(), false).unwrap_err();
    assert_eq!(wordless.kind(), "bad-input");
    assert_eq!(cast.takes().len(), 1, "nothing is lost");
    cast.describe(take.id, WORDS).unwrap();
    assert_eq!(cast.takes()[0].transcript, WORDS);
    let id = cast.make(" Anna ", consent(), true).unwrap();
    assert!(cast.takes().is_empty());
    assert!(good.exists(), "a file of the person's own stays");
    assert!(desk.snapshot().cast > before);
    let listed = desk.snapshot().voices;
    assert!(
        listed
            .iter()
            .any(|voice| voice.id == id && voice.name == "Anna")
    );
    assert_eq!(
        cast.voice(&id).unwrap().profile.segments[0].transcript,
        WORDS
    );
    assert_eq!(cast.health(&id).unwrap().len(), 1);

    desk.change(|now| now.voice.clone_from(&id));
    cast.change(|store| store.remove(&id)).unwrap();
    assert_ne!(desk.snapshot().voice, id, "the chosen one must be there");
    assert_eq!(cast.voice(&id).unwrap_err().kind(), "no_voice");
    cast.change(|store| store.restore(&id)).unwrap();
    assert!(cast.voice(&id).is_ok());
}

#[test]
fn what_was_recorded_here_is_deleted_with_its_take() {
    let (dir, _desk, cast) = cast();
    let path = dir.path().join("recording-1.wav");
    recording(&path);
    add(&cast.takes, path.clone(), true, WORDS.into()).unwrap();
    let id = cast.takes()[0].id;
    cast.drop_take(id).unwrap();
    assert!(!path.exists());
    assert_eq!(cast.drop_take(id).unwrap_err().kind(), "gone");
    assert_eq!(cast.describe(id, "x").unwrap_err().kind(), "gone");
}
