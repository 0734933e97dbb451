//! Files in, words out: dropped with the mouse, or copied in another program.

use std::path::PathBuf;

use serde_json::Value;

use super::page::Page;
use super::stage::*;

/// A recording with words in it, made by the bundled voice, in a folder whose name needs care.
pub struct Recording {
    pub folder: PathBuf,
    pub file: PathBuf,
}

impl Recording {
    pub fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("myna ünd {}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let file = folder.join(name);
        let path = file.to_str().unwrap();
        myna(&[
            "speak",
            "We walked home along the river.",
            "--seed",
            "1",
            "-o",
            path,
        ]);
        Self { folder, file }
    }

    pub fn path(&self) -> &str {
        self.file.to_str().unwrap()
    }

    /// What the command line writes down: its text, the same as that of its export.
    pub fn words(&self) -> String {
        let json = myna(&["transcribe", self.path(), "--json"]);
        let json: Value = serde_json::from_str(&json).unwrap();
        let text = json["text"].as_str().unwrap().to_owned();
        let export = self.export("txt");
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&text), words(&export));
        assert!(!text.is_empty());
        text
    }

    /// The file that the command line writes.
    pub fn export(&self, format: &str) -> String {
        let folder = self.folder.join("out");
        let into = folder.to_str().unwrap();
        let path = self.path();
        myna(&[
            "transcribe",
            path,
            "--format",
            format,
            "-o",
            into,
            "--no-history",
        ]);
        let export = self.file.with_extension(format);
        let export = folder.join(export.file_name().unwrap());
        let text = std::fs::read_to_string(&export).unwrap();
        std::fs::remove_file(export).unwrap();
        text
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The newest result's text, and the name under it.
pub fn newest(page: &Page) -> Option<(String, String)> {
    let all = page.texts("[aria-labelledby=recent] li:first-child .what > *");
    let [text, name] = all.try_into().ok()?;
    Some((text, name))
}

/// Drags from the other program's window to the middle of the popover, in steps as a hand does, and lets go once the popover
/// has said that it takes the file: it asks its page, which takes a while where the machine is busy.
fn drag(other: &Process) {
    let [left, top, width, height] = popover_on_screen().unwrap();
    let (from, to) = ((250, 120), (left + width / 2, top + height / 2));
    let go = |x: i32, y: i32| xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
    go(from.0, from.1);
    xdotool(&["mousedown", "1"]);
    for step in 1..=20 {
        go(
            from.0 + (to.0 - from.0) * step / 20,
            from.1 + (to.1 - from.1) * step / 20,
        );
    }
    // Every move asks again.
    let mut aside = 0;
    until("the popover takes the file", || {
        aside = 1 - aside;
        go(to.0 + aside, to.1);
        other.has_said("taken")
    });
    xdotool(&["mouseup", "1"]);
    assert_eq!(other.says_one(&["dropped", "refused"]), "dropped");
}

/// Names a place in the system's own dialog, as a person types it.
fn save_as(file: &std::path::Path) {
    until("the dialog has the focus", || focused().contains("Save"));
    xdotool(&["key", "ctrl+a"]);
    xdotool(&["type", "--delay", "20", file.to_str().unwrap()]);
    xdotool(&["key", "Return"]);
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_dropped_file_becomes_the_command_lines_words() {
    let recording = Recording::new("a walk.wav");
    let mut other = other_program();
    let page = Page::open();
    other.tell(&format!("drag {}", recording.path()));
    drag(&other);
    until("it is written down", || newest(&page).is_some());
    assert_eq!(
        newest(&page),
        Some((recording.words(), "a walk.wav".to_owned()))
    );
    until("nothing is left to do", || !page.shows("progress"));
    assert!(!page.shows("[role=alert]"));
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_pinned_popover_stays_under_a_tray_and_takes_a_dropped_file() {
    let recording = Recording::new("pinned.wav");
    let (mut panel, mut other) = (panel(), other_program());
    {
        let page = Page::open();
        panel.says("registered");
        page.press("Keep it open");
        page.until_shown("button[aria-label='Keep it open'][aria-pressed=true]");
    }
    // Another run of the app: the pin is remembered.
    let page = Page::open();
    panel.says("registered");
    page.until_shown("button[aria-label='Keep it open'][aria-pressed=true]");
    xdotool(&["mousemove", "250", "200", "click", "1"]);
    until("the other window has the focus", || {
        focused() == "Another program"
    });
    other.tell(&format!("drag {}", recording.path()));
    drag(&other);
    until("it is written down", || newest(&page).is_some());
    assert_eq!(
        newest(&page),
        Some((recording.words(), "pinned.wav".to_owned()))
    );
    page.picture(&mut other, "pinned");

    // Exported from its window, it is what the command line writes, byte by byte.
    page.press_words("Transcripts");
    page.enter("Transcripts");
    page.picture(&mut other, "transcripts");
    for (entry, format) in ["txt", "srt", "vtt", "md"].into_iter().enumerate() {
        let file = home().join(format!("export.{format}"));
        page.press_words("Export");
        page.click(&format!("[role=menu] > :nth-child({})", entry + 1));
        save_as(&file);
        until("it is exported", || file.exists());
        let exported = std::fs::read_to_string(file).unwrap();
        assert_eq!(exported, recording.export(format), "{format}");
    }
    xdotool(&["key", "ctrl+w"]);
    until("the window is closed", || {
        on_screen("Transcripts").is_none()
    });
    page.enter("Myna");

    panel.tell("activate");
    until("a click on the icon closes it", || {
        popover_on_screen().is_none()
    });
    panel.tell("activate");
    until("and opens it", || popover_on_screen().is_some());
    let [left, top, ..] = popover_on_screen().unwrap();
    let (x, y) = ((left + 100).to_string(), (top + 20).to_string());
    xdotool(&["mousemove", &x, &y, "click", "1"]);
    until("it has the focus", || focused() == "Myna");
    page.press("Keep it open");
    page.until_shown("button[aria-label='Keep it open'][aria-pressed=false]");
    xdotool(&["mousemove", "250", "200", "click", "1"]);
    until("it closes when the focus goes", || {
        popover_on_screen().is_none()
    });
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn copied_sound_is_written_down_from_the_trays_menu() {
    let recording = Recording::new("sound.wav");
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::open();
    panel.says("registered");
    other.tell(&format!("sound audio/x-wav {}", recording.path()));
    panel.tell("click Transcribe Clipboard");
    until("it is written down", || newest(&page).is_some());
    let (text, name) = newest(&page).unwrap();
    assert_eq!(text, recording.words());
    let kept = std::fs::read(home().join("recordings").join(name)).unwrap();
    assert_eq!(kept, std::fs::read(&recording.file).unwrap());
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_recording_that_comes_into_a_watched_folder_is_written_down_beside_itself() {
    let recording = Recording::new("source.wav");
    let folder = recording.folder.join("watched");
    std::fs::create_dir(&folder).unwrap();
    std::fs::copy(&recording.file, folder.join("old.wav")).unwrap();
    std::fs::create_dir_all(home()).unwrap();
    let settings = format!("[watch]\nfolders = [{:?}]\n", folder.to_str().unwrap());
    std::fs::write(home().join("settings.toml"), settings).unwrap();
    let page = Page::open();
    // It grows, as one that is being copied does.
    let sound = std::fs::read(&recording.file).unwrap();
    let (first, rest) = sound.split_at(sound.len() / 2);
    let new = folder.join("new.wav");
    std::fs::write(&new, first).unwrap();
    let mut file = std::fs::OpenOptions::new().append(true).open(&new).unwrap();
    std::io::Write::write_all(&mut file, rest).unwrap();
    drop(file);
    until("it is written down", || newest(&page).is_some());
    assert_eq!(newest(&page), Some((recording.words(), "new.wav".into())));
    let text = std::fs::read_to_string(folder.join("new.txt")).unwrap();
    assert_eq!(text, recording.export("txt"));
    assert!(
        !folder.join("old.txt").exists(),
        "what was there is left alone"
    );
    assert!(!page.shows("[role=alert]"));
}

#[test]
#[ignore = "needs a desktop: ./dev test"]
fn a_copied_file_is_written_down_from_the_trays_menu() {
    let recording = Recording::new("copied.wav");
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::open();
    panel.says("registered");
    panel.tell("click Transcribe Clipboard");
    until_icon_says(&mut panel, "Myna has a message for you");
    page.press("Put this message away");
    until_icon_says(&mut panel, "Myna");

    other.tell(&format!("copy {}", recording.path()));
    panel.tell("click Transcribe Clipboard");
    until_icon_says(&mut panel, "Myna is listening");
    until("it is written down", || newest(&page).is_some());
    assert_eq!(
        newest(&page),
        Some((recording.words(), "copied.wav".to_owned()))
    );
    until_icon_says(&mut panel, "Myna");
}
