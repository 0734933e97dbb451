use std::sync::Arc;

use super::*;

/// A keyboard that remembers what is held, and of which another program holds some.
#[derive(Clone, Default)]
struct Board {
    held: Arc<Mutex<Vec<(String, &'static str)>>>,
    elsewhere: Arc<Mutex<Vec<&'static str>>>,
}

impl Board {
    fn held(&self) -> Vec<(String, &'static str)> {
        let mut held = self.held.lock().unwrap().clone();
        held.sort();
        held
    }
}

impl Keyboard for Board {
    fn take(&self, key: Shortcut, does: &'static str) -> bool {
        let key = Key(key).written();
        let mut held = self.held.lock().unwrap();
        let twice = held.iter().any(|(other, _)| *other == key);
        if twice || self.elsewhere.lock().unwrap().iter().any(|one| *one == key) {
            return false;
        }
        held.push((key, does));
        true
    }

    fn release(&self, key: Shortcut) {
        let key = Key(key).written();
        self.held.lock().unwrap().retain(|(other, _)| *other != key);
    }
}

fn key(text: &str) -> Result<Key, Error> {
    text.parse()
}

fn settings(text: &str) -> (tempfile::TempDir, SettingsFile) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("settings.toml");
    std::fs::write(&path, text).unwrap();
    let file = SettingsFile::read(&path).unwrap();
    (dir, file)
}

fn begun(set: &[(&str, &str)]) -> (Board, Keys, Vec<Error>) {
    let (board, keys) = (Board::default(), Keys::default());
    let set = set.iter().map(|(d, k)| (d.to_string(), k.to_string()));
    let refusals = keys.begin(Box::new(board.clone()), &set.collect());
    (board, keys, refusals)
}

fn pair(key: &str, does: &'static str) -> (String, &'static str) {
    (key.into(), does)
}

#[test]
fn a_key_is_written_as_it_is_read_and_named_as_people_do() {
    for (text, written, shown, on_a_mac) in [
        (
            "ctrl+alt+shift+s",
            "ctrl+alt+shift+s",
            "Ctrl+Alt+Shift+S",
            "⌃⌥⇧S",
        ),
        ("Shift + Option+KeyS", "alt+shift+s", "Alt+Shift+S", "⌥⇧S"),
        ("CMD+1", "super+1", "Super+1", "⌘1"),
        ("ctrl+f5", "ctrl+f5", "Ctrl+F5", "⌃F5"),
        (
            "alt+ArrowDown",
            "alt+arrowdown",
            "Alt+ArrowDown",
            "⌥ArrowDown",
        ),
        ("alt+space", "alt+space", "Alt+Space", "⌥Space"),
    ] {
        let key = key(text).unwrap();
        assert_eq!(key.written(), written);
        assert_eq!(key.written().parse::<Key>().unwrap(), key);
        let named = if cfg!(target_os = "macos") {
            on_a_mac
        } else {
            shown
        };
        assert_eq!(key.to_string(), named);
    }
}

#[test]
fn what_is_no_combination_is_refused() {
    for text in ["", "ctrl+", "nonsense", "ctrl+s+alt", "ctrl+alt"] {
        assert_eq!(key(text).unwrap_err().kind(), "no_key", "{text}");
    }
    for text in ["s", "shift+s", "f5"] {
        assert_eq!(key(text).unwrap_err().kind(), "bare_key", "{text}");
    }
}

#[test]
fn the_usual_keys_can_all_be_had_together() {
    let (board, keys, refusals) = begun(&[]);
    assert!(refusals.is_empty(), "{refusals:?}");
    assert_eq!(board.held().len(), deeds().count());
    assert!(
        keys.listed()
            .iter()
            .all(|(_, key, usual)| key.is_some() && *usual)
    );
}

#[test]
fn a_key_in_the_file_that_cannot_be_had_is_told_and_costs_nothing_else() {
    let (board, keys, refusals) = begun(&[("speak", "blue"), ("queue", "alt+q"), ("fly", "x")]);
    let kinds: Vec<_> = refusals.iter().map(Error::kind).collect();
    assert_eq!(kinds, ["no_key"]);
    assert_eq!(
        board.held(),
        [pair("alt+q", "queue"), pair("ctrl+alt+r", "record")]
    );
    assert_eq!(keys.listed()[0], ("speak", None, false));

    let (board, _, refusals) = begun(&[("queue", "ctrl+alt+S")]);
    assert_eq!(refusals[0].kind(), "key_shared");
    assert_eq!(
        board.held(),
        [pair("ctrl+alt+r", "record"), pair("ctrl+alt+s", "speak")]
    );
}

#[test]
fn a_new_key_is_applied_and_kept_and_the_usual_one_comes_back() {
    let (dir, mut file) = settings("# mine\n[keys]\nfly = \"alt+f\"\n");
    let text = || std::fs::read_to_string(dir.path().join("settings.toml")).unwrap();
    let (board, keys, _) = begun(&[]);
    keys.set("speak", Some("alt+KeyX"), &mut file).unwrap();
    assert_eq!(
        board.held(),
        [
            pair("alt+x", "speak"),
            pair("ctrl+alt+r", "record"),
            pair("ctrl+alt+shift+s", "queue")
        ]
    );
    assert!(text().contains("# mine") && text().contains("fly = \"alt+f\"\nspeak = \"alt+x\""));
    assert!(!keys.listed()[0].2);
    // What was free before is so again.
    keys.set("queue", Some("ctrl+alt+s"), &mut file).unwrap();
    keys.set("queue", None, &mut file).unwrap();
    keys.set("speak", None, &mut file).unwrap();
    assert!(keys.listed().iter().all(|(_, _, usual)| *usual));
    assert!(
        text().contains("fly") && !text().contains("speak"),
        "{}",
        text()
    );
}

#[test]
fn a_key_that_is_refused_leaves_the_old_one() {
    let (dir, mut file) = settings("");
    let path = dir.path().join("settings.toml");
    let (board, keys, _) = begun(&[]);
    board.elsewhere.lock().unwrap().push("alt+e");
    let before = board.held();
    for (key, kind) in [
        ("alt+e", "shortcut"),
        ("ctrl+alt+shift+s", "key_shared"),
        ("s", "bare_key"),
        ("alt", "no_key"),
    ] {
        let refusal = keys.set("speak", Some(key), &mut file).unwrap_err();
        assert_eq!(refusal.kind(), kind);
        assert_eq!(board.held(), before);
    }
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
    assert!(keys.set("fly", Some("alt+f"), &mut file).is_err());

    // Nor is one that cannot be kept.
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    assert!(keys.set("speak", Some("alt+x"), &mut file).is_err());
    assert_eq!(board.held(), before);
    assert!(keys.listed().iter().all(|(_, _, usual)| *usual));
}

#[test]
fn keys_rest_while_a_page_listens_and_are_taken_again() {
    let (_dir, mut file) = settings("");
    let (board, keys, _) = begun(&[]);
    keys.rest(true).unwrap();
    keys.rest(true).unwrap();
    assert_eq!(board.held(), []);
    board.elsewhere.lock().unwrap().push("alt+e");
    assert_eq!(
        keys.set("speak", Some("alt+e"), &mut file)
            .unwrap_err()
            .kind(),
        "shortcut"
    );
    keys.set("speak", Some("alt+x"), &mut file).unwrap();
    assert_eq!(board.held(), []);
    board.elsewhere.lock().unwrap().push("ctrl+alt+shift+s");
    assert_eq!(keys.rest(false).unwrap_err().kind(), "shortcut");
    assert_eq!(
        board.held(),
        [pair("alt+x", "speak"), pair("ctrl+alt+r", "record")]
    );
    keys.rest(false).unwrap();
}
