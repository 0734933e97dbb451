//! A trace on disk, read frame by frame: whole safetensors files, and the records of a capture that was cut off.

use super::candidates::log_sum_exp;
use super::draw::{Draw, Entry};
use super::file::{Column, Source, Table, TensorFile, floats, integers};
use super::layout::{FORMAT, Part};
use super::records::{MAGIC, records, records_of};
use crate::sampling::Sampling;
use crate::{Error, Result};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// An open trace: N frames of K codes out of V; N' entries, one more than frames when the end frame is recorded.
#[derive(Debug)]
pub struct Trace {
    pub(super) path: PathBuf,
    pub(super) source: Source,
    pub(super) columns: BTreeMap<String, Column>,
    metadata: BTreeMap<String, String>,
    entries: usize,
    codebooks: usize,
    vocabulary: usize,
    cut_off: bool,
}

impl Trace {
    pub fn open(path: &Path) -> Result<Self> {
        match Source::open(path) {
            Err(_) if records_of(path).is_file() && !path.exists() => Err(Error::input(
                format!("{} is not there; its capture was cut off", path.display()),
                format!(
                    "Its finished frames can be read: {}",
                    records_of(path).display()
                ),
            )),
            source => Self::from_source(path, source?),
        }
    }

    /// A trace that is in memory already; `path` is its name in messages.
    pub fn from_bytes(path: &Path, data: Vec<u8>) -> Result<Self> {
        Self::from_source(path, Source::Memory(data))
    }

    fn from_source(path: &Path, source: Source) -> Result<Self> {
        let cut_off = source
            .read(path, 0, MAGIC.len())
            .is_ok_and(|start| start == MAGIC);
        let (source, columns, metadata) = if cut_off {
            let (columns, metadata) = records(path, &source)?;
            (source, columns, metadata)
        } else {
            let file = TensorFile::from_source(path, source)?;
            let metadata = file.metadata().clone();
            (file.source, file.columns, metadata)
        };
        let refuse = |what: &str| {
            Error::input(
                format!("{}: {what}", path.display()),
                "This is no trace, or a damaged one; capture it again.",
            )
        };
        if let Some(format) = metadata.get("format").filter(|f| newer(f)) {
            return Err(Error::input(
                format!("{} is a trace of a newer kind ({format})", path.display()),
                format!("This Myna reads up to {FORMAT}; get a newer one."),
            ));
        }
        let frames = columns.get("frames").filter(|c| c.shape.len() == 1);
        let frames =
            frames.ok_or_else(|| refuse("there is no tensor \"frames\" of frames × codebooks"))?;
        let codebooks = frames.shape[0];
        let named = |part: Part, axis: usize| columns.get(part.name())?.shape.get(axis).copied();
        let vocabulary = named(Part::C0Logits, 0)
            .or(named(Part::Probabilities, 1))
            .or(named(Part::Noise, 1))
            .or(metadata.get("vocabulary").and_then(|v| v.parse().ok()));
        let vocabulary =
            vocabulary.ok_or_else(|| refuse("it does not say how many tokens there are"))?;
        let entries = [
            Part::C0Logits,
            Part::TopIds,
            Part::Hidden,
            Part::Milliseconds,
            Part::Probabilities,
        ]
        .into_iter()
        .find_map(|part| columns.get(part.name()))
        .map_or(frames.rows, |column| column.rows);
        let mut trace = Self {
            path: path.to_owned(),
            entries,
            codebooks,
            vocabulary,
            cut_off,
            source,
            columns,
            metadata,
        };
        trace.check().map_err(|what| refuse(&what))?;
        if cut_off {
            trace.drop_end_frame()?;
        }
        Ok(trace)
    }

    /// Tables that agree with each other.
    fn check(&self) -> Result<(), String> {
        let (k, v, entries, frames) =
            (self.codebooks, self.vocabulary, self.entries, self.frames());
        if entries < frames || entries > frames + 1 || k < 2 || v == 0 || v > i32::MAX as usize {
            return Err(format!(
                "{frames} frames of {k} codebooks and {entries} entries of {v} tokens do not go together"
            ));
        }
        let n = self.top().unwrap_or(0);
        let wanted = [
            (Part::Unexcluded, vec![k]),
            (Part::C0Logits, vec![v]),
            (Part::DepthLogits, vec![k - 1, v]),
            (Part::Probabilities, vec![k, v]),
            (Part::TopIds, vec![k, n]),
            (Part::TopLogits, vec![k, n]),
            (Part::TopProbabilities, vec![k, n]),
            (Part::TopNoise, vec![k, n]),
            (Part::LogSumExp, vec![k]),
            (Part::ChosenLogits, vec![k]),
            (Part::Noise, vec![k, v]),
            (Part::Milliseconds, vec![]),
        ];
        for (part, shape) in wanted {
            let Some(column) = self.column(part) else {
                continue;
            };
            // Noise given for more frames than were made is noise all the same.
            let rows = column.rows == entries || (part == Part::Noise && column.rows >= frames);
            if column.shape != shape || !rows {
                return Err(format!(
                    "{} are {} rows of {:?}, should be {entries} of {shape:?}",
                    part.name(),
                    column.rows,
                    column.shape
                ));
            }
        }
        let hidden = self.column(Part::Hidden);
        if let Some(odd) = hidden.filter(|c| c.rows != entries || c.shape.len() != 1) {
            return Err(format!("hidden are {} rows of {:?}", odd.rows, odd.shape));
        }
        if self.column(Part::C0Logits).is_some() != self.column(Part::DepthLogits).is_some() {
            return Err("the logits of some codebooks are missing".into());
        }
        if self.has("tokens") != self.has("mask") {
            return Err("its prompt is incomplete".into());
        }
        Ok(())
    }

    /// Records keep the end frame's codes, tables of frames do not.
    fn drop_end_frame(&mut self) -> Result<()> {
        let Some(last) = self.frames().checked_sub(1) else {
            return Ok(());
        };
        let ended = self
            .integers(Part::Frames, last)?
            .is_some_and(|codes| codes.iter().all(|&c| c == 0));
        if let Some(column) = self.columns.get_mut(Part::Frames.name()).filter(|_| ended) {
            column.rows = last;
        }
        Ok(())
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Without the end frame.
    pub fn frames(&self) -> usize {
        self.column(Part::Frames).map_or(0, |column| column.rows)
    }

    /// With it, if it is recorded.
    pub fn entries(&self) -> usize {
        self.entries
    }

    pub fn codebooks(&self) -> usize {
        self.codebooks
    }

    pub fn vocabulary(&self) -> usize {
        self.vocabulary
    }

    /// How many candidates of a draw are recorded; None when all are.
    pub fn top(&self) -> Option<usize> {
        self.column(Part::TopIds)?.shape.get(1).copied()
    }

    /// What the trace says about its making.
    pub fn metadata(&self) -> &BTreeMap<String, String> {
        &self.metadata
    }

    pub fn note(&self, key: &str) -> Option<&str> {
        self.metadata.get(key).map(String::as_str)
    }

    /// Whether the capture never came to its end.
    pub fn is_cut_off(&self) -> bool {
        self.cut_off
    }

    pub fn has(&self, tensor: &str) -> bool {
        self.columns.contains_key(tensor)
    }

    /// How tokens were drawn, if the trace says so.
    pub fn sampling(&self) -> Option<Sampling> {
        let exclude = match self.note("exclude") {
            None | Some("none") => None,
            Some(range) => {
                let (from, to) = range.split_once("..")?;
                Some(from.trim().parse().ok()?..to.trim().parse().ok()?)
            }
        };
        Some(Sampling {
            temperature: self.note("temperature")?.parse().ok()?,
            top_k: self.note("top_k")?.parse().ok()?,
            exclude,
        })
    }

    /// The prompt's rows and mask, if recorded: `[rows, columns]` both.
    pub fn prompt(&self) -> Result<Option<(Table<i32>, Table<i32>)>> {
        Ok(self.whole("tokens")?.zip(self.whole("mask")?))
    }

    fn whole(&self, name: &str) -> Result<Option<Table<i32>>> {
        let Some(column) = self.columns.get(name) else {
            return Ok(None);
        };
        let data = self
            .source
            .read(&self.path, column.start, column.row_bytes() * column.rows)?;
        let values = integers(column.dtype, &data).ok_or_else(|| self.odd(name))?;
        let mut shape = vec![column.rows];
        shape.extend(&column.shape);
        Ok(Some(Table { shape, values }))
    }

    /// The codes of a frame; zeros for the end frame.
    pub fn codes(&self, entry: usize) -> Result<Vec<u32>> {
        if entry >= self.frames() {
            return Ok(vec![0; self.codebooks]);
        }
        let codes = self.integers(Part::Frames, entry)?.unwrap_or_default();
        self.tokens(Part::Frames, &codes)
    }

    /// Everything recorded of one frame, `entry` below [`Self::entries`].
    pub fn entry(&self, entry: usize) -> Result<Entry> {
        let (k, v) = (self.codebooks, self.vocabulary);
        let codes = self.codes(entry)?;
        let unexcluded = match self.integers(Part::Unexcluded, entry)? {
            Some(codes) => Some(self.tokens(Part::Unexcluded, &codes)?),
            None => None,
        };
        let ids = match self.integers(Part::TopIds, entry)? {
            Some(ids) => Some(self.tokens(Part::TopIds, &ids)?),
            None => None,
        };
        let n = ids.as_ref().map_or(v, |ids| ids.len() / k);
        // Whole rows if they are there, else the candidates'.
        let of = |whole: Part, top: Part| -> Result<Option<(Vec<f32>, bool)>> {
            Ok(match self.floats(whole, entry)? {
                Some(values) => Some((values, true)),
                None => self.floats(top, entry)?.map(|values| (values, false)),
            })
        };
        let logits = match self.floats(Part::C0Logits, entry)? {
            Some(mut values) => {
                values.extend(self.floats(Part::DepthLogits, entry)?.unwrap_or_default());
                Some((values, true))
            }
            None => of(Part::TopLogits, Part::TopLogits)?.map(|(values, _)| (values, false)),
        };
        let probabilities = of(Part::Probabilities, Part::TopProbabilities)?;
        let noise = of(Part::Noise, Part::TopNoise)?;
        let normalisers = self.floats(Part::LogSumExp, entry)?;
        let chosen = self.floats(Part::ChosenLogits, entry)?;
        let draws = (0..k).map(|codebook| {
            let ids = ids
                .as_ref()
                .map(|ids| &ids[codebook * n..(codebook + 1) * n]);
            let row = |table: &Option<(Vec<f32>, bool)>| {
                let (values, whole) = table.as_ref()?;
                let width = if *whole { v } else { n };
                let row = values.get(codebook * width..(codebook + 1) * width)?;
                Some(match ids.filter(|_| *whole) {
                    Some(ids) => ids.iter().map(|&id| row[id as usize]).collect(),
                    None => row.to_vec(),
                })
            };
            let whole = logits.as_ref().filter(|(_, whole)| *whole);
            Draw {
                token: codes[codebook],
                unexcluded: unexcluded.as_ref().map(|codes| codes[codebook]),
                ids: ids.map(<[u32]>::to_vec),
                logits: row(&logits),
                probabilities: row(&probabilities),
                noise: row(&noise),
                log_sum_exp: match (&normalisers, whole) {
                    (Some(values), _) => Some(f64::from(values[codebook])),
                    (None, Some((values, _))) => {
                        Some(log_sum_exp(&values[codebook * v..(codebook + 1) * v]))
                    }
                    (None, None) => None,
                },
                chosen_logit: chosen.as_ref().map(|values| values[codebook]),
            }
        });
        Ok(Entry {
            draws: draws.collect(),
            hidden: self.floats(Part::Hidden, entry)?,
            milliseconds: self
                .floats(Part::Milliseconds, entry)?
                .and_then(|m| m.first().copied()),
        })
    }

    fn column(&self, part: Part) -> Option<&Column> {
        self.columns.get(part.name())
    }

    fn integers(&self, part: Part, row: usize) -> Result<Option<Vec<i32>>> {
        let Some(column) = self.column(part).filter(|c| row < c.rows) else {
            return Ok(None);
        };
        let data = column.row(&self.source, &self.path, row)?;
        let values = integers(column.dtype, &data).ok_or_else(|| self.odd(part.name()))?;
        Ok(Some(values))
    }

    /// Refuses values that are no numbers.
    fn floats(&self, part: Part, row: usize) -> Result<Option<Vec<f32>>> {
        let Some(column) = self.column(part).filter(|c| row < c.rows) else {
            return Ok(None);
        };
        let data = column.row(&self.source, &self.path, row)?;
        let values = floats(column.dtype, &data).filter(|all| all.iter().all(|x| x.is_finite()));
        Ok(Some(values.ok_or_else(|| self.odd(part.name()))?))
    }

    /// Ids within the vocabulary.
    fn tokens(&self, part: Part, ids: &[i32]) -> Result<Vec<u32>> {
        let known = |id: &i32| usize::try_from(*id).is_ok_and(|id| id < self.vocabulary);
        if ids.iter().all(known) {
            return Ok(ids.iter().map(|&id| id as u32).collect());
        }
        Err(self.odd(part.name()))
    }

    fn odd(&self, name: &str) -> Error {
        Error::input(
            format!("{}: {name} hold what cannot be there", self.path.display()),
            "The trace is damaged, or of another make; capture it again.",
        )
    }
}

/// Whether a trace calls itself one of a later version than this.
fn newer(format: &str) -> bool {
    let version = |f: &str| f.strip_prefix("myna-trace-")?.parse::<u32>().ok();
    version(format) > version(FORMAT)
}
