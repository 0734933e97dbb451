//! SEANet: the convolutional outer parts, from the waveform to 25 steps a second and back.
//!
//! Layers stand under the index they have in the checkpoint (`encoder.model.N`): activations have indices too, so
//! each stage takes three. All is causal; signals are `[1, time, channels]`.

use super::Config;
use crate::Result;
use crate::nn::{Conv, ConvSpec, ConvTranspose, elu};
use crate::weights::{TensorSpec, Weights};
use mlx_rs::{Array, Dtype};

/// ELU, convolution to a narrower width, ELU, back to the width, plus what came in.
#[derive(Debug)]
struct Residual {
    narrow: Conv,
    widen: Conv,
}

impl Residual {
    fn specs(c: &Config, channels: usize) -> (ConvSpec, ConvSpec) {
        let inside = channels / c.compress;
        (
            ConvSpec::plain(channels, inside, c.residual_kernel),
            ConvSpec::plain(inside, channels, 1),
        )
    }

    fn tensors(path: &str, c: &Config, channels: usize) -> Vec<TensorSpec> {
        let (narrow, widen) = Self::specs(c, channels);
        let mut specs = narrow.tensors(&format!("{path}.block.1.conv.conv"));
        specs.extend(widen.tensors(&format!("{path}.block.3.conv.conv")));
        specs
    }

    fn load(w: &mut Weights, path: &str, c: &Config, channels: usize) -> Result<Self> {
        let (narrow, widen) = Self::specs(c, channels);
        Ok(Self {
            narrow: Conv::load(w, &format!("{path}.block.1.conv.conv"), narrow)?,
            widen: Conv::load(w, &format!("{path}.block.3.conv.conv"), widen)?,
        })
    }

    fn reset(&mut self) {
        self.narrow.reset();
        self.widen.reset();
    }

    fn step(&mut self, x: &Array, last: bool) -> Result<Array> {
        let inside = self.narrow.step(&elu(x)?, last)?;
        Ok(x.add(&self.widen.step(&elu(&inside)?, last)?)?)
    }

    fn state(&self) -> impl Iterator<Item = &Array> {
        self.narrow.state().into_iter().chain(self.widen.state())
    }
}

/// Waveform `[1, samples, 1]` → `[1, steps, hidden]`.
#[derive(Debug)]
pub(super) struct Encoder {
    first: Conv,
    stages: Vec<(Residual, Conv)>,
    last: Conv,
}

impl Encoder {
    /// The stages from the waveform inwards: index in the checkpoint, channels before, downsampling convolution.
    fn stages(c: &Config) -> impl Iterator<Item = (usize, usize, ConvSpec)> {
        c.ratios.iter().rev().enumerate().map(|(i, &ratio)| {
            let channels = c.channels(i);
            let down = ConvSpec::plain(channels, 2 * channels, 2 * ratio).strided(ratio);
            (3 * i + 1, channels, down)
        })
    }

    fn ends(c: &Config) -> (ConvSpec, ConvSpec) {
        (
            ConvSpec::plain(1, c.filters, c.kernel),
            ConvSpec::plain(c.channels(c.ratios.len()), c.hidden, c.last_kernel),
        )
    }

    pub(super) fn tensors(c: &Config) -> Vec<TensorSpec> {
        let (first, last) = Self::ends(c);
        let mut specs = first.tensors("encoder.model.0.conv.conv");
        for (i, channels, down) in Self::stages(c) {
            specs.extend(Residual::tensors(
                &format!("encoder.model.{i}"),
                c,
                channels,
            ));
            specs.extend(down.tensors(&format!("encoder.model.{}.conv.conv", i + 2)));
        }
        specs.extend(last.tensors(&format!("encoder.model.{}.conv.conv", c.last_layer())));
        specs
    }

    pub(super) fn load(w: &mut Weights, c: &Config) -> Result<Self> {
        let (first, last) = Self::ends(c);
        Ok(Self {
            first: Conv::load(w, "encoder.model.0.conv.conv", first)?,
            stages: Self::stages(c)
                .map(|(i, channels, down)| {
                    Ok((
                        Residual::load(w, &format!("encoder.model.{i}"), c, channels)?,
                        Conv::load(w, &format!("encoder.model.{}.conv.conv", i + 2), down)?,
                    ))
                })
                .collect::<Result<_>>()?,
            last: Conv::load(
                w,
                &format!("encoder.model.{}.conv.conv", c.last_layer()),
                last,
            )?,
        })
    }

    /// What the weights are held in.
    pub(super) fn dtype(&self) -> Dtype {
        self.first.dtype()
    }

    pub(super) fn reset(&mut self) {
        self.first.reset();
        self.last.reset();
        for (residual, down) in &mut self.stages {
            residual.reset();
            down.reset();
        }
    }

    pub(super) fn step(&mut self, x: &Array, last: bool) -> Result<Array> {
        let mut x = self.first.step(x, last)?;
        for (residual, down) in &mut self.stages {
            x = down.step(&elu(&residual.step(&x, last)?)?, last)?;
        }
        self.last.step(&elu(&x)?, last)
    }

    pub(super) fn state(&self) -> impl Iterator<Item = &Array> {
        let ends = self.first.state().into_iter().chain(self.last.state());
        ends.chain(
            self.stages
                .iter()
                .flat_map(|(residual, down)| residual.state().chain(down.state())),
        )
    }
}

/// `[1, steps, hidden]` → waveform `[1, samples, 1]`.
#[derive(Debug)]
pub(super) struct Decoder {
    first: Conv,
    stages: Vec<(ConvTranspose, Residual)>,
    last: Conv,
}

impl Decoder {
    /// The stages towards the waveform: index in the checkpoint, channels before and after, upsampling factor.
    fn stages(c: &Config) -> impl Iterator<Item = (usize, usize, usize, usize)> {
        let depth = c.ratios.len();
        c.ratios.iter().enumerate().map(move |(i, &ratio)| {
            (
                3 * i + 2,
                c.channels(depth - i),
                c.channels(depth - i - 1),
                ratio,
            )
        })
    }

    fn ends(c: &Config) -> (ConvSpec, ConvSpec) {
        (
            ConvSpec::plain(c.hidden, c.channels(c.ratios.len()), c.kernel),
            ConvSpec::plain(c.filters, 1, c.last_kernel),
        )
    }

    pub(super) fn tensors(c: &Config) -> Vec<TensorSpec> {
        let (first, last) = Self::ends(c);
        let mut specs = first.tensors("decoder.model.0.conv.conv");
        for (i, from, to, ratio) in Self::stages(c) {
            let up = format!("decoder.model.{i}.convtr.convtr");
            specs.extend(ConvTranspose::tensors(&up, from, to, ratio));
            specs.extend(Residual::tensors(
                &format!("decoder.model.{}", i + 1),
                c,
                to,
            ));
        }
        specs.extend(last.tensors(&format!("decoder.model.{}.conv.conv", c.last_layer())));
        specs
    }

    pub(super) fn load(w: &mut Weights, c: &Config) -> Result<Self> {
        let (first, last) = Self::ends(c);
        Ok(Self {
            first: Conv::load(w, "decoder.model.0.conv.conv", first)?,
            stages: Self::stages(c)
                .map(|(i, from, to, ratio)| {
                    let up = format!("decoder.model.{i}.convtr.convtr");
                    Ok((
                        ConvTranspose::load(w, &up, from, to, ratio)?,
                        Residual::load(w, &format!("decoder.model.{}", i + 1), c, to)?,
                    ))
                })
                .collect::<Result<_>>()?,
            last: Conv::load(
                w,
                &format!("decoder.model.{}.conv.conv", c.last_layer()),
                last,
            )?,
        })
    }

    pub(super) fn reset(&mut self) {
        self.first.reset();
        self.last.reset();
        for (up, residual) in &mut self.stages {
            up.reset();
            residual.reset();
        }
    }

    pub(super) fn step(&mut self, x: &Array) -> Result<Array> {
        let mut x = self.first.step(x, false)?;
        for (up, residual) in &mut self.stages {
            x = residual.step(&up.step(&elu(&x)?)?, false)?;
        }
        self.last.step(&elu(&x)?, false)
    }

    pub(super) fn state(&self) -> impl Iterator<Item = &Array> {
        let ends = self.first.state().into_iter().chain(self.last.state());
        ends.chain(
            self.stages
                .iter()
                .flat_map(|(up, residual)| up.state().into_iter().chain(residual.state())),
        )
    }
}
