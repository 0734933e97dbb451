use super::*;
use myna_engine::hear::{Coverage, Segment};
use myna_engine::home::Home;
use std::time::Duration;

/// Hears a file's own name, letter by letter, until it is stopped; "bad" fails after two letters, once.
#[derive(Default)]
struct Spelling {
    failed: bool,
}

impl Ear for Spelling {
    fn hear(
        &mut self,
        file: &Path,
        cancel: &AtomicBool,
        tell: &mut dyn FnMut(Heard),
    ) -> Result<Transcript, Error> {
        let name = file.to_string_lossy().into_owned();
        let mut text = String::new();
        for (i, letter) in name.chars().enumerate() {
            while name == "endless" && !cancel.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(1));
            }
            if cancel.load(Ordering::Relaxed) {
                break;
            }
            if name == "bad" && i == 2 && !std::mem::replace(&mut self.failed, true) {
                return Err(Error::Gone);
            }
            tell(Heard::Share(Some(i as f64 / name.len() as f64)));
            tell(Heard::Words(letter.into()));
            text.push(letter);
        }
        Ok(transcript(&name, &text, cancel.load(Ordering::Relaxed)))
    }
}

fn transcript(file: &str, text: &str, cancelled: bool) -> Transcript {
    let segment = Segment {
        start: 0.0,
        end: 1.0,
        text: text.into(),
        finish_reason: "stop",
        uncertain: false,
    };
    Transcript {
        file: file.into(),
        text: text.into(),
        segments: if text.is_empty() {
            vec![]
        } else {
            vec![segment]
        },
        coverage: Coverage::default(),
        model: "pocket".into(),
        seconds: 1.0,
        complaints: Vec::new(),
        failures: Vec::new(),
        cancelled,
    }
}

struct Fixture {
    _dir: tempfile::TempDir,
    desk: Desk,
    book: Arc<Book>,
    hearing: Hearing,
}

fn hearing() -> Fixture {
    let dir = tempfile::tempdir().unwrap();
    let desk = Desk::default();
    let book = Arc::new(Book::new(Home::at(dir.path())).unwrap());
    let ear = Box::new(Spelling::default());
    let hearing = Hearing::start(desk.clone(), book.clone(), ear, Pen::default()).unwrap();
    Fixture {
        _dir: dir,
        desk,
        book,
        hearing,
    }
}

fn until(holds: impl Fn() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(60), "never happened");
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn texts(desk: &Desk) -> Vec<String> {
    let recent = desk.snapshot().recent;
    recent.into_iter().map(|r| r.text).collect()
}

#[test]
fn files_are_heard_one_after_another_and_kept() {
    let f = hearing();
    f.hearing.add(Path::new("one"), Origin::Given);
    f.hearing.add(Path::new("two"), Origin::Given);
    until(|| f.desk.snapshot().jobs.is_empty());
    assert_eq!(texts(&f.desk), ["two", "one"]);
    let now = f.desk.snapshot();
    assert_eq!(now.transcripts, 2);
    let kept = now.recent[1].transcript.unwrap();
    assert_eq!(f.book.entry(kept).unwrap().summary.text, "one");
}

#[test]
fn a_failed_file_keeps_its_words_says_why_and_can_be_tried_again() {
    let f = hearing();
    f.hearing.add(Path::new("bad"), Origin::Given);
    f.hearing.add(Path::new("two"), Origin::Given);
    until(|| f.desk.snapshot().jobs.is_empty());
    assert_eq!(texts(&f.desk), ["two", "b a"]);
    let now = f.desk.snapshot();
    assert_eq!(now.problem.unwrap().kind, "gone");
    assert_eq!(now.unfinished[0].problem.as_ref().unwrap().kind, "gone");
    f.hearing.retry(now.unfinished[0].id).unwrap();
    until(|| texts(&f.desk)[0] == "bad");
    assert_eq!(f.desk.snapshot().unfinished, []);
    let again = f.hearing.retry(now.unfinished[0].id).unwrap_err();
    assert_eq!(again.kind(), "gone");
}

#[test]
fn a_stopped_file_leaves_at_once_and_a_waiting_one_is_never_begun() {
    let f = hearing();
    f.hearing.add(Path::new("endless"), Origin::Given);
    f.hearing.add(Path::new("waiting"), Origin::Given);
    until(|| {
        f.desk
            .snapshot()
            .jobs
            .first()
            .is_some_and(|job| job.started)
    });
    let ids: Vec<_> = f.desk.snapshot().jobs.iter().map(|job| job.id).collect();
    f.hearing.cancel(ids[1]);
    f.hearing.cancel(ids[0]);
    assert!(f.desk.snapshot().jobs.is_empty());
    f.hearing.add(Path::new("after"), Origin::Given);
    until(|| texts(&f.desk) == ["after"]);
    let now = f.desk.snapshot();
    assert_eq!(now.problem, None, "a stop is no trouble");
    assert!(now.unfinished.iter().all(|one| one.problem.is_none()));
    f.hearing.forget(ids[0]);
    assert_eq!(f.desk.snapshot().unfinished.len(), 1);
}

#[test]
fn the_time_left_is_told_once_it_can_be_known() {
    assert_eq!(left(0.5, 10.0), Some(10.0));
    assert_eq!(left(0.01, 10.0), None, "too little was heard");
    assert_eq!(left(0.5, 1.0), None, "too little time has passed");
}

#[test]
fn a_message_names_the_file_and_no_folder() {
    let error = Error::Engine {
        kind: "bad-input".into(),
        message: "/home/somebody/a b.wav: is not there".into(),
        hint: "Check the path.".into(),
    };
    let problem = named(Path::new("/home/somebody/a b.wav"), &error);
    assert_eq!(problem.message, "the file “a b.wav”: is not there");
}
