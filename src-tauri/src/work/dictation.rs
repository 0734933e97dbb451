//! Recording to write it down: sound goes to disk first, then into the queue like any other file.
//!
//! A recording lies in the home's folder of recordings under the moment when it began, and stays there, so that its transcript
//! can play it. A mark beside it ([`mark`]) says that it was not written down yet: whatever ends the app, the next start
//! finds it and offers it. Sound that is pasted is kept in the same way. Fails as [`Mic`] does, with `output` where nothing
//! can be written.

use std::path::{Path, PathBuf};

use jiff::Zoned;
use myna_engine::home::{self, Home};
use myna_engine::sound::record::Take;

use super::Devices;
use super::hearing::Hearing;
use super::mic::Mic;
use super::origin::Origin;
use crate::desk::{Desk, Purpose};
use crate::front::Program;
use crate::{Error, Problem};

/// Begins the name of a mark; the recording's name follows.
const MARK: &str = ".waiting-";

pub struct Dictation {
    desk: Desk,
    folder: PathBuf,
    hearing: Hearing,
    mic: Mic,
}

impl Dictation {
    pub fn new(home: &Home, desk: Desk, hearing: Hearing) -> Self {
        Self {
            folder: home.recordings(),
            mic: Mic::new(
                Devices::of(home.clone(), desk.clone()),
                desk.clone(),
                Purpose::Words,
            ),
            hearing,
            desk,
        }
    }

    pub fn runs(&self) -> bool {
        self.mic.runs()
    }

    /// Records until [`Dictation::stop`]; then it is written down, and pasted into a program where one is given.
    pub fn record(&self, into: Option<Program>) -> Result<(), Error> {
        let file = place(&self.folder, "wav")?;
        let (desk, hearing, path) = (self.desk.clone(), self.hearing.clone(), file.clone());
        let begun = self.mic.record(&file, move |outcome| {
            let origin = into.map_or(Origin::Recorded, Origin::Dictated);
            if let Err(e) = kept(&hearing, &path, origin, outcome) {
                desk.trouble(Problem::from(&e));
            }
        });
        if begun.is_err() {
            unmark(&file);
        }
        begun
    }

    pub fn stop(&self) {
        self.mic.stop();
    }

    /// Keeps sound that came as bytes, a file of this kind, and writes it down.
    pub fn paste(&self, sound: &[u8], extension: &str) -> Result<(), Error> {
        let file = place(&self.folder, extension)?;
        if let Err(e) = myna_engine::whole::write(&file, sound) {
            unmark(&file);
            return Err(e.into());
        }
        self.hearing.add(&file, Origin::Recorded);
        Ok(())
    }

    /// Offers what an earlier run of the app has recorded and not written down.
    pub fn find(&self) -> Result<(), Error> {
        let mut found = false;
        for file in waiting(&self.folder)? {
            // A file of nothing was begun, and nothing came.
            if file.metadata().map_or(0, |meta| meta.len()) > 0 {
                self.hearing.offer(&file, Origin::Recorded, &Error::Unheard);
                found = true;
            } else {
                _ = std::fs::remove_file(&file);
                unmark(&file);
            }
        }
        if found {
            self.desk.trouble(Problem::from(&Error::Waiting));
        }
        Ok(())
    }
}

/// What came of a recording goes into the queue; one in which nothing is to be heard goes away again.
fn kept(
    hearing: &Hearing,
    file: &Path,
    origin: Origin,
    outcome: Result<Take, Error>,
) -> Result<(), Error> {
    let take = match outcome {
        Ok(take) => take,
        Err(e) => {
            unmark(file);
            return Err(e);
        }
    };
    if take.heard {
        hearing.add(file, origin);
        return take.trouble.map_or(Ok(()), |trouble| Err(trouble.into()));
    }
    // Digital silence, or nothing at all.
    _ = std::fs::remove_file(file);
    unmark(file);
    Err(take.trouble.map_or(Error::NoSignal, Error::from))
}

/// A new name by the clock, marked.
fn place(folder: &Path, extension: &str) -> Result<PathBuf, Error> {
    home::make(folder)?;
    let moment = Zoned::now().strftime("%Y-%m-%d %H.%M.%S").to_string();
    let names = (1..1000).map(|n| match n {
        1 => format!("{moment}.{extension}"),
        n => format!("{moment} {n}.{extension}"),
    });
    let mut free = names.map(|name| folder.join(name)).filter(|p| !p.exists());
    let full = || myna_engine::Error::output(folder, "it is full of recordings; remove some");
    let file = free.next().ok_or_else(full)?;
    mark(&file)?;
    Ok(file)
}

/// Says beside a recording that it was not written down yet.
fn mark(file: &Path) -> Result<(), Error> {
    let mark = mark_of(file);
    Ok(std::fs::write(&mark, "").map_err(|e| myna_engine::Error::output(&mark, e))?)
}

/// It was written down, or nobody wants it to be. A mark that cannot be taken away offers the recording once more, which
/// is no harm.
pub fn unmark(file: &Path) {
    _ = std::fs::remove_file(mark_of(file));
}

fn mark_of(file: &Path) -> PathBuf {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    file.with_file_name(format!("{MARK}{name}"))
}

/// Recordings with a mark, oldest first.
fn waiting(folder: &Path) -> Result<Vec<PathBuf>, Error> {
    let entries = match std::fs::read_dir(folder) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        other => other.map_err(|e| myna_engine::Error::output(folder, e))?,
    };
    let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let mut all: Vec<PathBuf> = names
        .filter_map(|name| Some(folder.join(name.strip_prefix(MARK)?)))
        .collect();
    all.sort();
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::{Book, Ear, Heard, Pen};
    use myna_engine::hear::{Coverage, Transcript};
    use std::sync::atomic::AtomicBool;
    use std::sync::{Arc, Mutex};

    /// Hears the same in everything.
    struct Sure;

    impl Ear for Sure {
        fn hear(
            &mut self,
            file: &Path,
            _: &AtomicBool,
            _: &mut dyn FnMut(Heard),
        ) -> Result<Transcript, Error> {
            Ok(Transcript {
                file: file.display().to_string(),
                text: "words".into(),
                segments: Vec::new(),
                coverage: Coverage::default(),
                model: "pocket".into(),
                seconds: 1.0,
                complaints: Vec::new(),
                failures: Vec::new(),
                cancelled: false,
            })
        }
    }

    struct Fixture {
        dir: tempfile::TempDir,
        desk: Desk,
        dictation: Dictation,
        /// What was pasted, and where.
        pasted: Arc<Mutex<Vec<(String, String)>>>,
    }

    fn dictation() -> Fixture {
        let dir = tempfile::tempdir().unwrap();
        let (home, desk) = (Home::at(dir.path()), Desk::default());
        let book = Arc::new(Book::new(home.clone()).unwrap());
        let (pen, pasted) = (Pen::default(), Arc::<Mutex<Vec<_>>>::default());
        let paper = pasted.clone();
        pen.give(move |program, text| {
            let line = (program.name.clone(), text.to_owned());
            paper.lock().unwrap().push(line);
        });
        let hearing = Hearing::start(desk.clone(), book, Box::new(Sure), pen).unwrap();
        Fixture {
            pasted,
            dictation: Dictation::new(&home, desk.clone(), hearing),
            desk,
            dir,
        }
    }

    impl Fixture {
        fn left(&self, name: &str, content: &str) -> PathBuf {
            let folder = self.dir.path().join("recordings");
            home::make(&folder).unwrap();
            let file = folder.join(name);
            std::fs::write(&file, content).unwrap();
            mark(&file).unwrap();
            file
        }

        fn waiting(&self) -> Vec<PathBuf> {
            waiting(&self.dir.path().join("recordings")).unwrap()
        }

        fn until_heard(&self) {
            let start = std::time::Instant::now();
            while self.desk.snapshot().recent.is_empty() || !self.desk.snapshot().jobs.is_empty() {
                assert!(start.elapsed().as_secs() < 60, "never heard");
                std::thread::sleep(std::time::Duration::from_millis(1));
            }
        }
    }

    fn take(file: &Path, heard: bool) -> Result<Take, Error> {
        Ok(Take {
            path: file.to_owned(),
            seconds: 1.0,
            heard,
            lost_seconds: 0.0,
            trouble: None,
        })
    }

    #[test]
    fn what_an_earlier_run_left_is_offered_until_it_is_written_down() {
        let f = dictation();
        assert!(f.dictation.find().is_ok(), "no folder is nothing to find");
        assert_eq!(f.desk.snapshot().problem, None);
        let (file, empty) = (f.left("a.wav", "sound"), f.left("b.wav", ""));
        f.dictation.find().unwrap();
        let now = f.desk.snapshot();
        assert_eq!(now.problem.unwrap().kind, "waiting");
        let [one] = &now.unfinished[..] else {
            panic!("{:?}", now.unfinished)
        };
        assert_eq!(one.problem.as_ref().unwrap().kind, "unheard");
        assert!(!empty.exists());
        assert_eq!(f.waiting(), std::slice::from_ref(&file));
        f.dictation.hearing.retry(one.id).unwrap();
        f.until_heard();
        assert!(f.waiting().is_empty() && file.exists());
    }

    #[test]
    fn what_is_put_away_is_not_offered_again() {
        let f = dictation();
        let file = f.left("a.wav", "sound");
        f.dictation.find().unwrap();
        let id = f.desk.snapshot().unfinished[0].id;
        f.dictation.hearing.forget(id);
        assert!(f.waiting().is_empty() && file.exists());
    }

    #[test]
    fn sound_is_written_down_and_silence_goes_away() {
        let f = dictation();
        let silent = f.left("a.wav", "silence");
        let refused = kept(
            &f.dictation.hearing,
            &silent,
            Origin::Recorded,
            take(&silent, false),
        );
        assert_eq!(refused.unwrap_err().kind(), "no_signal");
        assert!(!silent.exists() && f.waiting().is_empty());
        let loud = f.left("b.wav", "sound");
        let origin = Origin::Recorded;
        kept(&f.dictation.hearing, &loud, origin, take(&loud, true)).unwrap();
        f.until_heard();
        assert!(loud.exists() && f.waiting().is_empty());
        assert_eq!(f.pasted.lock().unwrap()[..], []);
    }

    #[test]
    fn what_was_dictated_for_a_program_is_pasted_into_it_when_it_is_written_down_at_once() {
        let f = dictation();
        let editor = Origin::Dictated(Program {
            id: None,
            name: "Editor".into(),
            handle: 7,
        });
        assert_eq!(editor.clone().again(), Origin::Recorded);
        let file = f.left("a.wav", "sound");
        kept(&f.dictation.hearing, &file, editor, take(&file, true)).unwrap();
        f.until_heard();
        assert!(file.exists() && f.waiting().is_empty());
        let pasted = f.pasted.lock().unwrap().clone();
        assert_eq!(pasted, [("Editor".to_owned(), "words".to_owned())]);
    }

    #[test]
    fn pasted_sound_is_kept_under_the_clock_and_written_down() {
        let f = dictation();
        f.dictation.paste(b"sound", "mp3").unwrap();
        f.dictation.paste(b"sound", "mp3").unwrap();
        f.until_heard();
        let kept = std::fs::read_dir(f.dir.path().join("recordings")).unwrap();
        let names: Vec<_> = kept.map(|e| e.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
        assert!(names.iter().all(|n| n.to_string_lossy().ends_with(".mp3")));
    }
}
