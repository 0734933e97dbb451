//! Whether a take can be what was to be said: found its end, and holds no long silence. Words are checked elsewhere, by
//! listening (`check`).

use super::{Ending, Piece};
use crate::sound::RATE;
use std::fmt;

/// Quieter than this in every sample counts as silence: 46 dB below full scale.
const QUIET: f32 = 0.005;
/// Longer silence inside a take is a voice that lost its way.
const LONGEST_SILENCE: f64 = 2.5;

/// What is wrong with a take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum Flaw {
    /// The voice went on until it was cut off.
    Endless,
    /// Nothing is to be heard at all.
    Empty,
    /// A long silence within.
    Silence,
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Flaw::Endless => "the voice did not find its end",
            Flaw::Empty => "nothing was spoken",
            Flaw::Silence => "the voice fell silent",
        })
    }
}

/// The first thing wrong with a take, if any.
pub fn judge(piece: &Piece, samples: &[f32], ending: Ending) -> Option<Flaw> {
    let (mut silent, mut longest, mut heard) = (0usize, 0usize, false);
    for sample in samples {
        if sample.abs() < QUIET {
            silent += 1;
        } else {
            // Before the first word one may breathe.
            longest = longest.max(if heard { silent } else { 0 });
            (silent, heard) = (0, true);
        }
    }
    let allowed = LONGEST_SILENCE.max(piece.seconds / 2.0) * f64::from(RATE);
    match ending {
        Ending::Stopped | Ending::Recorded => None,
        _ if !heard => Some(Flaw::Empty),
        Ending::Cut => Some(Flaw::Endless),
        Ending::Whole if longest as f64 > allowed => Some(Flaw::Silence),
        Ending::Whole => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speak::session::test::piece;

    fn tone(seconds: f64) -> Vec<f32> {
        let samples = (seconds * f64::from(RATE)) as usize;
        (0..samples)
            .map(|i| 0.3 * (i as f32 * 0.05).sin())
            .collect()
    }

    #[test]
    fn each_flaw_is_named_and_a_plain_take_has_none() {
        let piece = piece("some words", 2.0);
        let silence = |seconds: f64| vec![0.0; (seconds * f64::from(RATE)) as usize];
        let plain = [tone(1.0), silence(1.0), tone(1.0), silence(5.0)].concat();
        assert_eq!(judge(&piece, &plain, Ending::Whole), None);
        assert_eq!(judge(&piece, &plain, Ending::Cut), Some(Flaw::Endless));
        let gap = [tone(1.0), silence(3.0), tone(1.0)].concat();
        assert_eq!(judge(&piece, &gap, Ending::Whole), Some(Flaw::Silence));
        assert_eq!(judge(&piece, &[], Ending::Whole), Some(Flaw::Empty));
        assert_eq!(judge(&piece, &silence(1.0), Ending::Cut), Some(Flaw::Empty));
        assert_eq!(judge(&piece, &[], Ending::Stopped), None);
        assert_eq!(judge(&piece, &gap, Ending::Recorded), None);
    }
}
