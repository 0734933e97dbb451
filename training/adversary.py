"""The codec's opponent: spectrogram discriminators at three resolutions.

Owns: the networks, their hinge losses, and feature matching. Promises: cheap enough to train beside the codec on a GPU; on a CPU it
about doubles the time of a step, so it starts only after the spectral losses have done their part (`--adversary STEP`).
"""

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.parametrizations import weight_norm

RESOLUTIONS = (512, 1024, 2048)


class One(nn.Module):
    """Judges a compressed complex spectrogram (batch, 2, frames, bins) patch by patch."""

    def __init__(self, size, width):
        super().__init__()
        self.size = size
        self.register_buffer("window", torch.hann_window(size), persistent=False)

        def conv(inputs, outputs, kernel, stride=(1, 1), dilation=(1, 1)):
            padding = tuple((k - 1) * d // 2 for k, d in zip(kernel, dilation))
            return weight_norm(nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation))

        self.layers = nn.ModuleList(
            [
                conv(2, width, (3, 9)),
                conv(width, width, (3, 9), (1, 2)),
                conv(width, width, (3, 9), (1, 2), (2, 1)),
                conv(width, width, (3, 9), (1, 2), (4, 1)),
                conv(width, width, (3, 3)),
            ]
        )
        self.last = conv(width, 1, (3, 3))

    def forward(self, wave):
        spectrum = torch.stft(wave, self.size, self.size // 4, window=self.window, return_complex=True)
        power = spectrum.real.square() + spectrum.imag.square() + 1e-7
        shrink = power.pow(-0.35)
        x = torch.stack([spectrum.real * shrink, spectrum.imag * shrink], 1).transpose(2, 3)
        features = []
        for layer in self.layers:
            x = F.leaky_relu(layer(x), 0.2)
            features.append(x)
        return self.last(x), features


class Adversary(nn.Module):
    def __init__(self, width=24):
        super().__init__()
        self.judges = nn.ModuleList([One(size, width) for size in RESOLUTIONS])

    def forward(self, wave):
        return [judge(wave) for judge in self.judges]

    def own_loss(self, made, true):
        """made and true are waveforms (batch, samples); made is detached by the caller."""
        total = 0.0
        for (fake, _), (real, _) in zip(self(made), self(true)):
            total = total + F.relu(1 + fake.float()).mean() + F.relu(1 - real.float()).mean()
        return total / len(self.judges)

    def codec_losses(self, made, true):
        """-> (how far the codec is from being believed, feature matching)."""
        with torch.no_grad():
            wanted = self(true)
        believed = match = 0.0
        for (fake, have), (_, want) in zip(self(made), wanted):
            believed = believed + F.relu(1 - fake.float()).mean()
            for a, b in zip(have, want):
                match = match + F.l1_loss(a.float(), b.float()) / b.float().abs().mean().clamp(min=1e-3)
        return believed / len(self.judges), match / (len(self.judges) * 5)
