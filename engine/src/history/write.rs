//! Adding, removing, and letting go of what is old.

use super::{History, Recipe};
use crate::hear::{Transcript, joined};
use crate::{Error, Result};
use jiff::Timestamp;
use rusqlite::{Connection, Transaction, TransactionBehavior, params};

/// What is kept of an utterance.
#[derive(Debug, Clone, Copy)]
pub struct Utterance<'a> {
    pub text: &'a str,
    pub voice: Option<&'a str>,
    pub model: &'a str,
    pub seconds: f64,
    pub file: Option<&'a str>,
    pub stopped_by: &'a str,
    pub recipe: &'a Recipe,
}

/// How much is kept; None is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    pub days: Option<u32>,
    pub entries: Option<u32>,
}

impl History {
    /// Keeps an utterance and gives its number.
    pub fn add_utterance(&mut self, u: &Utterance) -> Result<i64> {
        let recipe =
            serde_json::to_string(u.recipe).map_err(|e| crate::Error::output(&self.path, e))?;
        self.change(|t| {
            let id = add(t, "spoken", u.text, u.model, u.seconds, u.file)?;
            t.execute(
                "INSERT INTO utterance (entry, voice, stopped_by, recipe) VALUES (?, ?, ?, ?)",
                params![id, u.voice, u.stopped_by, recipe],
            )?;
            Ok(id)
        })
    }

    /// Keeps a transcript and gives its number.
    pub fn add_transcript(&mut self, transcript: &Transcript) -> Result<i64> {
        self.change(|t| {
            let Transcript { text, model, .. } = transcript;
            let file = Some(transcript.file.as_str());
            let id = add(t, "heard", text, model, transcript.seconds, file)?;
            let c = &transcript.coverage;
            t.execute(
                "INSERT INTO transcript (entry, speech, transcribed, uncertain, failed) VALUES (?, ?, ?, ?, ?)",
                params![id, c.speech, c.transcribed, c.uncertain, c.failed],
            )?;
            let mut row = t.prepare(
                "INSERT INTO segment (entry, n, start, end, text, finish_reason, uncertain)
                 VALUES (?, ?, ?, ?, ?, ?, ?)",
            )?;
            for (n, s) in (0i64..).zip(&transcript.segments) {
                row.execute(params![id, n, s.start, s.end, s.text, s.finish_reason, s.uncertain])?;
            }
            Ok(id)
        })
    }

    /// Puts other words in the place of a segment's: a person's own, so they are beyond doubt. What the words were is
    /// overwritten.
    pub fn correct(&mut self, id: i64, segment: usize, text: &str) -> Result<()> {
        let changed = self.change(|t| {
            let changed = t.execute(
                "UPDATE segment SET text = ?, uncertain = 0,
                     finish_reason = CASE finish_reason WHEN 'failed' THEN 'stop' ELSE finish_reason END
                 WHERE entry = ? AND n = ?",
                params![text, id, i64::try_from(segment).unwrap_or(i64::MAX)],
            )?;
            if changed == 0 {
                return Ok(false);
            }
            let mut rows = t.prepare("SELECT text FROM segment WHERE entry = ? ORDER BY n")?;
            let texts: Vec<String> = rows
                .query_map([id], |row| row.get(0))?
                .collect::<rusqlite::Result<_>>()?;
            // The index is told by hand: its triggers know adding and removing only.
            t.execute(
                "INSERT INTO words (words, rowid, text) SELECT 'delete', id, text FROM entry WHERE id = ?",
                [id],
            )?;
            let whole = joined(texts.iter().map(String::as_str));
            t.execute("UPDATE entry SET text = ? WHERE id = ?", params![whole, id])?;
            t.execute(
                "INSERT INTO words (rowid, text) VALUES (?, ?)",
                params![id, whole],
            )?;
            Ok(true)
        })?;
        if !changed {
            return Err(Error::request(
                format!("transcript {id} has no segment {segment}"),
                "Open the transcript again.",
            ));
        }
        self.forget(1).map(drop)
    }

    /// Removes entries for good; gives how many there were of them.
    pub fn remove(&mut self, ids: &[i64]) -> Result<usize> {
        let removed = self.change(|t| {
            let mut row = t.prepare("DELETE FROM entry WHERE id = ?")?;
            ids.iter().map(|id| row.execute([id])).sum()
        })?;
        self.forget(removed)
    }

    /// Removes everything for good.
    pub fn clear(&mut self) -> Result<usize> {
        let removed = self.change(|t| t.execute("DELETE FROM entry", []))?;
        self.forget(removed)
    }

    /// Removes what `retention` does not keep at `now`, in milliseconds since 1970; at 0 nothing is old.
    pub fn prune(&mut self, retention: Retention, now: u64) -> Result<usize> {
        if retention == Retention::default() {
            return Ok(0);
        }
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let cutoff = retention
            .days
            .filter(|_| now > 0)
            .map(|days| now - i64::from(days) * 24 * 3600 * 1000);
        let removed = self.change(|t| {
            let old = t.execute("DELETE FROM entry WHERE at < ?", [cutoff])?;
            let many = match retention.entries {
                None => 0,
                Some(most) => t.execute(
                    "DELETE FROM entry WHERE id NOT IN (SELECT id FROM entry ORDER BY id DESC LIMIT ?)",
                    [most],
                )?,
            };
            Ok(old + many)
        })?;
        self.forget(removed)
    }

    /// All of `work`, or nothing.
    fn change<T>(&mut self, work: impl FnOnce(&Transaction) -> rusqlite::Result<T>) -> Result<T> {
        let done = |db: &mut Connection| {
            let t = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
            let result = work(&t)?;
            t.commit()?;
            Ok(result)
        };
        done(self.writable()?).map_err(|e| self.fail(e))
    }

    /// Merges the log of changes, in which removed text would otherwise stand for a while.
    fn forget(&mut self, removed: usize) -> Result<usize> {
        if removed > 0 {
            let merge = "PRAGMA wal_checkpoint(TRUNCATE)";
            let merged = self.db.query_row(merge, [], |_| Ok(()));
            merged.map_err(|e| self.fail(e))?;
        }
        Ok(removed)
    }
}

fn add(
    t: &Transaction,
    kind: &str,
    text: &str,
    model: &str,
    seconds: f64,
    file: Option<&str>,
) -> rusqlite::Result<i64> {
    let at = Timestamp::now().as_millisecond();
    t.execute(
        "INSERT INTO entry (at, kind, text, model, seconds, file, myna) VALUES (?, ?, ?, ?, ?, ?, ?)",
        params![at, kind, text, model, seconds, file, crate::VERSION],
    )?;
    Ok(t.last_insert_rowid())
}
