//! Models in a person's own folder: what they are and where they came from, bringing in and taking away.

use super::catalogue::{Known, is_plain};
use super::fetch::Wanted;
use super::{check, quantize};
use crate::{Error, Result, home, machine, whole};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Written last into a model's folder: with it the folder is whole.
pub(super) const ORIGIN: &str = "myna-origin.json";

/// Kinds of files that a model is made of. Never a pickle.
const KINDS: [&str; 4] = ["safetensors", "json", "yaml", "txt"];

/// Where a model came from.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Origin {
    /// `owner/name` on the hub; none for a folder.
    pub repo: Option<String>,
    pub commit: Option<String>,
    pub licence: Option<String>,
    /// 4 or 8, when it was quantised here.
    pub bits: Option<u8>,
    pub files: Vec<Wanted>,
    pub at: Timestamp,
    /// The version that brought it in.
    pub myna: String,
}

/// A model that is there.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Kept {
    pub id: String,
    pub dir: PathBuf,
    pub bytes: u64,
    /// None when the folder was put there by hand.
    pub origin: Option<Origin>,
}

impl Origin {
    pub(super) fn fetched(known: &Known, commit: &str, files: Vec<Wanted>) -> Self {
        Self {
            repo: Some(known.repo.clone()),
            commit: Some(commit.to_owned()),
            licence: Some(known.licence.clone()),
            bits: None,
            files,
            at: Timestamp::now(),
            myna: crate::VERSION.into(),
        }
    }

    pub(super) fn write(&self, dir: &Path) -> Result<()> {
        let path = dir.join(ORIGIN);
        let text = serde_json::to_vec_pretty(self).map_err(|e| Error::output(&path, e))?;
        whole::write(&path, &text)
    }

    fn read(dir: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(dir.join(ORIGIN)).ok()?).ok()
    }
}

/// Everything on a shelf, by name. Unfinished downloads are not there yet.
pub fn kept(shelf: &Path) -> Vec<Kept> {
    let entries = std::fs::read_dir(shelf).into_iter().flatten().flatten();
    let mut all: Vec<Kept> = entries
        .filter_map(|entry| {
            let id = entry.file_name().into_string().ok()?;
            let dir = entry.path();
            (is_plain(&id) && dir.is_dir()).then(|| Kept {
                origin: Origin::read(&dir),
                bytes: size(&dir),
                id,
                dir,
            })
        })
        .collect();
    all.sort_by(|a, b| a.id.cmp(&b.id));
    all
}

fn size(dir: &Path) -> u64 {
    let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
    entries.filter_map(|e| Some(e.metadata().ok()?.len())).sum()
}

/// Copies a folder's model onto the shelf, whole or not at all, after looking at every tensor of it.
pub fn import(from: &Path, name: &str, bits: Option<u8>, shelf: &Path) -> Result<PathBuf> {
    check_name(name)?;
    let target = shelf.join(name);
    if target.exists() {
        return Err(taken(name));
    }
    if !from.is_dir() {
        return Err(Error::request(
            format!("{} is not a folder", from.display()),
            "Give the folder that holds the model's config.json and weights.",
        ));
    }
    let report = check(from)?;
    if let Some(problem) = report.problems.first() {
        return Err(myna_models::Error::refused(
            format!("{} is not in order: {problem}", from.display()),
            "`myna models check DIR` lists everything that is wrong.",
        )
        .into());
    }
    let mut files = Vec::new();
    for entry in std::fs::read_dir(from).map_err(|e| Error::output(from, e))? {
        let entry = entry.map_err(|e| Error::output(from, e))?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let kind = name
            .rsplit_once('.')
            .is_some_and(|(_, kind)| KINDS.contains(&kind));
        // Links are followed: the hub's own cache is made of them.
        if let Ok(meta) = std::fs::metadata(entry.path())
            && meta.is_file()
            && kind
            && is_plain(&name)
            && name != ORIGIN
        {
            files.push((entry.path(), name, meta.len()));
        }
    }
    let needed: u64 = files.iter().map(|(_, _, size)| size).sum();
    home::make(shelf)?;
    if machine::free_space(shelf).is_some_and(|free| free < needed) {
        return Err(Error::output(
            &target,
            format!("{:.1} GB are needed", needed as f64 / 1e9),
        ));
    }
    let origin = |files: Vec<Wanted>| Origin {
        repo: None,
        commit: None,
        licence: None,
        bits,
        files,
        at: Timestamp::now(),
        myna: crate::VERSION.into(),
    };
    whole::folder(&target, |draft| {
        if let Some(bits) = bits {
            quantize(from, bits, draft)?;
            return origin(Vec::new()).write(draft);
        }
        let mut copied = Vec::new();
        for (path, name, size) in &files {
            let to = draft.join(name);
            std::fs::copy(path, &to).map_err(|e| Error::output(&to, whole::describe(&e)))?;
            copied.push(Wanted {
                name: name.clone(),
                size: *size,
                sha256: None,
            });
        }
        origin(copied).write(draft)
    })?;
    Ok(target)
}

/// A smaller copy of a model on the shelf, beside it, as `NAME-4bit`.
pub fn shrink(name: &str, bits: u8, shelf: &Path) -> Result<PathBuf> {
    check_name(name)?;
    import(
        &shelf.join(name),
        &format!("{name}-{bits}bit"),
        Some(bits),
        shelf,
    )
}

/// Takes a model off the shelf, or an unfinished download of it. Gives how many bytes that frees.
pub fn remove(name: &str, shelf: &Path) -> Result<u64> {
    check_name(name)?;
    let mut freed = 0;
    let mut found = false;
    for dir in [shelf.join(name), shelf.join(format!(".pull-{name}"))] {
        if !dir.is_dir() {
            continue;
        }
        found = true;
        freed += size(&dir);
        // Gone under its name at once: nothing ever sees half of it.
        let gone = tempfile::Builder::new()
            .prefix(whole::DRAFT)
            .tempdir_in(shelf)
            .map_err(|e| Error::output(shelf, whole::describe(&e)))?;
        std::fs::rename(&dir, gone.path().join("model")).map_err(|e| Error::output(&dir, e))?;
        gone.close().map_err(|e| Error::output(&dir, e))?;
    }
    if found {
        return Ok(freed);
    }
    Err(Error::request(
        format!("there is no model {name:?} to remove"),
        "`myna models list` shows what was fetched or imported.",
    ))
}

fn check_name(name: &str) -> Result<()> {
    if is_plain(name) && name != "pocket" {
        return Ok(());
    }
    Err(Error::request(
        format!("{name:?} cannot be a model's name here"),
        "Use letters, digits, and - _ . +; `pocket` is the built-in one.",
    ))
}

fn taken(name: &str) -> Error {
    Error::request(
        format!("there is a model {name:?} already"),
        "Choose another --name, or remove it first: `myna models remove`.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::whole::faults;

    fn fixture(name: &str) -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../tests/fixtures")
            .join(name)
    }

    fn names(dir: &Path) -> Vec<String> {
        let entries = std::fs::read_dir(dir).into_iter().flatten().flatten();
        let mut all: Vec<String> = entries
            .map(|e| e.file_name().into_string().unwrap())
            .collect();
        all.sort();
        all
    }

    #[test]
    fn a_folder_is_brought_in_whole_shrunk_and_taken_away() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = dir.path().join("models");
        let from = fixture("csm-tiny/hf");
        let there = import(&from, "mine", None, &shelf).unwrap();
        let mut expected = names(&from);
        expected.push(ORIGIN.into());
        expected.sort();
        assert_eq!(names(&there), expected);
        assert!(check(&there).unwrap().ok);
        shrink("mine", 4, &shelf).unwrap();
        let all = kept(&shelf);
        let ids: Vec<&str> = all.iter().map(|k| k.id.as_str()).collect();
        assert_eq!(ids, ["mine", "mine-4bit"]);
        assert_eq!(all[1].origin.as_ref().unwrap().bits, Some(4));
        assert!(all[1].bytes < all[0].bytes);
        assert!(
            import(&from, "mine", None, &shelf)
                .unwrap_err()
                .to_string()
                .contains("already")
        );
        assert!(remove("mine", &shelf).unwrap() > 0);
        assert_eq!(names(&shelf), ["mine-4bit"]);
        assert_eq!(remove("mine", &shelf).unwrap_err().kind(), "bad-input");
    }

    #[test]
    fn what_is_not_in_order_stays_outside() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = dir.path().join("models");
        let broken = dir.path().join("broken");
        std::fs::create_dir(&broken).unwrap();
        for name in names(&fixture("csm-tiny/hf")) {
            std::fs::copy(fixture("csm-tiny/hf").join(&name), broken.join(&name)).unwrap();
        }
        std::fs::write(broken.join("tokenizer.json"), "{").unwrap();
        assert_eq!(
            import(&broken, "b", None, &shelf).unwrap_err().kind(),
            "model-refused"
        );
        for name in ["", "..", "a/b", ".hidden", "pocket", "a b", "ä"] {
            let refusal = import(&fixture("csm-tiny/hf"), name, None, &shelf).unwrap_err();
            assert_eq!(refusal.kind(), "bad-input", "{name:?}");
            assert_eq!(
                remove(name, &shelf).unwrap_err().kind(),
                "bad-input",
                "{name:?}"
            );
        }
        assert!(kept(&shelf).is_empty());
    }

    #[test]
    fn a_torn_origin_is_no_origin() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = dir.path().join("models");
        let model = import(&fixture("csm-tiny/hf"), "m", None, &shelf).unwrap();
        let place = model.join(ORIGIN);
        let whole = std::fs::read(&place).unwrap();
        for length in 0..whole.len() {
            std::fs::write(&place, &whole[..length]).unwrap();
            let [only] = &kept(&shelf)[..] else {
                panic!("the model is there whatever is known of it")
            };
            assert_eq!(only.origin, None, "{length}");
        }
        eprintln!(
            "torn origins of a model: {} states, 0 believed",
            whole.len()
        );
    }

    #[test]
    fn a_full_disk_leaves_no_half_of_a_model() {
        let dir = tempfile::tempdir().unwrap();
        let shelf = dir.path().join("models");
        for room in [0, 1, 50] {
            let refusal =
                faults::with_room(room, || import(&fixture("csm-tiny/hf"), "m", None, &shelf));
            assert_eq!(refusal.unwrap_err().kind(), "output");
            assert!(names(&shelf).is_empty());
        }
        import(&fixture("csm-tiny/hf"), "m", None, &shelf).unwrap();
    }
}
