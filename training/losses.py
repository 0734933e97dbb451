"""What the codec is judged by while it learns.

Owns: log-mel distance at four resolutions, and a compressed complex spectrum distance that also sees phase. Promises: both are in
f32 whatever the network computes in. Why phase: magnitudes alone leave the decoder to guess where the pulses of the voice fall,
and it settles on a buzzy whisper; espeak-ng's harmonics are locked to one pulse, so a little phase information places them all.
"""

import torch
import torch.nn.functional as F

from .audio import mel_filters

RESOLUTIONS = ((256, 40), (512, 64), (1024, 80), (2048, 80))
# espeak-ng's silence is exactly zero; a soft floor keeps the logarithm, and its gradient, from dwelling on what is nearly silent.
FLOOR = 2e-3


class Spectral(torch.nn.Module):
    def __init__(self, rate=24_000):
        super().__init__()
        for size, mels in RESOLUTIONS:
            self.register_buffer(f"window{size}", torch.hann_window(size), persistent=False)
            self.register_buffer(f"mel{size}", mel_filters(rate, size, mels, slaney=False), persistent=False)

    def spectrum(self, wave, size, hop):
        return torch.stft(wave, size, hop, window=getattr(self, f"window{size}"), return_complex=True, center=True)

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
        return {"mel": mel, "magnitude": magnitude, "phase": phase, "wave": F.l1_loss(made, true)}
