//! Spoken replies: one text token, then four codes, and so on, until `<tts_end>`.
//!
//! Where the text ends before the sound, `<tts_pad>` takes its place; where the sound ends before the text, code 6561 does.
//! Both are told apart from what they stand beside by their ids alone, never by their place: a model that slips out of step
//! is heard all the same. Reference: the ranges that the public Step-Audio2 repository splits its output by.

use super::ids::{AUDIO_START, FIRST_CODE, SPEECH_CODES, STOPS, TTS_END};

/// What a generated id is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Spoken {
    /// A token of the words.
    Text(u32),
    /// A code for the vocoder, below 6561.
    Code(u32),
    /// Holds a place: padding of the words or of the sound, or a control token.
    Filler,
    /// The speech is over.
    End,
}

impl Spoken {
    /// By the id alone.
    pub fn of(id: u32) -> Self {
        if id == TTS_END || STOPS.contains(&id) {
            return Spoken::End;
        }
        match id.checked_sub(FIRST_CODE) {
            Some(code) if code < SPEECH_CODES => Spoken::Code(code),
            Some(_) => Spoken::Filler,
            None if id < AUDIO_START => Spoken::Text(id),
            None => Spoken::Filler,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::step_audio::ids::{EOT, TTS_START};

    #[test]
    fn ids_are_told_apart_by_their_ranges() {
        assert_eq!(Spoken::of(12_522), Spoken::Text(12_522));
        assert_eq!(Spoken::of(FIRST_CODE), Spoken::Code(0));
        assert_eq!(Spoken::of(FIRST_CODE + 6560), Spoken::Code(6560));
        // The sound's padding, codes that are not speech, `<tts_pad>`, other control tokens.
        for id in [FIRST_CODE + 6561, 158_719, 151_695, TTS_START, AUDIO_START] {
            assert_eq!(Spoken::of(id), Spoken::Filler, "{id}");
        }
        for id in [TTS_END, EOT, 151_643] {
            assert_eq!(Spoken::of(id), Spoken::End);
        }
    }
}
