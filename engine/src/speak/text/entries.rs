//! The words in a dictionary's file one by one, to be shown and changed. What a person wrote by hand around them stays:
//! comments, order, keys of other versions. Fails with `bad-input` before anything is written that could not be read back.

use super::dictionary::Dictionary;
use super::watch::read_text;
use crate::{Error, Result, whole};
use std::path::Path;
use toml_edit::{DocumentMut, Item, Table, value};

const TABLE: &str = "words";

/// Every word and how it is said, in the file's order.
pub fn read_words(path: &Path) -> Result<Vec<(String, String)>> {
    let document = document(path)?;
    let words = document.get(TABLE).and_then(Item::as_table_like);
    let all = words.into_iter().flat_map(|table| table.iter());
    Ok(all
        .filter_map(|(word, said)| Some((word.to_owned(), said.as_str()?.to_owned())))
        .collect())
}

/// Says a word so from now on; with None, by the rules again.
pub fn set_word(path: &Path, word: &str, said: Option<&str>) -> Result<()> {
    let mut document = document(path)?;
    let place = document
        .entry(TABLE)
        .or_insert_with(|| Item::Table(Table::new()));
    let words = place.as_table_like_mut().ok_or_else(|| {
        Error::request(
            format!("{}: `{TABLE}` is no table", path.display()),
            "Mend the file, or move it away.",
        )
    })?;
    let word = word.trim();
    match said {
        None => _ = words.remove(word),
        Some(said) => _ = words.insert(word, value(said.trim())),
    }
    let text = document.to_string();
    // What is written must be what is read.
    Dictionary::parse(&path.display().to_string(), &text)?;
    whole::write(path, text.as_bytes())
}

fn document(path: &Path) -> Result<DocumentMut> {
    let text = read_text(path)?;
    // Says which line is wrong.
    Dictionary::parse(&path.display().to_string(), &text)?;
    text.parse()
        .map_err(|e| Error::request(format!("{}: {e}", path.display()), "Mend the file."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_set_changed_and_taken_out_and_the_rest_stays() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("new/pronunciation.toml");
        assert_eq!(read_words(&path).unwrap(), []);
        set_word(&path, " GIF ", Some(" jif ")).unwrap();
        assert_eq!(read_words(&path).unwrap(), [("GIF".into(), "jif".into())]);

        let mine = "# Mine.\n[words]\nSiobhan = \"shi vawn\" # a friend\nGIF = \"jif\"\n";
        std::fs::write(&path, mine).unwrap();
        set_word(&path, "New Delhi", Some("new dally")).unwrap();
        set_word(&path, "GIF", None).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# Mine.\n[words]\nSiobhan = \"shi vawn\" # a friend\n"));
        let words = read_words(&path).unwrap();
        assert_eq!(words[1], ("New Delhi".into(), "new dally".into()));
        assert_eq!(words.len(), 2);
    }

    #[test]
    fn what_could_not_be_read_back_is_not_written() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("pronunciation.toml");
        for (word, said) in [("", "x"), ("x", ""), ("x", &"y".repeat(500))] {
            assert!(set_word(&path, word, Some(said)).is_err(), "{word:?}");
            assert!(!path.exists());
        }
        std::fs::write(&path, "[words\n").unwrap();
        assert_eq!(
            set_word(&path, "a", Some("b")).unwrap_err().kind(),
            "bad-input"
        );
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "[words\n");
    }
}
