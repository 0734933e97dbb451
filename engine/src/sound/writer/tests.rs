//! What a file holds at every moment, in both formats; and on a disk that is full.

use super::*;
use crate::provenance::{Finding, verify};
use crate::whole::faults;

fn samples(path: &Path) -> Vec<i16> {
    hound::WavReader::open(path)
        .unwrap()
        .into_samples()
        .map(Result::unwrap)
        .collect()
}

#[test]
fn is_valid_after_every_push() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    let mut wav = SoundWriter::create(&path, Format::Pcm16).unwrap();
    for n in 1..4 {
        wav.push(&[0.0, 0.5, -1.0, 2.0]).unwrap();
        assert_eq!(samples(&path).len(), 4 * n);
    }
    assert_eq!(samples(&path)[..4], [0, 16384, -32768, 32767]);
    assert_eq!(
        hound::WavReader::open(&path).unwrap().spec().sample_rate,
        RATE
    );
    // A crash: neither finished nor dropped.
    std::mem::forget(wav);
    assert_eq!(samples(&path).len(), 12);
}

#[test]
fn keeps_what_was_there_until_something_is_spoken() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    std::fs::write(&path, "precious").unwrap();
    drop(SoundWriter::create(&path, Format::Pcm16).unwrap());
    assert_eq!(std::fs::read(&path).unwrap(), b"precious");
    let new = dir.path().join("b.wav");
    drop(SoundWriter::create(&new, Format::Pcm16).unwrap());
    assert!(!new.exists());
}

#[test]
fn an_empty_utterance_is_a_valid_empty_file() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    let wav = SoundWriter::create(&path, Format::Float32).unwrap();
    assert_eq!(wav.finish().unwrap(), 0);
    assert_eq!(hound::WavReader::open(&path).unwrap().duration(), 0);
}

#[test]
fn floats_are_kept_as_they_are() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    let mut wav = SoundWriter::create(&path, Format::Float32).unwrap();
    let given = [0.1f32, -1.5, f32::MIN_POSITIVE];
    wav.push(&given).unwrap();
    wav.finish().unwrap();
    let samples = hound::WavReader::open(&path).unwrap().into_samples::<f32>();
    assert_eq!(samples.map(Result::unwrap).collect::<Vec<_>>(), given);
}

#[test]
fn a_mark_is_true_at_every_moment() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    // Names of even and odd length: padding differs.
    for model in ["marvis", "marvis2"] {
        let mark = Mark::new(model, Some("anna"));
        let mut wav = SoundWriter::create(&path, Format::Pcm16)
            .unwrap()
            .marked(mark);
        for n in 1..4 {
            wav.push(&[0.25; 100]).unwrap();
            assert_eq!(samples(&path).len(), 100 * n);
            let Finding::Intact(mark) = verify(&path).unwrap() else {
                panic!("{:?}", verify(&path));
            };
            assert_eq!(
                (mark.model.as_str(), mark.voice.as_deref()),
                (model, Some("anna"))
            );
        }
        std::mem::forget(wav);
    }
}

#[test]
fn a_torn_write_leaves_sound_or_a_clear_refusal() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    let mut wav = SoundWriter::create(&path, Format::Pcm16)
        .unwrap()
        .marked(Mark::new("m", None));
    wav.push(&[0.5; 50]).unwrap();
    wav.finish().unwrap();
    let whole = std::fs::read(&path).unwrap();
    let (mut states, mut intact) = (0, 0);
    for cut in 0..whole.len() {
        std::fs::write(&path, &whole[..cut]).unwrap();
        // Never intact, never a panic: refused, without a mark, or altered.
        intact += usize::from(matches!(verify(&path), Ok(Finding::Intact(_))));
        states += 1;
    }
    for at in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[at] ^= 0x81;
        std::fs::write(&path, &flipped).unwrap();
        let sound = at >= whole.len() - 100;
        match verify(&path) {
            Ok(Finding::Intact(_)) => assert!(!sound, "a changed sample at {at} is noticed"),
            Ok(Finding::Altered(_) | Finding::Unmarked) | Err(_) => {}
        }
        states += 1;
    }
    assert_eq!(intact, 0);
    eprintln!("torn and changed WAV files: {states} states, 0 taken for what they are not");
}

#[test]
fn a_flac_holds_the_same_samples_and_a_true_mark_at_every_moment() {
    let dir = tempfile::tempdir().unwrap();
    let [wav, flac] = ["a.wav", "a.FLAC"].map(|n| dir.path().join(n));
    let speech: Vec<f32> = (0..10_000)
        .map(|i| (i as f32 * 0.03).sin() * (i as f32 * 0.0007).cos())
        .collect();
    for path in [&wav, &flac] {
        let format = Format::of_speech(path).unwrap();
        let mark = Mark::new("marvis", Some("Änne"));
        let mut out = SoundWriter::create(path, format).unwrap().marked(mark);
        for (n, piece) in speech.chunks(1_000).enumerate() {
            out.push(piece).unwrap();
            assert!(matches!(verify(path).unwrap(), Finding::Intact(_)), "{n}");
        }
        assert_eq!(out.finish().unwrap(), 10_000);
        let Finding::Intact(mark) = verify(path).unwrap() else {
            panic!("{path:?}");
        };
        assert_eq!(mark.voice.as_deref(), Some("Änne"));
    }
    let bytes = std::fs::read(&flac).unwrap();
    assert!(bytes.starts_with(b"fLaC"));
    assert!(bytes.len() < std::fs::read(&wav).unwrap().len() * 3 / 4);
    let read = |path: &Path| {
        let mut media = crate::hear::Media::open_at(path, RATE).unwrap();
        let mut all = Vec::new();
        while let Some(more) = media.next().unwrap() {
            all.extend(more);
        }
        assert!(media.complaints().is_empty(), "{:?}", media.complaints());
        all
    };
    assert!(read(&flac) == read(&wav));

    // A killed process: neither finished nor dropped.
    let mut out = SoundWriter::create(&flac, Format::Flac)
        .unwrap()
        .marked(Mark::new("m", None));
    out.push(&speech).unwrap();
    std::mem::forget(out);
    assert!(matches!(verify(&flac).unwrap(), Finding::Intact(_)));
    assert!(read(&flac) == read(&wav));

    let few = dir.path().join("few.flac");
    for count in [1, 31, 33] {
        let mut out = SoundWriter::create(&few, Format::Flac)
            .unwrap()
            .marked(Mark::new("m", None));
        out.push(&speech[..count]).unwrap();
        out.finish().unwrap();
        assert!(
            matches!(verify(&few).unwrap(), Finding::Intact(_)),
            "{count}"
        );
    }
    for refused in ["a.mp3", "a.M4A", "a.opus"] {
        let refusal = Format::of_speech(Path::new(refused)).unwrap_err();
        assert_eq!(refusal.kind(), "bad-input");
    }
    assert_eq!(Format::of_speech(Path::new("a")).unwrap(), Format::Pcm16);
}

#[test]
fn a_full_disk_keeps_what_was_spoken_before() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a");
    let speech: Vec<f32> = (0..20_000)
        .map(|i| (i as f32 * 0.03).sin() * (i as f32 * 0.0007).cos())
        .collect();
    let mut refused = 0;
    for format in [Format::Pcm16, Format::Flac] {
        for room in (0..).step_by(499) {
            let mut pushed = 0;
            let mut out = SoundWriter::create(&path, format)
                .unwrap()
                .marked(Mark::new("m", None));
            let full = faults::with_room(room, || {
                for piece in speech.chunks(3_000) {
                    out.push(piece)?;
                    pushed += piece.len();
                }
                Ok::<_, Error>(())
            });
            drop(out);
            let Err(full) = full else { break };
            refused += 1;
            assert_eq!(full.kind(), "output");
            // Before the first samples there is nothing to lose.
            if pushed == 0 {
                continue;
            }
            assert!(
                matches!(verify(&path).unwrap(), Finding::Intact(_)),
                "{format:?} with room for {room}"
            );
            let mut media = crate::hear::Media::open_at(&path, RATE).unwrap();
            let mut heard = 0;
            while let Ok(Some(more)) = media.next() {
                heard += more.len();
            }
            // A full block of the refused push may be there, too.
            assert!(heard >= pushed, "{format:?} {room}: {heard} of {pushed}");
        }
    }
    eprintln!("full disks under speech: {refused} refusals, 0 samples lost");
    assert!(refused > 60, "{refused}");
}

#[test]
fn a_changed_or_cut_flac_is_never_intact() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.flac");
    let speech: Vec<f32> = (0..5_000).map(|i| (i as f32 * 0.03).sin() * 0.5).collect();
    let mut out = SoundWriter::create(&path, Format::Flac)
        .unwrap()
        .marked(Mark::new("m", None));
    out.push(&speech).unwrap();
    out.finish().unwrap();
    let whole = std::fs::read(&path).unwrap();
    assert!(matches!(verify(&path).unwrap(), Finding::Intact(_)));
    let mut states = 0;
    // A prime step visits every part of it.
    for at in (0..whole.len()).step_by(13) {
        std::fs::write(&path, &whole[..at]).unwrap();
        assert!(
            !matches!(verify(&path), Ok(Finding::Intact(_))),
            "cut at {at}"
        );
        let mut changed = whole.clone();
        changed[at] ^= 0x81;
        std::fs::write(&path, &changed).unwrap();
        // Fields beside the sound may change unseen; the sound may not.
        let sound = at >= whole.len() / 4;
        assert!(
            !sound || !matches!(verify(&path), Ok(Finding::Intact(_))),
            "changed at {at}"
        );
        states += 2;
    }
    eprintln!("torn and changed FLAC files: {states} states, 0 taken for what they are not");
}

#[test]
fn other_files_have_no_mark() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("a.wav");
    let mut wav = SoundWriter::create(&path, Format::Pcm16).unwrap();
    wav.push(&[0.5; 50]).unwrap();
    wav.finish().unwrap();
    assert_eq!(verify(&path).unwrap(), Finding::Unmarked);
    std::fs::write(&path, "no sound at all").unwrap();
    assert_eq!(verify(&path).unwrap_err().kind(), "bad-audio");
    assert_eq!(verify(dir.path()).unwrap_err().kind(), "bad-audio");
    assert_eq!(
        verify(&dir.path().join("b.wav")).unwrap_err().kind(),
        "bad-audio"
    );
}
