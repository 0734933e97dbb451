//! Words into another program: out of the popover, the window of transcripts, or spoken for it.

use super::hearing::{Recording, newest};
use super::page::Page;
use super::stage::*;

/// Somebody goes on writing in the other program.
fn write(other: &mut Process) {
    other.tell("write");
    until("it has the keys", || focused() == "Another program");
}

fn typed(other: &mut Process) -> String {
    other.ask("typed", "typed")
}

/// What is on the clipboard, in a few letters.
fn holds(other: &mut Process, kind: &str) -> String {
    other.ask(&format!("holds {kind}"), "holds")
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_transcript_is_pasted_where_somebody_was_writing_and_the_clipboard_is_as_it_was() {
    let recording = Recording::new("paste.wav");
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::open();
    panel.says("registered");
    write(&mut other);
    other.tell(&format!("copy {}", recording.path()));
    panel.tell("click Transcribe Clipboard");
    until("it is written down", || newest(&page).is_some());
    let (words, _) = newest(&page).unwrap();

    other.tell(&format!("sound audio/x-wav {}", recording.path()));
    let sound = holds(&mut other, "audio/x-wav");
    assert!(!sound.is_empty());
    page.click("[aria-labelledby=recent] button[aria-label^='Paste: ']");
    until("it is pasted", || typed(&mut other) == words);
    assert_eq!(focused(), "Another program");
    until("the sound is back", || {
        holds(&mut other, "audio/x-wav") == sound
    });
    assert_eq!(holds(&mut other, "UTF8_STRING"), "");

    // Out of its own window, which stays.
    panel.tell("click Transcripts…");
    page.enter("Transcripts");
    other.tell("words Copied before.");
    let copied = holds(&mut other, "UTF8_STRING");
    page.press_words("Paste");
    let twice = format!("{words}{words}");
    until("it is pasted, too", || typed(&mut other) == twice);
    until("the words are back", || {
        holds(&mut other, "UTF8_STRING") == copied
    });
    page.until_shown("[role=status]");
    assert!(!page.shows("[role=alert]"));
    page.picture(&mut other, "pasted");

    // With the program gone, they wait on the clipboard.
    drop(other);
    page.press_words("Paste");
    page.until_shown("[role=alert]");
    let said = page.texts("[role=alert] p").concat();
    assert!(said.contains("the words are on the clipboard"), "{said}");
    let mut other = other_program();
    page.picture(&mut other, "pasted-nowhere");
    write(&mut other);
    xdotool(&["key", "ctrl+v"]);
    until("a person pastes them", || typed(&mut other) == words);
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn what_is_said_for_another_program_is_pasted_into_it() {
    let spoken = Recording::new("said.wav");
    let (mut panel, mut other) = (panel(), other_program());
    std::fs::create_dir_all(home()).unwrap();
    std::fs::write(home().join("settings.toml"), "[dictation]\npaste = true\n").unwrap();
    let page = Page::open();
    panel.says("registered");
    write(&mut other);
    other.tell("words Copied before.");
    let copied = holds(&mut other, "UTF8_STRING");
    xdotool(&["key", "ctrl+alt+r"]);
    until_icon_says(&mut panel, "Myna is listening");
    speak_into_microphone(&spoken.file);
    xdotool(&["key", "ctrl+alt+r"]);
    until("it is written down", || newest(&page).is_some());
    let (words, _) = newest(&page).unwrap();
    until("it is pasted", || typed(&mut other) == words);
    until("the clipboard is as it was", || {
        holds(&mut other, "UTF8_STRING") == copied
    });
    assert!(!page.shows("[role=alert]"));
}
