//! The first start, step by step, up to the speaker and from the microphone.

use std::process::Command;

use super::page::{Page, Theme};
use super::sound::*;
use super::stage::*;

const HELLO: &str = "Hello. I am Myna, and this is the voice I come with.";

fn steps(theme: Theme) {
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::first(theme);
    panel.says("registered");
    page.look_at("Welcome");
    let mut picture = |page: &Page, step: &str| {
        page.picture(&mut other, &format!("welcome-{step}-{}", theme.name()));
    };
    let title = |page: &Page| page.texts("h1").concat();

    let speaker = Recorder::start();
    picture(&page, "hear");
    page.click(".main");
    speaker.until_sound(0);
    until_icon_says(&mut panel, "Myna is speaking");
    picture(&page, "speaking");
    until_icon_says(&mut panel, "Myna");
    speaker.until_silent(1.0);
    let voice = expected(HELLO).concat();
    let (share, ..) = found(&voice, &speaker.since(0));
    assert!(share > 0.9, "only {share:.3} of the voice was heard");

    page.click("footer button:last-child");
    until("the second step", || title(&page).starts_with("Mark text"));
    mark(&page, ".sample");
    picture(&page, "key");
    let start = speaker.length();
    xdotool(&["key", "ctrl+alt+s"]);
    until("it has worked", || {
        !page.texts(".worked").concat().is_empty()
    });
    speaker.until_sound(start);
    picture(&page, "key-works");
    xdotool(&["key", "ctrl+alt+s"]);
    until_icon_says(&mut panel, "Myna");

    page.look_at("Welcome");
    page.click("footer button:last-child");
    until("the third step", || title(&page).contains("microphone"));
    picture(&page, "microphone");
    page.click(".check");
    // A device that gives nothing is told to.
    until("silence is told", || {
        page.texts(".step [role=status]")
            .concat()
            .contains("Nothing")
    });
    picture(&page, "silent");
    let mut feed = Process::start(Command::new("paplay").args(["-d", "micfeed"]).arg(spoken()));
    until("it hears", || {
        page.texts(".heard").concat() == "Myna hears you."
    });
    picture(&page, "heard");
    until("the feed ends", || !feed.runs());
    page.click("footer button:last-child");
    until("it is closed", || on_screen("Welcome").is_none());
    assert!(home().join("welcomed").exists());
}

/// Marks the words of an element with the mouse, as a person does.
fn mark(page: &Page, css: &str) {
    let corner = page.script(&format!(
        "const box = document.querySelector('{css}').getBoundingClientRect();
         return [box.left + 40, box.top + box.height / 2]"
    ));
    let [x, y, ..] = on_screen("Welcome").unwrap();
    let at = |n: usize, from: i32| (from + corner[n].as_f64().unwrap() as i32).to_string();
    xdotool(&[
        "mousemove",
        &at(0, x),
        &at(1, y),
        "click",
        "--repeat",
        "3",
        "1",
    ]);
    until("something is marked", || {
        page.script("return String(getSelection()).length > 20") == true
    });
}

/// A recording to feed the microphone with.
fn spoken() -> std::path::PathBuf {
    let file = std::env::temp_dir().join("welcome-fed.wav");
    let said = myna(&[
        "speak",
        "One two three four.",
        "-o",
        file.to_str().unwrap(),
        "--json",
    ]);
    assert!(said.contains("seconds"), "{said}");
    file
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn the_first_start_welcomes_in_three_steps() {
    steps(Theme::Light);
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn somebody_who_was_welcomed_is_left_alone() {
    let mut panel = panel();
    let mark = home().join("welcomed");
    // They mark the home as lived in, which is what the first start is to do by itself.
    let (mut first, mut second) = (app(&[]), app(&[]));
    std::fs::remove_file(&mark).unwrap();
    let app = Process::start(&mut first);
    panel.says("registered");
    until("the welcome opens", || on_screen("Welcome").is_some());
    assert_eq!(popover_on_screen(), None, "nothing else does");
    drop(app);
    assert!(mark.exists());
    let _app = Process::start(&mut second);
    panel.says("registered");
    // A window that is asked for later is there, and the welcome is not.
    panel.tell("click Settings…");
    until("the settings open", || on_screen("Settings").is_some());
    assert_eq!(on_screen("Welcome"), None);
}
