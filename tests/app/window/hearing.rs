//! Files in, words out: dropped with the mouse, or copied in another program.

use std::path::PathBuf;

use serde_json::Value;

use super::page::Page;
use super::stage::*;

/// A recording with words in it, made by the bundled voice, in a folder whose name needs care.
struct Recording {
    folder: PathBuf,
    file: PathBuf,
}

impl Recording {
    fn new(name: &str) -> Self {
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

    fn path(&self) -> &str {
        self.file.to_str().unwrap()
    }

    /// What the command line writes down: its text, and its export.
    fn words(&self) -> String {
        let json = myna(&["transcribe", self.path(), "--json"]);
        let json: Value = serde_json::from_str(&json).unwrap();
        let text = json["text"].as_str().unwrap().to_owned();
        let folder = self.folder.join("out");
        let into = folder.to_str().unwrap();
        myna(&["transcribe", self.path(), "--format", "txt", "-o", into]);
        let export = self.file.with_extension("txt");
        let export = folder.join(export.file_name().unwrap());
        let export = std::fs::read_to_string(export).unwrap();
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(words(&text), words(&export));
        assert!(!text.is_empty());
        text
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// The newest result's text, and the name under it.
fn newest(page: &Page) -> Option<(String, String)> {
    let all = page.texts("[aria-labelledby=recent] li:first-child .what > *");
    let [text, name] = all.try_into().ok()?;
    Some((text, name))
}

/// Drags from the other program's window to the middle of the popover, in steps as a hand does.
fn drag(other: &Process) {
    let [left, top, width, height] = popover_on_screen().unwrap();
    let (from, to) = ((250, 120), (left + width / 2, top + height / 2));
    let go = |x: i32, y: i32| xdotool(&["mousemove", &x.to_string(), &y.to_string()]);
    // What is under the mouse has to answer before it is let go; where it was too slow, the drag is refused, and done again.
    until("the file is dropped", || {
        go(from.0, from.1);
        xdotool(&["mousedown", "1"]);
        for step in 1..=20 {
            go(
                from.0 + (to.0 - from.0) * step / 20,
                from.1 + (to.1 - from.1) * step / 20,
            );
            std::thread::sleep(std::time::Duration::from_millis(30));
        }
        for step in 0..10 {
            go(to.0 + step % 2, to.1);
            std::thread::sleep(std::time::Duration::from_millis(100));
        }
        xdotool(&["mouseup", "1"]);
        other.says_one(&["dropped", "refused"]) == "dropped"
    });
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
fn a_copied_file_is_written_down_from_the_trays_menu() {
    let recording = Recording::new("copied.wav");
    let (mut panel, mut other) = (panel(), other_program());
    let page = Page::open();
    panel.says("registered");
    panel.tell("click Transcribe Copied Files");
    until_icon_says(&mut panel, "Myna has a message for you");
    page.press("Put this message away");
    until_icon_says(&mut panel, "Myna");

    other.tell(&format!("copy {}", recording.path()));
    panel.tell("click Transcribe Copied Files");
    until_icon_says(&mut panel, "Myna is listening");
    until("it is written down", || newest(&page).is_some());
    assert_eq!(
        newest(&page),
        Some((recording.words(), "copied.wav".to_owned()))
    );
    until_icon_says(&mut panel, "Myna");
}
