//! The codec as a whole: loading, encoding, decoding at once or as a stream.

use super::quantizer::Quantizer;
use super::seanet::{Decoder, Encoder};
use super::transformer::Transformer;
use super::{Codes, Config, open};
use crate::nn::{Conv, ConvSpec, ConvTranspose, Padding};
use crate::weights::{Fit, Loading, TensorSpec, Weights};
use crate::{Error, Result};
use mlx_rs::{Array, Dtype, transforms};
use std::path::Path;

/// Frames computed at a time, however long the input: bounds memory (some 20 MB of signals).
const PIECE: usize = 8;

/// A loaded codec with the state of one decoder stream.
#[derive(Debug)]
pub struct Mimi {
    config: Config,
    fit: Fit,
    /// What the weights are held in; signals are computed in the same.
    dtype: Dtype,
    encoder: Encoder,
    encoder_transformer: Transformer,
    downsample: Conv,
    quantizer: Quantizer,
    upsample: ConvTranspose,
    decoder_transformer: Transformer,
    decoder: Decoder,
}

/// Intermediate signals `[channels, time]`, for comparison with a reference.
#[doc(hidden)]
pub type Stages = Vec<(&'static str, Vec<f32>)>;

impl Mimi {
    /// Loads a `.safetensors` file or a folder: kyutai's `tokenizer-….safetensors`, transformers' Mimi, or a CSM
    /// checkpoint that holds a codec. Sizes come from the config beside it, without one from the tensors' shapes.
    pub fn load(path: &Path, loading: impl Into<Loading>) -> Result<Self> {
        let (config, mut w) = open::open(path, loading)?;
        let fit = w.require(&Self::specs(&config))?;
        Self::build(config, &mut w, fit)
    }

    /// How far the checkpoint was this network; whole, unless partial loading was asked for.
    pub fn fit(&self) -> &Fit {
        &self.fit
    }

    fn build(config: Config, w: &mut Weights, fit: Fit) -> Result<Self> {
        let c = &config;
        let downsample = Self::downsampling(c);
        let quantizer = Quantizer::load(w, c)?;
        let encoder = Encoder::load(w, c)?;
        let encoder_transformer = Transformer::load(w, "encoder_transformer", c)?;
        let downsample = Conv::load(w, "downsample.conv.conv.conv", downsample)?;
        let upsample = ConvTranspose::load_depthwise(
            w,
            "upsample.convtr.convtr.convtr",
            c.hidden,
            c.downsample,
        )?;
        let decoder_transformer = Transformer::load(w, "decoder_transformer", c)?;
        let decoder = Decoder::load(w, c)?;
        Ok(Self {
            dtype: encoder.dtype(),
            config,
            fit,
            encoder,
            encoder_transformer,
            downsample,
            quantizer,
            upsample,
            decoder_transformer,
            decoder,
        })
    }

    fn downsampling(c: &Config) -> ConvSpec {
        ConvSpec {
            bias: false,
            padding: Padding::Replicate,
            ..ConvSpec::plain(c.hidden, c.hidden, 2 * c.downsample).strided(c.downsample)
        }
    }

    /// Every tensor of such a codec, under kyutai's names, which are ours.
    pub fn specs(config: &Config) -> Vec<TensorSpec> {
        let mut specs = Encoder::tensors(config);
        specs.extend(Transformer::tensors("encoder_transformer", config));
        specs.extend(Self::downsampling(config).tensors("downsample.conv.conv.conv"));
        specs.extend(Quantizer::tensors(config));
        specs.push(TensorSpec::array(
            "upsample.convtr.convtr.convtr.weight",
            &[config.hidden, 1, 2 * config.downsample],
        ));
        specs.extend(Transformer::tensors("decoder_transformer", config));
        specs.extend(Decoder::tensors(config));
        specs
    }

    pub fn config(&self) -> &Config {
        &self.config
    }

    pub fn codebooks(&self) -> usize {
        self.config.codebooks
    }

    pub fn codebook_size(&self) -> usize {
        self.config.codebook_size
    }

    /// Samples per frame.
    pub fn frame_samples(&self) -> usize {
        self.config.frame_samples()
    }

    /// Frames per second.
    pub fn frame_rate(&self) -> f64 {
        self.config.frame_rate()
    }

    /// Samples (24 kHz, mono, about ±1) → ⌈n / frame⌉ frames of the first `codebooks` codes. The last frame may be
    /// short; every convolution then pads its own input, as the reference does. Memory does not grow with length.
    pub fn encode(&mut self, samples: &[f32], codebooks: usize) -> Result<Codes> {
        self.encode_in_pieces(samples, codebooks, PIECE)
    }

    /// [`Mimi::encode`] with `piece` frames computed at a time; the result does not depend on it.
    #[doc(hidden)]
    pub fn encode_in_pieces(
        &mut self,
        samples: &[f32],
        codebooks: usize,
        piece: usize,
    ) -> Result<Codes> {
        self.check_samples(samples)?;
        if codebooks == 0 || codebooks > self.config.codebooks {
            return Err(Error::input(
                format!(
                    "{codebooks} codebooks were asked for, this codec has {}",
                    self.config.codebooks
                ),
                format!("Ask for 1 to {}.", self.config.codebooks),
            ));
        }
        self.reset_encoder();
        let result = self.encode_all(samples, codebooks, piece.max(1));
        self.reset_encoder();
        Codes::new(codebooks, result?.concat())
    }

    /// One row of codes per codebook.
    fn encode_all(
        &mut self,
        samples: &[f32],
        codebooks: usize,
        piece: usize,
    ) -> Result<Vec<Vec<i32>>> {
        let mut rows = vec![Vec::new(); codebooks];
        let mut pieces = samples
            .chunks(piece.saturating_mul(self.frame_samples()))
            .peekable();
        while let Some(piece) = pieces.next() {
            let [.., latent] = self.latent(piece, pieces.peek().is_none())?;
            let ids = self.quantizer.encode(&latent, codebooks)?;
            let state = self.encoder.state().chain(self.encoder_transformer.state());
            transforms::eval(ids.iter().chain(state).chain(self.downsample.state()))?;
            for (row, ids) in rows.iter_mut().zip(&ids) {
                row.extend(ids.try_as_slice::<u32>()?.iter().map(|&id| id as i32));
            }
        }
        Ok(rows)
    }

    /// After the convolutions, after the transformer, after downsampling.
    fn latent(&mut self, samples: &[f32], last: bool) -> Result<[Array; 3]> {
        let x = Array::from_slice(samples, &[1, samples.len() as i32, 1]).as_dtype(self.dtype)?;
        let seanet = self.encoder.step(&x, last)?;
        let transformed = self.encoder_transformer.step(&seanet)?;
        let latent = self.downsample.step(&transformed, last)?;
        Ok([seanet, transformed, latent])
    }

    fn check_samples(&self, samples: &[f32]) -> Result<()> {
        if samples.is_empty() {
            return Err(Error::input(
                "the audio is empty",
                "Give at least a fraction of a second.",
            ));
        }
        if let Some(at) = samples.iter().position(|s| !s.is_finite()) {
            return Err(Error::input(
                format!("sample {at} of the audio is not a number"),
                "The recording is damaged; convert it again.",
            ));
        }
        Ok(())
    }

    fn reset_encoder(&mut self) {
        self.encoder.reset();
        self.encoder_transformer.reset();
        self.downsample.reset();
    }

    /// All frames at once, as a stream of its own: a stream under way ends.
    pub fn decode(&mut self, codes: &Codes) -> Result<Vec<f32>> {
        self.reset_decoder();
        let samples = self.decode_step(codes);
        self.reset_decoder();
        samples
    }

    /// Forgets the stream: the next step begins a new one.
    pub fn reset_decoder(&mut self) {
        self.upsample.reset();
        self.decoder_transformer.reset();
        self.decoder.reset();
    }

    /// The next frames of a stream, any number of them, [`Mimi::frame_samples`] each. Refused codes leave the
    /// stream as it was; any other failure ends it.
    pub fn decode_step(&mut self, codes: &Codes) -> Result<Vec<f32>> {
        self.quantizer.check(codes)?;
        let samples = self.decode_all(codes);
        if samples.is_err() {
            self.reset_decoder();
        }
        samples
    }

    fn decode_all(&mut self, codes: &Codes) -> Result<Vec<f32>> {
        let mut samples = Vec::with_capacity(codes.frames() * self.frame_samples());
        for from in (0..codes.frames()).step_by(PIECE) {
            let to = codes.frames().min(from + PIECE);
            let [.., wave] = self.wave(codes, from, to)?;
            let wave = wave.as_dtype(Dtype::Float32)?;
            let state = self.decoder_transformer.state().chain(self.decoder.state());
            transforms::eval(state.chain(self.upsample.state()).chain([&wave]))?;
            samples.extend_from_slice(wave.try_as_slice::<f32>()?);
        }
        Ok(samples)
    }

    /// After the quantizer, after upsampling, after the transformer, the waveform.
    fn wave(&mut self, codes: &Codes, from: usize, to: usize) -> Result<[Array; 4]> {
        let quantized = self.quantizer.decode(codes, from, to)?;
        let upsampled = self.upsample.step(&quantized)?;
        let transformed = self.decoder_transformer.step(&upsampled)?;
        let wave = self.decoder.step(&transformed)?;
        Ok([quantized, upsampled, transformed, wave])
    }

    /// What encoding passes through: `enc_seanet`, `enc_transformer`, `enc_latent`.
    #[doc(hidden)]
    pub fn encode_stages(&mut self, samples: &[f32]) -> Result<Stages> {
        self.check_samples(samples)?;
        self.reset_encoder();
        let stages = self.latent(samples, true);
        self.reset_encoder();
        name_stages(["enc_seanet", "enc_transformer", "enc_latent"], &stages?)
    }

    /// What decoding passes through: `dec_quantized`, `dec_upsampled`, `dec_transformer`, `decoded`.
    #[doc(hidden)]
    pub fn decode_stages(&mut self, codes: &Codes) -> Result<Stages> {
        self.quantizer.check(codes)?;
        self.reset_decoder();
        let stages = self.wave(codes, 0, codes.frames());
        self.reset_decoder();
        name_stages(
            [
                "dec_quantized",
                "dec_upsampled",
                "dec_transformer",
                "decoded",
            ],
            &stages?,
        )
    }
}

fn name_stages<const N: usize>(names: [&'static str; N], stages: &[Array; N]) -> Result<Stages> {
    names
        .into_iter()
        .zip(stages)
        .map(|(name, x)| {
            let x = x
                .transpose_axes(&[0, 2, 1])?
                .as_dtype(Dtype::Float32)?
                .contiguous()?;
            x.eval()?;
            Ok((name, x.try_as_slice::<f32>()?.to_vec()))
        })
        .collect()
}
