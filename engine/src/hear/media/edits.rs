//! Where the sound of an MP4 or QuickTime track begins: encoders put a little silence before it, and beside it an edit
//! list that says how much of the track to leave out; films may begin before their sound.
//!
//! Symphonia reads edit lists and does not follow them. Nothing here fails: what is not understood is no edit. An
//! edit that takes out more than an encoder's delay was made by a person; it is not followed, and everything that is
//! in the file is heard.

use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// The longest encoder delay that is believed, in seconds.
const LONGEST_DELAY: f64 = 1.0;
/// The longest silence before the sound.
const LONGEST_GAP: f64 = 60.0;
/// Boxes looked at per level; a real file has dozens.
const MOST_BOXES: usize = 4096;

/// Seconds.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Edit {
    /// To leave out at the beginning of the track.
    pub skip: f64,
    /// Silence before it.
    pub gap: f64,
}

/// The edit of the track with this id.
pub(super) fn of(file: &File, track: u32) -> Edit {
    read(file, track).unwrap_or_default()
}

fn read(file: &File, track: u32) -> Option<Edit> {
    let end = file.metadata().ok()?.len();
    let moov = find(file, 0..end, b"moov")?;
    // The clock of the film, in which silence is counted.
    let film = timescale(file, find(file, moov.clone(), b"mvhd")?)?;
    let trak = boxes(file, moov)
        .into_iter()
        .filter(|(name, _)| name == b"trak")
        .find_map(|(_, trak)| {
            let tkhd = find(file, trak.clone(), b"tkhd")?;
            // Version 1 has longer dates before the id.
            let at = tkhd.start + if byte(file, tkhd.start)? == 1 { 20 } else { 12 };
            (number::<4>(file, at)? == u64::from(track)).then_some(trak)
        })?;
    let mdhd = find(file, find(file, trak.clone(), b"mdia")?, b"mdhd")?;
    let media = timescale(file, mdhd)?;
    let elst = find(file, find(file, trak, b"edts")?, b"elst")?;
    let long = byte(file, elst.start)? == 1;
    let count = number::<4>(file, elst.start + 4)?;
    let mut edit = Edit::default();
    for i in 0..count.min(8) {
        let at = elst.start + 8 + i * if long { 20 } else { 12 };
        let (length, from) = if long {
            (number::<8>(file, at)?, number::<8>(file, at + 8)? as i64)
        } else {
            let from = number::<4>(file, at + 4)? as u32;
            (number::<4>(file, at)?, i64::from(from as i32))
        };
        if from >= 0 {
            edit.skip = from as f64 / media;
            break;
        }
        edit.gap += length as f64 / film;
    }
    if edit.skip > LONGEST_DELAY {
        edit.skip = 0.0;
    }
    if edit.gap > LONGEST_GAP {
        edit.gap = 0.0;
    }
    Some(edit)
}

/// Ticks per second, of a box that begins with version, flags and two dates.
fn timescale(file: &File, header: Range<u64>) -> Option<f64> {
    let at = header.start
        + if byte(file, header.start)? == 1 {
            20
        } else {
            12
        };
    let ticks = number::<4>(file, at)?;
    (ticks > 0).then_some(ticks as f64)
}

fn find(file: &File, within: Range<u64>, name: &[u8; 4]) -> Option<Range<u64>> {
    let mut all = boxes(file, within).into_iter();
    all.find(|(n, _)| n == name).map(|(_, inside)| inside)
}

/// Names and insides of the boxes that stand side by side in a stretch of the file.
fn boxes(file: &File, within: Range<u64>) -> Vec<([u8; 4], Range<u64>)> {
    let mut all = Vec::new();
    let mut at = within.start;
    while all.len() < MOST_BOXES && at + 8 <= within.end {
        let Some(size) = number::<4>(file, at) else {
            break;
        };
        let mut name = [0; 4];
        if file.read_exact_at(&mut name, at + 4).is_err() {
            break;
        }
        let (header, size) = match size {
            // Up to the end.
            0 => (8, within.end - at),
            1 => (16, number::<8>(file, at + 8).unwrap_or(0)),
            n => (8, n),
        };
        let Some(end) = at
            .checked_add(size)
            .filter(|&e| size >= header && e <= within.end)
        else {
            break;
        };
        all.push((name, at + header..end));
        at = end;
    }
    all
}

fn byte(file: &File, at: u64) -> Option<u8> {
    Some(number::<1>(file, at)? as u8)
}

/// A number of `N` bytes, the highest first.
fn number<const N: usize>(file: &File, at: u64) -> Option<u64> {
    let mut bytes = [0; N];
    file.read_exact_at(&mut bytes, at).ok()?;
    Some(bytes.iter().fold(0, |n, &b| n << 8 | u64::from(b)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn boxed(name: &[u8; 4], inside: &[u8]) -> Vec<u8> {
        let size = (8 + inside.len() as u32).to_be_bytes();
        [&size, name, inside].concat()
    }

    fn words(all: &[u32]) -> Vec<u8> {
        all.iter().flat_map(|w| w.to_be_bytes()).collect()
    }

    /// A film with a clock of 1000 and a track, number 7, with one of 48000.
    fn film(elst: &[u8]) -> File {
        let mvhd = boxed(b"mvhd", &words(&[0, 0, 0, 1000, 0]));
        let other = boxed(b"trak", &boxed(b"tkhd", &words(&[0, 0, 0, 3])));
        let tkhd = boxed(b"tkhd", &words(&[0, 0, 0, 7]));
        let mdia = boxed(b"mdia", &boxed(b"mdhd", &words(&[0, 0, 0, 48_000])));
        let edts = boxed(b"edts", &boxed(b"elst", elst));
        let trak = boxed(b"trak", &[tkhd, edts, mdia].concat());
        let moov = boxed(b"moov", &[mvhd, other, trak].concat());
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(&[boxed(b"ftyp", b"isom"), moov].concat())
            .unwrap();
        file
    }

    #[test]
    fn delays_and_gaps_are_read_and_cuts_by_hand_are_not_followed() {
        let plain = film(&words(&[0, 1, 5000, 1024, 0x1_0000]));
        let edit = of(&plain, 7);
        assert!((edit.skip - 1024.0 / 48e3).abs() < 1e-12 && edit.gap == 0.0);
        assert_eq!(of(&plain, 3), Edit::default(), "the other track has none");
        assert_eq!(of(&plain, 8), Edit::default());
        let late = film(&words(&[
            0,
            2,
            2500,
            u32::MAX,
            0x1_0000,
            5000,
            480,
            0x1_0000,
        ]));
        assert_eq!(
            of(&late, 7),
            Edit {
                skip: 0.01,
                gap: 2.5
            }
        );
        let long = [words(&[1 << 24, 1, 0, 5000, 0, 960]), words(&[0x1_0000])].concat();
        assert_eq!(of(&film(&long), 7).skip, 0.02);
        let cut = film(&words(&[0, 1, 5000, 480_000, 0x1_0000]));
        assert_eq!(of(&cut, 7), Edit::default());
    }

    #[test]
    fn what_is_damaged_is_no_edit() {
        let whole = film(&words(&[0, 1, 5000, 1024, 0x1_0000]));
        let mut bytes = vec![0; whole.metadata().unwrap().len() as usize];
        whole.read_exact_at(&mut bytes, 0).unwrap();
        for at in 0..bytes.len() {
            for damage in [0, 1, 255] {
                let mut bytes = bytes.clone();
                bytes[at] = damage;
                bytes.truncate(bytes.len() - at % 5);
                let mut file = tempfile::tempfile().unwrap();
                file.write_all(&bytes).unwrap();
                let edit = of(&file, 7);
                assert!((0.0..=LONGEST_DELAY).contains(&edit.skip), "{at}");
                assert!((0.0..=LONGEST_GAP).contains(&edit.gap), "{at}");
            }
        }
    }
}
