//! Codes and a voice to a mel spectrogram: embedding, conformer, and ten Euler steps of the estimator from noise to speech.
//!
//! The velocity is `1.7 · with − 0.7 · without`, where "without" is told neither what to say nor how; times lie on a cosine
//! grid. A whole utterance sees all of itself; a stream sees each piece whole and earlier pieces through [`FlowMemory`],
//! which is bounded. Reference: `CausalMaskedDiffWithXvec` and `CausalConditionalCFM` of the public Step-Audio2 repository.

mod grid;

use self::grid::Grid;
use super::conformer::{Conformer, Memory, linear_tensors};
use super::dit::{BlockMemory, Estimator};
use super::noise::Noise;
use super::open::File;
use super::prompt::Prompt;
use super::shapes::Shapes;
use crate::backend::Precision;
use crate::nn::{Embedding, Linear};
use crate::weights::{TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::ops::indexing::TryIndexOp;
use mlx_rs::{Array, Dtype, ops, transforms};
use std::path::Path;

/// Moments between noise and speech.
pub const STEPS: usize = 10;
/// How much the difference that the condition makes is exaggerated.
const GUIDANCE: f32 = 0.7;

/// Sizes of a flow, all from tensor shapes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FlowSizes {
    /// Codes.
    pub vocab: usize,
    /// Of the conformer.
    pub width: usize,
    pub heads: usize,
    pub mlp: usize,
    /// Layers before and after doubling.
    pub layers: usize,
    pub up_layers: usize,
    /// Codes to come that each code's frames depend on.
    pub look_ahead: usize,
    /// Mel frames per code.
    pub stride: usize,
    /// Mel bands.
    pub mel: usize,
    /// Of the speaker vector.
    pub speaker: usize,
    /// Of the estimator.
    pub dit_width: usize,
    pub dit_heads: usize,
    pub dit_head_dim: usize,
    pub dit_mlp: usize,
    pub dit_blocks: usize,
}

impl FlowSizes {
    /// The published flow, 156 M parameters.
    pub fn genuine() -> Self {
        Self {
            vocab: 6561,
            width: 512,
            heads: 8,
            mlp: 2048,
            layers: 6,
            up_layers: 4,
            look_ahead: 3,
            stride: 2,
            mel: 80,
            speaker: 192,
            dit_width: 512,
            dit_heads: 8,
            dit_head_dim: 64,
            dit_mlp: 2048,
            dit_blocks: 16,
        }
    }

    pub fn from_shapes(weights: &Weights) -> Result<Self> {
        let shapes = Shapes::of(weights);
        let (block, layer) = ("decoder.estimator.blocks", "encoder.encoders");
        let axis = |name: &str, axis| shapes.axis(name, axis);
        let width = axis("input_embedding.weight", 1)?;
        let heads = axis(&format!("{layer}.0.self_attn.pos_bias_u"), 0)?;
        shapes.ratio("heads of the conformer", width, heads)?;
        let dit_head_dim = axis(&format!("{block}.0.attn.q_norm.weight"), 0)?;
        let inner = axis(&format!("{block}.0.attn.to_q.weight"), 0)?;
        let kernel = axis("encoder.up_layer.conv.weight", 2)?;
        let sizes = Self {
            vocab: axis("input_embedding.weight", 0)?,
            width,
            heads,
            mlp: axis(&format!("{layer}.0.feed_forward.w_1.weight"), 0)?,
            layers: shapes.count(|i| format!("{layer}.{i}.norm_mha.weight"))?,
            up_layers: shapes.count(|i| format!("encoder.up_encoders.{i}.norm_mha.weight"))?,
            look_ahead: axis("encoder.pre_lookahead_layer.conv1.weight", 2)? - 1,
            stride: (kernel - 1) / 2,
            mel: axis("encoder_proj.weight", 0)?,
            speaker: axis("spk_embed_affine_layer.weight", 1)?,
            dit_width: axis("decoder.estimator.in_proj.weight", 0)?,
            dit_heads: shapes.ratio("heads of the estimator", inner, dit_head_dim)?,
            dit_head_dim,
            dit_mlp: axis(&format!("{block}.0.mlp.fc1.weight"), 0)?,
            dit_blocks: shapes.count(|i| format!("{block}.{i}.mlp.fc1.weight"))?,
        };
        // What the prompt's features and the vocoder are made for.
        let kept = Self::genuine();
        for (what, found, wanted) in [
            ("mel bands (encoder_proj.weight)", sizes.mel, kept.mel),
            (
                "frames per code (encoder.up_layer.conv.weight)",
                sizes.stride,
                kept.stride,
            ),
            (
                "the look ahead (encoder.pre_lookahead_layer.conv1.weight)",
                sizes.look_ahead,
                kept.look_ahead,
            ),
            (
                "the speaker vector (spk_embed_affine_layer.weight)",
                sizes.speaker,
                kept.speaker,
            ),
        ] {
            if found != wanted {
                return Err(shapes.refuse(&format!("{what}: {found}, only {wanted} is known")));
            }
        }
        Ok(sizes)
    }
}

/// What a stream keeps between its pieces.
#[derive(Debug, Clone, Default)]
pub struct FlowMemory {
    conformer: Memory,
    /// By moment, then by block.
    moments: Vec<Vec<BlockMemory>>,
}

impl FlowMemory {
    /// Frames that the estimator remembers; also where the next piece's noise begins.
    pub fn frames(&self) -> usize {
        let first = self.moments.first().and_then(|blocks| blocks.first());
        first.map_or(0, BlockMemory::frames)
    }

    /// Bytes of everything kept.
    pub fn bytes(&self) -> usize {
        self.arrays().map(Array::nbytes).sum()
    }

    fn arrays(&self) -> impl Iterator<Item = &Array> {
        let blocks = self.moments.iter().flatten().flat_map(BlockMemory::arrays);
        self.conformer.arrays().chain(blocks)
    }
}

/// A piece of mel, and what it came from.
pub(super) struct Piece {
    /// `[1, n, mel]` f32
    pub(super) mel: Array,
    /// Of the conformer, `[1, n, width]`.
    pub(super) states: Array,
    /// `[1, n, mel]`
    pub(super) mu: Array,
    /// Per moment: the noisy mel before it `[1, n, mel]`, and both velocities `[2, n, mel]`.
    pub(super) moments: Vec<(Array, Array)>,
}

#[derive(Debug)]
pub struct Flow {
    sizes: FlowSizes,
    embedding: Embedding,
    conformer: Conformer,
    encoder_proj: Linear,
    speaker: Linear,
    estimator: Estimator,
    grid: Grid,
    surplus: Vec<String>,
}

impl Flow {
    /// Every tensor of a flow of these sizes, in PyTorch's layout.
    pub fn specs(s: &FlowSizes) -> Vec<TensorSpec> {
        let mut all = vec![TensorSpec::array(
            "input_embedding.weight",
            &[s.vocab, s.width],
        )];
        all.extend(Conformer::tensors(s));
        all.extend(linear_tensors("encoder_proj", s.mel, s.width));
        all.extend(linear_tensors("spk_embed_affine_layer", s.mel, s.speaker));
        all.extend(Estimator::tensors(s));
        all
    }

    /// Loads `flow.safetensors` from a token2wav folder.
    pub fn load(dir: &Path, precision: Precision) -> Result<Self> {
        let (_, mut w) = File::Flow.open(dir, precision)?;
        let sizes = FlowSizes::from_shapes(&w)?;
        let specs = Self::specs(&sizes);
        w.require(&specs)?;
        let mut surplus = w.surplus().to_vec();
        surplus.extend(w.beyond(&specs));
        let grid = Grid::cosine();
        let w = &mut w;
        Ok(Self {
            embedding: Embedding::load(w, "input_embedding", sizes.vocab, sizes.width)?,
            conformer: Conformer::load(w, &sizes)?,
            encoder_proj: Linear::load_biased(w, "encoder_proj", sizes.mel, sizes.width)?,
            speaker: Linear::load_biased(w, "spk_embed_affine_layer", sizes.mel, sizes.speaker)?,
            estimator: Estimator::load(w, &sizes, &grid.times)?,
            sizes,
            grid,
            surplus,
        })
    }

    pub fn sizes(&self) -> &FlowSizes {
        &self.sizes
    }

    /// Stored tensors that the network has no use for.
    pub fn surplus(&self) -> &[String] {
        &self.surplus
    }

    /// Refuses codes that the table does not have.
    pub fn check(&self, codes: &[u32]) -> Result<()> {
        match codes.iter().find(|&&c| c as usize >= self.sizes.vocab) {
            None => Ok(()),
            Some(bad) => Err(Error::input(
                format!(
                    "code {bad} is no speech, codes end at {}",
                    self.sizes.vocab - 1
                ),
                "Leave out the codes that only fill places (6561 and above).",
            )),
        }
    }

    /// A whole utterance: `[frames, 80]` row-major, two frames for every code.
    pub fn whole(&mut self, prompt: &Prompt, codes: &[u32], noise: &Noise) -> Result<Vec<f32>> {
        let piece = self.whole_piece(prompt, codes, noise)?;
        let spoken = piece.mel.try_index((0, prompt.frames() as i32.., ..))?;
        to_host(&spoken)
    }

    pub(super) fn whole_piece(
        &mut self,
        prompt: &Prompt,
        codes: &[u32],
        noise: &Noise,
    ) -> Result<Piece> {
        let all = [prompt.codes(), codes].concat();
        let frames = all.len() * self.sizes.stride;
        self.piece(
            &all,
            true,
            prompt,
            prompt.mel(),
            noise.frames(0, frames)?,
            None,
        )
    }

    /// The memory of a stream that begins after the prompt; the prompt's own first codes are what it looks ahead to.
    pub fn remember(&mut self, prompt: &Prompt, noise: &Noise) -> Result<FlowMemory> {
        let ahead = prompt.codes().iter().cycle().take(self.sizes.look_ahead);
        let codes: Vec<u32> = prompt.codes().iter().chain(ahead).copied().collect();
        let mut memory = FlowMemory {
            moments: vec![vec![BlockMemory::default(); self.estimator.blocks()]; STEPS],
            ..FlowMemory::default()
        };
        let noise = noise.frames(0, prompt.frames())?;
        let mel = prompt.mel();
        self.piece(&codes, false, prompt, mel, noise, Some(&mut memory))?;
        transforms::eval(memory.arrays())?;
        Ok(memory)
    }

    /// The next piece of a stream, `[frames, 80]`: codes with their look ahead, which the next piece brings again unless
    /// this is the last.
    pub fn next(
        &mut self,
        codes: &[u32],
        last: bool,
        prompt: &Prompt,
        noise: &Noise,
        memory: &mut FlowMemory,
    ) -> Result<Vec<f32>> {
        let ahead = if last { 0 } else { self.sizes.look_ahead };
        let frames = codes.len().saturating_sub(ahead) * self.sizes.stride;
        let noise = noise.frames(memory.frames(), frames)?;
        let piece = self.piece(codes, last, prompt, &[], noise, Some(memory))?;
        for block in memory.moments.iter_mut().flatten() {
            block.cut(prompt.frames())?;
        }
        transforms::eval(memory.arrays().chain([&piece.mel]))?;
        to_host(&piece.mel)
    }

    /// `mel` is what is known of the piece from its beginning on, `[frames, 80]`.
    fn piece(
        &mut self,
        codes: &[u32],
        last: bool,
        prompt: &Prompt,
        mel: &[f32],
        noise: Array,
        mut memory: Option<&mut FlowMemory>,
    ) -> Result<Piece> {
        self.check(codes)?;
        let width = self.sizes.width as i32;
        let embedded = self
            .embedding
            .lookup(codes)?
            .reshape(&[1, codes.len() as i32, width])?;
        let mut nothing = Memory::default();
        let conformer = match &mut memory {
            Some(memory) => &mut memory.conformer,
            None => &mut nothing,
        };
        let states = self.conformer.step(&embedded, last, conformer)?;
        let mu = self.encoder_proj.forward(&states)?;

        let &[1, frames, bands] = mu.shape() else {
            return Err(Error::Compute("a mel has three axes".into()));
        };
        let known = (mel.len() as i32 / bands).min(frames);
        let rest = ops::zeros_dtype(&[1, frames - known, bands], mu.dtype())?;
        let condition = if known == 0 {
            rest
        } else {
            let mel = Array::from_slice(&mel[..(known * bands) as usize], &[1, known, bands]);
            ops::concatenate(&[&mel.as_dtype(mu.dtype())?, &rest], 1)?
        };
        let speaker = prompt.unit_speaker();
        let speaker = Array::from_slice(&speaker, &[1, 1, speaker.len() as i32]);
        let speaker = self.speaker.forward(&speaker.as_dtype(mu.dtype())?)?;
        let speaker = ops::broadcast_to(&speaker, &[1, frames, bands])?;
        let given = ops::concatenate(&[&mu, &speaker, &condition], 2)?;
        let both = ops::concatenate(&[&given, &ops::zeros_like(&given)?], 0)?;

        let prepared = self.estimator.prepare(&both)?;
        let mut x = noise;
        let mut moments = Vec::with_capacity(STEPS);
        for (moment, &dt) in self.grid.steps.iter().enumerate() {
            let blocks = memory
                .as_mut()
                .and_then(|m| m.moments.get_mut(moment))
                .map(Vec::as_mut_slice);
            let velocities = self.estimator.forward(&x, &prepared, moment, blocks)?;
            let with = velocities.try_index(0..1)?;
            let without = velocities.try_index(1..2)?;
            let guided = with
                .multiply(Array::from_f32(1.0 + GUIDANCE))?
                .subtract(&without.multiply(Array::from_f32(GUIDANCE))?)?;
            let next = x.add(&guided.multiply(Array::from_f32(dt))?)?;
            moments.push((x, velocities));
            x = next;
        }
        Ok(Piece {
            mel: x,
            states,
            mu,
            moments,
        })
    }

    /// Embeddings of times between 0 and 1, `[times, width]`.
    #[doc(hidden)]
    pub fn times(&self, times: &[f32]) -> Result<Vec<f32>> {
        to_host(&self.estimator.times(times)?)
    }

    /// The grid of times, ends included.
    #[doc(hidden)]
    pub fn grid() -> Vec<f32> {
        Grid::points().into()
    }
}

/// Values of an array, row-major, widened to f32.
pub(super) fn to_host(array: &Array) -> Result<Vec<f32>> {
    let wide = array.as_dtype(Dtype::Float32)?.contiguous()?;
    wide.eval()?;
    Ok(wide.try_as_slice::<f32>()?.to_vec())
}
