//! Finding entries: the newest, by words, by number.

use super::{Entry, History, Kind, Summary, What};
use crate::hear::{Coverage, Segment};
use crate::{Error, Result};
use jiff::Timestamp;
use rusqlite::types::ValueRef;
use rusqlite::{OptionalExtension, Params, Row, params};
use serde::Serialize;

const COLUMNS: &str = "id, at, kind, text, model, seconds, file, myna";

/// How much of a text stands around a found word, in characters.
const AROUND: usize = 40;

/// Something found by its words.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Hit {
    #[serde(flatten)]
    pub summary: Summary,
    /// The words in their surroundings.
    pub excerpt: String,
}

impl History {
    /// The newest first. The order is that of adding, whatever the clock said.
    pub fn list(&mut self, kind: Option<Kind>, limit: usize) -> Result<Vec<Summary>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM entry WHERE kind = coalesce(?, kind) ORDER BY id DESC LIMIT ?"
        );
        self.rows(&sql, params![kind.map(Kind::name), limit_of(limit)])
    }

    /// Entries that hold every word of `wish`, the last one also as a beginning; the newest first. Case and accents do
    /// not matter. Where words are not parted by spaces, as in Chinese, any place in the text counts.
    pub fn search(&mut self, wish: &str, limit: usize) -> Result<Vec<Hit>> {
        let words: Vec<&str> = wish.split_whitespace().collect();
        if !wish.chars().any(char::is_alphanumeric) {
            return Err(Error::request(
                "there is no word to search for",
                "Give a word that was spoken or heard.",
            ));
        }
        let found = if wish.chars().any(is_unspaced) {
            let tests = vec!["text LIKE ? ESCAPE '\\'"; words.len()].join(" AND ");
            let limit = limit_of(limit);
            let sql =
                format!("SELECT {COLUMNS} FROM entry WHERE {tests} ORDER BY id DESC LIMIT {limit}");
            let patterns = words.iter().map(|w| format!("%{}%", escape(w)));
            self.rows(&sql, rusqlite::params_from_iter(patterns))?
        } else {
            let sql = format!(
                "SELECT {COLUMNS} FROM entry WHERE id IN (SELECT rowid FROM words WHERE words MATCH ?)
                 ORDER BY id DESC LIMIT ?"
            );
            self.rows(&sql, params![query(&words), limit_of(limit)])?
        };
        let hits = found.into_iter().map(|summary| Hit {
            excerpt: excerpt(&summary.text, &words),
            summary,
        });
        Ok(hits.collect())
    }

    /// How many entries there are.
    pub fn count(&mut self) -> Result<usize> {
        let count = self
            .db
            .query_row("SELECT count(*) FROM entry", [], |row| row.get::<_, i64>(0));
        count
            .map(|n| usize::try_from(n).unwrap_or(0))
            .map_err(|e| self.fail(e))
    }

    /// Everything about one entry.
    pub fn entry(&mut self, id: i64) -> Result<Entry> {
        let found = self.find(id).map_err(|e| self.fail(e))?;
        found.ok_or_else(|| {
            Error::request(
                format!("there is no entry {id} in the history"),
                "`myna history list` shows what there is.",
            )
        })
    }

    /// Numbers of all entries, oldest first.
    pub fn ids(&mut self) -> Result<Vec<i64>> {
        let read = |db: &rusqlite::Connection| -> rusqlite::Result<Vec<i64>> {
            let mut rows = db.prepare("SELECT id FROM entry ORDER BY id")?;
            rows.query_map([], |row| row.get(0))?.collect()
        };
        read(&self.db).map_err(|e| self.fail(e))
    }

    fn find(&self, id: i64) -> rusqlite::Result<Option<Entry>> {
        let sql = format!("SELECT {COLUMNS} FROM entry WHERE id = ?");
        let Some(summary) = self.db.query_row(&sql, [id], summary).optional()? else {
            return Ok(None);
        };
        let what = match summary.kind {
            Kind::Spoken => self.db.query_row(
                "SELECT voice, stopped_by, recipe FROM utterance WHERE entry = ?",
                [id],
                |row| {
                    let recipe: String = row.get(2)?;
                    Ok(What::Spoken {
                        voice: row.get(0)?,
                        stopped_by: row.get(1)?,
                        recipe: serde_json::from_str(&recipe).map_err(unreadable(2))?,
                    })
                },
            )?,
            Kind::Heard => What::Heard {
                coverage: self.db.query_row(
                    "SELECT speech, transcribed, uncertain, failed FROM transcript WHERE entry = ?",
                    [id],
                    |row| {
                        Ok(Coverage {
                            speech: row.get(0)?,
                            transcribed: row.get(1)?,
                            uncertain: row.get(2)?,
                            failed: row.get(3)?,
                        })
                    },
                )?,
                segments: self.segments(id)?,
            },
        };
        Ok(Some(Entry { summary, what }))
    }

    fn segments(&self, id: i64) -> rusqlite::Result<Vec<Segment>> {
        let mut rows = self.db.prepare(
            "SELECT start, end, text, finish_reason, uncertain FROM segment WHERE entry = ? ORDER BY n",
        )?;
        rows.query_map([id], |row| {
            let reason: String = row.get(3)?;
            Ok(Segment {
                start: row.get(0)?,
                end: row.get(1)?,
                text: text(row, 2)?,
                finish_reason: known(&reason),
                uncertain: row.get(4)?,
            })
        })?
        .collect()
    }

    fn rows(&mut self, sql: &str, params: impl Params) -> Result<Vec<Summary>> {
        let read = |db: &rusqlite::Connection| -> rusqlite::Result<Vec<Summary>> {
            db.prepare(sql)?.query_map(params, summary)?.collect()
        };
        read(&self.db).map_err(|e| self.fail(e))
    }
}

fn summary(row: &Row) -> rusqlite::Result<Summary> {
    let kind: String = row.get(2)?;
    Ok(Summary {
        id: row.get(0)?,
        at: Timestamp::from_millisecond(row.get(1)?).map_err(unreadable(1))?,
        kind: if kind == Kind::Heard.name() {
            Kind::Heard
        } else {
            Kind::Spoken
        },
        text: text(row, 3)?,
        model: text(row, 4)?,
        seconds: row.get(5)?,
        file: match row.get_ref(6)? {
            ValueRef::Null => None,
            _ => Some(text(row, 6)?),
        },
        myna: text(row, 7)?,
    })
}

/// A flipped bit in a text, which no check of SQLite's sees, costs a letter and not the list.
fn text(row: &Row, column: usize) -> rusqlite::Result<String> {
    let bytes = row.get_ref(column)?.as_bytes()?;
    Ok(String::from_utf8_lossy(bytes).into_owned())
}

fn unreadable<E: std::error::Error + Send + Sync + 'static>(
    column: usize,
) -> impl Fn(E) -> rusqlite::Error {
    move |e| {
        rusqlite::Error::FromSqlConversionFailure(column, rusqlite::types::Type::Text, Box::new(e))
    }
}

/// Reasons are fixed words in the program and text in the database.
fn known(reason: &str) -> &'static str {
    const ALL: [&str; 5] = ["stop", "loop", "length", "cache", "failed"];
    ALL.into_iter().find(|r| *r == reason).unwrap_or("unknown")
}

fn limit_of(limit: usize) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

/// Every word in quotes: nothing a person types is an operator.
fn query(words: &[&str]) -> String {
    let quoted = words
        .iter()
        .map(|w| format!("\"{}\"", w.replace('"', "\"\"")));
    quoted.collect::<Vec<_>>().join(" ") + "*"
}

fn escape(word: &str) -> String {
    word.replace('\\', "\\\\")
        .replace('%', "\\%")
        .replace('_', "\\_")
}

/// Scripts written without spaces: Thai, Lao, Khmer, Burmese; kana; Han.
fn is_unspaced(c: char) -> bool {
    matches!(c, '\u{0e00}'..='\u{0eff}' | '\u{1000}'..='\u{109f}' | '\u{1780}'..='\u{17ff}'
        | '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// The surroundings of the first of `words` that is found, on one line.
fn excerpt(text: &str, words: &[&str]) -> String {
    let text: Vec<char> = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .collect();
    let same = |a: &char, b: &char| a.to_lowercase().eq(b.to_lowercase());
    let found = words.iter().find_map(|word| {
        let word: Vec<char> = word.chars().collect();
        let at = |w: &[char]| w.iter().zip(&word).all(|(a, b)| same(a, b));
        text.windows(word.len()).position(at)
    });
    let begin = found.unwrap_or(0).saturating_sub(AROUND);
    let end = (begin + 2 * AROUND).min(text.len());
    let mut out = String::new();
    if begin > 0 {
        out.push('…');
    }
    out.extend(&text[begin..end]);
    if end < text.len() {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_type_is_never_an_operator() {
        assert_eq!(query(&["a"]), "\"a\"*");
        assert_eq!(query(&["NOT", "\"b*"]), "\"NOT\" \"\"\"b*\"*");
        assert_eq!(escape("5%_\\"), "5\\%\\_\\\\");
    }

    #[test]
    fn an_excerpt_shows_the_word() {
        let text = format!("{}needle\nin it {}", "hay ".repeat(50), "straw ".repeat(50));
        let cut = excerpt(&text, &["NEEDLE"]);
        assert!(cut.contains("hay needle in it straw"), "{cut}");
        assert!(cut.starts_with('…') && cut.ends_with('…') && cut.chars().count() < 90);
        assert_eq!(excerpt("short", &["absent"]), "short");
        assert_eq!(excerpt("", &["x"]), "");
    }
}
