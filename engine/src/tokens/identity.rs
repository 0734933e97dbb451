//! What has to be known to make a trace again, as its metadata.

use crate::{Result, Sampling};
use myna_models::backend::{LIBRARY, Precision, device_name};
use myna_models::weights::{Checkpoint, Dtype};
use std::collections::BTreeMap;
use std::path::Path;

pub(crate) struct Identity<'a> {
    pub model: &'a Path,
    /// None when the noise was given.
    pub seed: Option<u64>,
    pub sampling: &'a Sampling,
}

impl Identity<'_> {
    /// All that is known before the first frame, but the model's hash: that takes a while.
    pub fn metadata(&self) -> Result<BTreeMap<String, String>> {
        let seed = match self.seed {
            _ if self.sampling.is_greedy() => "none (greedy)".into(),
            Some(seed) => seed.to_string(),
            None => "none (given noise)".into(),
        };
        let exclude = match &self.sampling.exclude {
            Some(range) => format!("{}..{}", range.start, range.end),
            None => "none".into(),
        };
        let name = self.model.canonicalize().ok();
        let name = name.as_deref().unwrap_or(self.model).file_name();
        let entries = [
            ("producer", "myna".into()),
            ("myna", crate::VERSION.into()),
            ("library", LIBRARY.into()),
            (
                "platform",
                format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            ),
            ("device", device_name()?.into()),
            ("dtype", dtype(self.model)?.into()),
            (
                "model",
                name.map_or(String::new(), |n| n.to_string_lossy().into_owned()),
            ),
            ("seed", seed),
            ("temperature", self.sampling.temperature.to_string()),
            ("top_k", self.sampling.top_k.to_string()),
            ("exclude", exclude),
        ];
        Ok(entries
            .map(|(key, value): (&str, String)| (key.to_owned(), value))
            .into())
    }
}

/// What the network computes in.
fn dtype(model: &Path) -> Result<&'static str> {
    if Precision::for_device()? == Precision::F32 {
        return Ok("f32");
    }
    let checkpoint = Checkpoint::open(model)?;
    let holds = |dtype| {
        checkpoint
            .names()
            .any(|name| checkpoint.info(name).is_some_and(|t| t.dtype == dtype))
    };
    Ok(match (holds(Dtype::Bfloat16), holds(Dtype::Float16)) {
        (true, _) => "bf16",
        (_, true) => "f16",
        _ => "f32",
    })
}
