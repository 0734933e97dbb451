"""What the codec is judged by while it learns.

Owns: log-mel distance at four resolutions, a compressed complex spectrum distance that also sees phase, and a differentiable relative of
STOI. Promises: all of them are in f32 whatever the network computes in. Why phase: the pulses of the pocket voices always fall
on the same places of a frame, so a network that is told so places them at once; magnitudes alone leave it to guess, and it settles
on a buzzy whisper.
"""

import torch
import torch.nn.functional as F

from .audio import mel_filters

RESOLUTIONS = ((256, 40), (512, 64), (1024, 80), (2048, 80))
# espeak-ng's silence is exactly zero; a soft floor keeps the logarithm, and its gradient, from dwelling on what is nearly silent.
FLOOR = 2e-3
# STOI's analysis (Taal et al. 2011) at 24 kHz: 25.6 ms windows every 12.8 ms, 15 third-octave bands from 150 Hz, 30 windows together.
WINDOW, HOP, SEGMENT, FFT = 614, 307, 30, 1024


def third_octaves(rate, bands=15, lowest=150.0):
    """(bands, bins) of ones where a bin lies in a band."""
    centre = lowest * 2.0 ** (torch.arange(bands) / 3)
    bins = torch.arange(FFT // 2 + 1) * rate / FFT
    return ((bins >= centre[:, None] * 2 ** (-1 / 6)) & (bins < centre[:, None] * 2 ** (1 / 6))).float()


class Spectral(torch.nn.Module):
    def __init__(self, rate=24_000):
        super().__init__()
        for size, mels in RESOLUTIONS:
            self.register_buffer(f"window{size}", torch.hann_window(size), persistent=False)
            self.register_buffer(f"mel{size}", mel_filters(rate, size, mels, slaney=False), persistent=False)
        self.register_buffer("short", torch.hann_window(WINDOW), persistent=False)
        self.register_buffer("bands", third_octaves(rate), persistent=False)

    def spectrum(self, wave, size, hop):
        return torch.stft(wave, size, hop, window=getattr(self, f"window{size}"), return_complex=True, center=True)

    def envelopes(self, wave):
        """Band levels over time, cut into overlapping segments: (batch, bands, segments, SEGMENT)."""
        z = torch.stft(wave, FFT, HOP, WINDOW, self.short, center=False, return_complex=True)
        levels = (self.bands @ (z.real.square() + z.imag.square()) + 1e-8).sqrt()
        return levels.unfold(2, SEGMENT, 4)

    def unlike(self, made, true):
        """1 - mean correlation of band envelopes over 384 ms, where there is speech: close to 1 - STOI."""
        a, b = self.envelopes(made), self.envelopes(true)
        level = b.square().sum((1, 3))
        speech = (level > 1e-3 * level.amax(1, keepdim=True)) & (level > 1e-3)
        # STOI's clipping: what is louder than the original by far counts only so much.
        a = a * (b.square().sum(-1, keepdim=True) / (a.square().sum(-1, keepdim=True) + 1e-8)).sqrt()
        a = torch.minimum(a, b * (1 + 10 ** (15 / 20)))
        a, b = a - a.mean(-1, keepdim=True), b - b.mean(-1, keepdim=True)
        alike = (a * b).sum(-1) / ((a.square().sum(-1) * b.square().sum(-1)).sqrt() + 1e-6)
        alike = alike.mean(1)
        return 1 - (alike * speech).sum() / speech.sum().clamp(min=1)

    def forward(self, made, true):
        """made, true: (batch, samples) in f32. Returns a dictionary of losses."""
        mel = magnitude = phase = 0.0
        for size, _ in RESOLUTIONS:
            a, b = self.spectrum(made, size, size // 4), self.spectrum(true, size, size // 4)
            scale = size**0.5
            ma = (a.real.square() + a.imag.square() + 1e-9).sqrt()
            mb = (b.real.square() + b.imag.square() + 1e-9).sqrt()
            bank = getattr(self, f"mel{size}")
            la, lb = bank @ ma, bank @ mb
            mel = mel + F.l1_loss(torch.log(la + FLOOR * scale), torch.log(lb + FLOOR * scale))
            ca, cb = (ma / scale).pow(0.4), (mb / scale).pow(0.4)
            magnitude = magnitude + F.l1_loss(ca, cb)
            if size in (512, 1024):
                ra, rb = ca / ma, cb / mb
                phase = phase + (a.real * ra - b.real * rb).square().mean() + (a.imag * ra - b.imag * rb).square().mean()
        return {"mel": mel, "magnitude": magnitude, "phase": phase, "unlike": self.unlike(made, true)}
