"""CSM at any size: what the pocket voice is trained with.

Owns: the backbone, the depth decoder and their embeddings. Promises: Llama 3 layers with interleaved rotary positions (the original
layout, so that export only renames), one audio embedding table shared by both transformers, heads as the original has them.
Shapes: rows are (batch, steps, books + 1): the codes of a frame, then a text id; `mask` says which columns count.
"""

from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import nn

from .llama import Stack, llama3_rates


@dataclass
class Sizes:
    layers: int = 5
    width: int = 256
    heads: int = 8
    kv: int = 2
    mlp: int = 576
    depth_layers: int = 2
    depth_width: int = 160
    depth_heads: int = 5
    depth_kv: int = 1
    depth_mlp: int = 400
    head_width: int = 32
    books: int = 8
    # 512 codes and the three further ids of the original; code 0 is only ever part of the stop frame.
    audio: int = 515
    text: int = 260

    def as_dict(self):
        return asdict(self)


class Voice(nn.Module):
    def __init__(self, sizes):
        super().__init__()
        self.sizes = sizes
        s = sizes
        self.text_embeddings = nn.Embedding(s.text, s.width)
        self.audio_embeddings = nn.Embedding(s.audio * s.books, s.width)
        nn.init.normal_(self.text_embeddings.weight, std=0.5)
        nn.init.normal_(self.audio_embeddings.weight, std=0.5 / s.books**0.5)
        rates = llama3_rates(s.head_width)
        self.backbone = Stack(s.layers, s.width, s.heads, s.kv, s.head_width, s.mlp, rates=rates, positions=2048)
        self.decoder = Stack(s.depth_layers, s.depth_width, s.depth_heads, s.depth_kv, s.head_width, s.depth_mlp, rates=rates, positions=33)
        self.projection = nn.Linear(s.width, s.depth_width, bias=False)
        self.codebook0_head = nn.Linear(s.width, s.audio, bias=False)
        self.audio_head = nn.Parameter(torch.randn(s.books - 1, s.depth_width, s.audio) * s.depth_width**-0.5)
        self.register_buffer("offsets", torch.arange(s.books) * s.audio, persistent=False)

    def rows(self, tokens, mask):
        """tokens (b, t, books + 1) -> embedded rows (b, t, width)."""
        seen = mask[..., :-1].float().flatten(0, 1)
        sound = F.embedding_bag((tokens[..., :-1] + self.offsets).flatten(0, 1), self.audio_embeddings.weight, mode="sum", per_sample_weights=seen)
        return sound.view(*tokens.shape[:2], -1) + self.text_embeddings(tokens[..., -1]) * mask[..., -1:]

    def depth(self, hidden, codes):
        """hidden (n, width), codes (n, all books or the first few) -> logits (n, as many less one, audio) with the true codes fed in."""
        inputs = torch.cat([hidden[:, None], self.audio_embeddings(codes[:, :-1] + self.offsets[: codes.shape[1] - 1]).to(hidden.dtype)], 1)
        y, _ = self.decoder(self.projection(inputs))
        return torch.einsum("nkd,kda->nka", y[:, 1:], self.audio_head[: codes.shape[1] - 1].to(y.dtype))

    def forward(self, tokens, mask):
        return self.backbone(self.rows(tokens, mask))[0]


def choose(logits, temperature, top, generator):
    """The original sampler: divide, keep all >= the top-th largest, argmax(p / exponential noise)."""
    if temperature == 0:
        return logits.argmax(-1)
    logits = logits.float() / temperature
    least = logits.topk(min(top, logits.shape[-1])).values[..., -1:]
    p = logits.masked_fill(logits < least, -torch.inf).softmax(-1)
    noise = torch.empty(p.shape).exponential_(1, generator=generator).to(p.device)
    return (p / noise).argmax(-1)


@torch.no_grad()
def generate(model, tokens, mask, frames, temperature=0.9, top=50, seed=0):
    """One utterance after prompt rows (1, t, books + 1). Returns codes (n, books) and whether it stopped by itself."""
    generator = torch.Generator().manual_seed(seed)
    hidden, caches = model.backbone(model.rows(tokens, mask))
    hidden, out, s = hidden[:, -1], [], model.sizes
    while len(out) < frames:
        codes = [choose(model.codebook0_head(hidden)[0], temperature, top, generator)]
        y, depth = model.decoder(model.projection(torch.stack([hidden[0], model.audio_embeddings(codes[0])])[None]))
        for book in range(1, s.books):
            codes.append(choose(y[0, -1] @ model.audio_head[book - 1], temperature, top, generator))
            if book + 1 < s.books:
                y, depth = model.decoder(model.projection(model.audio_embeddings(codes[-1] + book * s.audio)[None, None]), depth)
        frame = torch.stack(codes)
        if not frame.any():
            return torch.stack(out) if out else torch.zeros(0, s.books, dtype=torch.long), True
        out.append(frame)
        row = torch.cat([frame, frame.new_zeros(1)])[None, None]
        seen = torch.ones_like(row, dtype=torch.bool)
        seen[..., -1] = False
        y, caches = model.backbone(model.rows(row, seen), caches)
        hidden = y[:, -1]
    return torch.stack(out), False
