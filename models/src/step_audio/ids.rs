//! The token ids that mean something to the program, and splitting what was generated into words and sound.
//!
//! They are fixed by the trained weights; a tokenizer that names them otherwise belongs to another model and is
//! refused when loaded. A small checkpoint may name them at rows of its own (`rows`); these ids are what the program
//! speaks of all the same.

/// `<|endoftext|>`
pub const END_OF_TEXT: u32 = 151_643;
/// `<|im_end|>`
pub const IM_END: u32 = 151_645;
/// `<|EOT|>` ends every turn.
pub const EOT: u32 = 151_665;
/// `<|BOT|>` begins every turn.
pub const BOT: u32 = 151_666;
/// `<audio_start>`; ids from here on are not text.
pub const AUDIO_START: u32 = 151_688;
/// `<audio_end>`
pub const AUDIO_END: u32 = 151_689;
/// `<audio_patch>`, the place of one audio token.
pub const AUDIO_PATCH: u32 = 151_690;
/// `<tts_start>` asks for speech.
pub const TTS_START: u32 = 151_693;
/// `<tts_end>`
pub const TTS_END: u32 = 151_694;
/// `<audio_0>`: code c is this plus c. These tokens are not flagged special in the tokenizer.
pub const FIRST_CODE: u32 = 151_696;
/// Codes of the speech codebook, 3⁸; larger ones are fillers that no vocoder may see.
pub const SPEECH_CODES: u32 = 6561;

/// Any of these ends a reply. The reference stops at `<|EOT|>` alone; its config lists all three.
pub const STOPS: [u32; 3] = [EOT, END_OF_TEXT, IM_END];

/// Name and id of every token the program relies on.
pub(super) const NAMED: [(&str, u32); 10] = [
    ("<|endoftext|>", END_OF_TEXT),
    ("<|im_end|>", IM_END),
    ("<|EOT|>", EOT),
    ("<|BOT|>", BOT),
    ("<audio_start>", AUDIO_START),
    ("<audio_end>", AUDIO_END),
    ("<audio_patch>", AUDIO_PATCH),
    ("<tts_start>", TTS_START),
    ("<tts_end>", TTS_END),
    ("<audio_0>", FIRST_CODE),
];

/// Splits generated ids as the reference does: text ids (stops left out), and audio codes.
pub fn split(ids: &[u32]) -> (Vec<u32>, Vec<u32>) {
    let text = ids
        .iter()
        .copied()
        .filter(|id| *id < AUDIO_START && !STOPS.contains(id));
    let codes = ids.iter().filter_map(|id| id.checked_sub(FIRST_CODE));
    (text.collect(), codes.collect())
}
