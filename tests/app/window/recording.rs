//! The microphone: fed by the test, recorded to be written down.

use std::path::{Path, PathBuf};

use myna_engine::hear::Media;

use super::hearing::{Recording, newest};
use super::page::Page;
use super::sound::*;
use super::stage::*;

const METER: &str = "meter[aria-label='How loud it is']";

/// What was recorded during this test.
fn recordings() -> Vec<PathBuf> {
    let entries = std::fs::read_dir(home().join("recordings"));
    let entries = entries.into_iter().flatten().map_while(Result::ok);
    let paths = entries.map(|entry| entry.path());
    paths
        .filter(|path| path.extension().is_some_and(|e| e == "wav"))
        .filter(|path| !path.file_name().unwrap().to_string_lossy().starts_with('.'))
        .collect()
}

/// Seconds of sound in a file.
fn voiced_in(file: &Path) -> f64 {
    let mut media = Media::open(file).unwrap();
    let mut samples = Vec::new();
    while let Some(more) = media.next().unwrap() {
        samples.extend(more);
    }
    // At the rate of this module's other sounds, it lasts longer.
    voiced(&samples) * RATE as f64 / f64::from(myna_engine::hear::RATE)
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn what_is_said_into_the_microphone_is_written_down() {
    let spoken = Recording::new("spoken.wav");
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::open();
    panel.says("registered");
    panel.tell("click Record");
    page.until_shown(METER);
    until_icon_says(&mut panel, "Myna is listening");
    page.until_doing("Recording");
    // Nobody speaks, and the microphone gives digital silence.
    until("it says that nothing comes", || {
        let said = page.texts("section[aria-label=Recording] [role=status]");
        said.concat().starts_with("Nothing is to be heard")
    });
    page.picture(&mut other, "recording-silent");

    std::thread::scope(|scope| {
        scope.spawn(|| speak_into_microphone(&spoken.file));
        until("it shows how loud it is", || {
            page.script("return document.querySelector('meter')?.value > 0.3") == true
        });
        page.picture(&mut other, "recording");
    });
    panel.tell("click Stop Recording");
    until("it is written down", || newest(&page).is_some());
    let (text, name) = newest(&page).unwrap();
    let [file] = &recordings()[..] else {
        panic!("one recording is kept, not {:?}", recordings())
    };
    assert_eq!(file.file_name().unwrap().to_str(), Some(&*name));
    let (said, kept) = (voiced_in(&spoken.file), voiced_in(file));
    assert!(
        (said - kept).abs() < 0.2 * said,
        "{said} s said, {kept} s kept"
    );
    let words = Recording {
        folder: spoken.folder.clone(),
        file: file.clone(),
    };
    assert_eq!(text, words.words());
    // Of both, only the first one's folder goes.
    std::mem::forget(words);
    until_icon_says(&mut panel, "Myna");

    // Somebody thinks better of it.
    page.press("Record, to write it down");
    page.until_shown(METER);
    page.press_words("Stop");
    page.until_shown("[role=alert]");
    let said = page.texts("[role=alert] p").concat();
    assert!(said.contains("nothing but silence"), "{said}");
    assert_eq!(recordings().len(), 1, "silence is not kept");
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_recording_that_was_cut_off_is_offered_at_the_next_start() {
    let spoken = Recording::new("cut.wav");
    let mut panel = panel();
    let mut first = Process::start(&mut app(&[]));
    panel.says("registered");
    panel.tell("click Record");
    until_icon_says(&mut panel, "Myna is listening");
    speak_into_microphone(&spoken.file);
    first.child.kill().unwrap();
    first.child.wait().unwrap();
    let [file] = &recordings()[..] else {
        panic!("one recording is there, not {:?}", recordings())
    };
    assert!(voiced_in(file) > 0.5);

    let page = Page::open();
    page.until_shown("[role=alert]");
    let said = page.texts("[role=alert] p").concat();
    assert!(said.contains("not written down yet"), "{said}");
    page.press("Put this message away");
    page.press_words("Transcripts");
    page.enter("Transcripts");
    let name = file.file_name().unwrap().to_str().unwrap();
    page.press(&format!("Try {name} again"));
    page.enter("Myna");
    until("it is written down", || newest(&page).is_some());
    assert_eq!(newest(&page).unwrap().1, name);
}

/// The text that the window asks to read.
fn script(page: &Page) -> String {
    page.texts(".script").concat()
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_voice_is_recorded_made_and_spoken_in() {
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::open();
    panel.says("registered");
    panel.tell("click Voices…");
    page.enter("Voices");
    page.press_words("New voice");
    page.press_words("Record");
    page.until_shown(METER);
    // Somebody reads what stands there; the bundled voice does.
    let words = script(&page);
    let spoken = home().join("script.wav");
    let path = spoken.to_str().unwrap();
    myna(&["speak", &words, "--seed", "1", "-o", path, "--no-history"]);
    speak_into_microphone(&spoken);
    page.picture(&mut other, "voice-recording");
    page.press_words("Stop");
    page.until_shown("[aria-label^='Words in'], [aria-label^='Words of']");
    page.write("form input[maxlength]", "Anna");
    page.picture(&mut other, "voice-making");
    page.press_words("Make the voice");
    until("it is shown", || page.texts("h1").concat() == "Anna");
    page.picture(&mut other, "voice-made");
    let list = myna(&["voices", "list", "--json"]);
    assert!(list.contains("\"Anna\""), "{list}");
    let profile = std::fs::read_dir(home().join("voices")).unwrap();
    let profile = profile
        .map_while(Result::ok)
        .find(|entry| entry.path().is_dir());
    let kept = std::fs::read_dir(profile.expect("a folder of the voice").path()).unwrap();
    let wav = kept.map_while(Result::ok).map(|entry| entry.path());
    let wav = wav.filter(|path| path.extension().is_some_and(|e| e == "wav"));
    let [wav] = &wav.collect::<Vec<_>>()[..] else {
        panic!("one recording is in the voice")
    };
    let (said, kept) = (voiced_in(&spoken), voiced_in(wav));
    assert!(kept > 0.7 * said, "{said} s said, {kept} s kept");

    // Its own recording is played …
    let speaker = Recorder::start();
    page.press("Play recording 1");
    speaker.until_sound(0);
    page.press("Stop");
    speaker.until_silent(1.0);
    // … and it speaks.
    let start = speaker.length();
    page.press_words("Hear it");
    speaker.until_sound(start);
    until("it speaks", || voiced(&speaker.since(start)) > 1.0);
    speaker.until_silent(1.0);
    keep("own-voice", &speaker.since(start));
    assert!(
        !page.shows("[role=alert]"),
        "{:?}",
        page.texts("[role=alert]")
    );
}
