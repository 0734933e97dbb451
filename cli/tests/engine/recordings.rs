//! A recording whose engine is lost: what is finished stays, what is not is heard again or counted as missing.

use crate::common::root;
use crate::expand::expanded;
use crate::rig::*;
use myna_engine::hear::{Event, Media, Request, Transcript, listen};
use myna_engine::host::{Blocking, EarModel, Launcher};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

/// Two chunks of 25 and 2.25 s.
fn hear(launcher: Launcher, dir: &Path) -> (Transcript, Vec<String>) {
    let engine = Blocking::start(config(launcher)).unwrap();
    let model = EarModel {
        dir: dir.to_owned(),
        words: true,
        max_cache_len: 4096,
        partial: false,
    };
    let request = Request {
        vad: false,
        ..Default::default()
    };
    let cancel = AtomicBool::new(false);
    let long = root().join("tests/fixtures/step-audio-tiny/audio/long.wav");
    let mut media = Media::open(&long).unwrap();
    let mut restarted = Vec::new();
    let mut ear = engine.ear(&model, &request, &cancel);
    let transcript = listen(&mut media, &mut ear, &request, &cancel, &mut |event| {
        if let Event::Restarted { why } = event {
            restarted.push(why.to_owned());
        }
    });
    (transcript.unwrap(), restarted)
}

#[test]
fn a_recording_survives_its_engine() {
    let dir = expanded("trained");
    let seen = Arc::new(AtomicUsize::new(0));
    let (whole, _) = hear(broken(Fault::Kill, &[], seen.clone()), dir.path());
    assert_eq!(
        whole.text,
        "harbor lights fade slowly after midnight good night"
    );
    let messages = seen.load(Ordering::SeqCst);
    let (mut lost, mut begun_anew) = (0, 0);
    for after in (0..messages).step_by(messages / 6) {
        let launcher = broken(Fault::Kill, &[after], seen.clone());
        let (transcript, restarted) = hear(launcher, dir.path());
        assert_eq!(transcript, whole, "killed after {after} of {messages}");
        // Between two chunks nothing is begun that could begin anew.
        assert!(restarted.len() <= usize::from(after >= 2));
        begun_anew += restarted.len();
        lost += 1;
    }
    assert!(begun_anew >= lost / 2, "{begun_anew} of {lost}");

    // Late in the second chunk, and soon again: the first chunk stays, the second is missing and counted.
    let launcher = broken(Fault::Kill, &[messages - 3, 3], seen);
    let (transcript, restarted) = hear(launcher, dir.path());
    println!(
        "recordings: {} engines lost, no finished word with them",
        lost + 2
    );
    assert_eq!(restarted.len(), 1);
    assert_eq!(transcript.segments[0], whole.segments[0]);
    assert_eq!(transcript.segments[1].finish_reason, "failed");
    assert_eq!(
        (transcript.coverage.transcribed, transcript.coverage.failed),
        (25.0, 2.25)
    );
    assert!(transcript.failures[0].contains("was killed (signal 9)"));
}
