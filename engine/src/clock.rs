//! The time by which things are deleted for good.
//!
//! A clock that stands wrong for a while must not delete anything early. So age does not go by what the clock says now, but by
//! what it said at a look at least a day earlier: a jump ahead that is set right within a day has no effect, and a deletion
//! comes up to a day or, where nobody looks, a look later. What the clock said stands in a small file beside what is deleted.
//! Never fails: where that file cannot be read or written, nothing is old.

use crate::whole;
use std::path::Path;
use std::time::SystemTime;

/// Milliseconds.
const DAY: u64 = 24 * 3600 * 1000;

/// Milliseconds since 1970 by the machine's clock; 0 before that.
pub fn now() -> u64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}

/// A time that is over for certain; 0 when nothing is known yet. `kept` is the file between looks.
pub fn certain(kept: &Path) -> u64 {
    certain_at(kept, now())
}

fn certain_at(kept: &Path, now: u64) -> u64 {
    let looks = read(kept);
    let (before, last) = looks.unwrap_or((0, now));
    // A clock that was set back was wrong before.
    let new = match now >= last && now - last < DAY {
        true => (before, last),
        false => (last, now),
    };
    let known = looks == Some(new);
    if !known && whole::write(kept, format!("{} {}\n", new.0, new.1).as_bytes()).is_err() {
        return 0;
    }
    new.0.min(now)
}

/// What the clock said at the look before the last, and at the last.
fn read(kept: &Path) -> Option<(u64, u64)> {
    let text = std::fs::read_to_string(kept).ok()?;
    let (before, last) = text.trim().split_once(' ')?;
    Some((before.parse().ok()?, last.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: u64 = 20_000 * DAY;

    #[test]
    fn time_passes_a_look_behind() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("clock");
        assert_eq!(certain_at(&kept, TODAY), 0, "nothing is known yet");
        assert_eq!(certain_at(&kept, TODAY + DAY - 1), 0);
        assert_eq!(certain_at(&kept, TODAY + DAY), TODAY);
        assert_eq!(certain_at(&kept, TODAY + DAY + 5), TODAY);
        assert_eq!(certain_at(&kept, TODAY + 9 * DAY), TODAY + DAY);
        assert!(certain(&kept) >= TODAY.min(now()));
    }

    #[test]
    fn a_jump_that_is_set_right_within_a_day_has_no_effect() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("clock");
        for n in 0..3 {
            certain_at(&kept, TODAY + n * DAY);
        }
        // Decades ahead, for some hours.
        let far = TODAY + 30_000 * DAY;
        for hours in 0..20 {
            let at = far + hours * DAY / 24;
            assert!(certain_at(&kept, at) <= TODAY + 2 * DAY, "{hours}");
        }
        // Set right, and from then on as ever.
        for n in 3..9 {
            let today = TODAY + n * DAY;
            let certain = certain_at(&kept, today);
            assert!(certain <= today && certain + 2 * DAY >= today, "{n}");
        }
        // Back before 1970, where clocks without a battery begin.
        assert_eq!(certain_at(&kept, 0), 0);
    }

    #[test]
    fn a_torn_or_unwritable_memory_makes_nothing_old() {
        let dir = tempfile::tempdir().unwrap();
        let kept = dir.path().join("clock");
        let whole = format!("{TODAY} {}", TODAY + DAY);
        for length in 0..=whole.len() {
            std::fs::write(&kept, &whole[..length]).unwrap();
            assert!(certain_at(&kept, TODAY + DAY) <= TODAY, "{length}");
        }
        std::fs::write(&kept, [0xff; 9]).unwrap();
        assert_eq!(certain_at(&kept, TODAY), 0);
        let nowhere = kept.join("not a folder");
        assert_eq!(certain_at(&nowhere, TODAY + 9 * DAY), 0);
    }
}
