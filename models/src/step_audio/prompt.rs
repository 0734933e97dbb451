//! Prompts by ids: `<|BOT|>role\n … <|EOT|>` turns, ending in an open assistant turn.
//!
//! Only the wording of the published examples is used for the known tasks: with any other instruction the model may
//! describe or answer what it should write down. Audio stands as `<audio_start>`, one `<audio_patch>` per audio
//! token, `<audio_end>`; its features replace the patches. The template inside the tokenizer's config is another
//! model's and is not used.

use super::ids::{AUDIO_END, AUDIO_PATCH, AUDIO_START, BOT, EOT, TTS_START};
use super::tokenizer::Tokenizer;
use crate::{Error, Result};
use std::ops::Range;

/// What is wanted of a piece of audio.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[non_exhaustive]
pub enum Task {
    /// The words as spoken.
    Transcribe,
    Translate(Target),
    /// Its words in another language, spoken.
    Interpret(Target),
    /// What can be heard.
    Describe,
    /// A question or request about the audio.
    Ask(String),
}

/// The languages that translation is documented for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Target {
    Chinese,
    /// The published instruction with the language exchanged: evaluated by the publishers, its wording is not.
    English,
}

impl Task {
    pub fn instruction(&self) -> &'static str {
        match self {
            Task::Transcribe => "请记录下你所听到的语音内容。",
            Task::Translate(Target::Chinese) => "请仔细聆听这段语音，然后将其内容翻译成中文。",
            Task::Translate(Target::English) => "请仔细聆听这段语音，然后将其内容翻译成英文。",
            Task::Interpret(Target::Chinese) => {
                "请仔细聆听这段语音，然后将其内容翻译成中文并用语音播报。"
            }
            Task::Interpret(Target::English) => {
                "请仔细聆听这段语音，然后将其内容翻译成英文并用语音播报。"
            }
            Task::Describe => {
                "Please briefly explain the important events involved in this audio clip."
            }
            Task::Ask(_) => "You are a helpful assistant.",
        }
    }

    /// Whether the answer is text, or text and audio codes.
    pub fn answer(&self) -> Answer {
        match self {
            Task::Interpret(_) => Answer::Speech,
            _ => Answer::Text,
        }
    }

    /// Whether the answer follows the speech word by word, so that its length is bounded by the duration.
    pub fn follows_speech(&self) -> bool {
        matches!(self, Task::Transcribe | Task::Translate(_))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    System,
    Human,
    Assistant,
}

impl Role {
    fn name(self) -> &'static str {
        match self {
            Role::System => "system",
            Role::Human => "human",
            Role::Assistant => "assistant",
        }
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Text(String),
    /// A piece of audio that becomes this many tokens.
    Audio(usize),
}

/// One finished turn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Turn {
    pub role: Role,
    pub parts: Vec<Part>,
}

impl Turn {
    pub fn text(role: Role, text: impl Into<String>) -> Self {
        Self {
            role,
            parts: vec![Part::Text(text.into())],
        }
    }
}

/// How the answer is to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Answer {
    #[default]
    Text,
    /// Text and audio codes interleaved.
    Speech,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompt {
    ids: Vec<u32>,
    /// Where the patches of each piece of audio stand in `ids`.
    audio: Vec<Range<usize>>,
}

/// "Read the following text at a natural pace."
const READ_ALOUD: &str = "以自然的语速读出下面的文字。\n";

/// "system\n", the instruction and "human\n", "assistant\n" as the tokenizer gives them, for use without one.
const TRANSCRIBE_SYSTEM: [u32; 12] = [
    8948, 198, 14880, 65577, 16872, 56568, 31838, 104188, 9370, 105761, 43815, 1773,
];
const HUMAN: [u32; 2] = [25312, 198];
const ASSISTANT: [u32; 2] = [77091, 198];

impl Prompt {
    /// Any conversation, then an open assistant turn.
    pub fn new(tokenizer: &Tokenizer, turns: &[Turn], answer: Answer) -> Result<Self> {
        let mut prompt = Self {
            ids: Vec::new(),
            audio: Vec::new(),
        };
        for turn in turns {
            prompt.ids.push(BOT);
            // Text is encoded together with what stands before it, so that it splits as the reference's does.
            let mut text = format!("{}\n", turn.role.name());
            for part in &turn.parts {
                match part {
                    Part::Text(t) => text.push_str(t),
                    Part::Audio(tokens) => {
                        prompt.ids.extend(tokenizer.encode(&text)?);
                        text.clear();
                        prompt.push_audio(*tokens)?;
                    }
                }
            }
            prompt.ids.extend(tokenizer.encode(&text)?);
            prompt.ids.push(EOT);
        }
        prompt.ids.push(BOT);
        prompt.ids.extend(tokenizer.encode("assistant\n")?);
        if answer == Answer::Speech {
            prompt.ids.push(TTS_START);
        }
        Ok(prompt)
    }

    /// The prompt of a task over one piece of audio of `tokens` tokens.
    pub fn task(tokenizer: &Tokenizer, task: &Task, tokens: usize) -> Result<Self> {
        let mut parts = vec![Part::Audio(tokens)];
        if let Task::Ask(question) = task {
            if question.trim().is_empty() {
                return Err(Error::input(
                    "the question is empty",
                    "Say what you want to know about the audio.",
                ));
            }
            parts.push(Part::Text(question.clone()));
        }
        let turns = [
            Turn::text(Role::System, task.instruction()),
            Turn {
                role: Role::Human,
                parts,
            },
        ];
        Self::new(tokenizer, &turns, task.answer())
    }

    /// Has `text` read aloud as it is. Base checkpoints alone know this prompt; it has no turns. The instruction and the
    /// text are encoded apart, as in the published example.
    pub fn read_aloud(tokenizer: &Tokenizer, text: &str) -> Result<Self> {
        let mut ids = tokenizer.encode(READ_ALOUD)?;
        ids.extend(tokenizer.encode(text)?);
        ids.push(TTS_START);
        Ok(Self {
            ids,
            audio: Vec::new(),
        })
    }

    /// The transcription prompt without a tokenizer: its ids are known.
    pub fn transcription(tokens: usize) -> Result<Self> {
        let mut prompt = Self {
            ids: vec![BOT],
            audio: Vec::new(),
        };
        prompt.ids.extend(TRANSCRIBE_SYSTEM);
        prompt.ids.extend([EOT, BOT]);
        prompt.ids.extend(HUMAN);
        prompt.push_audio(tokens)?;
        prompt.ids.extend([EOT, BOT]);
        prompt.ids.extend(ASSISTANT);
        Ok(prompt)
    }

    fn push_audio(&mut self, tokens: usize) -> Result<()> {
        if tokens == 0 {
            return Err(Error::input(
                "a piece of audio is too short to become a token",
                "Give at least a tenth of a second.",
            ));
        }
        self.ids.push(AUDIO_START);
        let first = self.ids.len();
        self.ids.extend(std::iter::repeat_n(AUDIO_PATCH, tokens));
        self.audio.push(first..self.ids.len());
        self.ids.push(AUDIO_END);
        Ok(())
    }

    pub fn ids(&self) -> &[u32] {
        &self.ids
    }

    /// Where each piece of audio stands.
    pub fn audio(&self) -> &[Range<usize>] {
        &self.audio
    }

    /// Positions in the cache, audio included.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn audio_needs_a_token() {
        assert!(Prompt::transcription(0).is_err());
        let prompt = Prompt::transcription(2).expect("a prompt");
        assert_eq!(prompt.audio().first(), Some(&(18..20)));
        assert!(prompt.ids()[18..20].iter().all(|&id| id == AUDIO_PATCH));
    }
}
