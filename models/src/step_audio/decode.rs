//! One attempt at decoding, on the device.
//!
//! The best token is found where the logits are; the host reads one id per step. While it waits for that id the
//! device already computes the next step's logits, which need the id on the device only. A retry starts again
//! behind the prompt: its keys and values stay in the cache.

use super::guard::{FinishReason, Guard, Limits};
use super::ladder::{Attempt, Trial};
use super::llm::{Cache, Llm};
use super::penalties::Penalties;
use super::rows::Rows;
use crate::nn::{Settle, tally};
use crate::sampling::{Sampler, Sampling, TorchStream};
use crate::{Error, Result};
use mlx_rs::transforms::async_eval;
use mlx_rs::{Array, Dtype, ops};

/// A prompt that has been read: its cache, and the logits of what comes first.
#[derive(Debug)]
pub(super) struct Start {
    cache: Cache,
    len: usize,
    pub(super) first_logits: Array,
}

impl Start {
    /// Runs the prompt, `[n, hidden]`, through the model.
    pub(super) fn prefill(llm: &Llm, embeds: &Array) -> Result<Self> {
        let mut cache = llm.cache();
        let states = llm.forward(embeds, &mut cache)?;
        let first_logits = llm.logits(&states)?;
        mlx_rs::transforms::eval(cache.arrays().chain([&first_logits]))?;
        Ok(Self {
            len: cache.len(),
            cache,
            first_logits,
        })
    }
}

/// Decodes until the guard ends it. `is_word` tells which ids penalties may touch; `watch` sees every id and may
/// end everything with an error (cancelling).
pub(super) fn attempt(
    llm: &Llm,
    start: &mut Start,
    trial: &Trial,
    limits: Limits,
    mut is_word: impl FnMut(u32) -> bool,
    watch: &mut dyn FnMut(u32) -> Result<()>,
) -> Result<Attempt> {
    let _settle = Settle;
    start.cache.truncate(start.len);
    let mut guard = Guard::new(limits);
    let mut ids = Vec::new();
    let mut logits = start.first_logits.clone();
    let mut chooser = Chooser::new(trial, logits.size())?;
    let (mut sum, mut worst) = (Array::from_f32(0.0), Array::from_f32(0.0));
    let reason = loop {
        let token = tally::building(|| -> Result<Array> {
            let token = chooser.choose(&logits, &ids, llm.rows(), &mut is_word)?;
            let chance = logprob(&logits, &token)?;
            sum = sum.add(&chance)?;
            worst = ops::minimum(&worst, &chance)?;
            Ok(token)
        })?;
        async_eval([&token, &sum, &worst])?;
        // A second call, because everything of one call is ready at the same moment.
        let next = if guard.wants_more() {
            let next = tally::building(|| llm.step(&token, &mut start.cache))?;
            async_eval([&next])?;
            chooser.draw_ahead();
            Some(next)
        } else {
            None
        };
        let id = llm.rows().id(read_row(&token)?);
        if ids.is_empty() && !read_f32(&sum)?.is_finite() {
            return Err(not_a_number());
        }
        ids.push(id);
        watch(id)?;
        if let Some(reason) = guard.push(id) {
            break reason;
        }
        match next {
            Some(next) => logits = next,
            // The guard ends an attempt at the id after which it wants no more.
            None => break FinishReason::Length,
        }
    };
    let mean_logprob = read_f32(&sum)? / ids.len() as f32;
    if !mean_logprob.is_finite() {
        return Err(not_a_number());
    }
    Ok(Attempt {
        ids,
        reason,
        found: guard.found(),
        mean_logprob,
        worst_logprob: read_f32(&worst)?,
    })
}

/// Chooses tokens: penalties, then the house's sampler with PyTorch's noise.
struct Chooser {
    sampler: Sampler,
    penalties: Option<Penalties>,
    noise: TorchStream,
    /// `[1, vocabulary]`, drawn ahead.
    drawn: Option<Array>,
    vocab: usize,
}

impl Chooser {
    /// What the reference's sampling keeps when nothing is said.
    const TOP_K: usize = 50;

    fn new(trial: &Trial, vocab: usize) -> Result<Self> {
        let sampling = Sampling {
            temperature: trial.temperature,
            top_k: Self::TOP_K,
            exclude: None,
        };
        Ok(Self {
            sampler: Sampler::new(&sampling, vocab)?,
            penalties: trial.penalties,
            noise: TorchStream::new(trial.seed),
            drawn: None,
            vocab,
        })
    }

    /// Draws the noise of the next token, if any; best done while the device is busy.
    fn draw_ahead(&mut self) {
        if self.drawn.is_none() && self.sampler.needs_noise() {
            let values = self.noise.exponentials(self.vocab);
            self.drawn = Some(Array::from_slice(&values, &[1, self.vocab as i32]));
        }
    }

    /// The next row, `[1]` u32, still on the device. `logits` are `[vocabulary]`, `ids` what was generated.
    fn choose(
        &mut self,
        logits: &Array,
        ids: &[u32],
        rows: &Rows,
        is_word: &mut impl FnMut(u32) -> bool,
    ) -> Result<Array> {
        self.draw_ahead();
        let mut wide = logits.as_dtype(Dtype::Float32)?;
        if let Some(penalties) = self.penalties {
            let all = penalties.after(ids, is_word);
            if !all.is_empty() {
                let n = all.len() as i32;
                let all = all.into_iter().map(|(id, amount)| (rows.row(id), amount));
                let (at, amounts): (Vec<u32>, Vec<f32>) = all.unzip();
                let at = Array::from_slice(&at, &[n]);
                let amounts = Array::from_slice(&amounts, &[n]);
                let lowered = wide.take_along_axis(&at, 0)?.subtract(&amounts)?;
                wide = wide.put_along_axis(&at, &lowered, 0)?;
            }
        }
        let row = wide.reshape(&[1, -1])?;
        self.sampler.pick(&row, self.drawn.take().as_ref())
    }
}

/// Log-probability of `token` under the untouched logits, a scalar.
fn logprob(logits: &Array, token: &Array) -> Result<Array> {
    let wide = logits.as_dtype(Dtype::Float32)?;
    let total = wide.logsumexp(false)?;
    Ok(wide
        .take_along_axis(token, 0)?
        .reshape(&[])?
        .subtract(&total)?)
}

fn read_row(token: &Array) -> Result<u32> {
    token
        .try_item_exact::<u32>()
        .map_err(|e| Error::Compute(format!("a token could not be read: {e}")))
}

fn read_f32(value: &Array) -> Result<f32> {
    value
        .try_item_exact::<f32>()
        .map_err(|e| Error::Compute(format!("a probability could not be read: {e}")))
}

fn not_a_number() -> Error {
    Error::Compute("the model's probabilities are not numbers".into())
}
