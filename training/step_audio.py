"""Step-Audio 2's recogniser at any size: what the pocket ear is trained with.

Owns: the audio encoder (Whisper-like blocks, pooled), the adapter and the Qwen2 language model, named after the genuine keys.
Promises: a batch gives each clip what it would give alone (every padding that the genuine code would see as an edge is an edge
here too). Rates: 100 mel frames a second -> 50 (second convolution) -> 25 (pool) -> 12.5 (adapter).
"""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .llama import Stack, attend, plain_rates


# Phonemes of one audio token (one for each 20 ms), and the size of the numbers that stand for them.
SLOTS, CODE = 4, 0.5


@dataclass
class Sizes:
    state: int = 192
    heads: int = 4
    layers: int = 4
    context: int = 1500
    adapter: int = 512
    width: int = 256
    llm_heads: int = 4
    llm_kv: int = 2
    llm_layers: int = 4
    mlp: int = 768
    rope: float = 10_000.0
    vocabulary: int = 288
    phones: int = 66

    def as_dict(self):
        return asdict(self)


def lengths(frames):
    """Mel frames -> (positions after the second convolution, pooled positions, audio tokens)."""
    after = (frames - 1) // 2 + 1
    valid = (frames - 1) // 2 // 2
    return after, after // 2, (valid - 1) // 2 + 1


def sinusoids(steps, width):
    rates = torch.exp(-torch.arange(width // 2) * (9.21034 / (width // 2 - 1)))
    angles = torch.arange(steps)[:, None] * rates
    return torch.cat([angles.sin(), angles.cos()], 1)


def inside(counts, steps):
    """(batch, steps): true where a position is below the clip's own count."""
    return torch.arange(steps, device=counts.device)[None] < counts[:, None]


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key = nn.Linear(width, width, bias=False)
        self.value = nn.Linear(width, width)
        self.out = nn.Linear(width, width)

    def forward(self, x, mask):
        batch, steps, width = x.shape
        q, k, v = (f(x).view(batch, steps, self.heads, -1).transpose(1, 2) for f in (self.query, self.key, self.value))
        y = attend(q, k, v, mask[:, None, None])
        return self.out(y.transpose(1, 2).reshape(batch, steps, width))


class EncoderBlock(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.attn = Attention(width, heads)
        self.attn_ln = nn.LayerNorm(width)
        self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))
        self.mlp_ln = nn.LayerNorm(width)

    def forward(self, x, mask):
        x = x + self.attn(self.attn_ln(x), mask)
        return x + self.mlp(self.mlp_ln(x))


class Encoder(nn.Module):
    def __init__(self, sizes, mels=128):
        super().__init__()
        width = sizes.state
        self.conv1 = nn.Conv1d(mels, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.register_buffer("positions", 0.3 * sinusoids(sizes.context, width))
        self.blocks = nn.ModuleList([EncoderBlock(width, sizes.heads) for _ in range(sizes.layers)])
        self.after_norm = nn.LayerNorm(width)

    def forward(self, mel, frames):
        """mel (batch, 128, T) zero-padded, frames (batch,) -> block output (batch, positions, width) and pooled, normed output."""
        after, pooled = (frames - 1) // 2 + 1, ((frames - 1) // 2 + 1) // 2
        x = F.gelu(self.conv1(mel)) * inside(frames, mel.shape[-1])[:, None]
        x = F.gelu(self.conv2(x)).transpose(1, 2)
        x = x + self.positions[: x.shape[1]]
        # The genuine mask leaves out exactly the last position of an unpadded clip as a key.
        mask = inside(after - 1, x.shape[1])
        for block in self.blocks:
            x = block(x, mask)
        y = self.after_norm(F.avg_pool1d(x.transpose(1, 2), 2, 2).transpose(1, 2))
        return x, y * inside(pooled, y.shape[1])[..., None]


class Adapter(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.conv = nn.Conv1d(sizes.state, sizes.state, 3, stride=2, padding=1)
        self.linear1 = nn.Linear(sizes.state, sizes.adapter)
        self.linear2 = nn.Linear(sizes.adapter, sizes.width)

    def forward(self, x):
        x = F.gelu(self.conv(x.transpose(1, 2))).transpose(1, 2)
        return self.linear2(F.relu(self.linear1(x)))


class Ear(nn.Module):
    """The recogniser, and what only training needs: a head that names the phoneme of every 20 ms, and the phoneme code.

    The phoneme code is the language in which the adapter is taught to speak to the language model: four random vectors, one for each
    20 ms of an audio token, side by side. It is fixed, so both sides can learn it before they have met.
    """

    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes
        self.encoder = Encoder(sizes)
        self.adapter = Adapter(sizes)
        self.embed = nn.Embedding(sizes.vocabulary, sizes.width)
        nn.init.normal_(self.embed.weight, std=CODE)
        self.model = Stack(
            sizes.llm_layers, sizes.width, sizes.llm_heads, sizes.llm_kv, sizes.width // sizes.llm_heads, sizes.mlp,
            eps=1e-6, bias=True, interleaved=False, rates=plain_rates(sizes.width // sizes.llm_heads, sizes.rope), positions=1024,
        )  # fmt: skip
        self.lm_head = nn.Linear(sizes.width, sizes.vocabulary, bias=False)
        self.phone_norm = nn.LayerNorm(sizes.state)
        self.phone = nn.Linear(sizes.state, sizes.phones)
        same = torch.Generator().manual_seed(1)
        self.register_buffer("code", CODE * torch.randn(sizes.phones, sizes.width // SLOTS, generator=same))

    def hear(self, mel, frames):
        """-> block output (batch, positions, state) for `name_phones`, and audio features (batch, tokens, width)."""
        blocks, pooled = self.encoder(mel, frames)
        return blocks, self.adapter(pooled)

    def name_phones(self, blocks):
        return self.phone(self.phone_norm(blocks))

    def spell_phones(self, phones):
        """Phoneme numbers of every token (batch, tokens, SLOTS) -> what the adapter should say of them (batch, tokens, width)."""
        return self.code[phones].flatten(-2)

    def embed_prompt(self, ids, places, counts, audio):
        """ids (batch, steps) with `<audio_patch>` rows; the audio of each clip goes to places .. places + count."""
        x = self.embed(ids)
        steps = torch.arange(ids.shape[1], device=ids.device)[None]
        index = (steps - places).clamp(0, audio.shape[1] - 1)
        heard = torch.gather(audio.to(x.dtype), 1, index[..., None].expand(len(ids), -1, x.shape[-1]))
        inside_audio = (steps >= places) & (steps < places + counts[:, None])
        return torch.where(inside_audio[..., None], heard, x)
