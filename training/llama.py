"""Decoder layers of the Llama family, shared by the voice (Llama 3) and the ear's language model (Qwen2).

Owns: RMSNorm, rotary positions (interleaved or half-split, plain or with Llama 3's scaling), grouped attention, SwiGLU. Promises:
norms and rotations in f32. Attention is causal, with an optional key/value cache as a list of (k, v) pairs, one per layer.
"""

import math

import torch
import torch.nn.functional as F
from torch import nn


class Norm(nn.Module):
    def __init__(self, width, eps):
        super().__init__()
        self.scale, self.eps = nn.Parameter(torch.ones(width)), eps

    def forward(self, x):
        y = x.float()
        return (y * torch.rsqrt(y.square().mean(-1, keepdim=True) + self.eps) * self.scale).to(x.dtype)


def plain_rates(width, base):
    return base ** (-torch.arange(0, width, 2, dtype=torch.float64) / width)


def llama3_rates(width, base=500_000.0, factor=32.0):
    """Llama 3's long-context rates: waves under 2,048 positions stay, over 8,192 slow down by `factor`, a ramp in between."""
    rates = plain_rates(width, base)
    wave = 2 * math.pi / rates
    ramp = ((8192 / wave) - 1) / 3
    mixed = (1 - ramp) * rates / factor + ramp * rates
    return torch.where(wave < 2048, rates, torch.where(wave > 8192, rates / factor, mixed))


def tables(rates, steps):
    angles = torch.arange(steps, dtype=torch.float64)[:, None] * rates
    return angles.cos().float(), angles.sin().float()


def turn(x, cos, sin, interleaved):
    """x (batch, heads, steps, head width); cos, sin (steps, head width / 2)."""
    y = x.float()
    if interleaved:
        a, b = y[..., 0::2], y[..., 1::2]
        out = torch.stack([a * cos - b * sin, a * sin + b * cos], -1).flatten(-2)
    else:
        a, b = y.chunk(2, -1)
        out = torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
    return out.to(x.dtype)


def attend(q, k, v, mask=None):
    """Attention (batch, heads, steps, head width) under a boolean mask of what may be seen. On a CPU written out: the fused kernel's
    backward pass is many times slower there for clips of a few hundred steps."""
    if q.device.type != "cpu":
        return F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
    scores = (q @ k.transpose(-1, -2)).float() * q.shape[-1] ** -0.5
    if mask is not None:
        scores = scores.masked_fill(~mask, -torch.inf)
    return scores.softmax(-1).to(v.dtype) @ v


class Block(nn.Module):
    def __init__(self, width, heads, kv_heads, head_width, mlp, eps, bias, interleaved):
        super().__init__()
        self.heads, self.kv_heads, self.head_width, self.interleaved = heads, kv_heads, head_width, interleaved
        self.before = Norm(width, eps)
        self.q = nn.Linear(width, heads * head_width, bias=bias)
        self.k = nn.Linear(width, kv_heads * head_width, bias=bias)
        self.v = nn.Linear(width, kv_heads * head_width, bias=bias)
        self.o = nn.Linear(heads * head_width, width, bias=False)
        self.between = Norm(width, eps)
        self.gate = nn.Linear(width, mlp, bias=False)
        self.up = nn.Linear(width, mlp, bias=False)
        self.down = nn.Linear(mlp, width, bias=False)
        # Where training looks over the first head's shoulder: its weights of the last pass are kept in `seen`, the input in `entered`.
        self.watched, self.seen, self.entered = False, None, None

    def forward(self, x, cos, sin, cache=None, mask=None):
        batch, steps, _ = x.shape
        y = self.before(x)
        q = self.q(y).view(batch, steps, self.heads, self.head_width).transpose(1, 2)
        k = self.k(y).view(batch, steps, self.kv_heads, self.head_width).transpose(1, 2)
        v = self.v(y).view(batch, steps, self.kv_heads, self.head_width).transpose(1, 2)
        q, k = turn(q, cos, sin, self.interleaved), turn(k, cos, sin, self.interleaved)
        if cache:
            k, v = torch.cat([cache[0], k], 2), torch.cat([cache[1], v], 2)
        kept = (k, v)
        if self.watched:
            self.entered = x
            past = torch.ones(steps, steps, dtype=torch.bool, device=x.device).tril()
            scores = (q[:, 0] @ k[:, 0].transpose(-1, -2)).float() * q.shape[-1] ** -0.5
            self.seen = scores.masked_fill(~past, -torch.inf).softmax(-1)
        repeat = self.heads // self.kv_heads
        if repeat > 1:
            k, v = k.repeat_interleave(repeat, 1), v.repeat_interleave(repeat, 1)
        if mask is None and steps > 1:
            mask = torch.ones(steps, k.shape[2], dtype=torch.bool, device=x.device).tril(k.shape[2] - steps)
        y = attend(q, k, v.to(q.dtype), mask)
        x = x + self.o(y.transpose(1, 2).reshape(batch, steps, -1))
        y = self.between(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y)), kept


class Stack(nn.Module):
    def __init__(self, layers, width, heads, kv_heads, head_width, mlp, eps=1e-5, bias=False, interleaved=True, rates=None, positions=2048):
        super().__init__()
        self.layers = nn.ModuleList(
            [Block(width, heads, kv_heads, head_width, mlp, eps, bias, interleaved) for _ in range(layers)]
        )
        self.norm = Norm(width, eps)
        cos, sin = tables(rates, positions)
        self.register_buffer("cos", cos, persistent=False)
        self.register_buffer("sin", sin, persistent=False)
        for name, weight in self.named_parameters():
            if weight.dim() == 2:
                nn.init.normal_(weight, std=width**-0.5 * (1.0 if not name.endswith(("o.weight", "down.weight")) else (2 * layers) ** -0.5))
            elif name.endswith("bias"):
                nn.init.zeros_(weight)

    def forward(self, x, caches=None):
        """x (batch, steps, width) -> the same after the final norm, and the caches."""
        past = caches[0][0].shape[2] if caches else 0
        cos, sin = self.cos[past : past + x.shape[1]], self.sin[past : past + x.shape[1]]
        kept = []
        for number, layer in enumerate(self.layers):
            x, one = layer(x, cos, sin, caches[number] if caches else None)
            kept.append(one)
        return self.norm(x), kept
