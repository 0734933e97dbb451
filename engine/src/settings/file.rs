//! The file behind the settings.

use super::{Settings, VERSION};
use crate::{Error, Result, whole};
use serde::Serialize;
use std::path::{Path, PathBuf};
use toml_edit::{DocumentMut, Item, Table, Value};

/// Bounds what is read into memory.
const LARGEST: u64 = 1 << 20;

/// The settings and the text that they come from.
#[derive(Debug, Clone)]
pub struct SettingsFile {
    path: PathBuf,
    document: DocumentMut,
    settings: Settings,
}

impl SettingsFile {
    /// Reads the file; one that is not there gives the defaults.
    pub fn read(path: &Path) -> Result<Self> {
        let text = match std::fs::metadata(path) {
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(e) => return Err(refuse(path, e)),
            Ok(meta) if meta.len() > LARGEST => return Err(refuse(path, "it is far too long")),
            Ok(_) => std::fs::read_to_string(path).map_err(|e| refuse(path, e))?,
        };
        let document: DocumentMut = text.parse().map_err(|e| refuse(path, e))?;
        let settings = understand(path, &document)?;
        Ok(Self {
            path: path.to_owned(),
            document,
            settings,
        })
    }

    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Whether a newer Myna wrote it: what that one knows and this one does not is kept.
    pub fn is_newer(&self) -> bool {
        self.settings.version > VERSION
    }

    /// Changes settings and writes the file: only the lines of what has changed.
    pub fn update(&mut self, change: impl FnOnce(&mut Settings)) -> Result<()> {
        let mut wanted = self.settings.clone();
        change(&mut wanted);
        let mut document = self.document.clone();
        let (before, after) = (
            table(&self.path, &self.settings)?,
            table(&self.path, &wanted)?,
        );
        merge(document.as_table_mut(), &before, &after);
        if !document.contains_key("version") {
            document["version"] = i64::from(VERSION).into();
        }
        // What is written must be what is read back.
        if understand(&self.path, &document)? != wanted {
            return Err(refuse(&self.path, "the change cannot be expressed in it"));
        }
        whole::write(&self.path, document.to_string().as_bytes())?;
        (self.document, self.settings) = (document, wanted);
        Ok(())
    }
}

fn understand(path: &Path, document: &DocumentMut) -> Result<Settings> {
    toml_edit::de::from_document(document.clone()).map_err(|e| refuse(path, e))
}

fn table(path: &Path, value: &impl Serialize) -> Result<Table> {
    let document = toml_edit::ser::to_document(value).map_err(|e| refuse(path, e))?;
    Ok(document.into_table())
}

/// Carries the difference between two states into a table that may hold more than either.
fn merge(into: &mut Table, before: &Table, after: &Table) {
    for (key, item) in after {
        match item.as_table_like() {
            Some(after) => {
                let before = before.get(key).and_then(Item::as_table_like);
                let before: Table = before
                    .into_iter()
                    .flat_map(|t| t.iter())
                    .map(owned)
                    .collect();
                let after: Table = after.iter().map(owned).collect();
                let place = into.entry(key).or_insert_with(|| Item::Table(Table::new()));
                if let Some(place) = place.as_table_mut() {
                    merge(place, &before, &after);
                } else if let Some(place) = place.as_inline_table_mut() {
                    let mut table = place.clone().into_table();
                    merge(&mut table, &before, &after);
                    *place = table.into_inline_table();
                }
            }
            None if before.get(key).map(Item::to_string) == Some(item.to_string()) => {}
            None => set(into, key, item.clone()),
        }
    }
    for (key, _) in before {
        if !after.contains_key(key) {
            into.remove(key);
        }
    }
    // A heading over nothing says nothing.
    let empty = |item: &Item| {
        item.as_table()
            .is_some_and(|t| t.is_empty() && t.position().is_none())
    };
    let gone: Vec<String> = into
        .iter()
        .filter(|(_, i)| empty(i))
        .map(|(k, _)| k.to_owned())
        .collect();
    for key in gone {
        into.remove(&key);
    }
}

fn owned((key, item): (&str, &Item)) -> (String, Item) {
    (key.to_owned(), item.clone())
}

/// Sets a value and leaves the comment behind it.
fn set(table: &mut Table, key: &str, mut item: Item) {
    let old = table
        .get(key)
        .and_then(Item::as_value)
        .map(Value::decor)
        .cloned();
    if let (Some(decor), Some(value)) = (old, item.as_value_mut()) {
        *value.decor_mut() = decor;
    }
    match table.get_mut(key) {
        Some(place) => *place = item,
        None => _ = table.insert(key, item),
    }
}

fn refuse(path: &Path, why: impl std::fmt::Display) -> Error {
    let why = why.to_string();
    Error::kept(
        path,
        format!("the settings cannot be read: {}", why.trim_end()),
        "Mend the file, or move it away to have the defaults.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::VoiceFor;
    use crate::whole::faults;

    fn file(text: &str) -> (tempfile::TempDir, PathBuf) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        (dir, path)
    }

    fn text(path: &Path) -> String {
        std::fs::read_to_string(path).unwrap()
    }

    #[test]
    fn nothing_set_means_defaults() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("deep/settings.toml");
        let mut file = SettingsFile::read(&path).unwrap();
        assert_eq!(file.settings(), &Settings::default());
        assert!(!path.exists(), "reading writes nothing");
        file.update(|s| s.history.days = Some(30)).unwrap();
        let again = SettingsFile::read(&path).unwrap();
        assert_eq!(again.settings().history.days, Some(30));
        assert_eq!(text(&path), "version = 1\n\n[history]\ndays = 30\n");
    }

    #[test]
    fn only_what_changes_is_written() {
        let before = "# Mine.\nversion = 1\n\n[history]  # short\nkeep = true  # always\ndays = 7 # a week\n\
            colour = \"red\"\n\n[unknown]\nlist = [1,\n  2]\n\n[models]\nmirror = \"https://a.example\"\n";
        let (_dir, path) = file(before);
        let mut settings = SettingsFile::read(&path).unwrap();
        settings.update(|_| {}).unwrap();
        assert_eq!(text(&path), before, "nothing changed");
        settings.update(|s| s.history.days = Some(8)).unwrap();
        assert_eq!(text(&path), before.replace("days = 7 #", "days = 8 #"));
        settings
            .update(|s| {
                s.history.days = None;
                s.models.mirror = None;
            })
            .unwrap();
        let after = text(&path);
        for kept in [
            "# Mine.",
            "colour = \"red\"",
            "keep = true  # always",
            "list = [1,\n  2]",
        ] {
            assert!(after.contains(kept), "{kept}: {after}");
        }
        assert!(
            !after.contains("days") && !after.contains("mirror"),
            "{after}"
        );
        assert_eq!(
            SettingsFile::read(&path).unwrap().settings(),
            settings.settings()
        );
    }

    #[test]
    fn inline_tables_and_newer_files_are_understood() {
        let (_dir, path) = file("version = 9\nhistory = { keep = false, future = 1 }\n");
        let mut settings = SettingsFile::read(&path).unwrap();
        assert!(settings.is_newer() && !settings.settings().history.keep);
        settings.update(|s| s.history.entries = Some(5)).unwrap();
        let after = text(&path);
        assert!(
            after.contains("future = 1") && after.contains("entries = 5"),
            "{after}"
        );
        assert!(after.contains("version = 9"), "{after}");
    }

    #[test]
    fn keys_are_kept_by_what_they_do_and_unknown_ones_stay() {
        let before = "[keys]  # mine\nfly = \"ctrl+f\"\nspeak = \"alt+s\" # near\n";
        let (_dir, path) = file(before);
        let mut settings = SettingsFile::read(&path).unwrap();
        assert_eq!(settings.settings().keys["speak"], "alt+s");
        settings
            .update(|s| _ = s.keys.insert("queue".into(), "alt+q".into()))
            .unwrap();
        settings.update(|s| _ = s.keys.remove("speak")).unwrap();
        let after = text(&path);
        assert!(
            after.contains("[keys]  # mine\nfly = \"ctrl+f\"\nqueue = \"alt+q\"\n")
                && !after.contains("speak"),
            "{after}"
        );
    }

    #[test]
    fn a_programs_voice_comes_and_goes_and_leaves_the_others() {
        let before = "[voice_for.\"org.example.mail\"] # mine\nvoice = \"anna\" # hers\n";
        let (_dir, path) = file(before);
        let mut settings = SettingsFile::read(&path).unwrap();
        let reader = VoiceFor {
            name: "Reader".into(),
            voice: "bert".into(),
        };
        settings
            .update(|s| {
                _ = s
                    .voice_for
                    .insert("org.example.reader".into(), reader.clone())
            })
            .unwrap();
        let again = SettingsFile::read(&path).unwrap();
        assert_eq!(again.settings().voice_for["org.example.reader"], reader);
        assert_eq!(again.settings().voice_for["org.example.mail"].voice, "anna");
        assert!(text(&path).contains(before), "{}", text(&path));
        settings
            .update(|s| _ = s.voice_for.remove("org.example.reader"))
            .unwrap();
        assert_eq!(text(&path), format!("version = 1\n{before}"));
    }

    #[test]
    fn what_cannot_be_understood_is_named_and_left_alone() {
        for (wrong, named) in [
            ("[keys]\nspeak = 3\n", "speak"),
            ("[devices]\nspeaker = []\n", "speaker"),
            ("[history]\nkeep = \"yes\"\n", "keep"),
            ("[history]\ndays = -1\n", "days"),
            ("history = 3\n", "history"),
            ("[history\n", "line 1"),
            ("a = \u{0}\n", "line 1"),
        ] {
            let (_dir, path) = file(wrong);
            let refusal = SettingsFile::read(&path).unwrap_err();
            assert_eq!(refusal.kind(), "storage");
            assert!(refusal.to_string().contains(named), "{refusal}");
            assert_eq!(text(&path), wrong);
        }
        let (_dir, path) = file("");
        std::fs::write(&path, b"\xff\xfe").unwrap();
        assert_eq!(SettingsFile::read(&path).unwrap_err().kind(), "storage");
        std::fs::write(&path, "#".repeat(2 << 20)).unwrap();
        assert_eq!(SettingsFile::read(&path).unwrap_err().kind(), "storage");
    }

    #[test]
    fn a_torn_file_is_named_or_understood_as_far_as_it_goes_and_left_alone() {
        let whole = "version = 1\n\n[history]\nkeep = true\ndays = 30\nentries = 100\n\n[models]\n\
            mirror = \"https://a.example\"\n\n[text]\nurl = \"skip\"\n";
        let (_dir, path) = file(whole);
        let (mut states, mut refused) = (0, 0);
        for length in 0..whole.len() {
            std::fs::write(&path, &whole[..length]).unwrap();
            match SettingsFile::read(&path) {
                Ok(read) => assert!(read.settings().history.keep),
                Err(e) => {
                    assert_eq!(e.kind(), "storage");
                    refused += 1;
                }
            }
            assert_eq!(text(&path), whole[..length]);
            states += 1;
        }
        eprintln!("torn settings: {states} states, {refused} refused by name, 0 changed");
        assert!(refused > 20);
    }

    #[test]
    fn a_full_disk_leaves_the_old_settings() {
        let (_dir, path) = file("[history]\ndays = 7\n");
        let mut settings = SettingsFile::read(&path).unwrap();
        let mut refused = 0;
        loop {
            let done =
                faults::with_room(refused, || settings.update(|s| s.history.days = Some(99)));
            if done.is_ok() {
                break;
            }
            assert_eq!(text(&path), "[history]\ndays = 7\n");
            assert_eq!(settings.settings().history.days, Some(7));
            refused += 1;
        }
        eprintln!("full disks under the settings: {refused} refusals, 0 settings lost");
        assert!(refused > 20);
        assert_eq!(
            SettingsFile::read(&path).unwrap().settings().history.days,
            Some(99)
        );
    }
}
