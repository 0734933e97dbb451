"""The split residual quantiser: one codebook beside a chain of residual ones, both on the same latent.

Owns: codebooks, the two projections around them, and their making from data. Promises: `encode` and `decode` are exactly what an
exported codec does. Fails: before `start` the codebooks are noise.

Code 0 is kept free. CSM marks the end of an utterance by a frame whose codes are all zero; with code 0 never chosen by the
encoder, no real frame can look like that one. The last dimension of the code space is a guard: both projections leave it out,
every centroid in use has 0 there, and code 0 has FAR. So code 0 is never the nearest, and decoding it by mistake adds nothing.
"""

import torch
from torch import nn

# |x|^2 of a latent stays well below FAR^2, and FAR^2 still fits f16.
FAR = 100.0


def nearest(x, table):
    """x (n, width), table (codes, width) -> the number of the nearest row for each."""
    half = 0.5 * table.pow(2).sum(-1)
    return torch.cat([(half - some @ table.T).argmin(-1) for some in x.split(8192)])


@torch.no_grad()
def centroids(x, count, rounds=12):
    """k-means: x (n, width) -> (count, width). A cluster that nothing falls into starts again at a random vector."""
    table = x[torch.randperm(len(x), device=x.device)[:count]].clone()
    for _ in range(rounds):
        where = nearest(x, table)
        usage = torch.zeros(count, device=x.device).index_add_(0, where, torch.ones(len(x), device=x.device))
        sums = torch.zeros_like(table).index_add_(0, where, x)
        table = torch.where(usage[:, None] > 0, sums / usage.clamp(min=1)[:, None], x[torch.randint(len(x), (count,), device=x.device)])
    return table


class Chain(nn.Module):
    """Residual books behind one projection in and one out."""

    def __init__(self, width, code_width, books, codes):
        super().__init__()
        self.input_weight = nn.Parameter(torch.randn(code_width, width) / width**0.5)
        self.output_weight = nn.Parameter(torch.randn(width, code_width) / code_width**0.5)
        guard = torch.ones(code_width)
        guard[-1] = 0.0
        self.register_buffer("guard", guard, persistent=False)
        tables = torch.randn(books, codes, code_width) * guard
        tables[:, 0] = 0.0
        tables[:, 0, -1] = FAR
        self.register_buffer("tables", tables)

    def input_proj(self, x):
        return x @ (self.input_weight * self.guard[:, None]).T

    def output_proj(self, x):
        return x @ (self.output_weight * self.guard).T

    @torch.no_grad()
    def start(self, latent):
        """Codebooks from latents (n, width): each book from what the ones before it left."""
        left = self.input_proj(latent)
        for table in self.tables:
            # As the exported file has them.
            table[1:] = centroids(left, len(table) - 1).half().float()
            table[1:, -1] = 0.0
            left = left - table[nearest(left, table)]

    def encode(self, latent):
        left, codes = self.input_proj(latent), []
        for table in self.tables:
            where = nearest(left, table)
            left = left - table[where]
            codes.append(where)
        return codes

    def decode(self, codes):
        return self.output_proj(sum(table[c] for table, c in zip(self.tables, codes)))


class Split(nn.Module):
    def __init__(self, width, code_width, books, codes):
        super().__init__()
        self.first = Chain(width, code_width, 1, codes)
        self.rest = Chain(width, code_width, books - 1, codes)

    def start(self, latent):
        """latent (n, width)."""
        self.first.start(latent)
        self.rest.start(latent)

    def encode(self, latent):
        """latent (batch, width, frames) -> codes (batch, books, frames)."""
        batch, _, frames = latent.shape
        flat = latent.transpose(1, 2).reshape(batch * frames, -1)
        return torch.stack(self.first.encode(flat) + self.rest.encode(flat)).view(-1, batch, frames).transpose(0, 1)

    def decode(self, codes):
        batch, _, frames = codes.shape
        flat = codes.transpose(0, 1).reshape(codes.shape[1], -1)
        out = self.first.decode(flat[:1]) + self.rest.decode(flat[1:])
        return out.view(batch, frames, -1).transpose(1, 2)
