//! Transcripts that can be looked at: those of the history and, where the settings keep nothing, those of this session.
//!
//! The history is opened for every call, since other programs use it, too. Numbers below zero are of this session. A
//! removed transcript can be brought back until the next one is removed or [`Book::settle`] is called; only then it is
//! gone for good. Fails as the history does, and with `gone`.

use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard};

use myna_engine::hear::Transcript;
use myna_engine::history::{Entry, History, Kind, Summary, keep};
use myna_engine::home::Home;

use crate::Error;

/// How many are listed.
const MOST: usize = 1000;

pub struct Book {
    home: Home,
    passing: Mutex<History>,
    /// Hidden, and to be removed.
    removed: Mutex<Option<i64>>,
}

/// One in the list.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    pub summary: Summary,
    /// Where the words that were looked for stand.
    pub excerpt: String,
}

impl Book {
    pub fn new(home: Home) -> Result<Self, Error> {
        Ok(Self {
            home,
            passing: Mutex::new(History::passing()?),
            removed: Mutex::new(None),
        })
    }

    pub fn home(&self) -> &Home {
        &self.home
    }

    /// Keeps a transcript as the settings want it, and gives its number.
    pub fn keep(&self, transcript: &Transcript) -> Result<i64, Error> {
        match keep(&self.home, |history| history.add_transcript(transcript))? {
            Some(id) => Ok(id),
            None => Ok(-lock(&self.passing).add_transcript(transcript)?),
        }
    }

    /// The newest first; with words, those that hold all of them.
    pub fn list(&self, words: &str) -> Result<Vec<Line>, Error> {
        let mut all = found(&mut lock(&self.passing), words)?;
        for line in &mut all {
            line.summary.id = -line.summary.id;
        }
        if let Some(mut history) = History::existing(&self.home.history())? {
            all.extend(found(&mut history, words)?);
        }
        let removed = *lock(&self.removed);
        all.retain(|line| Some(line.summary.id) != removed);
        all.sort_by_key(|line| std::cmp::Reverse(line.summary.at));
        all.truncate(MOST);
        Ok(all)
    }

    pub fn entry(&self, id: i64) -> Result<Entry, Error> {
        self.of(id, |history, id| history.entry(id))
    }

    pub fn transcript(&self, id: i64) -> Result<Transcript, Error> {
        self.entry(id)?.transcript().ok_or(Error::Gone)
    }

    /// Its recording, where it is still there.
    pub fn sound(&self, id: i64) -> Result<PathBuf, Error> {
        let file = self.entry(id)?.summary.file.map(PathBuf::from);
        file.filter(|file| file.is_file()).ok_or(Error::NoSound)
    }

    /// Puts other words in the place of a segment's.
    pub fn correct(&self, id: i64, segment: usize, text: &str) -> Result<(), Error> {
        self.of(id, |history, id| history.correct(id, segment, text.trim()))
    }

    /// Hides a transcript; the one that was hidden before is gone for good.
    pub fn remove(&self, id: i64) -> Result<(), Error> {
        self.entry(id)?;
        self.settle()?;
        *lock(&self.removed) = Some(id);
        Ok(())
    }

    /// Brings back what was removed last, and gives its number.
    pub fn restore(&self) -> Option<i64> {
        lock(&self.removed).take()
    }

    /// Whatever is hidden goes for good.
    pub fn settle(&self) -> Result<(), Error> {
        if let Some(id) = self.restore() {
            self.of(id, |history, id| history.remove(&[id]))?;
        }
        Ok(())
    }

    fn of<T>(
        &self,
        id: i64,
        work: impl FnOnce(&mut History, i64) -> myna_engine::Result<T>,
    ) -> Result<T, Error> {
        if id < 0 {
            return Ok(work(&mut lock(&self.passing), -id)?);
        }
        let mut history = History::existing(&self.home.history())?.ok_or(Error::Gone)?;
        Ok(work(&mut history, id)?)
    }
}

fn found(history: &mut History, words: &str) -> Result<Vec<Line>, Error> {
    // Signs alone are nothing to look for.
    if !words.chars().any(char::is_alphanumeric) {
        let all = history.list(Some(Kind::Heard), MOST)?.into_iter();
        return Ok(all
            .map(|summary| Line {
                excerpt: beginning(&summary.text),
                summary,
            })
            .collect());
    }
    let hits = history.search(words, MOST)?.into_iter();
    let heard = hits.filter(|hit| hit.summary.kind == Kind::Heard);
    Ok(heard
        .map(|hit| Line {
            summary: hit.summary,
            excerpt: hit.excerpt,
        })
        .collect())
}

/// Enough of a text to know it by.
fn beginning(text: &str) -> String {
    const CHARACTERS: usize = 120;
    text.chars().take(CHARACTERS).collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A history is whole at every moment, and a number is a number.
    mutex.lock().unwrap_or_else(|e| e.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;
    use myna_engine::hear::{Coverage, Segment};

    fn transcript(text: &str) -> Transcript {
        let segments = text.split(' ').zip(0..).map(|(word, n)| Segment {
            start: f64::from(n),
            end: f64::from(n) + 0.5,
            text: word.into(),
            finish_reason: "stop",
            uncertain: false,
        });
        Transcript {
            file: "/talks/a.mp3".into(),
            text: text.into(),
            segments: segments.collect(),
            coverage: Coverage::default(),
            model: "pocket".into(),
            seconds: 9.0,
            complaints: Vec::new(),
            failures: Vec::new(),
            cancelled: false,
        }
    }

    fn book(settings: &str) -> (tempfile::TempDir, Book) {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        std::fs::write(home.settings(), settings).unwrap();
        (dir, Book::new(home).unwrap())
    }

    fn texts(book: &Book, words: &str) -> Vec<String> {
        let lines = book.list(words).unwrap();
        lines.into_iter().map(|l| l.summary.text).collect()
    }

    #[test]
    fn kept_or_not_transcripts_are_found_corrected_and_removed_alike() {
        for (settings, sign) in [("", 1), ("[history]\nkeep = false\n", -1)] {
            let (_dir, book) = book(settings);
            let one = book.keep(&transcript("first of all")).unwrap();
            let two = book.keep(&transcript("second of them")).unwrap();
            assert_eq!((one.signum(), two.signum()), (sign, sign));
            assert_eq!(texts(&book, "").len(), 2);
            assert_eq!(texts(&book, " !"), texts(&book, ""));
            assert_eq!(texts(&book, "SECOND"), ["second of them"]);
            book.correct(one, 0, " last\n").unwrap();
            assert_eq!(book.transcript(one).unwrap().text, "last of all");
            assert_eq!(texts(&book, "last"), ["last of all"]);

            book.remove(one).unwrap();
            assert_eq!(texts(&book, ""), ["second of them"]);
            assert_eq!(book.restore(), Some(one));
            assert_eq!(texts(&book, "").len(), 2);
            book.remove(one).unwrap();
            book.remove(two).unwrap();
            assert_eq!(book.restore(), Some(two));
            assert_eq!(texts(&book, ""), ["second of them"]);
            assert!(book.entry(one).is_err(), "only the last one comes back");
        }
    }

    #[test]
    fn a_recording_that_is_gone_is_told() {
        let (dir, book) = book("");
        let file = dir.path().join("a.wav");
        let mut heard = transcript("words");
        heard.file = file.display().to_string();
        let id = book.keep(&heard).unwrap();
        assert_eq!(book.sound(id).unwrap_err().kind(), "no_sound");
        std::fs::write(&file, "").unwrap();
        assert_eq!(book.sound(id).unwrap(), file);
        assert_eq!(book.sound(99).unwrap_err().kind(), "bad-input");
    }
}
