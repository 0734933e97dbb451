//! How tokens are drawn, as options that several verbs share.

use crate::console::Console;
use myna_engine::Sampling;
use std::ops::Range;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Drawing tokens")]
pub struct SamplingArgs {
    /// Higher is livelier, lower is steadier; 0 is --greedy [default: 0.9; Step-Audio 2: 0.7]
    #[arg(long, value_name = "T", value_parser = temperature, allow_negative_numbers = true)]
    pub temperature: Option<f32>,

    /// Draw among the K most likely tokens
    ///
    /// Draw among the K most likely tokens; ties at the K-th all stay. More than the vocabulary keeps everything.
    #[arg(long, value_name = "K", default_value_t = 50, value_parser = top_k)]
    pub top_k: usize,

    /// Always take the most likely token
    #[arg(long)]
    pub greedy: bool,

    /// Never draw tokens from A to B-1
    ///
    /// Never draw tokens from A to B-1, in any codebook. Off by default: it changes what the model would say.
    #[arg(long, value_name = "A..B", value_parser = range)]
    pub exclude_tokens: Option<Range<u32>>,
}

impl SamplingArgs {
    pub fn sampling(&self) -> Sampling {
        self.sampling_at(Sampling::default().temperature)
    }

    /// With another temperature where none is asked for.
    pub fn sampling_at(&self, usual: f32) -> Sampling {
        Sampling {
            temperature: if self.greedy {
                0.0
            } else {
                self.temperature.unwrap_or(usual)
            },
            top_k: self.top_k,
            exclude: self.exclude_tokens.clone(),
        }
    }

    /// Says so when `--top-k` has no effect.
    pub fn remark(&self, vocabulary: usize, console: &Console) {
        if self.top_k > vocabulary && !self.greedy {
            console.note(format!(
                "--top-k {} is more than the vocabulary of {vocabulary}: every token is kept",
                self.top_k
            ));
        }
    }
}

fn temperature(text: &str) -> Result<f32, String> {
    match text.parse::<f32>() {
        Ok(t) if t.is_finite() && t >= 0.0 => Ok(t),
        _ => Err("a number from 0 up is needed".into()),
    }
}

fn top_k(text: &str) -> Result<usize, String> {
    match text.parse::<usize>() {
        Ok(0) => Err("0 would keep no token; 1 or more is needed".into()),
        Ok(k) => Ok(k),
        Err(_) => Err("a whole number from 1 up is needed".into()),
    }
}

fn range(text: &str) -> Result<Range<u32>, String> {
    text.split_once("..")
        .and_then(|(a, b)| Some(a.trim().parse().ok()?..b.trim().parse().ok()?))
        .filter(|range| range.start < range.end)
        .ok_or_else(|| "a range like 1..32 is needed, the first below the second".into())
}
