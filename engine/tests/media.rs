//! Damaged files: whatever is in them, an answer, in time and without taking the program along.

use myna_engine::hear::{Media, RATE};
use std::path::Path;

/// The same numbers every time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % n.max(1) as u64) as usize
    }
}

/// How many seconds could be heard, and the complaints; or the error.
fn listen(bytes: &[u8]) -> Result<(f64, Vec<String>), String> {
    let mut media = Media::from_reader("it", bytes).map_err(|e| e.to_string())?;
    while let Some(samples) = media.next().map_err(|e| e.to_string())? {
        assert!(samples.iter().all(|s| s.is_finite()));
        assert!(media.given() < 3600 * u64::from(RATE), "sound without end");
    }
    Ok((media.given() as f64 / f64::from(RATE), media.complaints()))
}

fn files() -> Vec<(String, Vec<u8>)> {
    let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/media");
    let mut all: Vec<_> = std::fs::read_dir(dir)
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            (name, std::fs::read(path).unwrap())
        })
        .collect();
    all.sort();
    all
}

#[test]
fn whole_files_give_their_length_and_no_complaint() {
    for (name, bytes) in files() {
        let Ok((seconds, complaints)) = listen(&bytes) else {
            assert!(name.starts_with("mute"), "{name}");
            continue;
        };
        let wanted = if name.starts_with("rain") { 2.026 } else { 0.4 };
        // Codings with overlapping blocks may leave their lead-in and lead-out.
        assert!((seconds - wanted).abs() < 0.12, "{name}: {seconds}");
        assert_eq!(complaints, [""; 0], "{name}");
    }
}

#[test]
fn damaged_files_end_and_never_panic() {
    let mut dice = Dice(0x2545_f491_4f6c_dd1d);
    for (name, whole) in files() {
        let (mut heard, mut refused) = (0, 0);
        for round in 0..24 {
            let mut bytes = whole.clone();
            // The beginning decides most; damage it in every second round.
            let from = if round % 2 == 0 { 0 } else { bytes.len() / 10 };
            for _ in 0..1 + dice.below(20) {
                let at = from + dice.below(bytes.len() - from);
                bytes[at] = dice.below(256) as u8;
            }
            if round % 3 == 0 {
                bytes.truncate(1 + dice.below(whole.len()));
            }
            match listen(&bytes) {
                Ok(_) => heard += 1,
                Err(why) => {
                    assert!(why.starts_with("it: "), "{name}: {why}");
                    refused += 1;
                }
            }
        }
        println!("{name}: {heard} heard, {refused} refused");
    }
}

#[test]
fn sound_in_films_begins_where_its_edit_list_says() {
    let clip = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../tests/fixtures/step-audio-tiny/audio/rain.wav");
    let all = |mut media: Media| {
        let mut samples = Vec::new();
        while let Some(more) = media.next().unwrap() {
            samples.extend(more);
        }
        samples
    };
    let original = all(Media::open(&clip).unwrap());
    for (name, bytes) in files() {
        if !["rain.m4a", "rain.mov"].contains(&name.as_str()) {
            continue;
        }
        let decoded = all(Media::from_reader(&name, &bytes[..]).unwrap());
        // How much later it is, in samples: where both are most alike.
        let alike = |late: i64| -> f64 {
            let pairs = (1600..original.len() - 1600).filter_map(|i| {
                let j = usize::try_from(i as i64 + late).ok()?;
                Some(f64::from(original[i]) * f64::from(*decoded.get(j)?))
            });
            pairs.sum()
        };
        let late = (-1600..1600).max_by(|&a, &b| alike(a).total_cmp(&alike(b)));
        let late = late.unwrap();
        assert!(late.abs() <= 16, "{name} is {late} samples late");
    }
}
