//! Every state of the popover, and every other window, as they are drawn on the screen, light and dark, for people to look at.

use super::hearing::Recording;
use super::page::{Page, Theme};
use super::stage::*;

fn pictures(theme: Theme) {
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::coloured(theme);
    panel.says("registered");
    let dark = page.script("return matchMedia('(prefers-color-scheme: dark)').matches");
    assert_eq!(dark, theme == Theme::Dark);
    let name = |state: &str| format!("{state}-{}", theme.name());
    page.picture(&mut other, &name("empty"));

    panel.tell("click Speak Selection");
    page.until_shown("[role=alert]");
    page.picture(&mut other, &name("message"));
    page.press("Put this message away");

    page.speak("She put the letter back into its envelope. Then she waited, and listened to the rain. Nobody came.");
    page.until_doing("Speaking");
    page.picture(&mut other, &name("speaking"));
    page.press("Pause");
    page.until_doing("Paused");
    page.picture(&mut other, &name("paused"));
    page.press("Stop");
    page.until_doing("Nothing is playing");
    page.picture(&mut other, &name("stopped"));

    page.press("Voice");
    page.until_shown("[role=listbox]");
    page.picture(&mut other, &name("voices"));
    page.press("Voice");

    page.speak("Short.");
    page.until_shown("[aria-labelledby=recent] li");
    let missing = std::env::temp_dir().join("not there.wav");
    other.tell(&format!("copy {}", missing.display()));
    panel.tell("click Transcribe Clipboard");
    page.until_shown("[role=alert]");
    let said = page.texts("[role=alert] p").concat();
    assert!(
        said.contains("“not there.wav”") && !said.contains('/'),
        "{said}"
    );
    page.picture(&mut other, &name("full"));
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn every_state_is_drawn_in_light() {
    pictures(Theme::Light);
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn every_state_is_drawn_in_dark() {
    pictures(Theme::Dark);
}

fn windows(theme: Theme) {
    let recording = Recording::new("A walk by the river.wav");
    myna(&["transcribe", recording.path()]);
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::coloured(theme);
    panel.says("registered");
    let name = |window: &str| format!("{window}-{}", theme.name());
    panel.tell("click Transcripts…");
    page.enter("Transcripts");
    page.until_shown("[role=slider] path");
    until("the popover makes room", || popover_on_screen().is_none());
    page.picture(&mut other, &name("transcripts"));
    panel.tell("click Voices…");
    page.enter("Voices");
    page.until_shown("h1");
    page.picture(&mut other, &name("voices-window"));
    panel.tell("click Settings…");
    page.enter("Settings");
    page.until_shown("[role=tabpanel] p");
    for tab in page.texts("[role=tab]") {
        page.press_words(&tab);
        page.until_shown("[role=tab][data-found][aria-selected=true]");
        let tab = tab.to_lowercase();
        page.picture(&mut other, &name(&format!("settings-{tab}")));
    }
    page.press_words("General");
    page.press_words("Show");
    page.enter("Welcome");
    for step in ["hear", "key", "microphone"] {
        page.until_shown("footer button:last-child");
        page.picture(&mut other, &name(&format!("welcome-{step}")));
        page.click("footer button:last-child");
    }
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn every_window_is_drawn_in_light() {
    windows(Theme::Light);
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn every_window_is_drawn_in_dark() {
    windows(Theme::Dark);
}
