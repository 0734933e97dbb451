"""Small audio numerics in PyTorch: mel filter banks and the recogniser's log-mel.

Owns: Slaney-scale mel filters, and the 128-band log-mel front end that the ear shares with Step-Audio 2. Promises: `ear_mel` is
the genuine front end (479 zeros on the right, centred reflect-padded STFT of 400/160, last frame dropped, log10 with a range of 8).
"""

import math

import torch
import torch.nn.functional as F


def hz_to_mel(hz):
    hz = torch.as_tensor(hz, dtype=torch.float64)
    return torch.where(hz < 1000.0, hz * 3 / 200, 15.0 + torch.log(hz.clamp(min=1e-9) / 1000.0) * 27 / math.log(6.4))


def mel_to_hz(mel):
    return torch.where(mel < 15.0, mel * 200 / 3, 1000.0 * torch.exp((mel - 15.0) * math.log(6.4) / 27))


def mel_filters(rate, size, count, slaney=True):
    """Triangles (count, size // 2 + 1) from 0 Hz to half the rate; `slaney` gives them equal area."""
    bins = torch.linspace(0, rate / 2, size // 2 + 1, dtype=torch.float64)
    edges = mel_to_hz(torch.linspace(0, float(hz_to_mel(rate / 2)), count + 2, dtype=torch.float64))
    width = edges[1:] - edges[:-1]
    ramps = edges[:, None] - bins[None]
    bank = torch.clamp(torch.minimum(-ramps[:-2] / width[:-1, None], ramps[2:] / width[1:, None]), min=0)
    if slaney:
        bank = bank * (2.0 / (edges[2:] - edges[:-2]))[:, None]
    else:
        # Sums to one over frequency, so that a band's value is a mean magnitude (narrow low bands keep at least one bin).
        bank = bank / bank.sum(1, keepdim=True).clamp(min=1e-3)
    return bank.float()


def ear_mel(wave, filters, window):
    """wave (batch, samples) at 16 kHz, filters (128, 201), window (400,) periodic Hann -> (batch, 128, frames)."""
    wave = F.pad(wave, (0, 479))
    spectrum = torch.stft(wave, 400, 160, window=window, center=True, pad_mode="reflect", return_complex=True)
    power = spectrum[..., :-1].abs().square()
    log = (filters @ power).clamp(min=1e-10).log10()
    top = log.amax(dim=(-2, -1), keepdim=True)
    return (torch.maximum(log, top - 8.0) + 4.0) / 4.0
