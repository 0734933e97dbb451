//! What a trace holds: names, types and shapes of its tensors, and how a frame becomes their rows.
//!
//! N frames of K codes out of V; H is the backbone's width. N' is N, or N + 1 when the model ended by itself: the end frame's
//! own numbers are there, its codes (all zero) are not. `docs/tokens.md` has the same as a table.

use super::candidates::{best, log_sum_exp};
use crate::csm::Taken;
use mlx_rs::Dtype;

/// Written into every trace.
pub const FORMAT: &str = "myna-trace-2";

/// Which numbers are recorded besides the codes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stages {
    pub logits: bool,
    /// The distributions that codes were drawn from.
    pub probabilities: bool,
    pub noise: bool,
    /// The backbone's state that each frame starts from.
    pub hidden: bool,
    /// How long each frame took.
    pub timing: bool,
    pub prompt: bool,
    /// Only so many candidates of each draw, the likeliest; whole rows when None.
    pub top: Option<usize>,
}

impl Stages {
    /// All of them, by the names that the command line uses.
    pub const NAMES: [&str; 6] = [
        "logits",
        "probabilities",
        "noise",
        "hidden",
        "timing",
        "prompt",
    ];

    pub fn all() -> Self {
        Self {
            logits: true,
            probabilities: true,
            noise: true,
            hidden: true,
            timing: true,
            prompt: true,
            top: None,
        }
    }
}

/// A trace's shape.
#[derive(Debug, Clone)]
pub struct Layout {
    pub codebooks: usize,
    pub vocabulary: usize,
    pub hidden: usize,
    pub stages: Stages,
    pub greedy: bool,
    /// Whether tokens are excluded.
    pub excludes: bool,
}

/// One tensor with a row per frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Frames,
    Unexcluded,
    C0Logits,
    DepthLogits,
    Probabilities,
    Noise,
    TopIds,
    TopLogits,
    TopProbabilities,
    TopNoise,
    LogSumExp,
    ChosenLogits,
    Hidden,
    Milliseconds,
}

impl Part {
    pub fn name(self) -> &'static str {
        match self {
            Part::Frames => "frames",
            Part::Unexcluded => "unexcluded",
            Part::C0Logits => "c0_logits",
            Part::DepthLogits => "depth_logits",
            Part::Probabilities => "probabilities",
            Part::Noise => "noise",
            Part::TopIds => "top_ids",
            Part::TopLogits => "top_logits",
            Part::TopProbabilities => "top_probabilities",
            Part::TopNoise => "top_noise",
            Part::LogSumExp => "logsumexp",
            Part::ChosenLogits => "chosen_logits",
            Part::Hidden => "hidden",
            Part::Milliseconds => "milliseconds",
        }
    }

    pub fn dtype(self) -> Dtype {
        match self {
            Part::Frames | Part::Unexcluded | Part::TopIds => Dtype::Int32,
            _ => Dtype::Float32,
        }
    }
}

impl Layout {
    /// How many candidates of a draw are kept, when not all.
    fn top(&self) -> Option<usize> {
        self.stages.top.map(|n| n.min(self.vocabulary))
    }

    pub(super) fn parts(&self) -> Vec<Part> {
        let s = &self.stages;
        let (probabilities, noise) = (s.probabilities && !self.greedy, s.noise && !self.greedy);
        let full = self.top().is_none();
        let top = !full && (s.logits || probabilities || noise);
        let wanted = [
            (Part::Frames, true),
            (Part::Unexcluded, self.excludes),
            (Part::C0Logits, full && s.logits),
            (Part::DepthLogits, full && s.logits),
            (Part::Probabilities, full && probabilities),
            (Part::Noise, full && noise),
            (Part::TopIds, top),
            (Part::TopLogits, top && s.logits),
            (Part::TopProbabilities, top && probabilities),
            (Part::TopNoise, top && noise),
            (Part::LogSumExp, top && s.logits),
            (Part::ChosenLogits, top && s.logits),
            (Part::Hidden, s.hidden),
            (Part::Milliseconds, s.timing),
        ];
        let wanted = wanted.into_iter().filter(|(_, wanted)| *wanted);
        wanted.map(|(part, _)| part).collect()
    }

    /// Of one frame's row.
    pub(super) fn shape(&self, part: Part) -> Vec<usize> {
        let (k, v, n) = (
            self.codebooks,
            self.vocabulary,
            self.top().unwrap_or(self.vocabulary),
        );
        match part {
            Part::Frames | Part::Unexcluded | Part::LogSumExp | Part::ChosenLogits => vec![k],
            Part::C0Logits => vec![v],
            Part::DepthLogits => vec![k.saturating_sub(1), v],
            Part::Probabilities | Part::Noise => vec![k, v],
            Part::TopIds | Part::TopLogits | Part::TopProbabilities | Part::TopNoise => vec![k, n],
            Part::Hidden => vec![self.hidden],
            Part::Milliseconds => vec![],
        }
    }

    /// Appends a frame's rows, part after part.
    pub(super) fn encode(&self, taken: &Taken, out: &mut Vec<u8>) {
        let v = self.vocabulary;
        let best: Vec<Vec<usize>> = match self.top() {
            Some(n) => taken.logits.chunks(v).map(|row| best(row, n)).collect(),
            None => Vec::new(),
        };
        // The same candidates of every table.
        let top = |table: &[f32], out: &mut Vec<u8>| {
            for (row, ids) in table.chunks(v).zip(&best) {
                floats(ids.iter().map(|&id| row[id]), out);
            }
        };
        for part in self.parts() {
            match part {
                Part::Frames => integers(taken.codes, out),
                Part::Unexcluded => integers(taken.unexcluded, out),
                Part::C0Logits => floats(taken.logits.iter().take(v).copied(), out),
                Part::DepthLogits => floats(taken.logits.iter().skip(v).copied(), out),
                Part::Probabilities => floats(taken.probabilities.iter().copied(), out),
                Part::Noise => floats(taken.noise.iter().copied(), out),
                Part::TopIds => {
                    let ids: Vec<i32> = best.iter().flatten().map(|&id| id as i32).collect();
                    integers(&ids, out);
                }
                Part::TopLogits => top(taken.logits, out),
                Part::TopProbabilities => top(taken.probabilities, out),
                Part::TopNoise => top(taken.noise, out),
                Part::LogSumExp => floats(
                    taken.logits.chunks(v).map(|row| log_sum_exp(row) as f32),
                    out,
                ),
                Part::ChosenLogits => {
                    let rows = taken.logits.chunks(v).zip(taken.codes);
                    floats(
                        rows.filter_map(|(row, &code)| row.get(code as usize).copied()),
                        out,
                    );
                }
                Part::Hidden => floats(taken.hidden.iter().copied(), out),
                Part::Milliseconds => {
                    floats([taken.time.as_secs_f32() * 1e3].into_iter(), out);
                }
            }
        }
    }
}

fn integers(values: &[i32], out: &mut Vec<u8>) {
    out.extend(values.iter().flat_map(|v| v.to_le_bytes()));
}

fn floats(values: impl Iterator<Item = f32>, out: &mut Vec<u8>) {
    out.extend(values.flat_map(f32::to_le_bytes));
}
