//! A sentence as it is to be said, how long it may take, and the seed that names how it sounds.

use crate::host::wire;
use crate::speak::text::{Sentence, expected_seconds, longest_seconds};
use serde::{Deserialize, Serialize};

/// A sentence, or a part of a long one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Piece {
    /// Its place in its text, from 0.
    pub number: usize,
    /// What the voice says.
    pub text: String,
    /// How long it will take, in seconds.
    #[serde(with = "wire::exact")]
    pub seconds: f64,
    /// Longer than this is a voice that has lost its way, in seconds.
    #[serde(with = "wire::exact")]
    pub longest: f64,
    /// Silence to leave after it, in seconds, if another follows.
    #[serde(with = "wire::exact")]
    pub pause: f64,
    /// This attempt and no other, because it was chosen before or another would be the same. None tries until one is good.
    pub attempt: Option<u64>,
}

impl Piece {
    /// A text said in one go, once, for so many seconds at most.
    pub fn whole(text: &str, longest: f64) -> Self {
        Self {
            number: 0,
            text: text.to_owned(),
            seconds: expected_seconds(text).min(longest),
            longest,
            pause: 0.0,
            attempt: Some(0),
        }
    }
}

/// The sentences of a text, to be said one after another.
pub fn pieces(sentences: &[Sentence]) -> Vec<Piece> {
    let pieces = sentences
        .iter()
        .enumerate()
        .map(|(number, sentence)| Piece {
            number,
            text: sentence.spoken.clone(),
            seconds: sentence.seconds,
            longest: longest_seconds(&sentence.spoken),
            pause: sentence.pause,
            attempt: None,
        });
    pieces.collect()
}

/// The seed of a piece: the text's own for the first, for others one that follows from it and the number. Equal sentences of
/// a text do not sound equal, and each sounds the same whatever was said before it in another process.
pub fn seed(text: u64, number: usize, attempt: u64) -> u64 {
    let own = match number as u64 {
        0 => text,
        number => mixed(text, number),
    };
    own.wrapping_add(attempt)
}

/// SplitMix64's step, of which PyTorch's generator uses 32 bits.
fn mixed(text: u64, number: u64) -> u64 {
    let mut z = text.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15));
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (z ^ (z >> 31)) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::speak::text::{Dictionary, Policy, plan};
    use std::collections::BTreeSet;

    #[test]
    fn seeds_follow_from_text_and_place_and_never_meet() {
        assert_eq!(seed(7, 0, 0), 7);
        assert_eq!(seed(u64::MAX, 0, 1), 0);
        // Written down: what was said once has to be said again by every later version.
        assert_eq!([seed(7, 1, 0), seed(7, 2, 1)], [0x63cb_e1e4, 0x044c_3cd8]);
        let all: BTreeSet<u64> = (0..40)
            .flat_map(|text| (0..40).map(move |number| seed(text, number, 0)))
            .collect();
        assert_eq!(all.len(), 1600);
    }

    #[test]
    fn a_piece_comes_back_from_json_to_the_last_bit() {
        let sentences = plan(
            "One. Two, e.g. 1.3?",
            &Policy::default(),
            &Dictionary::default(),
        );
        let mut pieces = pieces(&sentences);
        assert_eq!(pieces.iter().map(|p| p.number).collect::<Vec<_>>(), [0, 1]);
        pieces[1].longest = 0.1 + 0.2;
        let json = serde_json::to_string(&pieces).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Piece>>(&json).unwrap(), pieces);
    }
}
