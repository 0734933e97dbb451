//! A recogniser's model, loaded, and what it makes of files.

use super::job::{Event, Recogniser, listen};
use super::media::Media;
use super::request::Request;
use super::transcript::Transcript;
use crate::machine::Machine;
use crate::{Error, Result, library};
use myna_models::backend::{Precision, device_name};
use myna_models::step_audio::{self as model, Capture, Footprint, StepAudio};
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

/// Chunks in a trace at most: one of a large model takes ten megabytes.
pub const MOST_TRACED: usize = 32;

/// Belongs to the thread that loaded it.
pub struct Listener {
    model: StepAudio,
    dir: PathBuf,
}

impl Listener {
    /// Loads a model's folder, if the machine can hold it. Without `words` no tokenizer is needed, and text is the
    /// ids in decimal.
    pub fn load(dir: &Path, words: bool, max_cache_len: usize) -> Result<Self> {
        let precision = Precision::for_device()?;
        let needed = Footprint::of(dir, precision, max_cache_len)?;
        check_memory(needed, Machine::here()?.memory_bytes)?;
        let model = if words {
            StepAudio::load(dir, precision)?
        } else {
            StepAudio::load_without_tokenizer(dir, precision)?
        };
        Ok(Self {
            model,
            dir: dir.to_owned(),
        })
    }

    /// Tensors of the checkpoint that nothing uses.
    pub fn surplus(&self) -> &[String] {
        self.model.surplus()
    }

    /// Listens to one file. Progress and finished segments go to `on_event`; with `cancel` set it stops within a
    /// token and gives what is finished.
    pub fn hear(
        &mut self,
        media: &mut Media,
        request: &Request,
        cancel: &AtomicBool,
        on_event: &mut dyn FnMut(Event),
    ) -> Result<Transcript> {
        request.check()?;
        let mut ear = Ear {
            model: &mut self.model,
            request,
            captures: Vec::new(),
        };
        let mut transcript = listen(media, &mut ear, request, cancel, on_event)?;
        let captures = std::mem::take(&mut ear.captures);
        transcript.model = self.dir.display().to_string();
        if let Some(path) = &request.trace {
            let metadata = [
                ("model_hash", library::fingerprint(&self.dir)?),
                ("file", transcript.file.clone()),
                ("chunks", captures.len().to_string()),
                ("device", device_name()?.into()),
                ("myna", crate::VERSION.into()),
                ("format", "myna-trace-1".into()),
            ];
            let metadata: Vec<(&str, &str)> =
                metadata.iter().map(|(k, v)| (*k, v.as_str())).collect();
            model::write_captures(path, &captures, &metadata)?;
        }
        self.model.release_buffers()?;
        Ok(transcript)
    }
}

impl std::fmt::Debug for Listener {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Listener({})", self.dir.display())
    }
}

struct Ear<'a> {
    model: &'a mut StepAudio,
    request: &'a Request,
    captures: Vec<Capture>,
}

impl Recogniser for Ear<'_> {
    fn recognise(
        &mut self,
        samples: &[f32],
        watch: model::Watch<'_>,
    ) -> myna_models::Result<model::Segment> {
        let Request { task, decode, .. } = self.request;
        if self.request.trace.is_none() || self.captures.len() >= MOST_TRACED {
            return self.model.transcribe_chunk(samples, task, decode, watch);
        }
        let (segment, capture) = self
            .model
            .transcribe_captured(samples, task, decode, watch)?;
        self.captures.push(capture);
        Ok(segment)
    }
}

fn check_memory(needed: Footprint, there: u64) -> Result<()> {
    let gib = |bytes: u64| bytes as f64 / f64::from(1u32 << 30);
    // The system and the window server need some of it, too.
    let usable = there / 10 * 9;
    if there == 0 || needed.total() <= usable {
        return Ok(());
    }
    Err(Error::Models(myna_models::Error::refused(
        format!(
            "the model needs {:.1} GB ({:.1} weights, {:.1} cache, {:.1} work), this machine has {:.1} GB",
            gib(needed.total()),
            gib(needed.weights),
            gib(needed.cache),
            gib(needed.working),
            gib(there)
        ),
        "Quantise it (`myna models quantize DIR --bits 4 -o DIR`), or use a smaller one.",
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_fit_is_refused_with_numbers() {
        let needed = Footprint {
            weights: 16 << 30,
            cache: 1 << 30,
            working: 1 << 30,
        };
        assert!(check_memory(needed, 32 << 30).is_ok());
        assert!(check_memory(needed, 0).is_ok(), "unknown");
        let refusal = check_memory(needed, 16 << 30).unwrap_err();
        assert_eq!(refusal.kind(), "model-refused");
        assert!(refusal.to_string().contains("18.0 GB"), "{refusal}");
        assert!(refusal.hint().contains("quantize"));
    }
}
