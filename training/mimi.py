"""Mimi, the codec, at any size: what the pocket codec is trained with.

Owns: the layers of Mimi (SEANet encoder and decoder, two small transformers, the split residual quantiser) in PyTorch, with an
initialisation that trains from nothing. Promises: the same arithmetic as the genuine codec (24 kHz, 1920 samples a frame,
everything causal), so that the exported weights mean the same in any Mimi loader; `export.py` folds the weight norm and renames.
Fails: lengths that are not whole frames are refused, since training never needs them.

Shapes: waveforms are (batch, 1, samples), latents (batch, width, steps), codes (batch, codebooks, frames).
"""

import math
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .llama import attend

FRAME = 1920
RATE = 24_000


@dataclass
class Sizes:
    """Everything a Mimi configuration file says about sizes."""

    filters: int = 16
    width: int = 160
    layers: int = 2
    heads: int = 5
    mlp: int = 480
    window: int = 250
    books: int = 8
    codes: int = 512
    code_width: int = 64
    ratios: tuple = (8, 6, 5, 4)

    def as_dict(self):
        return asdict(self)


class Conv(nn.Module):
    """A causal convolution with weight norm. `transposed` drops the last kernel - stride outputs, as Mimi does."""

    def __init__(self, inputs, outputs, kernel, stride=1, transposed=False, groups=1, bias=True, pad="zero", gain=1.0):
        super().__init__()
        self.stride, self.kernel, self.transposed, self.groups, self.pad = stride, kernel, transposed, groups, pad
        shape = (inputs, outputs // groups, kernel) if transposed else (outputs, inputs // groups, kernel)
        # Each output of a transposed convolution sees kernel / stride taps of every input; a plain one sees them all. PyTorch's
        # default starts so small that the signal dies on the way through fourteen layers, and training never leaves its plateau.
        fan = (inputs // groups) * (kernel / stride if transposed else kernel)
        # The direction's own scale is free under weight norm; the same one everywhere gives every layer the same relative step
        # under Adam. (At their natural scale the wide layers turn three per cent a step, line up with the signal, and explode.)
        self.direction = nn.Parameter(torch.randn(shape) * 0.1)
        self.length = nn.Parameter(self.direction.detach().norm(dim=(1, 2), keepdim=True) * 10 * gain / math.sqrt(fan))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None

    def weight(self):
        return self.direction * (self.length / self.direction.norm(dim=(1, 2), keepdim=True).clamp(min=1e-9))

    def forward(self, x):
        extra = self.kernel - self.stride
        if self.transposed:
            return self.spread(x)
        if extra:
            x = F.pad(x, (extra, 0), mode="replicate" if self.pad == "replicate" else "constant")
        weight = self.weight()
        if self.stride > 1:
            # The same sum over blocks of `stride` samples. PyTorch 2.15's own strided bf16 convolution returns wrong values on AMX CPUs
            # for some widths (24 -> 48 channels, kernel 8, stride 4: cosine 0.2 with f32), and its transpose wrong gradients.
            batch, inputs, steps = x.shape
            x = x.view(batch, inputs, steps // self.stride, self.stride).transpose(2, 3).reshape(batch, -1, steps // self.stride)
            weight = weight.view(len(weight), inputs, -1, self.stride).transpose(2, 3).reshape(len(weight), inputs * self.stride, -1)
        return F.conv1d(x, weight, self.bias, groups=self.groups)

    def spread(self, x):
        """The transposed convolution for kernel = 2 x stride, as a plain convolution over the last two inputs whose outputs are the
        `stride` samples of a step (see `forward` for why not the library's own)."""
        weight, stride = self.weight(), self.stride
        inputs, outputs, _ = weight.shape
        plain = weight.view(inputs, outputs, 2, stride).permute(1, 3, 0, 2).flip(-1).reshape(outputs * stride, inputs, 2)
        if self.groups > 1:
            plain = weight.view(inputs, 2, stride).transpose(1, 2).flip(-1).reshape(inputs * stride, 1, 2)
            outputs = inputs
        bias = None if self.bias is None else self.bias.repeat_interleave(stride)
        y = F.conv1d(F.pad(x, (1, 0)), plain, bias, groups=self.groups)
        return y.view(len(x), outputs, stride, -1).transpose(2, 3).reshape(len(x), outputs, -1)


class Residual(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.wide = Conv(width, width // 2, 3, gain=1.3)
        self.back = Conv(width // 2, width, 1, gain=0.7)

    def forward(self, x):
        if not self.training and not self.back.length.any():
            # The encoder's residual units add nothing (start.py), and most of its time would go there.
            return x
        return x + self.back(F.elu(self.wide(F.elu(x))))


class Scale(nn.Module):
    """LayerScale: the genuine start of 0.01 is for millions of steps; a short training wants the layers to matter sooner."""

    def __init__(self, width, start=0.2):
        super().__init__()
        self.scale = nn.Parameter(torch.full((width,), start))

    def forward(self, x):
        return x * self.scale


def rotate(x, base=10_000.0):
    """Rotary positions on interleaved pairs, (batch, heads, steps, head width), in f32."""
    steps, width = x.shape[-2], x.shape[-1]
    rates = base ** (-torch.arange(0, width, 2, device=x.device, dtype=torch.float32) / width)
    angles = torch.arange(steps, device=x.device, dtype=torch.float32)[:, None] * rates
    cos, sin = angles.cos(), angles.sin()
    a, b = x.float()[..., 0::2], x.float()[..., 1::2]
    return torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2).to(x.dtype)


class Layer(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        width = sizes.width
        self.heads, self.window = sizes.heads, sizes.window
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.in_proj = nn.Linear(width, 3 * width, bias=False)
        self.out_proj = nn.Linear(width, width, bias=False)
        self.linear1 = nn.Linear(width, sizes.mlp, bias=False)
        self.linear2 = nn.Linear(sizes.mlp, width, bias=False)
        self.scale1 = Scale(width)
        self.scale2 = Scale(width)

    def forward(self, x):
        batch, steps, width = x.shape
        q, k, v = self.in_proj(self.norm1(x)).view(batch, steps, 3, self.heads, -1).permute(2, 0, 3, 1, 4)
        q, k = rotate(q), rotate(k)
        where = torch.arange(steps, device=x.device)
        gap = where[:, None] - where[None, :]
        mixed = attend(q, k, v.to(q.dtype), (gap >= 0) & (gap < self.window))
        x = x + self.scale1(self.out_proj(mixed.transpose(1, 2).reshape(batch, steps, width)))
        return x + self.scale2(self.linear2(F.gelu(self.linear1(self.norm2(x)))))


class Transformer(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.layers = nn.ModuleList([Layer(sizes) for _ in range(sizes.layers)])

    def forward(self, x):
        x = x.transpose(1, 2)
        for layer in self.layers:
            x = layer(x)
        return x.transpose(1, 2)


class Encoder(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        width = sizes.filters
        steps = [Conv(1, width, 7, gain=1.3)]
        for ratio in reversed(sizes.ratios):
            steps += [Residual(width), nn.ELU(), Conv(width, 2 * width, 2 * ratio, ratio, gain=1.3)]
            width *= 2
        steps += [nn.ELU(), Conv(width, sizes.width, 3, gain=1.3)]
        self.model = nn.Sequential(*steps)

    def forward(self, x):
        return self.model(x)


class Decoder(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        width = sizes.filters * 2 ** len(sizes.ratios)
        steps = [Conv(sizes.width, width, 7, gain=1.3)]
        for ratio in sizes.ratios:
            steps += [nn.ELU(), Conv(width, width // 2, 2 * ratio, ratio, transposed=True, gain=1.3), Residual(width // 2)]
            width //= 2
        steps += [nn.ELU(), Conv(width, 1, 3, gain=0.05)]
        self.model = nn.Sequential(*steps)

    def forward(self, x):
        return self.model(x)


class Mimi(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        from .quantiser import Split

        self.sizes = sizes
        self.encoder = Encoder(sizes)
        self.encoder_transformer = Transformer(sizes)
        self.downsample = Conv(sizes.width, sizes.width, 4, 2, bias=False, pad="replicate")
        self.quantiser = Split(sizes.width, sizes.code_width, sizes.books, sizes.codes)
        self.upsample = Conv(sizes.width, sizes.width, 4, 2, transposed=True, groups=sizes.width, bias=False)
        self.decoder_transformer = Transformer(sizes)
        self.decoder = Decoder(sizes)

    def latent(self, wave):
        if wave.shape[-1] % FRAME:
            raise ValueError(f"{wave.shape[-1]} samples are not whole frames of {FRAME}")
        return self.downsample(self.encoder_transformer(self.encoder(wave)))

    def sound(self, latent):
        return self.decoder(self.decoder_transformer(self.upsample(latent)))

    def encode(self, wave):
        return self.quantiser.encode(self.latent(wave).float())

    def decode(self, codes):
        return self.sound(self.quantiser.decode(codes))
