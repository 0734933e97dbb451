//! The two transformers and their heads, and one frame as one graph.

use super::{Config, Prompt, TextTokenizer, Transformer, keys, specs};
use crate::nn::tally::issued;
use crate::nn::{Block, Embedding, KvCache, Linear, RmsNorm, Rope};
use crate::sampling::Sampler;
use crate::weights::{Checkpoint, Fit, Loading, Weights};
use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype, ops};
use std::path::Path;

/// Rows of a prompt that are embedded and run at a time; bounds the memory of long contexts.
const PREFILL: usize = 256;

/// A loaded CSM or Marvis model. Belongs to the thread that loaded it.
#[derive(Debug)]
pub struct Csm {
    config: Config,
    tokenizer: Result<TextTokenizer, String>,
    text_embeddings: Embedding,
    /// All codebooks, for rows of a prompt and whole frames.
    audio_embeddings: Embedding,
    /// Views of each codebook's own rows, for single codes.
    code_embeddings: Vec<Embedding>,
    projection: Linear,
    codebook0_head: Linear,
    /// One per codebook from 1 on, `[depth hidden, audio vocab]` each.
    audio_head: Vec<Linear>,
    backbone: Stack,
    depth: Stack,
    surplus: Vec<String>,
    fit: Fit,
}

/// A transformer without its embedding and head.
#[derive(Debug)]
pub(super) struct Stack {
    layers: Vec<Block>,
    norm: RmsNorm,
    rope: Rope,
}

/// What one frame's graph yields, nothing of it computed yet.
pub(super) struct FrameGraph {
    /// The sampled codes, `[codebooks]` u32.
    pub codes: Array,
    /// Per codebook, `[1, vocab]` f32.
    pub logits: Vec<Array>,
    /// What each code was drawn from, `[1, vocab]` f32; empty when greedy, or when nobody looks.
    pub probabilities: Vec<Array>,
    /// Per codebook `[1]` u32, what would have been drawn without the exclusion; empty when nobody looks.
    pub unexcluded: Vec<Array>,
}

/// How a frame's codes are drawn, and what else is wanted of the draws.
pub(super) struct Draw<'a> {
    pub sampler: &'a Sampler,
    /// One `[1, vocab]` per codebook, or empty (greedy).
    pub noise: &'a [Array],
    /// Keep the distributions.
    pub watched: bool,
    /// The same sampler without its exclusion, to see what that changes.
    pub unexcluded: Option<&'a Sampler>,
}

impl<'a> Draw<'a> {
    /// Nothing but the codes.
    pub fn plain(sampler: &'a Sampler, noise: &'a [Array]) -> Self {
        Self {
            sampler,
            noise,
            watched: false,
            unexcluded: None,
        }
    }
}

impl FrameGraph {
    /// Draws the next codebook's code.
    fn draw(&mut self, logits: Array, draw: &Draw) -> Result<Array> {
        let noise = draw.noise.get(self.logits.len());
        let (code, p) = draw.sampler.draw(&logits, noise)?;
        if draw.watched {
            self.probabilities.extend(p);
        }
        if let Some(sampler) = draw.unexcluded {
            self.unexcluded.push(sampler.pick(&logits, noise)?);
        }
        self.logits.push(logits);
        Ok(code)
    }
}

/// Keys and values of the backbone, one cache a layer.
#[derive(Debug)]
pub(super) struct BackboneCache(Vec<KvCache>);

impl BackboneCache {
    pub fn arrays(&self) -> impl Iterator<Item = &Array> {
        self.0.iter().flat_map(KvCache::arrays)
    }
}

impl Stack {
    fn load(w: &mut Weights, path: &str, t: &Transformer) -> Result<Self> {
        let b = &t.block;
        Ok(Self {
            layers: (0..t.layers)
                .map(|i| Block::load(w, &format!("{path}.layers.{i}"), *b))
                .collect::<Result<_>>()?,
            norm: RmsNorm::load(w, &format!("{path}.norm"), b.hidden, b.norm_eps)?,
            rope: Rope::new(b.head_dim, t.rope_base, t.rope_scaling, true),
        })
    }

    fn bytes(&self) -> usize {
        self.layers.iter().map(Block::bytes).sum()
    }
}

impl Csm {
    /// Loads the model in a folder: config.json, weights in any public layout, tokenizer.json. A missing tokenizer
    /// is an error when text is first needed, so that prompts made elsewhere work without one.
    pub fn load(dir: &Path, loading: impl Into<Loading>) -> Result<Self> {
        let config = Config::read(dir)?;
        let checkpoint = Checkpoint::open(dir)?;
        if keys::Layout::detect(checkpoint.names()).is_none() {
            return Err(Error::refused(
                format!("{} is not a CSM or Marvis model", dir.display()),
                "`myna models check DIR` says what a folder holds.",
            ));
        }
        let all = specs(&config);
        let mut w = Weights::new(checkpoint, loading, |name| keys::map(name, &config));
        let fit = w.require(&all)?;
        let mut surplus = w.surplus().to_vec();
        surplus.extend(w.beyond(&all));

        let c = &config;
        let (hidden, depth) = (c.backbone.block.hidden, c.depth.block.hidden);
        // The largest tables first: while one is read it is in memory twice.
        let text_embeddings = Embedding::load(&mut w, "text_embeddings", c.text_vocab, hidden)?;
        let audio_embeddings = Embedding::load(
            &mut w,
            "audio_embeddings",
            c.audio_vocab * c.codebooks,
            hidden,
        )?;
        let heads = w.tensor("audio_head", &[c.codebooks - 1, depth, c.audio_vocab])?;
        let audio_head = (0..c.codebooks as i32 - 1)
            .map(|i| {
                let head = heads.try_index(i)?.contiguous()?;
                head.eval()?;
                Ok(Linear::from_matrix(head))
            })
            .collect::<Result<Vec<_>>>()?;
        drop(heads);
        Ok(Self {
            tokenizer: TextTokenizer::load(dir, c.text_vocab).map_err(|e| e.to_string()),
            text_embeddings,
            code_embeddings: (0..c.codebooks)
                .map(|k| audio_embeddings.part(k * c.audio_vocab, c.audio_vocab))
                .collect::<Result<_>>()?,
            audio_embeddings,
            projection: Linear::load(&mut w, "projection", depth, hidden)?,
            codebook0_head: Linear::load(&mut w, "codebook0_head", c.audio_vocab, hidden)?,
            audio_head,
            backbone: Stack::load(&mut w, "backbone", &c.backbone)?,
            depth: Stack::load(&mut w, "decoder", &c.depth)?,
            surplus,
            fit,
            config,
        })
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn codebooks(&self) -> usize {
        self.config.codebooks
    }

    /// Codes per codebook, special ids included.
    pub fn audio_vocab(&self) -> usize {
        self.config.audio_vocab
    }

    /// Tensors of the checkpoint that the network has no use for.
    pub fn surplus(&self) -> &[String] {
        &self.surplus
    }

    /// How far the checkpoint was this network; whole, unless partial loading was asked for.
    pub fn fit(&self) -> &Fit {
        &self.fit
    }

    pub(super) fn tokenizer(&self) -> Result<&TextTokenizer> {
        self.tokenizer.as_ref().map_err(|why| {
            Error::missing(
                why.clone(),
                "Text needs a tokenizer; put the tokenizer.json that was published with the model beside its weights.",
            )
        })
    }

    pub(super) fn new_cache(&self) -> BackboneCache {
        BackboneCache(
            self.backbone
                .layers
                .iter()
                .map(|_| KvCache::new())
                .collect(),
        )
    }

    /// Bytes of weights that one frame reads: the backbone and its head once, the depth decoder once per position
    /// (the first two are read together).
    pub fn bytes_per_frame(&self, codebooks: usize) -> usize {
        let calls = codebooks.saturating_sub(1);
        let heads: usize = self.audio_head.iter().take(calls).map(Linear::bytes).sum();
        self.backbone.bytes()
            + self.codebook0_head.bytes()
            + heads
            + calls * (self.depth.bytes() + self.projection.bytes())
    }

    /// Runs the whole prompt. Returns the hidden states after the final norm, `[rows, hidden]`.
    pub(super) fn prefill(&self, prompt: &Prompt, cache: &mut BackboneCache) -> Result<Array> {
        let mut hidden = Vec::new();
        for embedded in self.embed(prompt)? {
            let h = self.backbone_step(&embedded, cache)?;
            h.eval()?;
            hidden.push(h);
        }
        Ok(ops::concatenate(&hidden, 0)?)
    }

    /// `[n, hidden] → [n, hidden]`, after the final norm.
    pub(super) fn backbone_step(&self, x: &Array, cache: &mut BackboneCache) -> Result<Array> {
        let mut x = x.clone();
        for (layer, cache) in self.backbone.layers.iter().zip(&mut cache.0) {
            x = layer.step(&x, &self.backbone.rope, cache)?;
        }
        self.backbone.norm.forward(&x)
    }

    /// The prompt as embedded rows in pieces of `[n, hidden]`: per row the sum over the columns that count.
    fn embed(&self, prompt: &Prompt) -> Result<Vec<Array>> {
        let (columns, k) = (prompt.columns(), self.config.codebooks);
        let rows: Vec<(&[i32], &[bool])> = prompt
            .tokens()
            .chunks_exact(columns)
            .zip(prompt.mask().chunks_exact(columns))
            .collect();
        let mut pieces = Vec::new();
        // Rows with the same mask are embedded together; text and audio come in long runs.
        for run in rows
            .chunk_by(|a, b| a.1 == b.1)
            .flat_map(|run| run.chunks(PREFILL))
        {
            let mask = run[0].1;
            let mut sum: Option<Array> = None;
            if mask[k] {
                let ids: Vec<u32> = run.iter().map(|(row, _)| row[k] as u32).collect();
                sum = Some(self.text_embeddings.lookup(&ids)?);
            }
            let active: Vec<usize> = (0..k).filter(|&c| mask[c]).collect();
            if !active.is_empty() {
                let ids: Vec<u32> = run
                    .iter()
                    .flat_map(|(row, _)| {
                        active
                            .iter()
                            .map(|&c| (row[c] as usize + c * self.config.audio_vocab) as u32)
                    })
                    .collect();
                let each = self.audio_embeddings.lookup(&ids)?;
                let width = each.shape()[1];
                let codes = each
                    .reshape(&[run.len() as i32, active.len() as i32, width])?
                    .sum_axis(1, false)?;
                sum = Some(match sum {
                    Some(text) => text.add(&codes)?,
                    None => codes,
                });
            }
            let sum = match sum {
                Some(sum) => sum,
                None => {
                    return Err(Error::input(
                        "a prompt row has no column that counts",
                        "The prompt file is damaged.",
                    ));
                }
            };
            pieces.push(sum);
        }
        Ok(pieces)
    }

    /// One frame from the backbone's hidden state `[1, hidden]`: codebook 0 from its head, the others from the
    /// depth decoder, each sampled inside the graph and fed back.
    pub(super) fn frame(
        &self,
        hidden: &Array,
        draw: &Draw,
        codebooks: usize,
    ) -> Result<FrameGraph> {
        let mut graph = FrameGraph {
            codes: Array::from_int(0),
            logits: Vec::with_capacity(codebooks),
            probabilities: Vec::new(),
            unexcluded: Vec::new(),
        };
        let logits = as_f32(&self.codebook0_head.forward(hidden)?)?;
        let mut codes = vec![graph.draw(logits, draw)?];
        let mut cache: Vec<Option<(Array, Array)>> =
            self.depth.layers.iter().map(|_| None).collect();
        // Positions 0 and 1 go in together: the hidden state, then codebook 0.
        let first = self.code_embeddings[0].gather(&codes[0])?;
        let mut x = ops::concatenate(&[hidden, &first], 0)?;
        for codebook in 1..codebooks {
            let offset = if codebook == 1 { 0 } else { codebook };
            let mut h = self.projection.forward(&x)?;
            for (layer, slot) in self.depth.layers.iter().zip(&mut cache) {
                issued(if codebook == 1 { 0 } else { 2 });
                h = layer.attend(&h, &self.depth.rope, offset, |k, v| {
                    let all = match slot.take() {
                        Some((keys, values)) => (
                            ops::concatenate(&[&keys, &k], 2)?,
                            ops::concatenate(&[&values, &v], 2)?,
                        ),
                        None => (k, v),
                    };
                    *slot = Some(all.clone());
                    Ok(all)
                })?;
            }
            if codebook == 1 {
                h = h.try_index(1..)?;
            }
            let h = self.depth.norm.forward(&h)?;
            let logits = as_f32(&self.audio_head[codebook - 1].forward(&h)?)?;
            let code = graph.draw(logits, draw)?;
            if codebook + 1 < codebooks {
                x = self.code_embeddings[codebook].gather(&code)?;
            }
            codes.push(code);
        }
        issued(3);
        graph.codes = ops::concatenate(&codes, 0)?;
        Ok(graph)
    }

    /// A sampled frame `[codebooks]` as the next input row `[1, hidden]`.
    pub(super) fn embed_frame(&self, codes: &Array, offsets: &Array) -> Result<Array> {
        issued(2);
        let rows = self.audio_embeddings.gather(&codes.add(offsets)?)?;
        Ok(rows.sum_axis(0, true)?)
    }

    /// Row of each codebook's first code in the audio embedding, `[codebooks]` u32.
    pub(super) fn offsets(&self, codebooks: usize) -> Array {
        let offsets: Vec<u32> = (0..codebooks)
            .map(|k| (k * self.config.audio_vocab) as u32)
            .collect();
        Array::from_slice(&offsets, &[codebooks as i32])
    }
}

fn as_f32(x: &Array) -> Result<Array> {
    Ok(if x.dtype() == Dtype::Float32 {
        x.clone()
    } else {
        x.as_dtype(Dtype::Float32)?
    })
}
