use super::super::making;
use super::super::test::{Shared, Singer, piece};
use super::*;
use std::sync::Mutex;

/// A player with everything made at once, and a log of what it tells.
struct Room {
    player: Player,
    device: Shared,
    told: Arc<Mutex<Vec<String>>>,
    shelf: Arc<Shelf>,
    openings: Arc<Mutex<usize>>,
    /// So many openings fail from now on.
    absent: Arc<Mutex<usize>>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for Room {
    fn drop(&mut self) {
        self.shelf.change(|inner| inner.close());
        if let Some(thread) = self.thread.take() {
            thread.join().unwrap();
        }
    }
}

fn room() -> Room {
    let shelf = Arc::new(Shelf::default());
    let device = Shared::default();
    let told = Arc::new(Mutex::new(Vec::new()));
    let openings = Arc::new(Mutex::new(0));
    let absent = Arc::new(Mutex::new(0));
    let open: Open = {
        let (device, openings, absent) = (device.clone(), openings.clone(), absent.clone());
        Box::new(move || {
            *openings.lock().unwrap() += 1;
            let mut absent = absent.lock().unwrap();
            if *absent > 0 {
                *absent -= 1;
                return Err(Error::request("none", "none"));
            }
            device.0.lock().unwrap().broken = false;
            Ok(Box::new(device.clone()) as Box<dyn Output>)
        })
    };
    let tell: Tell = {
        let told = told.clone();
        Box::new(move |event| {
            let line = match event {
                Event::Said(piece, samples) => format!("Said({piece}, {})", samples.len()),
                Event::Failed(piece, error) => format!("Failed({piece}, {error})"),
                other => format!("{other:?}"),
            };
            told.lock().unwrap().push(line);
        })
    };
    let thread = {
        let shelf = shelf.clone();
        std::thread::spawn(move || making::run(&shelf, Box::new(Singer::default())))
    };
    Room {
        player: Player::new(shelf.clone(), open, tell),
        device,
        told,
        shelf,
        openings,
        absent,
        thread: Some(thread),
    }
}

impl Room {
    fn play(&mut self, texts: &[&str]) {
        let pieces = texts.iter().map(|text| piece(text, 1.0)).collect();
        self.player.play(pieces);
        self.made();
    }

    /// Waits until everything within reach is made.
    fn made(&self) {
        let begin = std::time::Instant::now();
        loop {
            let inner = self.shelf.lock();
            let (_, all) = inner.ready(inner.place(), 0);
            let failed = (0..inner.pieces.len()).any(|i| inner.failed(i));
            drop(inner);
            if all || failed {
                return;
            }
            assert!(begin.elapsed() < Duration::from_secs(20), "never made");
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets time pass in steps of a hundredth of a second.
    fn pass(&mut self, seconds: f64) {
        for _ in 0..(seconds * 100.0).round() as usize {
            self.player.step();
            self.device.pass(0.01);
        }
        self.player.step();
    }

    fn told(&self) -> Vec<String> {
        std::mem::take(&mut *self.told.lock().unwrap())
    }

    fn letters(&self) -> String {
        let mut letters = self.device.letters();
        letters.dedup_by_char();
        letters
    }
}

trait Dedup {
    fn dedup_by_char(&mut self);
}

impl Dedup for String {
    fn dedup_by_char(&mut self) {
        let mut last = None;
        self.retain(|c| last.replace(c) != Some(c));
    }
}

#[test]
fn pieces_are_named_when_they_are_heard_and_the_end_is_told() {
    let mut room = room();
    room.play(&["a", "b", "c"]);
    room.pass(0.5);
    assert_eq!(
        room.told(),
        ["Piece(0)", "State(Preparing)", "State(Speaking)"]
    );
    room.pass(1.0);
    assert_eq!(room.told(), ["Said(0, 24000)", "Piece(1)"]);
    room.pass(2.0);
    assert_eq!(
        room.told(),
        [
            "Said(1, 24000)",
            "Piece(2)",
            "Said(2, 24000)",
            "State(Idle)",
            "Finished { dry: 0.0 }"
        ]
    );
    assert_eq!(room.letters(), "abc");
    assert_eq!(room.device.0.lock().unwrap().heard.len(), 3 * RATE as usize);
}

#[test]
fn a_pause_is_silence_at_once_and_goes_on_without_losing_a_sample() {
    let mut room = room();
    room.play(&["a", "b"]);
    room.pass(0.3);
    room.player.pause();
    let heard = room.device.0.lock().unwrap().heard.len();
    room.pass(3.0);
    assert_eq!(room.device.0.lock().unwrap().heard.len(), heard);
    room.player.resume();
    room.pass(2.0);
    assert_eq!(room.device.0.lock().unwrap().heard.len(), 2 * RATE as usize);
    assert_eq!(room.letters(), "ab");
}

#[test]
fn jumps_take_effect_at_once_and_back_means_the_beginning_from_far_inside() {
    let mut room = room();
    let pieces = ["a", "b", "c", "d"].map(|text| piece(text, 3.0)).to_vec();
    room.player.play(pieces);
    room.made();
    room.pass(0.2);
    room.player.next();
    room.pass(0.2);
    assert_eq!(room.letters(), "ab");
    // Not far inside: the piece before.
    room.player.previous();
    room.pass(2.5);
    assert_eq!(room.letters(), "aba");
    // Far inside: its beginning.
    room.player.previous();
    room.pass(3.5);
    assert_eq!(room.letters(), "abab");
    room.player.go_to(3);
    room.pass(0.2);
    room.player.go_to(9);
    room.player.repeat();
    room.pass(2.9);
    assert_eq!(room.letters(), "ababd");
    assert_eq!(room.player.state(), State::Speaking);
    room.pass(0.2);
    assert_eq!(room.player.state(), State::Idle);
}

#[test]
fn a_jump_while_paused_stays_paused() {
    let mut room = room();
    room.play(&["a", "b"]);
    room.pass(0.2);
    room.player.pause();
    room.player.next();
    room.pass(1.0);
    assert_eq!(room.letters(), "a");
    assert!(room.told().contains(&"Piece(1)".to_owned()));
    room.player.resume();
    room.pass(0.2);
    assert_eq!(room.letters(), "ab");
}

#[test]
fn speed_shortens_what_is_heard() {
    let mut room = room();
    room.player.set_speed(2.0);
    let pieces = vec![piece("a", 4.0)];
    room.player.play(pieces);
    room.made();
    room.pass(2.2);
    assert_eq!(room.player.state(), State::Idle);
    let heard = room.device.0.lock().unwrap().heard.len() as f64 / f64::from(RATE);
    assert!((heard - 2.0).abs() < 0.1, "{heard}");
}

#[test]
fn volume_scales_samples() {
    let mut room = room();
    room.player.set_volume(0.5);
    room.play(&["`"]);
    room.pass(0.1);
    assert_eq!(room.device.0.lock().unwrap().heard[0], 96.0 / 512.0);
}

#[test]
fn what_is_queued_follows_and_what_is_played_replaces() {
    let mut room = room();
    room.play(&["a"]);
    room.pass(0.2);
    room.player.queue(vec![piece("b", 1.0)]);
    room.made();
    room.pass(1.0);
    assert_eq!(room.letters(), "ab");
    room.play(&["c"]);
    room.pass(0.2);
    assert_eq!(room.letters(), "abc");
}

#[test]
fn a_stop_keeps_the_text_to_be_read_again_and_gives_what_was_said() {
    let mut room = room();
    room.play(&["a", "b"]);
    room.pass(0.2);
    room.told();
    room.player.stop();
    let told = room.told();
    assert!(told[0].starts_with("Said(0, "), "{told:?}");
    assert_eq!(told[1..], ["State(Idle)"]);
    let heard = room.device.0.lock().unwrap().heard.len();
    room.pass(1.0);
    assert_eq!(room.device.0.lock().unwrap().heard.len(), heard);
    room.player.resume();
    room.made();
    room.pass(2.1);
    assert_eq!(room.letters(), "ab");
    assert_eq!(room.player.state(), State::Idle);
}

#[test]
fn a_piece_that_fails_pauses_there_and_playing_on_tries_again() {
    let mut room = room();
    room.play(&["a", "broken", "c"]);
    room.pass(1.5);
    let told = room.told();
    assert!(
        told.contains(&"Failed(1, the voice broke)".to_owned()),
        "{told:?}"
    );
    assert_eq!(room.player.state(), State::Paused);
    assert_eq!(room.letters(), "a");
    room.player.next();
    room.player.resume();
    room.made();
    room.pass(1.2);
    assert_eq!(room.letters(), "ac");
}

#[test]
fn a_vanished_device_is_followed_without_losing_the_place() {
    let mut room = room();
    room.play(&["a", "b"]);
    room.pass(0.5);
    room.device.0.lock().unwrap().broken = true;
    room.pass(1.6);
    assert_eq!(*room.openings.lock().unwrap(), 2);
    assert_eq!(room.player.state(), State::Idle);
    assert_eq!(room.letters(), "ab");
    let heard = room.device.0.lock().unwrap().heard.len();
    assert!(heard.abs_diff(2 * RATE as usize) < 480, "{heard}");
    assert!(room.told().iter().all(|line| !line.starts_with("Failed")));
}

#[test]
fn a_piece_that_was_handed_over_when_the_device_vanished_is_said_once() {
    let mut room = room();
    room.play(&["a", "b"]);
    // The whole of it is with the device, and its end not heard yet.
    room.pass(0.9);
    room.device.0.lock().unwrap().broken = true;
    room.pass(1.3);
    assert_eq!(room.player.state(), State::Idle);
    let said = |told: &[String]| told.iter().filter(|l| l.starts_with("Said")).count();
    assert_eq!(said(&room.told()), 2);
}

#[test]
fn a_device_that_comes_back_in_a_while_goes_on_and_one_that_does_not_is_told() {
    let mut room = room();
    room.play(&["a", "b"]);
    room.pass(0.5);
    *room.absent.lock().unwrap() = 10;
    room.device.0.lock().unwrap().broken = true;
    // Two seconds without any device, in which nothing is heard or skipped.
    room.pass(1.9);
    assert_eq!(room.player.state(), State::Speaking);
    assert_eq!(*room.openings.lock().unwrap(), 11);
    room.pass(1.9);
    assert_eq!(room.player.state(), State::Idle);
    assert_eq!(room.letters(), "ab");
    let heard = room.device.0.lock().unwrap().heard.len();
    assert!(heard.abs_diff(2 * RATE as usize) < 480, "{heard}");
    assert!(room.told().iter().all(|line| !line.starts_with("Failed")));

    room.play(&["c", "d"]);
    room.pass(1.5);
    *room.absent.lock().unwrap() = usize::MAX;
    room.device.0.lock().unwrap().broken = true;
    room.pass(4.7);
    assert_eq!(room.player.state(), State::Speaking);
    room.pass(0.3);
    assert_eq!(room.player.state(), State::Paused);
    assert!(room.told().contains(&"Failed(1, none)".to_owned()));
    // Connected at last: play goes on with the sentence.
    *room.absent.lock().unwrap() = 0;
    room.player.resume();
    room.pass(1.1);
    assert_eq!(room.player.state(), State::Idle);
    assert!(room.letters().ends_with('d'));
}

#[test]
fn another_output_goes_on_from_the_same_place_in_every_state() {
    let mut room = room();
    let opened = |room: &Room| *room.openings.lock().unwrap();
    room.play(&["a", "b"]);
    room.made();
    room.pass(1.2);
    room.player.change_output();
    room.pass(0.2);
    assert_eq!(opened(&room), 2, "at once where something sounds");
    room.player.pause();
    room.player.change_output();
    room.pass(0.5);
    assert_eq!(opened(&room), 2, "nothing sounds in a pause");
    room.player.resume();
    room.pass(2.0);
    assert_eq!(opened(&room), 3);
    assert_eq!(room.letters(), "ab");
    let heard = room.device.0.lock().unwrap().heard.len();
    assert!(heard.abs_diff(2 * RATE as usize) < 480, "{heard}");
    room.player.change_output();
    room.player.resume();
    room.pass(0.2);
    assert_eq!(opened(&room), 4, "after the end with the next sound");
}

#[test]
fn slow_making_waits_until_it_will_not_run_dry() {
    let mut room = room();
    room.player.play(vec![piece("slow", 2.0)]);
    // Nothing is made yet, or too little: it stays silent instead of stuttering.
    room.player.step();
    assert_eq!(room.player.state(), State::Preparing);
    room.made();
    room.pass(2.1);
    assert_eq!(room.player.state(), State::Idle);
    assert!(room.told().contains(&"Finished { dry: 0.0 }".to_owned()));
}

#[test]
fn a_slow_voice_is_heard_when_no_more_can_be_kept_ready() {
    let mut room = room();
    room.player.play(vec![piece("a", 1.0); 100]);
    let begin = std::time::Instant::now();
    while !room.shelf.lock().is_full() {
        assert!(begin.elapsed() < Duration::from_secs(20), "never made");
        std::thread::sleep(Duration::from_millis(1));
    }
    // As if each second had taken weeks: no reserve is ever enough.
    room.shelf.change(|inner| inner.measured(1e7, 1.0));
    room.player.step();
    assert_eq!(room.player.state(), State::Speaking);
}
