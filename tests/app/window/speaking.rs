//! Text in, sound out: keys, the tray's menu and the popover's buttons, up to the speaker.

use std::process::Command;

use super::page::Page;
use super::sound::*;
use super::stage::*;

pub const TEXT: &str = "The first bus was late today. We walked home along the river.";
/// What the small voice says clearly enough for the small ear.
const CLEAR: &str = "What time is it? Please wait a moment. Thank you very much.";
/// Enough sentences to be steered through.
const LONG: &str = "This is the first of them. Here is the second one. The third is short. \
    Now the fourth is said. The fifth comes after it. A sixth one ends it.";

/// The voice of this text was heard from `start` on, whole and in order, for as long as it lasts, and then silence.
pub fn heard_the_voice(text: &str, speaker: &Recorder, start: usize) {
    heard(expected(text).concat(), speaker, start);
}

/// The same of a voice that was made before.
fn heard(voice: Vec<f32>, speaker: &Recorder, start: usize) {
    speaker.until_silent(1.0);
    let heard = speaker.since(start);
    keep("spoken", &voice);
    keep("heard", &heard);
    let (share, first, end) = found(&voice, &heard);
    let (spoken, played) = (voiced(&voice), voiced(&heard));
    eprintln!(
        "| {share:.3} of the voice found, from {first} to {end}; {spoken} s spoken, {played} s heard"
    );
    assert!(share > 0.9, "only {share:.3} of the voice was heard");
    assert!(
        (played - spoken).abs() < 0.1 * spoken + 0.1,
        "{spoken} s were spoken, {played} s heard"
    );
    assert!(
        voiced(&heard[..first.saturating_sub(RATE / 2)]) < 0.1,
        "something else came before"
    );
}

/// How many words stand in both, in the same order.
fn in_order(a: &[String], b: &[String]) -> usize {
    let mut row = vec![0; b.len() + 1];
    for x in a {
        let mut corner = 0;
        for (j, y) in b.iter().enumerate() {
            let above = row[j + 1];
            row[j + 1] = if x == y {
                corner + 1
            } else {
                above.max(row[j])
            };
            corner = above;
        }
    }
    row[b.len()]
}

/// Without capitals and signs.
fn words(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric());
    let words = parts.filter(|word| !word.is_empty());
    words.map(str::to_lowercase).collect()
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn text_marked_in_another_program_is_heard_at_the_key() {
    let (mut panel, mut other) = (panel(), other_program());
    let _app = Process::start(&mut app(&[]));
    panel.says("registered");
    let speaker = Recorder::start();
    other.tell(&format!("mark {CLEAR}"));
    xdotool(&["key", "ctrl+alt+s"]);
    speaker.until_sound(0);
    until_icon_says(&mut panel, "Myna is speaking");
    until_icon_says(&mut panel, "Myna");
    heard_the_voice(CLEAR, &speaker, 0);
    assert_eq!(popover_on_screen(), None, "nothing gets in the way");

    // And what sounded was these words: a small ear may miss one or two.
    let recording = speaker.file("words");
    let heard = myna(&["transcribe", recording.to_str().unwrap(), "--no-history"]);
    let (right, all) = (in_order(&words(CLEAR), &words(&heard)), words(CLEAR).len());
    eprintln!("| {right} of {all} words read back: {heard}");
    assert!(5 * right >= 4 * all, "only {right} of {all} words: {heard}");

    // The same key stops.
    let start = speaker.length();
    other.tell(&format!("mark {LONG}"));
    xdotool(&["key", "ctrl+alt+s"]);
    speaker.until_sound(start);
    xdotool(&["key", "ctrl+alt+s"]);
    until_icon_says(&mut panel, "Myna");
    speaker.until_silent(1.0);
    let heard = voiced(&speaker.since(start));
    let whole = voiced(&expected(LONG).concat());
    assert!(heard < 0.7 * whole, "{heard} s of {whole} s were heard");
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn the_trays_menu_speaks_the_selection_and_says_when_there_is_none() {
    let (mut panel, mut other) = (panel(), other_program());
    let _app = Process::start(&mut app(&[]));
    panel.says("registered");
    let (idle, words) = icon(&mut panel);
    assert_eq!(words, "Myna");
    let speaker = Recorder::start();

    panel.tell("click Speak Selection");
    until_icon_says(&mut panel, "Myna has a message for you");
    assert_ne!(icon(&mut panel).0, idle);
    until("the message is shown", || popover_on_screen().is_some());

    other.tell(&format!("mark {TEXT}"));
    panel.tell("click Speak Selection");
    until_icon_says(&mut panel, "Myna is speaking");
    assert_ne!(icon(&mut panel).0, idle);
    until_icon_says(&mut panel, "Myna");
    assert_eq!(icon(&mut panel).0, idle);
    heard_the_voice(TEXT, &speaker, 0);

    other.tell("words Copied words are spoken too.");
    let start = speaker.length();
    panel.tell("click Speak Clipboard");
    speaker.until_sound(start);
    until_icon_says(&mut panel, "Myna");
    heard_the_voice("Copied words are spoken too.", &speaker, start);
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_program_is_read_in_the_voice_that_it_was_given() {
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::open();
    panel.says("registered");
    let speaker = Recorder::start();
    // As a click would, it comes to the front.
    other.tell("write");
    until("it has the keys", || focused() == "Another program");
    other.tell(&format!("mark {TEXT}"));
    xdotool(&["key", "ctrl+alt+s"]);
    speaker.until_sound(0);
    until_icon_says(&mut panel, "Myna");
    heard_the_voice(TEXT, &speaker, 0);

    panel.tell("click Voices…");
    page.enter("Voices");
    page.click("aside li:nth-child(2) button");
    page.click("button.use[aria-pressed=false]");
    page.until_shown("button.use[aria-pressed=true]");
    page.picture(&mut other, "voice-for-a-program");
    other.tell("write");
    until("it has the keys", || focused() == "Another program");
    let start = speaker.length();
    other.tell(&format!("mark {TEXT}"));
    xdotool(&["key", "ctrl+alt+s"]);
    speaker.until_sound(start);
    until_icon_says(&mut panel, "Myna");
    heard(expected_of(1, TEXT).concat(), &speaker, start);
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_reading_pauses_goes_on_skips_hurries_and_stops() {
    let page = Page::open();
    let speaker = Recorder::start();
    let sentences = expected(LONG);
    page.speak(LONG);
    page.until_doing("Speaking");
    speaker.until_sound(0);

    page.press("Pause");
    page.until_doing("Paused");
    speaker.until_silent(1.0);
    let held = speaker.length();
    speaker.until_silent(2.0);
    page.press("Play");
    speaker.until_sound(held);
    page.press("Pause");
    speaker.until_silent(1.0);

    // To the fourth: what is marked is what is heard.
    let current = || {
        page.script("return [...document.querySelector('.reader').children].findIndex((e) => e.ariaCurrent === 'true')")
    };
    page.click(".reader > :nth-child(4)");
    until("the fourth is marked", || current() == 3);
    let start = speaker.length();
    page.press("Play");
    page.until_doing("Nothing is playing");
    speaker.until_silent(1.0);
    let rest = sentences[3..].concat();
    let (share, ..) = found(&rest, &speaker.since(start));
    assert!(share > 0.9, "only {share:.3} of the rest was heard");

    // Twice as fast takes half the time.
    page.choose("Speed", 6);
    let start = speaker.length();
    page.press("Speak again");
    speaker.until_sound(start);
    page.until_doing("Nothing is playing");
    speaker.until_silent(1.0);
    let (spoken, played) = (voiced(&sentences.concat()), voiced(&speaker.since(start)));
    let ratio = spoken / played;
    assert!((1.6..2.4).contains(&ratio), "{spoken} s took {played} s");

    page.choose("Speed", 3);
    let start = speaker.length();
    page.press("Speak again");
    speaker.until_sound(start);
    page.press("Next sentence");
    until("the second is marked", || current().as_i64() >= Some(1));
    page.press("Previous sentence");
    page.press("Stop");
    page.until_doing("Nothing is playing");
    speaker.until_silent(1.0);
    let silence = speaker.length();
    speaker.until_silent(2.0);
    assert_eq!(voiced(&speaker.since(silence)), 0.0);
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_killed_engine_is_told_and_the_next_try_works() {
    let page = Page::open();
    let speaker = Recorder::start();
    page.speak(LONG);
    page.until_doing("Speaking");
    speaker.until_sound(0);
    // Where one loss is made good without a word, an engine that dies again and again is told. What is to be heard next must
    // not be made yet: another voice makes it anew.
    page.choose("Voice", 2);
    let app = page.app();
    until("a message is shown", || {
        for engine in engines(app) {
            let id = engine.to_string();
            Command::new("kill").args(["-9", &id]).status().unwrap();
        }
        page.shows("[role=alert]")
    });
    let said = page.texts("[role=alert] p").concat();
    assert!(said.contains("engine"), "{said}");
    page.until_doing("Paused");
    page.press("Put this message away");
    until("the message is gone", || !page.shows("[role=alert]"));
    let start = speaker.length();
    page.press("Play");
    speaker.until_sound(start);
    page.until_doing("Nothing is playing");
    assert!(!page.shows("[role=alert]"));
}
