//! What a folder or file holds: which networks, in which layout and precision, and everything that is wrong.
//!
//! Reads headers first; when these are in order it reads every tensor once, so that values that are not numbers
//! are found too. Damage that keeps a checkpoint from being opened at all is an error; everything after that is a
//! problem in the report.

use crate::Result;
use myna_models::backend::Precision;
use myna_models::token2wav::{
    self, File, Flow, FlowSizes, Hift, HiftSizes, SpeakerEncoder, SpeakerSizes, SpeechTokenizer,
    TokenizerSizes,
};
use myna_models::weights::{Checkpoint, TensorSpec, Weights};
use myna_models::{Error, csm, mimi, step_audio};
use serde::Serialize;
use std::collections::BTreeMap;
use std::path::Path;

#[derive(Debug, Serialize)]
pub struct Report {
    /// `csm`, `mimi`, `step-audio`, the four of token2wav, several joined with `+`, or `unknown`.
    pub kind: String,
    pub files: Vec<String>,
    /// Of all tensors.
    pub bytes: u64,
    pub networks: Vec<Network>,
    /// Stored names that no network knows.
    pub surplus: Vec<String>,
    pub problems: Vec<String>,
    pub ok: bool,
}

#[derive(Debug, Serialize)]
pub struct Network {
    pub kind: &'static str,
    pub layout: String,
    /// Numbers the network computes with, quantised or not.
    pub parameters: u64,
    /// How many tensors of each stored type.
    pub dtypes: BTreeMap<String, usize>,
    pub bits: Option<u32>,
    pub group: Option<u32>,
    pub bytes: u64,
}

/// Looks at a folder or a file.
pub fn check(path: &Path) -> Result<Report> {
    let mut report = Report {
        kind: String::new(),
        files: Vec::new(),
        bytes: 0,
        networks: Vec::new(),
        surplus: Vec::new(),
        problems: Vec::new(),
        ok: false,
    };
    if token2wav::is_token2wav(path) && !path.join("config.json").is_file() {
        voice(path, &mut report)?;
        return Ok(concluded(report));
    }
    let speech = speech(path, &mut report)?;
    let codec = codec(path, speech.is_some(), &mut report)?;
    match (speech, codec) {
        (None, None) => report.problems.push(format!(
            "{} is neither a CSM or Marvis model nor a Mimi codec",
            path.display()
        )),
        (speech, codec) => {
            // A tensor that is surplus to one network may belong to the other.
            let unknown = |w: &Weights, specs: &[TensorSpec]| {
                let mut all = w.surplus().to_vec();
                all.extend(w.beyond(specs));
                all
            };
            let lists: Vec<(Vec<String>, Weights)> = [speech, codec]
                .into_iter()
                .flatten()
                .map(|(w, specs)| (unknown(&w, &specs), w))
                .collect();
            for (i, (list, _)) in lists.iter().enumerate() {
                let others: Vec<&Weights> = lists
                    .iter()
                    .enumerate()
                    .filter(|(j, _)| *j != i)
                    .map(|(_, (_, w))| w)
                    .collect();
                report.surplus.extend(
                    list.iter()
                        .filter(|name| !others.iter().any(|w| uses(w, name)))
                        .cloned(),
                );
            }
            report.surplus.sort();
            report.surplus.dedup();
        }
    }
    if report.networks.iter().any(|n| n.kind == "step-audio") && token2wav::is_token2wav(path) {
        voice(path, &mut report)?;
    }
    if !report.networks.is_empty() && path.is_dir() && report.networks[0].kind == "csm" {
        tokenizer(path, &mut report);
    }
    Ok(concluded(report))
}

/// The kind of the whole, and whether it is in order.
fn concluded(mut report: Report) -> Report {
    report.kind = match report.networks.iter().map(|n| n.kind).collect::<Vec<_>>() {
        kinds if kinds.is_empty() => "unknown".into(),
        kinds => kinds.join("+"),
    };
    report.ok = report.problems.is_empty();
    report
}

/// The four networks of token2wav. The two that listen to a voice may lie elsewhere, the two that speak are there.
fn voice(dir: &Path, report: &mut Report) -> Result<()> {
    for file in File::ALL {
        if file.find(dir).is_err() {
            continue;
        }
        let (layout, w) = file.open(dir, Precision::Stored)?;
        let specs = match file {
            File::Flow => FlowSizes::from_shapes(&w).map(|s| Flow::specs(&s)),
            File::Hift => HiftSizes::from_shapes(&w).map(|s| Hift::specs(&s)),
            File::Tokenizer => TokenizerSizes::from_shapes(&w).map(|s| SpeechTokenizer::specs(&s)),
            File::Speaker => SpeakerSizes::from_shapes(&w).map(|s| SpeakerEncoder::specs(&s)),
        };
        match specs {
            Ok(specs) => {
                describe(file.kind(), layout.name().into(), &w, &specs, report);
                report.surplus.extend(w.surplus().iter().cloned());
                report.surplus.extend(w.beyond(&specs));
            }
            Err(e) => report.problems.push(e.to_string()),
        }
    }
    Ok(())
}

fn uses(w: &Weights, stored: &str) -> bool {
    w.names()
        .any(|name| w.stored(name).is_some_and(|(s, _)| s == stored))
}

type Found = Option<(Weights, Vec<TensorSpec>)>;

fn speech(path: &Path, report: &mut Report) -> Result<Found> {
    let checkpoint = match Checkpoint::open(path) {
        Ok(checkpoint) => checkpoint,
        // A folder with several codecs or an index of another name is the codec's matter.
        Err(e @ Error::ModelRefused { .. })
            if path.is_dir() && mimi::open(path, Precision::Stored).is_ok() =>
        {
            _ = e;
            return Ok(None);
        }
        Err(e) => return Err(e.into()),
    };
    if step_audio::is_step_audio(checkpoint.names()) {
        return recogniser(path, report);
    }
    let Some(layout) = csm::keys::Layout::detect(checkpoint.names()) else {
        return Ok(None);
    };
    let dir = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(Path::new("."))
    };
    let config = match csm::Config::read(dir) {
        Ok(config) => config,
        Err(e) => {
            report.problems.push(e.to_string());
            return Ok(None);
        }
    };
    let specs = csm::specs(&config);
    let w = Weights::new(checkpoint, Precision::Stored, |name| {
        csm::keys::map(name, &config)
    });
    describe("csm", layout.name().into(), &w, &specs, report);
    Ok(Some((w, specs)))
}

fn recogniser(path: &Path, report: &mut Report) -> Result<Found> {
    let dir = if path.is_dir() {
        path
    } else {
        path.parent().unwrap_or(Path::new("."))
    };
    let opened = match step_audio::open(dir, Precision::Stored) {
        Ok(opened) => opened,
        Err(e) => {
            report.problems.push(e.to_string());
            return Ok(None);
        }
    };
    if let Err(e) = step_audio::Tokenizer::load(dir, opened.config.text.vocab_size) {
        report.problems.push(e.to_string());
    }
    let (w, specs) = (opened.weights, opened.specs);
    describe("step-audio", "published".into(), &w, &specs, report);
    Ok(Some((w, specs)))
}

fn codec(path: &Path, with_speech: bool, report: &mut Report) -> Result<Found> {
    let (config, w) = match mimi::open(path, Precision::Stored) {
        Ok(found) => found,
        Err(Error::ModelMissing { .. }) => return Ok(None),
        Err(e) if with_speech => {
            report.problems.push(e.to_string());
            return Ok(None);
        }
        Err(e) => return Err(e.into()),
    };
    let layout = if w
        .checkpoint()
        .names()
        .any(|n| n.starts_with("codec_model."))
    {
        "transformers, inside a CSM checkpoint"
    } else if w
        .checkpoint()
        .names()
        .any(|n| n.contains(".convtr.convtr."))
    {
        "kyutai"
    } else {
        "transformers"
    };
    let specs = mimi::Mimi::specs(&config);
    describe("mimi", layout.into(), &w, &specs, report);
    Ok(Some((w, specs)))
}

fn describe(
    kind: &'static str,
    layout: String,
    w: &Weights,
    specs: &[TensorSpec],
    report: &mut Report,
) {
    let mut network = Network {
        kind,
        layout,
        parameters: specs
            .iter()
            .map(|s| s.shape.iter().product::<usize>() as u64)
            .sum(),
        dtypes: BTreeMap::new(),
        bits: None,
        group: None,
        bytes: 0,
    };
    let names: Vec<String> = w.names().map(str::to_owned).collect();
    for name in &names {
        if let Some((_, tensor)) = w.stored(name) {
            *network
                .dtypes
                .entry(format!("{:?}", tensor.dtype).to_lowercase())
                .or_default() += 1;
            network.bytes += tensor.bytes;
        }
    }
    // The first quantised matrix speaks for all; mixed ones differ only in single layers.
    let quantised = specs.iter().filter(|s| s.matrix).find_map(|s| {
        let base = s.name.strip_suffix(".weight")?;
        let (_, scales) = w.stored(&format!("{base}.scales"))?;
        let (_, words) = w.stored(&s.name)?;
        let columns = *s.shape.get(1)?;
        let group = columns.checked_div(*scales.shape.last()?)?;
        let bits = (words.shape.last()? * 32).checked_div(columns)?;
        Some((bits as u32, group as u32))
    });
    if let Some((bits, group)) = quantised {
        (network.bits, network.group) = (Some(bits), Some(group));
        network.layout += ", quantised";
    }
    let problems = w.problems(specs);
    report
        .problems
        .extend(problems.iter().map(ToString::to_string));
    if problems.is_empty() {
        for name in &names {
            if let Err(e) = w.stored_array(name) {
                report.problems.push(e.to_string());
            }
        }
    }
    for file in w.checkpoint().files() {
        let file = file.display().to_string();
        if !report.files.contains(&file) {
            report.files.push(file);
        }
    }
    report.bytes += network.bytes;
    report.networks.push(network);
}

fn tokenizer(dir: &Path, report: &mut Report) {
    match csm::Config::read(dir).and_then(|c| csm::TextTokenizer::load(dir, c.text_vocab)) {
        Ok(_) => {}
        Err(e) => report.problems.push(e.to_string()),
    }
}
