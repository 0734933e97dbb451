//! Step-Audio 2 reading aloud: a Base checkpoint, token2wav, and the voice of a recording.
//!
//! Base checkpoints alone were trained to read; the others would answer a text in place of reading it, so they are refused.
//! Nothing in a checkpoint's sizes tells the two apart: what the folder or its config is called decides.

use super::Report;
use super::mouth::{no_tokenizer, say, stopped_by};
use super::request::Request;
use super::speaker::Event;
use super::vocoder::Vocoder;
use crate::{Error, Result, library, sound};
use myna_models::backend::Precision;
use myna_models::step_audio::{Prompt, ReplyOptions, StepAudio};
use myna_models::token2wav::CODE_RATE;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

/// What the published example reads aloud with.
pub const READING_TEMPERATURE: f32 = 0.7;

/// Positions of the cache; some two minutes of speech.
pub(super) const CACHE: usize = 4096;

/// Belongs to the thread that loaded it.
pub struct Reader {
    pub(super) llm: StepAudio,
    pub(super) vocoder: Vocoder,
    surplus: Vec<String>,
    model: PathBuf,
}

impl std::fmt::Debug for Reader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Reader({})", self.model.display())
    }
}

impl Reader {
    /// Loads a Step-Audio 2 checkpoint with its token2wav, the one given or the one in its folder. Refuses a checkpoint that
    /// has no prompt for reading aloud.
    pub fn load(model: &Path, token2wav: Option<&Path>) -> Result<Self> {
        if !reads_aloud(model) {
            return Err(myna_models::Error::refused(
                format!(
                    "{} has no prompt for reading aloud: it would answer the text, not read it",
                    model.display()
                ),
                "Use Step-Audio-2-mini-Base, which was trained to read. If this is it, let the folder's name say so (…-Base).",
            )
            .into());
        }
        Self::open(model, token2wav)
    }

    /// The same for any task that the checkpoint knows.
    pub(super) fn open(model: &Path, token2wav: Option<&Path>) -> Result<Self> {
        let precision = Precision::for_device()?;
        library::check_room(model, precision, CACHE)?;
        let vocoder = Vocoder::load(token2wav.unwrap_or(model))?;
        let llm = StepAudio::load(model, precision)?;
        let mut surplus = llm.surplus().to_vec();
        surplus.extend(vocoder.surplus());
        Ok(Self {
            llm,
            vocoder,
            surplus,
            model: model.to_owned(),
        })
    }

    /// Tensors of the checkpoint that nothing uses.
    pub fn surplus(&self) -> &[String] {
        &self.surplus
    }

    /// Ids that the language model draws from.
    pub fn vocabulary(&self) -> usize {
        self.llm.config().text.vocab_size
    }

    /// Reads one text aloud, at the temperature of the request and in the voice of its last reference. Sound and progress go to `on_event` as they come; an error
    /// from it ends the utterance and is passed on. With `cancel` set it stops within an id and gives out what is there.
    pub fn speak(
        &mut self,
        request: &Request,
        cancel: &AtomicBool,
        on_event: &mut dyn FnMut(Event) -> Result<()>,
    ) -> Result<Report> {
        request.check()?;
        check_options(request)?;
        let begin = Instant::now();
        let recording = voice_recording(&self.model, request)?;
        self.vocoder.imitate(&recording, request.seed)?;
        let tokenizer = self.llm.tokenizer().ok_or_else(no_tokenizer)?;
        let prompt = Prompt::read_aloud(tokenizer, &request.text)?;
        let options = ReplyOptions {
            temperature: request.sampling.temperature,
            max_cache_len: CACHE,
            ..ReplyOptions::speech(request.max_seconds, request.seed)
        };
        on_event(Event::Started {
            prompt_rows: prompt.len(),
            max_frames: (request.max_seconds * f64::from(CODE_RATE)) as usize,
        })?;
        let mut codes = 0;
        let said = say(
            &mut self.llm,
            &mut self.vocoder,
            &prompt,
            &[],
            &options,
            &mut |_| {
                if cancel.load(Ordering::Relaxed) {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
            &mut |now, samples| {
                if now > codes {
                    codes = now;
                    on_event(Event::Frames(now))?;
                }
                if samples.is_empty() {
                    return Ok(());
                }
                on_event(Event::Sound(samples))
            },
        )?;
        let seconds = said.samples as f64 / f64::from(sound::RATE);
        let work = begin.elapsed().as_secs_f64();
        Ok(Report {
            file: None,
            text: request.text.clone(),
            voice: None,
            model: self.model.display().to_string(),
            seed: request.seed,
            frames: said.codes,
            seconds,
            first_sound_ms: said.first_sound,
            real_time_factor: (seconds > 0.0).then(|| work / seconds),
            stopped_by: stopped_by(said.finish),
            beyond_codec: 0,
            max_seconds: request.max_seconds,
            codes: Vec::new(),
            underruns: None,
            check: None,
        })
    }
}

/// Whether a folder holds a Step-Audio 2 checkpoint.
pub fn is_step_audio(model: &Path) -> bool {
    myna_models::weights::Checkpoint::open(model)
        .is_ok_and(|c| myna_models::step_audio::is_step_audio(c.names()))
}

/// Whether a checkpoint's name says that it is a Base.
fn reads_aloud(model: &Path) -> bool {
    let base = |name: &str| {
        name.to_ascii_lowercase()
            .split(|c: char| !c.is_ascii_alphanumeric())
            .any(|word| word == "base")
    };
    let folder = std::fs::canonicalize(model).unwrap_or_else(|_| model.to_owned());
    if folder
        .file_name()
        .is_some_and(|n| base(&n.to_string_lossy()))
    {
        return true;
    }
    let config = std::fs::read(model.join("config.json")).unwrap_or_default();
    let config: serde_json::Value = serde_json::from_slice(&config).unwrap_or_default();
    ["_name_or_path", "name_or_path"]
        .iter()
        .any(|key| config[*key].as_str().is_some_and(base))
}

/// Refuses what only CSM and Marvis know.
fn check_options(request: &Request) -> Result<()> {
    let foreign = [
        ("voice match", request.voice_match),
        ("a speaker's number", request.speaker != 0),
        ("a number of codebooks", request.codebooks.is_some()),
        ("frames of a chunk", request.chunk_frames.is_some()),
        ("a trace", request.trace.is_some()),
        ("excluded tokens", request.sampling.exclude.is_some()),
    ];
    match foreign.iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((what, _)) => Err(Error::request(
            format!("{what} has no meaning for Step-Audio 2"),
            "Leave it away; it belongs to CSM and Marvis.",
        )),
    }
}

/// The recording whose voice speaks: the last one given, else one that lies in the checkpoint.
fn voice_recording(model: &Path, request: &Request) -> Result<PathBuf> {
    if let Some(reference) = request.references.last() {
        return Ok(reference.audio.clone());
    }
    ["default_female.wav", "default_male.wav"]
        .iter()
        .flat_map(|name| [model.join("assets").join(name), model.join(name)])
        .find(|path| path.is_file())
        .ok_or_else(|| {
            Error::request(
                "Step-Audio 2 speaks in the voice of a recording, and there is none",
                "Give three to ten seconds of speech with --context AUDIO=TRANSCRIPT.",
            )
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_known_by_its_name() {
        let dir = tempfile::tempdir().unwrap();
        let model = |name: &str, config: &str| {
            let path = dir.path().join(name);
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join("config.json"), config).unwrap();
            path
        };
        assert!(reads_aloud(&model("Step-Audio-2-mini-Base", "{}")));
        assert!(reads_aloud(&model(
            "mine",
            r#"{"_name_or_path":"stepfun-ai/x-Base"}"#
        )));
        assert!(!reads_aloud(&model("Step-Audio-2-mini", "{}")));
        assert!(!reads_aloud(&model("database", "no json")));
        assert!(!reads_aloud(&dir.path().join("nothing")));
    }
}
