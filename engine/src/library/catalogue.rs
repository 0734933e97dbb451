//! Known checkpoints, and whether this machine can run them.
//!
//! The list is data (`catalogue.toml`), part of the program: nothing is asked of a server to show it.

use crate::machine::Machine;
use crate::{Error, Result};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const TEXT: &str = include_str!("catalogue.toml");

/// What is taken from a repository that is not told apart: weights, sizes, words. Never a pickle.
const USUAL: [&str; 2] = ["*.safetensors", "*.json"];

#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    pub id: String,
    /// `voice`, `recogniser`, `codec`, …
    pub what: String,
    pub about: String,
    /// `owner/name` on the hub.
    pub repo: String,
    /// A commit, or a branch that is resolved to one.
    pub revision: String,
    /// Names of files, each with at most one `*`.
    #[serde(default = "usual")]
    pub files: Vec<String>,
    /// SHA-256 of files, where known for good.
    #[serde(default)]
    pub sha256: BTreeMap<String, String>,
    /// Files that the model needs and another repository holds.
    #[serde(default)]
    pub also: Vec<Also>,
    /// To be fetched, about; with what is fetched from elsewhere.
    pub bytes: u64,
    /// GB, while working.
    pub memory_gpu: f64,
    pub memory_cpu: f64,
    pub licence: String,
    /// Fetched only with an account that has accepted the licence.
    #[serde(default)]
    pub gated: bool,
}

/// A file of another repository, known to the last byte: nothing about it is asked of a server.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Also {
    pub repo: String,
    /// A commit.
    pub revision: String,
    /// Its name there.
    pub file: String,
    /// And in the model's folder.
    pub name: String,
    pub bytes: u64,
    pub sha256: String,
}

/// Whether a machine can run a model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Fit {
    Well,
    /// With little room for anything else.
    Barely,
    No,
    Unknown,
}

#[derive(Deserialize)]
struct Catalogue {
    model: Vec<Known>,
}

/// Everything known, in the order of the file.
pub fn catalogue() -> Result<Vec<Known>> {
    let read: std::result::Result<Catalogue, _> = toml_edit::de::from_str(TEXT);
    Ok(read
        .map_err(|e| Error::request(format!("the catalogue of models is damaged: {e}"), ""))?
        .model)
}

/// A model by its name.
pub fn known(id: &str) -> Result<Known> {
    let all = catalogue()?;
    let names: Vec<String> = all.iter().map(|k| k.id.clone()).collect();
    all.into_iter().find(|k| k.id == id).ok_or_else(|| {
        Error::request(
            format!("no model is known by the name {id:?}"),
            format!(
                "Known are: {}. Others can be fetched by hand and brought in with `myna models import DIR`.",
                names.join(", ")
            ),
        )
    })
}

impl Known {
    /// GB while working on this machine's kind of device.
    pub fn memory(&self, machine: &Machine) -> f64 {
        if machine.device == "gpu" {
            self.memory_gpu
        } else {
            self.memory_cpu
        }
    }

    pub fn fit(&self, machine: &Machine) -> Fit {
        fit(self.memory(machine), machine.memory_bytes as f64 / 1e9)
    }

    /// Whether the content is known for good: a branch may hold something else tomorrow.
    pub fn is_pinned(&self) -> bool {
        is_commit(&self.revision)
    }

    /// Whether a file of the repository belongs to the model.
    pub fn wants(&self, name: &str) -> bool {
        is_plain(name) && self.files.iter().any(|pattern| matches(pattern, name))
    }
}

/// The system, its windows and everything else that runs need some memory, too.
fn fit(needed: f64, there: f64) -> Fit {
    if there <= 0.0 {
        Fit::Unknown
    } else if needed <= 0.6 * there {
        Fit::Well
    } else if needed <= 0.9 * there {
        Fit::Barely
    } else {
        Fit::No
    }
}

/// A name that can be nothing but a file in the model's own folder.
pub(super) fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 200
        && !name.starts_with('.')
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "._-+".contains(c))
}

fn is_commit(revision: &str) -> bool {
    revision.len() == 40 && revision.bytes().all(|b| b.is_ascii_hexdigit())
}

fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, end)) => {
            name.len() >= start.len() + end.len() && name.starts_with(start) && name.ends_with(end)
        }
    }
}

fn usual() -> Vec<String> {
    USUAL.map(str::to_owned).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_catalogue_can_be_relied_on() {
        let all = catalogue().unwrap();
        let mut ids: Vec<&str> = all.iter().map(|k| k.id.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all.len(), "each name once");
        for k in &all {
            assert!(is_plain(&k.id) && k.id == k.id.to_lowercase(), "{}", k.id);
            let (owner, name) = k.repo.split_once('/').unwrap();
            assert!(is_plain(owner) && is_plain(name), "{}", k.repo);
            assert!(
                k.memory_gpu * 1e9 > k.bytes as f64 && k.memory_cpu >= k.memory_gpu,
                "{}",
                k.id
            );
            assert!(!k.licence.is_empty() && !k.about.is_empty());
            assert!(
                k.files
                    .iter()
                    .all(|f| f.matches('*').count() <= 1 && !f.contains(".pt")),
                "{}",
                k.id
            );
            assert!(k.sha256.values().all(|h| h.len() == 64), "{}", k.id);
            assert!(k.sha256.keys().all(|name| k.wants(name)), "{}", k.id);
            assert!(k.sha256.is_empty() || k.is_pinned(), "{}", k.id);
            for also in &k.also {
                assert!(is_commit(&also.revision) && also.sha256.len() == 64);
                assert!(is_plain(&also.name) && is_plain(&also.file));
                assert!(also.bytes < k.bytes && also.repo.contains('/'));
            }
        }
        assert_eq!(known("mimi").unwrap().what, "codec");
        let refusal = known("gpt").unwrap_err();
        assert!(refusal.hint().contains("csm-1b"), "{}", refusal.hint());
    }

    #[test]
    fn only_files_of_the_model_are_wanted() {
        let csm = known("csm-1b").unwrap();
        for (name, wanted) in [
            ("transformers-00001-of-00002.safetensors", true),
            ("config.json", true),
            ("model.safetensors", false),
            ("ckpt.pt", false),
            ("prompts/a.wav", false),
        ] {
            assert_eq!(csm.wants(name), wanted, "{name}");
        }
        let mimi = known("mimi").unwrap();
        for hostile in [
            "../config.json",
            "/etc/x.json",
            "a/b.json",
            "..json",
            "a\\b.json",
            ".x.json",
            "a\0.json",
            "",
        ] {
            assert!(!mimi.wants(hostile), "{hostile}");
        }
    }

    #[test]
    fn memory_decides_whether_it_runs() {
        assert_eq!(fit(6.0, 16.0), Fit::Well);
        assert_eq!(fit(12.0, 16.0), Fit::Barely);
        assert_eq!(fit(18.5, 16.0), Fit::No);
        assert_eq!(fit(1.0, 0.0), Fit::Unknown);
    }
}
