//! What must hold whatever happens to the file: versions, damage, full disks, company.

use super::super::schema::tests::old;
use super::super::{Kind, LATEST, Recipe, Retention, Utterance, What, keep};
use super::*;
use crate::hear::{Coverage, Segment, Transcript};
use jiff::Timestamp;
use std::fs;

mod faults;

fn recipe() -> Recipe {
    Recipe {
        pieces: Vec::new(),
        spoken: None,
        model: Some("some-model".into()),
        model_mark: "00".into(),
        codec: None,
        references: Vec::new(),
        voice_match: false,
        speaker: 1,
        seed: u64::MAX,
        temperature: 0.9,
        top_k: 50,
        exclude_tokens: Some(3..5),
        codebooks: Some(4),
        chunk_frames: None,
        max_seconds: Some(90.0),
    }
}

fn say(history: &mut History, text: &str) -> Result<i64> {
    history.add_utterance(&Utterance {
        text,
        voice: Some("anna"),
        model: "some-model",
        seconds: 1.5,
        file: Some("/tmp/a.wav"),
        stopped_by: "eos",
        recipe: &recipe(),
    })
}

fn transcript(text: &str) -> Transcript {
    let segment = |n: u32, text: &str| Segment {
        start: f64::from(n),
        end: f64::from(n) + 0.75,
        text: text.into(),
        finish_reason: "stop",
        uncertain: n == 1,
    };
    Transcript {
        file: "talk.mp3".into(),
        text: text.into(),
        segments: text
            .split(' ')
            .zip(0..)
            .map(|(w, n)| segment(n, w))
            .collect(),
        coverage: Coverage {
            speech: 3.0,
            transcribed: 2.0,
            uncertain: 1.0,
            failed: 0.0,
        },
        model: "ear".into(),
        seconds: 4.0,
        complaints: Vec::new(),
        failures: Vec::new(),
        cancelled: false,
    }
}

fn home() -> (tempfile::TempDir, PathBuf) {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("history.sqlite");
    (dir, path)
}

fn texts(history: &mut History) -> Vec<String> {
    let list = history.list(None, 1000).unwrap();
    list.into_iter().map(|s| s.text).collect()
}

fn bytes(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        all.extend(fs::read(entry.unwrap().path()).unwrap());
    }
    all
}

#[test]
fn what_is_kept_comes_back_whole() {
    let (_dir, path) = home();
    let mut history = History::open(&path).unwrap();
    let spoken = say(&mut history, "Hello there.").unwrap();
    let heard = transcript("one two three");
    let id = history.add_transcript(&heard).unwrap();
    drop(history);

    let mut history = History::existing(&path).unwrap().unwrap();
    let entry = history.entry(spoken).unwrap();
    assert_eq!(entry.summary.kind, Kind::Spoken);
    assert_eq!(entry.summary.myna, crate::VERSION);
    let What::Spoken {
        voice,
        recipe: kept,
        ..
    } = &entry.what
    else {
        panic!("{entry:?}");
    };
    assert_eq!((voice.as_deref(), &**kept), (Some("anna"), &recipe()));
    assert!(entry.transcript().is_none());

    let mut again = history.entry(id).unwrap().transcript().unwrap();
    again.complaints.clear();
    assert_eq!(again, heard);
    assert_eq!(history.entry(99).unwrap_err().kind(), "bad-input");
    assert_eq!(history.list(Some(Kind::Heard), 9).unwrap().len(), 1);
    assert_eq!(history.list(None, 1).unwrap()[0].id, id, "the newest first");
    assert!(
        History::existing(Path::new("nowhere/h.sqlite"))
            .unwrap()
            .is_none()
    );
}

#[test]
fn words_are_found_in_any_script() {
    let (_dir, path) = home();
    let mut history = History::open(&path).unwrap();
    let cafe = say(&mut history, "Ein Café in Köln").unwrap();
    let chinese = say(&mut history, "今天天气很好").unwrap();
    let percent = say(&mut history, "100 % of it, \"quoted\" AND more").unwrap();
    let long = history
        .add_transcript(&transcript("a talk about cafes"))
        .unwrap();
    let mut find = |wish: &str| -> Vec<i64> {
        let hits = history.search(wish, 10).unwrap();
        hits.into_iter().map(|h| h.summary.id).collect()
    };
    assert_eq!(find("cafe"), [long, cafe], "accents and beginnings");
    assert_eq!(find("KÖLN ein"), [cafe], "every word, in any order");
    assert_eq!(find("天气"), [chinese]);
    assert_eq!(find("天 好"), [chinese]);
    assert_eq!(find("天_"), [] as [i64; 0], "no wildcard");
    for harmless in ["AND", "\"quoted\"", "more* NOT", "of* (", "it:", "a-b"] {
        let hits = find(harmless);
        assert!(
            hits.is_empty() || hits == [percent] || harmless == "a-b",
            "{harmless}: {hits:?}"
        );
    }
    assert_eq!(history.search(" *! ", 10).unwrap_err().kind(), "bad-input");
}

#[test]
fn a_corrected_segment_is_found_by_its_new_words_alone() {
    let (dir, path) = home();
    for mut history in [History::open(&path).unwrap(), History::passing().unwrap()] {
        let id = history
            .add_transcript(&transcript("one Rumpelstiltskin three"))
            .unwrap();
        history.correct(id, 1, "wakes").unwrap();
        let entry = history.entry(id).unwrap().transcript().unwrap();
        assert_eq!(entry.text, "one wakes three");
        assert_eq!(entry.segments[1].text, "wakes");
        assert!(!entry.segments[1].uncertain, "a person said so");
        assert_eq!(entry.segments[0], transcript("one").segments[0]);
        assert_eq!(history.search("wakes", 9).unwrap().len(), 1);
        assert_eq!(history.search("rumpelstiltskin", 9).unwrap(), []);
        for (id, n) in [(id, 3), (id + 1, 0)] {
            let refusal = history.correct(id, n, "x").unwrap_err();
            assert_eq!(refusal.kind(), "bad-input");
        }
    }
    let traces = bytes(dir.path());
    let found = |needle: &[u8]| traces.windows(needle.len()).any(|w| w == needle);
    assert!(found(b"wakes") && !found(b"Rumpelstiltskin"));
}

#[test]
fn keeping_follows_the_settings() {
    let (dir, _) = home();
    let home = crate::home::Home::at(dir.path());
    let add = |history: &mut History| say(history, "hello");
    assert_eq!(keep(&home, add).unwrap(), Some(1));
    fs::write(home.settings(), "[history]\nentries = 1\n").unwrap();
    assert_eq!(keep(&home, add).unwrap(), Some(2));
    let kept = History::open(&home.history()).unwrap().count().unwrap();
    assert_eq!(kept, 1, "the older one went");
    fs::write(home.settings(), "[history]\nkeep = false\n").unwrap();
    assert_eq!(keep(&home, add).unwrap(), None);
}

#[test]
fn removed_means_gone() {
    let (dir, path) = home();
    let mut history = History::open(&path).unwrap();
    let secret = say(&mut history, "Rumpelstiltskin sleeps").unwrap();
    let heard = history
        .add_transcript(&transcript("Rumpelstiltskin wakes"))
        .unwrap();
    say(&mut history, "kept").unwrap();
    let found = |needle: &[u8]| {
        bytes(dir.path())
            .windows(needle.len())
            .any(|w| w.eq_ignore_ascii_case(needle))
    };
    assert!(found(b"rumpelstiltskin"), "the search for traces works");
    assert_eq!(history.remove(&[secret, heard, 77]).unwrap(), 2);
    assert!(
        !found(b"rumpelstiltskin"),
        "no trace in database, index or log"
    );
    assert!(found(b"kept"));
    let next = say(&mut history, "next").unwrap();
    assert!(next > heard, "a number is never used twice");
    assert_eq!(history.clear().unwrap(), 2);
    assert_eq!(history.count().unwrap(), 0);
    assert!(say(&mut history, "more").unwrap() > next);
}

#[test]
fn retention_keeps_what_it_says() {
    let (_dir, path) = home();
    let mut history = History::open(&path).unwrap();
    for n in 0..5 {
        say(&mut history, &n.to_string()).unwrap();
    }
    let now = crate::clock::now();
    let keep = |days, entries| Retention { days, entries };
    assert_eq!(history.prune(keep(None, None), now).unwrap(), 0);
    assert_eq!(history.prune(keep(Some(1), Some(9)), now).unwrap(), 0);
    assert_eq!(history.prune(keep(None, Some(3)), now).unwrap(), 2);
    assert_eq!(texts(&mut history), ["4", "3", "2"]);
    let later = now + 25 * 3600 * 1000;
    assert_eq!(history.prune(keep(Some(1), None), later).unwrap(), 3);
    let long = keep(Some(u32::MAX), None);
    assert_eq!(history.prune(long, later).unwrap(), 0);
}

#[test]
fn every_earlier_version_is_brought_up_to_date() {
    for version in 0..LATEST {
        let (dir, path) = home();
        let db = old(&path, version);
        if version > 0 {
            db.execute_batch(
                "INSERT INTO entry VALUES (7, 1700000000000, 'heard', 'from long ago', 'ear', 2.0, 'a.mp3', '0.0.1');
                 INSERT INTO transcript VALUES (7, 1.0, 1.0, 0.0, 0.0);
                 INSERT INTO segment VALUES (7, 0, 0.5, 1.5, 'from long ago', 'stop', 0);",
            )
            .unwrap();
        }
        db.close().unwrap();
        let mut history = History::open(&path).unwrap();
        assert_eq!(history.trouble(), None);
        if version > 0 {
            assert_eq!(history.search("long", 9).unwrap()[0].summary.id, 7);
            assert_eq!(
                history
                    .entry(7)
                    .unwrap()
                    .transcript()
                    .unwrap()
                    .segments
                    .len(),
                1
            );
        }
        say(&mut history, "new").unwrap();
        assert_eq!(history.search("new", 9).unwrap().len(), 1);
        drop(history);
        let names: Vec<_> = fs::read_dir(dir.path())
            .unwrap()
            .map(|e| e.unwrap().file_name())
            .collect();
        assert_eq!(names, ["history.sqlite"], "no copy stays behind");
    }
}

/// The steps are frozen: a published one that changes makes databases that no test knows.
#[test]
fn the_published_tables_are_these() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/history");
    for version in 1..=LATEST {
        let (_dir, path) = home();
        let db = old(&path, version);
        let mut rows = db
            .prepare("SELECT sql FROM sqlite_schema WHERE sql NOT NULL ORDER BY name")
            .unwrap();
        let sql: Vec<String> = rows
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(std::result::Result::unwrap)
            .collect();
        let now = sql.join(";\n") + ";\n";
        let published = file.join(format!("tables-{version}.sql"));
        if std::env::var_os("MYNA_UPDATE_GOLDEN").is_some() && !published.exists() {
            fs::create_dir_all(&file).unwrap();
            fs::write(&published, &now).unwrap();
        }
        assert_eq!(
            now,
            fs::read_to_string(&published).unwrap(),
            "version {version}"
        );
    }
}

#[test]
fn a_newer_history_is_read_and_not_touched() {
    let (_dir, path) = home();
    let mut history = History::open(&path).unwrap();
    say(&mut history, "from the future").unwrap();
    history.db.pragma_update(None, "user_version", 99).unwrap();
    drop(history);
    let before = fs::read(&path).unwrap();
    let mut history = History::open(&path).unwrap();
    assert!(history.trouble().unwrap().message.contains("newer"));
    assert_eq!(texts(&mut history), ["from the future"]);
    let refusal = say(&mut history, "no").unwrap_err();
    assert_eq!(refusal.kind(), "storage");
    assert!(history.clear().is_err());
    drop(history);
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn another_programs_database_is_refused() {
    let (_dir, path) = home();
    let db = Connection::open(&path).unwrap();
    db.execute_batch("CREATE TABLE bookmarks (url TEXT)")
        .unwrap();
    db.close().unwrap();
    let before = fs::read(&path).unwrap();
    let refusal = History::open(&path).unwrap_err();
    assert!(refusal.to_string().contains("another program"), "{refusal}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[test]
fn many_at_once_begin_and_write_one_history() {
    let (_dir, path) = home();
    std::thread::scope(|scope| {
        for n in 0..6 {
            let path = &path;
            scope.spawn(move || {
                for m in 0..10 {
                    let mut history = History::open(path).unwrap();
                    say(&mut history, &format!("{n}.{m}")).unwrap();
                }
            });
        }
    });
    let mut history = History::open(&path).unwrap();
    let mut all = texts(&mut history);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 60);
}

#[test]
fn two_that_migrate_at_once_do_it_once() {
    for _ in 0..5 {
        let (_dir, path) = home();
        old(&path, 1).close().unwrap();
        std::thread::scope(|scope| {
            for n in 0..4 {
                let path = &path;
                scope
                    .spawn(move || say(&mut History::open(path).unwrap(), &n.to_string()).unwrap());
            }
        });
        assert_eq!(texts(&mut History::open(&path).unwrap()).len(), 4);
    }
}

#[cfg(unix)]
#[test]
fn it_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let (dir, path) = home();
    let mut history = History::open(&path).unwrap();
    say(&mut history, "private").unwrap();
    for entry in fs::read_dir(dir.path()).unwrap() {
        let entry = entry.unwrap();
        let mode = entry.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{:?}", entry.file_name());
    }
}
