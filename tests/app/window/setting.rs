//! What is set, on the page or by hand, up to what it does.

use super::page::Page;
use super::sound::*;
use super::speaking::{TEXT, heard_the_voice};
use super::stage::*;

/// What the test's own settings say.
fn file() -> String {
    std::fs::read_to_string(home().join("settings.toml")).unwrap_or_default()
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_key_that_is_pressed_in_the_settings_speaks() {
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::open();
    panel.says("registered");
    page.press_words("Settings");
    page.put_away();
    page.look_at("Settings");
    page.picture(&mut other, "settings-general");
    page.click("#tab-shortcuts");
    let change = "Change the key: Speak what is marked; again: stop";
    page.press(change);
    page.until_shown("button.listening");
    page.picture(&mut other, "settings-shortcuts-listening");
    // The one that is already used for something else, and would speak if it were not given back meanwhile.
    xdotool(&["key", "ctrl+alt+shift+s"]);
    page.until_shown("[role=alert]");
    page.picture(&mut other, "settings-shortcuts-refused");
    assert!(!file().contains("speak"), "{}", file());
    page.press("Put this message away");

    page.press(change);
    page.until_shown("button.listening");
    xdotool(&["key", "ctrl+alt+x"]);
    until("the new key is shown", || {
        page.texts("kbd")
            .first()
            .is_some_and(|key| key == "Ctrl+Alt+X")
    });
    until("the page listens no more", || {
        !page.shows("button.listening")
    });
    assert!(file().contains("speak = \"ctrl+alt+x\""), "{}", file());

    let speaker = Recorder::start();
    other.tell(&format!("mark {TEXT}"));
    // The old one is nobody's any more: otherwise the new one would only stop what it began.
    xdotool(&["key", "ctrl+alt+s"]);
    xdotool(&["key", "ctrl+alt+x"]);
    until_icon_says(&mut panel, "Myna is speaking");
    until_icon_says(&mut panel, "Myna");
    heard_the_voice(TEXT, &speaker, 0);
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn the_start_at_login_is_switched_on_and_off() {
    let panel = panel();
    let page = Page::open();
    panel.says("registered");
    page.press_words("Settings");
    page.put_away();
    page.look_at("Settings");
    let folder =
        std::path::PathBuf::from(std::env::var_os("HOME").unwrap()).join(".config/autostart");
    let entries = || {
        let all = std::fs::read_dir(&folder).into_iter().flatten().flatten();
        let texts = all.map(|entry| std::fs::read_to_string(entry.path()).unwrap_or_default());
        texts.collect::<String>()
    };
    let switch = "[role=switch][aria-label=\"Start at login\"]";
    page.until_shown(&format!("{switch}[aria-checked=false]"));
    assert_eq!(entries(), "");
    page.click(switch);
    page.until_shown(&format!("{switch}[aria-checked=true]"));
    let entry = entries();
    assert!(
        entry.contains(&format!("Exec=\"{}\"", env!("CARGO_BIN_EXE_myna-app"))),
        "{entry}"
    );
    page.click(switch);
    page.until_shown(&format!("{switch}[aria-checked=false]"));
    assert_eq!(entries(), "");
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn what_is_written_by_hand_holds_and_what_cannot_be_had_costs_nothing_else() {
    let (mut panel, mut other) = (panel(), other_program());
    std::fs::create_dir_all(home()).unwrap();
    let written =
        "[keys]\nspeak = \"alt+F9\"\nqueue = \"blue\"\n\n[devices]\nspeaker = \"No such thing\"\n";
    std::fs::write(home().join("settings.toml"), written).unwrap();
    let app = Process::start(&mut app(&[]));
    app.says("myna-app: “blue” is no combination of keys");
    panel.says("registered");
    let speaker = Recorder::start();
    other.tell(&format!("mark {TEXT}"));
    xdotool(&["key", "alt+F9"]);
    speaker.until_sound(0);
    until_icon_says(&mut panel, "Myna has a message for you");
    heard_the_voice(TEXT, &speaker, 0);
    assert_eq!(file(), written);
}
