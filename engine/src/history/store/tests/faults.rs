//! Damage, torn writes, full disks and clocks that jump: nothing that was finished is lost.

use super::*;

/// A sound history with some entries, closed.
fn filled(path: &Path) -> Vec<u8> {
    let mut history = History::open(path).unwrap();
    for n in 0..40 {
        say(
            &mut history,
            &format!("sentence number {n} {}", "long ".repeat(100)),
        )
        .unwrap();
    }
    drop(history);
    fs::read(path).unwrap()
}

/// Damages of every kind; gives how each was taken: sound, read-only, refused.
fn take(path: &Path, damages: impl Iterator<Item = (String, Vec<u8>)>) -> [usize; 3] {
    let mut taken = [0; 3];
    for (what, damaged) in damages {
        for entry in fs::read_dir(path.parent().unwrap()).unwrap() {
            fs::remove_file(entry.unwrap().path()).unwrap();
        }
        fs::write(path, &damaged).unwrap();
        let opened = History::open(path).map(|mut history| {
            // Some damage shows only when the entries are read.
            _ = history.list(None, 1000);
            history
        });
        match opened {
            Ok(mut history) if history.trouble().is_none() => {
                taken[0] += 1;
                let there = texts(&mut history).len();
                say(&mut history, "one more").unwrap();
                assert_eq!(texts(&mut history).len(), there + 1, "{what}");
                continue;
            }
            Ok(mut history) => {
                taken[1] += 1;
                assert_eq!(
                    say(&mut history, "no").unwrap_err().kind(),
                    "storage",
                    "{what}"
                );
                // What can be read is read, or refused in words.
                _ = history.list(None, 1000);
                _ = history.search("sentence", 10);
            }
            Err(e) => {
                taken[2] += 1;
                assert_eq!(e.kind(), "storage", "{what}: {e}");
            }
        }
        assert_eq!(
            fs::read(path).unwrap(),
            damaged,
            "{what}: the file is untouched"
        );
        let copies: Vec<PathBuf> = fs::read_dir(path.parent().unwrap())
            .unwrap()
            .map(|e| e.unwrap().path())
            .filter(|p| {
                p.to_str().unwrap().contains(".damaged-") && p.extension().unwrap() == "sqlite"
            })
            .collect();
        assert_eq!(copies.len(), 1, "{what}: one copy");
        assert_eq!(
            fs::read(&copies[0]).unwrap(),
            damaged,
            "{what}: the copy is exact"
        );
        // Looking again makes no second copy.
        _ = History::open(path);
    }
    taken
}

#[test]
fn a_damaged_history_is_copied_and_never_written_to() {
    let (_dir, path) = home();
    let whole = filled(&path);
    let cut = (1..whole.len())
        .step_by(whole.len() / 60)
        .map(|n| (format!("cut at {n}"), whole[..n].to_vec()));
    let flipped = (0..whole.len()).step_by(whole.len() / 150).map(|n| {
        let mut bytes = whole.clone();
        let end = (n + 40).min(bytes.len());
        bytes[n..end].iter_mut().for_each(|b| *b ^= 0xa5);
        (format!("flipped at {n}"), bytes)
    });
    let garbage = [b"not a database at all, but some text that somebody saved here".repeat(200)];
    let garbage = garbage.into_iter().map(|g| ("garbage".to_owned(), g));
    let [sound, read_only, refused] = take(&path, cut.chain(flipped).chain(garbage));
    eprintln!(
        "damaged histories: {sound} sound all the same, {read_only} read-only, {refused} refused; 0 written to"
    );
    assert!(
        read_only > 5 && refused > 20,
        "{sound} {read_only} {refused}"
    );
}

#[test]
fn a_torn_write_loses_nothing_that_was_finished() {
    let (dir, path) = home();
    let mut history = History::open(&path).unwrap();
    let log = dir.path().join("history.sqlite-wal");
    // The log after every entry, as a crash would leave it.
    let mut ends = vec![0];
    for n in 0..12 {
        say(&mut history, &format!("entry {n}")).unwrap();
        ends.push(fs::metadata(&log).unwrap().len() as usize);
    }
    let (main, wal) = (fs::read(&path).unwrap(), fs::read(&log).unwrap());
    drop(history);
    let mut states = 0;
    for cut in (0..=wal.len()).step_by(2503).chain(ends.iter().copied()) {
        let crashed = tempfile::tempdir().unwrap();
        let path = crashed.path().join("history.sqlite");
        fs::write(&path, &main).unwrap();
        fs::write(crashed.path().join("history.sqlite-wal"), &wal[..cut]).unwrap();
        let finished = ends.iter().filter(|&&end| end > 0 && end <= cut).count();
        let mut history = History::open(&path).unwrap();
        assert_eq!(history.trouble(), None);
        assert_eq!(texts(&mut history).len(), finished, "cut at {cut}");
        say(&mut history, "after the crash").unwrap();
        states += 1;
    }
    eprintln!("torn writes of the history: {states} states, 0 finished entries lost");
}

#[test]
fn a_full_disk_loses_nothing_and_passes() {
    let (_dir, path) = home();
    let mut history = History::open(&path).unwrap();
    say(&mut history, "before").unwrap();
    let pages: i64 = history
        .db
        .pragma_query_value(None, "page_count", |r| r.get(0))
        .unwrap();
    let mut refused = 0;
    for room in 0..12 {
        history
            .db
            .pragma_update_and_check(None, "max_page_count", pages + room, |_| Ok(()))
            .unwrap();
        let before = texts(&mut history).len();
        match history.add_transcript(&transcript(&"many words ".repeat(2000))) {
            Ok(_) => assert_eq!(texts(&mut history).len(), before + 1),
            Err(e) => {
                refused += 1;
                assert_eq!(e.kind(), "output");
                assert!(e.to_string().contains("the disk is full"), "{e}");
                assert_eq!(
                    texts(&mut history).len(),
                    before,
                    "nothing is there by halves"
                );
            }
        }
    }
    assert!(refused > 5, "{refused}");
    eprintln!("full disks under the history: {refused} refusals, 0 entries lost");
    history
        .db
        .pragma_update_and_check(None, "max_page_count", 1_000_000, |_| Ok(()))
        .unwrap();
    say(&mut history, "after").unwrap();
    assert_eq!(history.search("before", 9).unwrap().len(), 1);
}

#[test]
fn clocks_that_jump_lose_nothing_and_change_no_order() {
    let (_dir, path) = home();
    let mut history = History::open(&path).unwrap();
    let year = |y: i16| -> Timestamp { format!("{y:04}-06-01T00:00:00Z").parse().unwrap() };
    // Forwards by decades, back before 1970, and to where it was.
    let clocks = [2026, 2099, 1969, 2026, 2026];
    for (n, y) in clocks.iter().enumerate() {
        let id = say(&mut history, &format!("word {n}")).unwrap();
        let at = year(*y).as_millisecond();
        let set = "UPDATE entry SET at = ? WHERE id = ?";
        history.db.execute(set, rusqlite::params![at, id]).unwrap();
    }
    let newest_first: Vec<String> = (0..5).rev().map(|n| format!("word {n}")).collect();
    assert_eq!(texts(&mut history), newest_first, "as they were added");
    let month = Retention {
        days: Some(30),
        entries: None,
    };
    // A clock that stands at the beginning of time finds nothing old, and so does one that is not certain yet.
    assert_eq!(history.prune(month, 0).unwrap(), 0);
    let certain = |y: i16| u64::try_from(year(y).as_millisecond()).unwrap();
    // The right time: what claims to be from 1969 is old, what claims to be from 2099 is not.
    assert_eq!(history.prune(month, certain(2026)).unwrap(), 1);
    let left: Vec<String> = newest_first.into_iter().filter(|t| t != "word 2").collect();
    assert_eq!(texts(&mut history), left);
    eprintln!(
        "clock jumps under the history: {} entries, 2 looks, 0 lost",
        clocks.len()
    );
}
